"""`mowj simulate`: a whole campaign on the virtual clock, in a simulated world or on anybody's plug-in, in numbers."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from workers.command.errors import UserError
from workers.command.options import Json
from workers.command.run import History, Mapping

if TYPE_CHECKING:
    from workers.command.laboratory import Experiment
    from workers.runtime.media import MediaStore

WORLD: Final = "steady"
"""The world, and so the brief, where none is named."""

UNFILLED: Final = "slots_without_content"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says; None where it says nothing."""

    world: str | None
    seed: int
    days: float | None
    brief: Path | None
    content: Path | None
    platform: str
    history: Path | None = None
    mapping: Path | None = None


def register(app: typer.Typer) -> None:
    """Add `mowj simulate`."""

    @app.command()
    def simulate(  # noqa: PLR0917 - Typer passes what the command line says, by name
        world: Annotated[str | None, typer.Option(metavar="NAME|FILE", help="A shipped world or a file.")] = None,
        seed: Annotated[int, typer.Option(help="The luck: the same seed is the same luck.")] = 1,
        days: Annotated[
            float | None, typer.Option(min=0.1, max=730, help="The brief's own horizon by default.")
        ] = None,
        brief: Annotated[
            Path | None, typer.Option(metavar="YAML", help="Your brief; the world's own by default.")
        ] = None,
        content: Annotated[
            Path | None, typer.Option(metavar="DIR", help="Your posts; without, posts that only stand in for some.")
        ] = None,
        history: History = None,
        mapping: Mapping = None,
        platform: Annotated[str, typer.Option(metavar="PLUGIN|MODULE:FACTORY", help="The network.")] = "simulated",
        json: Json = False,
    ) -> None:
        """Live a whole campaign through in memory, on the virtual clock, and say what came of it.

        Nobody is asked to approve anything: the brief is lived in the mode automatic.
        """
        from workers.command.output import folded, folding_width, print_json, print_table, say
        from workers.views.inventory import unfilled_slots

        said = simulated_campaign(Asked(world, seed, days, brief, content, platform, history, mapping))
        if json:
            print_json(said)
        else:
            rows = [(name.replace("_", " "), _shown(value)) for name, value in said.items() if name != UNFILLED]
            print_table("", ("", ""), rows, empty="")
            if said[UNFILLED]:
                say(folded(unfilled_slots(said[UNFILLED]), folding_width(sys.stdout)))


def simulated_campaign(asked: Asked) -> dict[str, Any]:
    """Run it, and give its figures by name. `seconds` is how long living took, without loading and auditing."""
    from workers.runtime.media import passing_media

    with passing_media() as media:
        return _simulated(_experiment(asked, media))


def _simulated(experiment: Experiment) -> dict[str, Any]:
    from time import perf_counter

    from workers.command.laboratory import Laboratory
    from workers.views.figures import figures, unfilled

    laboratory = Laboratory(experiment)
    began = perf_counter()
    events = [event for stretch in laboratory.live() for event in stretch.events]
    seconds = perf_counter() - began
    found = figures(events)
    return {
        "world": experiment.options.get("world"),
        "platform": experiment.platform,
        "seed": experiment.seed,
        "days": experiment.days,
        "net_value": round(found.net_value, 2),
        "gross_value": round(found.gross_value, 2),
        "outcomes": round(found.outcomes, 2),
        "spent": round(found.spent, 2),
        "spent_discounted": round(found.spent_discounted, 2),
        "currency": found.currency,
        "posts": found.posts,
        "breaches": found.breaches,
        "execution_revisions": found.execution_revisions,
        "strategy_switches": found.strategy_switches,
        "strategies": list(found.strategies),
        UNFILLED: unfilled(events),
        "events": len(events),
        "audit_clean": laboratory.clean(),
        "seconds": round(seconds, 2),
    }


def _experiment(asked: Asked, media: MediaStore) -> Experiment:
    from workers.command.laboratory import SIMULATED, Files, shipped_brief, simulated, with_platform

    if asked.platform == SIMULATED:
        past = {"history": asked.history, "mapping": asked.mapping}
        return simulated(asked.world or WORLD, asked.seed, asked.days, asked.brief, asked.content, **past)
    if asked.world is not None:
        raise UserError(f"--world is for the platform {SIMULATED}; {asked.platform} has its own")
    files = Files(asked.brief or shipped_brief(WORLD), asked.content, asked.history, asked.mapping, media)
    return with_platform(asked.platform, {}, asked.seed, asked.days, files)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
