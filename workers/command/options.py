"""Options that many subcommands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def _somebody(by: str) -> str:
    """Whoever says it is named by something that the log can carry. Raises BadParameter."""
    # Here, so that `mowj --help` is quick.
    from workers.runtime.admission import wrong_word

    wrong = wrong_word("who says so", by)
    if wrong is not None:
        raise typer.BadParameter(wrong)
    return by


Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Settings; mowj.toml here by default.")]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The data directory; ./.mowj by default.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]
JsonLines = Annotated[
    bool, typer.Option("--json", help="Print each event as one line of JSON, for programs; the last line may sum up.")
]
By = Annotated[
    str,
    typer.Option("--by", metavar="REF", help="Who says so: an opaque reference, never a name.", callback=_somebody),
]
