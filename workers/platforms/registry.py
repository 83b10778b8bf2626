"""Finding a network's plug-in: by the name of an installed entry point, or as `module:factory`.

Invariants: nothing is imported before it is asked for. For `module:factory` the working directory is put last on the
import path, so that a folder in it can never take the place of an installed package.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from config.problems import listed, nearest
from workers.platforms.protocol import PlatformFactory

GROUP: Final = "mowj.platforms"


class UnknownPlatform(LookupError):
    """No plug-in of that name, or nothing in the module that could be one."""


def names() -> list[str]:
    """The installed plug-ins."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def load(name: str) -> PlatformFactory:
    """The plug-in's factory. Raises UnknownPlatform; what an import of the plug-in raises passes through."""
    module, separator, attribute = name.partition(":")
    factory = _from_module(module, attribute) if separator else _from_entry_point(name)
    if not callable(factory):
        raise UnknownPlatform(f"{name!r} is not callable; a plug-in is a factory")
    found: PlatformFactory = factory
    return found


def _from_entry_point(name: str) -> Any:
    for entry in entry_points(group=GROUP, name=name):
        return entry.load()
    near = nearest(name, names())
    hint = f"; did you mean {near!r}?" if near else ""
    raise UnknownPlatform(f"no platform {name!r}; installed are {listed(names())}, or give module:factory{hint}")


def _from_module(module: str, attribute: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise UnknownPlatform(f"no module {module!r}, installed or in {here}") from error
    try:
        return getattr(found, attribute)
    except AttributeError as error:
        known = [name for name, value in vars(found).items() if callable(value) and not name.startswith("_")]
        raise UnknownPlatform(f"module {module!r} has no {attribute!r}; callable there: {listed(known)}") from error
