"""`mowj demo`: one campaign whose first plan goes wrong, watched as it is lived, and what correcting it was worth."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Final

import typer

from workers.command.options import Json

WORLD: Final = "demo"
SEED: Final = 4


class WallClock:
    """The time of whoever watches."""

    def seconds(self) -> float:
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)


def register(app: typer.Typer) -> None:
    """Add `mowj demo`."""

    @app.command()
    def demo(
        seed: Annotated[int, typer.Option(help="Another seed is other luck, and may take another course.")] = SEED,
        world: Annotated[str, typer.Option(metavar="NAME|FILE", help="A shipped world or a file.")] = WORLD,
        fast: Annotated[bool, typer.Option("--fast", help="Do not stop for reading.")] = False,
        svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep a picture of it.")] = None,
        json: Json = False,
    ) -> None:
        """Watch a campaign whose first plan goes wrong being analyzed, planned, published, judged and corrected."""
        from workers.command.laboratory import simulated
        from workers.command.output import print_json
        from workers.command.page import page_console
        from workers.command.show import Show

        console = page_console(quiet=json)
        is_watched = console.is_terminal and not fast and not json
        show = Show(simulated(world, seed), console, WallClock() if is_watched else None)
        show.run()
        if svg is not None:
            svg.write_text(show.picture(), encoding="utf-8")
        if json:
            print_json(show.summary())
