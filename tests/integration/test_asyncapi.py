"""The AsyncAPI document, as the real parser reads it (npm, @asyncapi/parser)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.services

PARSER = "@asyncapi/parser@3.6.3"
CHECK = """
const { Parser } = require('@asyncapi/parser');
const text = require('fs').readFileSync(process.argv[2], 'utf8');
new Parser().parse(text).then(({ document, diagnostics }) => {
  const told = (found) => `${found.path.join('.')}: ${found.message}`;
  const bad = diagnostics.filter((found) => found.severity <= 1).map(told);
  const channels = document ? document.channels().all().map((channel) => channel.address()) : [];
  console.log(JSON.stringify({ valid: document !== undefined, bad, channels }));
});
"""


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the parser is installed."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("parser")
    (folder / ".npmrc").write_text("package-lock=false\n", encoding="utf-8")
    done = subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", PARSER],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (folder / "check.js").write_text(CHECK, encoding="utf-8")
    return folder


def test_the_real_parser_finds_nothing_wrong_with_the_document(parser: Path, tmp_path: Path) -> None:
    file = tmp_path / "asyncapi.json"
    command = [sys.executable, "-m", "workers.command.main", "schema", "asyncapi", str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    said = subprocess.run(
        ["node", "check.js", str(file)], cwd=parser, capture_output=True, text=True, check=True, timeout=120
    )
    found = json.loads(said.stdout)
    assert found == {
        "valid": True,
        "bad": [],
        "channels": ["mowj.events", "mowj.intake.{producer}", "mowj.dead-letters"],
    }
