"""The wheel holds all that runs, and runs from a folder whose own `config/` and `events/` would be something else.

Import names are folder names, so a user's folder could shadow them: the `mowj` script must not put it on the path.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (found,) = folder.glob("*.whl")
    return found


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "events", "workers", "config"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\n")
    present = {name for name in tracked if name and (ROOT / name).is_file()}
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert present - packed == set()
    assert not [name for name in packed if name.split("/", 1)[0] not in {"events", "workers", "config"}]


def test_the_wheel_runs_from_a_folder_with_its_own_config_and_events(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(installed), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    folder = tmp_path / "somebodys"
    for name in ("config", "events", "workers"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise RuntimeError('not Mowj')\n", encoding="utf-8")

    # The environment of the tests installs the working tree; the wheel is put before it.
    environ = {**os.environ, "PYTHONPATH": str(installed)}
    script = [sys.executable, str(installed / "bin" / "mowj"), "--help"]
    ran = subprocess.run(script, cwd=folder, env=environ, check=False, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert "Usage: mowj" in ran.stdout
    where = "import config, events, workers; print(config.__file__, events.__file__, workers.__file__)"
    told = subprocess.run(
        [sys.executable, "-P", "-c", where], cwd=folder, env=environ, check=True, capture_output=True, text=True
    )
    assert all(Path(name).is_relative_to(installed) for name in told.stdout.split())
