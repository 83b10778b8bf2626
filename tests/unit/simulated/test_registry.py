"""Plug-ins are found by entry point or as module:factory, and never in the place of an installed package."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workers.platforms import registry, simulated
from workers.platforms.registry import UnknownPlatform


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    return tmp_path


def test_the_simulated_networks_are_installed_plug_ins() -> None:
    assert {"simulated", "simulated-remote"} <= set(registry.names())
    assert registry.load("simulated") is simulated.factory
    assert registry.load("simulated-remote") is simulated.remote_factory


def test_a_module_in_the_working_directory_is_found(folder: Path) -> None:
    (folder / "village_network.py").write_text("def village(**_):\n    pass\n")
    assert getattr(registry.load("village_network:village"), "__name__", None) == "village"


def test_the_working_directory_comes_last_on_the_path(folder: Path) -> None:
    (folder / "workers").mkdir()
    (folder / "workers" / "platforms.py").write_text("raise AssertionError('taken for the installed package')\n")
    (folder / "json.py").write_text("raise AssertionError('taken for the standard library')\n")
    assert registry.load("workers.platforms.simulated:factory") is simulated.factory
    assert getattr(registry.load("json:loads"), "__module__", None) == "json"
    assert sys.path[-1] == str(folder)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownPlatform, match="did you mean 'simulated'"):
        registry.load("simulatd")


def test_an_unknown_module_is_said_with_the_folder_that_was_searched(folder: Path) -> None:
    with pytest.raises(UnknownPlatform, match=str(folder)):
        registry.load("nobody_wrote_this:factory")


def test_a_module_without_the_factory_says_what_it_has(folder: Path) -> None:
    (folder / "half_network.py").write_text("def make():\n    pass\n\nLIMIT = 3\n")
    with pytest.raises(UnknownPlatform, match="callable there: make"):
        registry.load("half_network:factory")
    with pytest.raises(UnknownPlatform, match="not callable"):
        registry.load("half_network:LIMIT")


def test_what_a_plug_in_itself_lacks_is_not_blamed_on_its_name(folder: Path) -> None:
    (folder / "needy_network.py").write_text("import a_client_library_that_is_not_there\n")
    with pytest.raises(ModuleNotFoundError, match="a_client_library_that_is_not_there"):
        registry.load("needy_network:factory")
