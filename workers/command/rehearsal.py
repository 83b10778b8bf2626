"""`mowj run --virtual-clock`: a campaign lived through at once on the person's own input, and what came of it.

Invariants: the same workers, store and networks as in real time; time alone is another. A directory that is given goes
on where it stopped, and its second end is the same as a single run's. Signals stop between two hours.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Signal
from typing import Final

from config.brief import load_brief
from config.settings import Settings, StoreKind
from events.campaign import CampaignBriefed
from events.correction import CorrectionDecided
from events.envelope import Event
from events.terms import Mode
from workers.command.ended import last_briefs, refuse_ended
from workers.command.errors import UserError
from workers.command.inputs import Inputs, offer, read_inputs
from workers.command.kpis import KPI_COLUMNS, kpi_rows
from workers.command.logs import LogObserver, make_logger
from workers.command.networks import makers
from workers.command.opening import log_end, make_directory, open_store
from workers.command.output import folded, folding_width, hint, print_json, print_table, say
from workers.command.process import alone, stopping
from workers.command.progress import Everyone, approving_in, standard_lines
from workers.command.remembered import InputFiles, Remembered, remembering
from workers.roster import ROSTER
from workers.runtime.assembly import assemble
from workers.runtime.clock import VirtualClock
from workers.runtime.media import MediaStore, passing_media
from workers.runtime.running import Runtime
from workers.runtime.store.protocol import Store
from workers.views.correction import reasons
from workers.views.course import beginning
from workers.views.figures import counts, figures, unfilled
from workers.views.inventory import unfilled_slots
from workers.views.standing import Standing

STRIDE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Correction:
    at: datetime
    kpi: str | None
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a campaign. `values` and `spent` are in the brief's currency, net and gross discounted.

    `slots_without_content` counts the slots that were cancelled for want of content, by what was wanted there.
    """

    campaign: str
    days: float
    finished: bool
    events: dict[str, int]
    posts: int
    outcomes: float
    gross_value: float
    net_value: float
    spent: float
    currency: str
    strategies: tuple[str, ...]
    execution_revisions: int
    breaches: int
    corrections: tuple[Correction, ...]
    kpis: tuple[Standing, ...]
    slots_without_content: dict[str, int]


def rehearse(
    settings: Settings, remembered: Remembered, files: InputFiles | None, days: float | None, *, json_lines: bool
) -> None:
    """Live through `days` from the campaign's start, or the brief's own. Raises UserError, InputError and Refused."""
    durable = settings.store.kind is not StoreKind.MEMORY
    files = files or next(iter(remembered.files.values()), None)
    if files is None:
        raise UserError("no campaign: give --brief YAML and --content DIR")
    lock = make_directory(settings) / "run.lock" if durable else None
    store = open_store(settings)
    try:
        with nullcontext() if lock is None else alone(lock), stopping() as stop, _media(settings) as media:
            runtime, inputs = _begun(settings, remembered, files, store, media, json_lines=json_lines)
            brief = inputs.brief
            _forewarn(brief.fact.mode, settings.data.directory if durable else None)
            span = timedelta(days=brief.fact.horizon_days if days is None else days)
            if lived := (runtime.shell.now() - brief.fact.starts) / timedelta(days=1):
                hint(f"It goes on at day {lived:.1f} of {span / timedelta(days=1):g}: --days counts from the start.")
            finished = _lived(runtime, brief.fact.starts + span, stop)
            summary = summarized(brief.campaign, runtime.history(brief.campaign), finished=finished)
    finally:
        store.close()
    if json_lines:
        print_json(summary)
    else:
        _print(summary, settings.data.directory if durable else None)


@contextmanager
def _media(settings: Settings) -> Iterator[MediaStore]:
    """Where media are kept: with the rest, and as long as that."""
    if settings.store.kind is not StoreKind.MEMORY:
        yield MediaStore(settings.data.directory)
        return
    with passing_media() as media:
        yield media


def _begun(
    settings: Settings,
    remembered: Remembered,
    files: InputFiles,
    store: Store,
    media: MediaStore,
    *,
    json_lines: bool,
) -> tuple[Runtime, Inputs]:
    """The runtime at the moment at which the campaign starts, or at which it stopped, with everything offered."""
    stopped = log_end(store)
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    briefed = load_brief(files.brief, today)
    refuse_ended(store, briefed.campaign)
    now = stopped or briefed.fact.starts
    inputs = read_inputs(files.brief, files.content, files.history, files.mapping, now, store, media)
    if files.advise:
        inputs = inputs.advised()
    directory = settings.data.directory if settings.store.kind is not StoreKind.MEMORY else None
    accounts = inputs.brief.fact.accounts
    approving = approving_in(directory) if directory is not None else None
    lines = standard_lines(json_lines, last_briefs(store), approving)
    runtime = assemble(
        ROSTER,
        store,
        VirtualClock(now),
        platforms=makers({one.channel for one in accounts}, settings, remembered.networks, directory),
        observer=Everyone((LogObserver(make_logger(settings.log)), lines)),
        partitions=settings.runtime.partitions,
        media=media,
    )
    for account in accounts:
        runtime.connect(account.account, account.channel, inputs.brief.tenant)
    start = remembered.model_copy(update={"files": {inputs.brief.campaign: files}})
    with nullcontext() if directory is None else remembering(directory, start):
        offer(inputs, runtime.intake, store, now)
    return runtime, inputs


def _forewarn(mode: Mode, directory: Path | None) -> None:
    """Say before anything is lived what this mode keeps from happening on the virtual clock."""
    if mode is Mode.ADVISE:
        hint("The brief's mode is advise: it is planned and proposed, and nothing is published.")
    elif mode is Mode.APPROVE and directory is None:
        hint(
            "The brief's mode is approve, and nobody can approve on a virtual clock in memory: nothing is published.\n"
            "Write `mode: automatic` into the brief; or try `mowj simulate`, which asks nobody; or keep it with\n"
            "--data DIR and --days, and approve between two runs."
        )
    elif mode is Mode.APPROVE:
        hint(
            f"The brief's mode is approve: stop early with --days, approve with `mowj approve ID --data {directory}`,\n"
            "and run on with more --days, counted from its start. What nobody approves in time is not published."
        )


def _lived(runtime: Runtime, end: datetime, stop: Signal) -> bool:
    """Whether the end was reached before somebody stopped it."""
    now = runtime.shell.now()
    runtime.advance_to(now)
    while now < end and not stop.is_set():
        now = min(end, now + STRIDE)
        runtime.advance_to(now)
    return now >= end


def summarized(campaign: str, events: Sequence[Event], *, finished: bool) -> Summary:
    """Raises ValueError for a campaign that was never briefed."""
    found = figures(events)
    brief = next(event.data for event in events if isinstance(event.data, CampaignBriefed))
    course = beginning(brief)
    for event in events:
        course = course.after(event)
    return Summary(
        campaign=campaign,
        days=round((course.now - brief.starts) / timedelta(days=1), 2),
        finished=finished,
        events=counts(events),
        posts=found.posts,
        outcomes=round(found.outcomes, 2),
        gross_value=round(found.gross_value, 2),
        net_value=round(found.net_value, 2),
        spent=round(found.spent, 2),
        currency=found.currency,
        strategies=found.strategies,
        execution_revisions=found.execution_revisions,
        breaches=found.breaches,
        corrections=tuple(
            Correction(
                event.time,
                event.data.kpi.value if event.data.kpi else None,
                event.data.verdict.value,
                reasons(event.data, found.currency),
            )
            for event in events
            if isinstance(event.data, CorrectionDecided)
        ),
        kpis=tuple(course.judging.standings()),
        slots_without_content=unfilled(events),
    )


def _print(summary: Summary, kept: Path | None) -> None:
    """For a person; `kept` is the data directory, if one keeps the campaign."""
    say("")
    rows: list[tuple[str, object]] = [
        ("days", f"{summary.days:g}{'' if summary.finished else ', stopped before the end'}"),
        ("posts", summary.posts),
        ("outcomes", f"{summary.outcomes:,.0f}"),
        ("their worth, discounted", f"{summary.gross_value:,.2f} {summary.currency}"),
        ("spent", f"{summary.spent:,.2f} {summary.currency}"),
        ("spent, discounted", f"{summary.gross_value - summary.net_value:,.2f} {summary.currency}"),
        ("net value, discounted", f"{summary.net_value:,.2f} {summary.currency}"),
        ("strategies", ", then ".join(summary.strategies) or "none yet"),
        ("KPIs breached", summary.breaches),
        ("execution revised", summary.execution_revisions),
    ]
    rows += [(f"correction {number}", one.why) for number, one in enumerate(summary.corrections, 1)]
    print_table(f"Campaign {summary.campaign}", ("", ""), rows, "")
    say("")
    print_table("KPIs", KPI_COLUMNS, kpi_rows(summary.kpis), "No KPI yet: there is no plan.")
    say("")
    if summary.slots_without_content:
        open_still = f"; `mowj requests --data {kept}` says what is open still" if kept is not None else ""
        say(folded(f"{unfilled_slots(summary.slots_without_content)}{open_still}", folding_width(sys.stdout)))
    hint("This was the virtual clock: nothing was sent to anybody's real account unless --platform is a real network.")
