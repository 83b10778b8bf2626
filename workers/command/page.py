"""The console that panels are printed on: as wide as the terminal, and of a readable width where there is none."""

from __future__ import annotations

import os
import sys
from typing import Final

from rich.console import Console

PAGE_WIDTH: Final = 110


def page_console(*, quiet: bool = False) -> Console:
    """Standard output; COLUMNS in the environment outweighs both widths."""
    is_measured = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(quiet=quiet, width=None if is_measured else PAGE_WIDTH)
