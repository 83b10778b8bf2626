"""Finding a world: one that ships with Mowj by its name, or anybody's by its file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import config
from config.problems import InputError, Problem, listed, nearest
from config.validation import validate
from config.yaml_text import read_yaml
from workers.platforms.simulated.world import World

_FOLDER: Final = Path(next(iter(config.__path__))) / "worlds"


def shipped_worlds() -> dict[str, Path]:
    """The worlds that come with Mowj, by name."""
    return {path.stem: path for path in sorted(_FOLDER.glob("*.yaml"))}


def load_world(name: str) -> World:
    """A shipped world by its name, or any by the path of its file.

    Raises config.problems.InputError with every mistake: file, line, field, what was given, what is allowed.
    """
    shipped = shipped_worlds()
    path = shipped.get(name, Path(name))
    if not path.exists():
        allowed = f"the path of a world's file, or one of {listed(shipped)}"
        raise InputError([Problem(name, None, "world", "no such file", allowed, nearest(name, shipped))])
    return validate(World, read_yaml(path))
