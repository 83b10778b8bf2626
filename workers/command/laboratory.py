"""A whole campaign on the virtual clock, in memory: what `mowj simulate`, `mowj demo` and the tests of worlds run.

Invariants: the same experiment gives the same events on every machine; time starts where the brief does, and at START
where it names no day. Nobody is there to approve, so every brief is lived in the mode automatic. Nothing outlives the
process, and nothing is sent anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import config
from config.brief import Brief, load_brief
from config.content import load_content
from config.history import HistoryImport
from config.problems import InputError, Problem, listed, nearest
from events.campaign import ContentOffered, PostObserved
from events.envelope import Event
from events.terms import Mode
from workers.command.inputs import Inputs, offer, read_history, unmet
from workers.decision import Worker
from workers.platforms import registry
from workers.platforms.protocol import Clock, Platform, Say
from workers.platforms.simulated.shipped import load_world
from workers.roster import ROSTER
from workers.runtime.assembly import assemble
from workers.runtime.clock import VirtualClock
from workers.runtime.media import MediaStore
from workers.runtime.observing import Observer
from workers.runtime.operating import Operator
from workers.runtime.running import Runtime
from workers.runtime.store.memory import MemoryStore

START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""A Monday morning: when a brief without a date starts."""
SIMULATED: Final = "simulated"
UNREVISED: Final = tuple(worker for worker in ROSTER if worker.name != "reviser")
"""Every worker but the one that corrects: the first strategy stays, whatever the KPIs show."""
_SHIPPED: Final = Path(next(iter(config.__path__)))
_STAND_IN_USES: Final = 100


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is lived through: inputs, a network for every channel of the brief, its seed, and for how many days.

    `platform` is a plug-in's name or `module:factory`, `options` what it is given.
    """

    inputs: Inputs
    platform: str
    options: Mapping[str, Any]
    seed: int
    days: float
    media: MediaStore | None = None

    @property
    def start(self) -> datetime:
        return self.inputs.brief.fact.starts

    @property
    def campaign(self) -> str:
        return self.inputs.brief.campaign


@dataclass(slots=True)
class _Scribe(Observer):
    """Writes down what is said of one campaign, in the order in which it is appended."""

    campaign: str
    events: list[Event] = field(default_factory=list)

    def appended(self, event: Event) -> None:
        if event.subject == self.campaign:
            self.events.append(event)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was said until `now`, since the stretch before."""

    now: datetime
    events: tuple[Event, ...]


class Laboratory:
    """One experiment under way. Raises registry.UnknownPlatform, InputError and intake.Refused when it is set up."""

    def __init__(self, experiment: Experiment, roster: Sequence[Worker[Any]] = ROSTER) -> None:
        self._experiment = experiment
        self._roster = tuple(roster)
        self._scribe = _Scribe(experiment.campaign)
        self._told = 0
        factory = registry.load(experiment.platform)

        def made(clock: Clock, say: Say) -> Platform:
            return factory(clock=clock, seed=experiment.seed, say=say, options=experiment.options)

        channels = {account.channel for account in experiment.inputs.brief.fact.accounts}
        self.runtime: Final[Runtime] = assemble(
            self._roster,
            MemoryStore(),
            VirtualClock(experiment.start),
            platforms=dict.fromkeys(sorted(channels), made),
            observer=self._scribe,
            media=experiment.media,
        )
        for account in experiment.inputs.brief.fact.accounts:
            self.runtime.connect(account.account, account.channel, experiment.inputs.brief.tenant)
        # Another seed is other luck of the workers too: else every seed would meet the same first draws.
        luck = f"/seed {experiment.seed}"
        offer(experiment.inputs, self.runtime.intake, self.runtime.shell.store, experiment.start, luck)

    def live(self, step: timedelta | None = None) -> Iterator[Stretch]:
        """Live to the experiment's end in stretches of `step`, or in one."""
        now, end = self._experiment.start, self._experiment.start + timedelta(days=self._experiment.days)
        while now < end:
            now = end if step is None else min(end, now + step)
            self.runtime.advance_to(now)
            new = tuple(self._scribe.events[self._told :])
            self._told += len(new)
            yield Stretch(now, new)

    def clean(self) -> bool:
        """Whether the log is whole and every decision on it is the one that the workers make again."""
        shell = self.runtime.shell
        return Operator(shell).audit(self._roster, shell.decidedby, self._experiment.campaign).clean


def lived(experiment: Experiment, roster: Sequence[Worker[Any]] = ROSTER) -> list[Event]:
    """Everything that is said in an experiment, from beginning to end."""
    return [event for stretch in Laboratory(experiment, roster).live() for event in stretch.events]


@dataclass(frozen=True, slots=True)
class Files:
    """Where a person's input lies; `history` and `mapping` come together or not at all. `media` keeps the posts'."""

    brief: Path
    content: Path | None = None
    history: Path | None = None
    mapping: Path | None = None
    media: MediaStore | None = None


def simulated(
    world: str,
    seed: int,
    days: float | None = None,
    brief: Path | None = None,
    content: Path | None = None,
    *,
    history: Path | None = None,
    mapping: Path | None = None,
) -> Experiment:
    """An experiment on the simulated network. Without a brief, the one that ships for the world; as `with_platform`."""
    path = brief or shipped_brief(load_world(world).brief)
    return with_platform(SIMULATED, {"world": world}, seed, days, Files(path, content, history, mapping))


def with_platform(platform: str, options: Mapping[str, Any], seed: int, days: float | None, files: Files) -> Experiment:
    """An experiment on anybody's network, for the brief's own number of days unless another is given.

    Without a content folder: the posts that ship with the brief, and where none do stand-ins, one for every topic,
    format and appeal. A history that ends after START moves the start of a brief without a date behind it.
    Raises InputError.
    """
    brief, past = _with_history(files)
    briefed = replace(brief, fact=brief.fact.model_copy(update={"mode": Mode.AUTOMATIC}))
    inputs = Inputs(briefed, _posts(files, briefed), past)
    lasting = float(briefed.fact.horizon_days) if days is None else days
    return Experiment(inputs, platform, options, seed, lasting, files.media)


def _with_history(files: Files) -> tuple[Brief, HistoryImport | None]:
    """The brief, waiting for the history that is given; the same whenever it is read."""
    brief = load_brief(files.brief, START)
    if files.history is None and files.mapping is None:
        if problems := unmet(brief):
            raise InputError(problems)
        return brief, None
    known = read_history(files.history, files.mapping, brief, datetime.now(UTC))
    assert known is not None
    newest = max((one.fact.published for one in known.facts if isinstance(one.fact, PostObserved)), default=START)
    brief = load_brief(files.brief, max(START, newest + timedelta(days=1)))
    past = read_history(files.history, files.mapping, brief, brief.fact.starts)
    return brief.awaiting(known.history), past


def shipped_brief(name: str) -> Path:
    """The file of a brief that comes with Mowj. Raises InputError for an unknown one."""
    shipped = {path.stem: path for path in sorted((_SHIPPED / "briefs").glob("*.yaml"))}
    if name not in shipped:
        raise InputError([Problem(name, None, "brief", "no such brief", listed(shipped), nearest(name, shipped))])
    return shipped[name]


def _posts(files: Files, brief: Brief) -> tuple[ContentOffered, ...]:
    content, shipped = files.content, _SHIPPED / "content" / files.brief.stem
    if content is None and files.brief.resolve().parent == (_SHIPPED / "briefs").resolve() and shipped.is_dir():
        content = shipped
    return tuple(load_content(content, brief, files.media)) if content is not None else stand_ins(brief)


def stand_ins(brief: Brief) -> tuple[ContentOffered, ...]:
    """Posts that say only what they stand for, so that a brief can be simulated before anything is written."""
    fact = brief.fact
    return tuple(
        ContentOffered(
            content=f"stand-in/{topic}/{appeal.value}/{form}",
            topic=topic,
            format=form,
            appeal=appeal,
            language=fact.language,
            text=f"A {form} about {topic}, to {appeal.value}.",
            uses=_STAND_IN_USES,
            rest_days=0,
        )
        for topic in fact.topics
        for appeal in fact.appeals
        for form in fact.formats
    )
