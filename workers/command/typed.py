"""What to type next, as it works from here: the command's own name, and paths at their shortest."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def program() -> str:
    """`mowj` where the shell finds it, else the path by which it was started, such as `.venv/bin/mowj`."""
    return "mowj" if shutil.which("mowj") else shlex.quote(here(Path(sys.argv[0])))


def here(path: Path) -> str:
    """The path as it is shortest to type."""
    path = path.absolute()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
