"""Options that many subcommands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Settings; mowj.toml here by default.")]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The data directory; ./.mowj by default.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
By = Annotated[str, typer.Option("--by", metavar="REF", help="Who says so: an opaque reference, never a name.")]
