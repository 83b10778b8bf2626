"""From a command line to a run: what is given now, what the data directory remembers, and which of them holds.

Invariants: the command line outweighs what is remembered, and that the settings; but a data directory keeps its clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.brief import load_brief
from config.problems import listed, nearest
from config.settings import ClockKind, Settings, StoreKind, StoreSettings
from events.campaign import CampaignBriefed
from workers.command.ended import dropped, last_briefs, past_horizon, refuse_all_ended, refuse_ended
from workers.command.errors import UserError
from workers.command.executing import EXECUTOR
from workers.command.living import Life, live
from workers.command.logs import make_logger
from workers.command.opening import existing_store, make_clock, read_settings
from workers.command.output import hint
from workers.command.progress import approving_in, standard_lines
from workers.command.rehearsal import rehearse
from workers.command.remembered import InputFiles, NetworkChoice, Remembered, RememberedClock, recall
from workers.decision import Worker
from workers.roster import ROSTER


@dataclass(frozen=True, slots=True)
class Start:
    """What a command line says; None where it says nothing."""

    config: Path | None
    data: Path | None
    brief: Path | None = None
    content: Path | None = None
    history: Path | None = None
    mapping: Path | None = None
    platform: str | None = None
    url: str | None = None
    world: str | None = None
    seed: int | None = None
    compress: float | None = None
    json_lines: bool = False
    advise: bool = False

    def files(self) -> InputFiles | None:
        """The campaign's files, if a campaign is given. Raises UserError."""
        if self.brief is not None and self.content is not None:
            files = InputFiles(
                brief=self.brief,
                content=self.content,
                history=self.history,
                mapping=self.mapping,
                advise=self.advise,
            )
            return files.absolute()
        if (self.brief, self.content, self.history, self.mapping) == (None, None, None, None):
            return None
        missing = "--brief" if self.brief is None else "--content"
        raise UserError(f"{missing} is missing: a campaign is given by --brief YAML and --content DIR together")

    def networks(self, earlier: NetworkChoice) -> NetworkChoice:
        """The earlier choice with what is said now laid over it; another plug-in starts from its own defaults."""
        if self.platform is not None and self.platform != earlier.platform:
            earlier = NetworkChoice()
        given = {"platform": self.platform, "url": self.url, "world": self.world, "seed": self.seed}
        return earlier.model_copy(update={name: value for name, value in given.items() if value is not None})


def start_run(start: Start, *, virtual: bool, days: float | None) -> None:
    """Run all workers, in real time or on the virtual clock. Raises UserError and InputError."""
    settings, files = read_settings(start.config, start.data), start.files()
    if virtual:
        if start.compress is not None:
            raise UserError("--compress and --virtual-clock exclude each other")
        if start.data is None:
            settings = settings.model_copy(update={"store": StoreSettings(kind=StoreKind.MEMORY)})
        rehearse(settings, _remembered(start, settings, ClockKind.VIRTUAL), files, days, json_lines=start.json_lines)
        return
    if days is not None:
        raise UserError("--days is for --virtual-clock; in real time the brief says how long a campaign lasts")
    remembered, given = _remembered(start, settings, None), None
    if files is not None:
        given = load_brief(files.brief, datetime.now(UTC)).campaign
        remembered = remembered.model_copy(update={"files": {**remembered.files, given: files}})
    _live(start, settings, remembered, ROSTER, "run", given)


def start_workers(start: Start, names: Sequence[str]) -> None:
    """Run some workers on a store that others share. Raises UserError for an unknown name."""
    known = [*(worker.name for worker in ROSTER), EXECUTOR]
    for name in names:
        if name not in known:
            near = nearest(name, known)
            raise UserError(
                f"no worker {name!r}; there are {listed(known)}{f'; did you mean {near!r}?' if near else ''}"
            )
    settings = read_settings(start.config, start.data)
    if EXECUTOR in names and not settings.executor.kind.is_broker:
        raise UserError(
            f"executor.kind is {settings.executor.kind.value}, so effects are carried out by whoever decides on them; "
            "set it to rabbitmq or redis to have others do it"
        )
    if settings.store.kind is StoreKind.MEMORY:
        raise UserError("workers in several processes need one store: set store.kind to sqlite")
    roster = [worker for worker in ROSTER if worker.name in names]
    remembered = _remembered(start, settings, None)
    performs = EXECUTOR in names or not settings.executor.kind.is_broker
    _live(start, settings, remembered, roster, "-".join(["worker", *sorted(set(names))]), None, performs=performs)


def _live(
    start: Start,
    settings: Settings,
    remembered: Remembered,
    roster: Sequence[Worker[Any]],
    member: str,
    given: str | None,
    *,
    performs: bool = True,
) -> None:
    is_all = roster is ROSTER
    briefs = _looked_at(settings, remembered, given, is_all=is_all)
    # The files are for whoever runs intake: one process reads them.
    files = files_of_use(settings, remembered) if is_all else {}
    if is_all and not briefs and not files:
        hint(f"there is no campaign in {settings.data.directory} yet: mowj run --brief YAML --content DIR starts one")
    lines = standard_lines(start.json_lines, briefs, approving_in(start.data, start.config))
    live(Life(settings, remembered, files, given, roster, member, lines, make_logger(settings.log), performs))


def files_of_use(settings: Settings, remembered: Remembered) -> dict[str, InputFiles]:
    """The remembered files but those of campaigns that were dropped: whatever they say would be refused."""
    store = existing_store(settings)
    if store is None:
        return dict(remembered.files)
    try:
        gone = dropped(store)
    finally:
        store.close()
    return {campaign: files for campaign, files in remembered.files.items() if campaign not in gone}


def _looked_at(
    settings: Settings, remembered: Remembered, given: str | None, *, is_all: bool
) -> dict[str, CampaignBriefed]:
    """The campaigns that are there already. Raises UserError where what is to be run has ended."""
    store = existing_store(settings)
    if store is None:
        return {}
    try:
        if given is not None:
            refuse_ended(store, given)
        elif is_all:
            refuse_all_ended(store, settings.data.directory)
        for sentence in past_horizon(store, make_clock(remembered.clock, None).now()):
            hint(sentence)
        return last_briefs(store)
    finally:
        store.close()


def _remembered(start: Start, settings: Settings, kind: ClockKind | None) -> Remembered:
    """What the directory was started with and the command line's wishes over it. `kind` None: the settings' clock."""
    durable = settings.store.kind is not StoreKind.MEMORY
    earlier = recall(settings.data.directory) if durable else None
    wanted = _wanted(start, settings, kind, earlier)
    if earlier is None:
        return Remembered(clock=wanted, networks=start.networks(NetworkChoice()))
    if (earlier.clock.kind, earlier.clock.speed) != (wanted.kind, wanted.speed):
        raise UserError(
            f"{settings.data.directory} lives on the {earlier.clock.kind.value} clock at speed "
            f"{earlier.clock.speed:g}, not on the {wanted.kind.value} one at {wanted.speed:g}; name another --data"
        )
    return earlier.model_copy(update={"networks": start.networks(earlier.networks)})


def _wanted(start: Start, settings: Settings, kind: ClockKind | None, earlier: Remembered | None) -> RememberedClock:
    if kind is not None:
        return RememberedClock(kind=kind)
    if start.compress is None and earlier is not None and earlier.clock.kind is ClockKind.COMPRESSED:
        return earlier.clock
    speed = start.compress or settings.clock.speed
    if start.compress is not None or settings.clock.kind is ClockKind.COMPRESSED:
        return RememberedClock(kind=ClockKind.COMPRESSED, speed=speed, anchor=datetime.now(UTC))
    if settings.clock.kind is ClockKind.VIRTUAL:
        raise UserError("clock.kind is virtual in the settings: give --virtual-clock, or set it to real")
    return RememberedClock(kind=ClockKind.REAL)
