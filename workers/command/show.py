"""A campaign shown as it is lived, beside the same campaign that nobody corrected: what `mowj demo` shows.

Invariants: nothing is scripted: what is shown is what the workers say on the virtual clock, and only the pauses in
which it can be read are ours. The comparison is a second campaign that is really run, in the same world with the same
luck, by every worker but the reviser.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from typing import Any, Final, Protocol

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from events.envelope import Event
from events.execution import PlanMade
from events.terms import Fact
from workers.command.laboratory import UNREVISED, Experiment, Laboratory, lived, shipped_brief
from workers.command.typed import here, program
from workers.views.comparison import comparison
from workers.views.course import Course, beginning
from workers.views.figures import counts, figures
from workers.views.status import status
from workers.views.story import SPOTLIGHT, line, panel

STEP: Final = timedelta(hours=12)
STEP_SECONDS: Final = 0.08
WATCHED_SECONDS: Final = 42.0
"""In which a watched campaign is over, unless the machine needs longer to live through it."""
FADING: Final = 0.6
"""How much shorter a panel of the same kind is looked at the next time."""
GLANCE: Final = 0.2
PICTURE_WIDTH: Final = 118
FONTS: Final = re.compile(r"@font-face \{.*?\}\n", re.DOTALL)
"""What Rich's pictures would fetch from elsewhere: the reader's own monospace font will do."""


class Watch(Protocol):
    """What time is to somebody who watches: seconds that passed, and seconds in which nothing happens."""

    def seconds(self) -> float: ...

    def pause(self, seconds: float) -> None: ...


@dataclass(slots=True)
class Pace:
    """How long to stop at what: less with every panel of the same kind, and so that all is over in time.

    `ahead` is how many steps are still to come; each takes STEP_SECONDS at least.
    """

    watch: Watch
    ahead: int
    began: float = field(init=False)
    stepped: float = field(init=False)
    seen: Counter[type[Fact]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.began = self.stepped = self.watch.seconds()

    def spotlight(self, fact: Fact) -> None:
        kind = type(fact)
        wanted = SPOTLIGHT.get(kind, GLANCE) * FADING ** self.seen[kind]
        self.seen[kind] += 1
        left = WATCHED_SECONDS - (self.watch.seconds() - self.began) - self.ahead * STEP_SECONDS
        self.watch.pause(min(wanted, max(GLANCE, left / 3)))
        self.stepped = self.watch.seconds()

    def step(self) -> None:
        rest = STEP_SECONDS - (self.watch.seconds() - self.stepped)
        if rest > 0:
            self.watch.pause(rest)
        self.stepped = self.watch.seconds()
        self.ahead -= 1


class Show:
    """One demonstration. With a `watch` it is for watching: it stops at panels, above a foot that stands still.

    Without, the story is printed at once.
    """

    def __init__(self, experiment: Experiment, console: Console, watch: Watch | None) -> None:
        self._experiment, self._console = experiment, console
        steps = math.ceil(timedelta(days=experiment.days) / STEP)
        self._pace = Pace(watch, steps) if watch is not None else None
        self._foot = Live(console=console, transient=True, auto_refresh=False) if watch is not None else None
        self._events: list[Event] = []
        self._unrevised: list[Event] = []
        self._panels: dict[type[Fact], RenderableType] = {}
        self._ends: RenderableType = ""

    def run(self) -> None:
        """Live through both campaigns, showing the first and then the difference."""
        self._introduce()
        with self._foot or nullcontext():
            self._correct()
        self._console.print("\n[dim]The same world and luck again, by every worker but the reviser …[/dim]")
        self._unrevised = lived(self._experiment, UNREVISED)
        self._conclude()

    def summary(self) -> dict[str, Any]:
        """The figures of both campaigns, for programs."""
        ours, theirs = figures(self._events), figures(self._unrevised)
        return {
            "world": self._experiment.options["world"],
            "seed": self._experiment.seed,
            "days": self._experiment.days,
            "events": counts(self._events),
            "strategies": list(ours.strategies),
            "execution_revisions": ours.execution_revisions,
            "breaches": ours.breaches,
            "outcomes": ours.outcomes,
            "outcomes_unrevised": theirs.outcomes,
            "net_value": round(ours.net_value, 2),
            "net_value_unrevised": round(theirs.net_value, 2),
            "currency": ours.currency,
        }

    def picture(self) -> str:
        """The first panel of each kind, where the campaign stood at its end, and the comparison, as an SVG."""
        recorder = Console(record=True, width=PICTURE_WIDTH, file=StringIO(), force_terminal=True)
        for kind, shown in self._panels.items():
            if kind is not PlanMade:
                recorder.print(shown)
        recorder.print(self._ends)
        recorder.print(comparison(figures(self._events), figures(self._unrevised)))
        return FONTS.sub("", recorder.export_svg(title="mowj demo", unique_id="mowj-demo"))

    def _introduce(self) -> None:
        brief = self._experiment.inputs.brief.fact
        target = f", {brief.target_outcomes:,.0f} wished for" if brief.target_outcomes is not None else ""
        self._console.print(Text(brief.title, style="bold"))
        self._console.print(
            f"{brief.budget} and {self._experiment.days:.0f} days; an outcome is worth {brief.outcome_worth}{target},"
            f" and {brief.lost_per_day:.0%} less with every day it comes later. Hours are {brief.zone}'s."
        )

    def _correct(self) -> None:
        course = beginning(self._experiment.inputs.brief.fact)
        for stretch in Laboratory(self._experiment).live(STEP):
            for event in stretch.events:
                self._events.append(event)
                course = course.after(event)
                self._tell(event, course)
            self._stand(course)
            if self._pace is not None:
                self._pace.step()
        self._ends = self._status(course)

    def _tell(self, event: Event, course: Course) -> None:
        full = panel(event, course)
        if full is not None:
            self._panels.setdefault(type(event.data), full)
            self._console.print(full)
            self._stand(course)
            if self._pace is not None:
                self._pace.spotlight(event.data)
        elif (short := line(event, course)) is not None:
            self._console.print(short)

    def _stand(self, course: Course) -> None:
        if self._foot is not None and self._events:
            self._foot.update(self._status(course), refresh=True)

    def _status(self, course: Course) -> RenderableType:
        return status(course, figures(self._events), self._events, self._experiment.days)

    def _conclude(self) -> None:
        table = comparison(figures(self._events), figures(self._unrevised))
        self._console.print()
        self._console.print(table)
        self._console.print(
            "[dim]Never corrected: a second campaign, really run in the same world with the same seed, by every worker"
            " but the reviser. It explores and learns as much; no breach is ever answered.[/dim]"
        )
        self._console.print(_next(), highlight=False, soft_wrap=True)


def _next() -> str:
    """What to type next, as it works from here."""
    name = program()
    brief = shipped_brief("demo")
    inputs = f"--brief {here(brief)} \\\n      --content {here(brief.parent.parent / 'content' / brief.stem)}"
    return (
        "\nNext, with this brief or a copy of it that says what you want:\n"
        f"  {name} plan {inputs}\n"
        f"  {name} run {inputs} \\\n      --platform simulated --days 30 --virtual-clock\n"
        f"  {name} demo --world message-miss   # an owner who is wrong about what people want to hear\n"
        f"  {name} demo --world steady         # an owner who is right: correcting should gain nothing\n"
        f"  {name} init my-shop                # a brief of your own, from a few questions"
    )
