"""A person's brief, posts and history: read from files, and offered to a running Mowj under ids of their own.

Invariants: nothing is offered unless everything could be read. What is offered follows from the files and the log: the
same files again say nothing new, a changed post is offered anew, one that is gone is withdrawn, a changed brief amends.
While Mowj runs, a post whose file is broken stays as it was offered last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from config.brief import Brief, load_brief
from config.content import Folder, read_folder
from config.history import HistoryImport, ImportedFact, import_history
from config.media.terms import Shelf
from config.problems import InputError, Problem, shown
from events.campaign import CampaignBriefed, ContentOffered, HistoryImported
from events.envelope import outside_id
from events.terms import Fact, Mode
from workers.command.errors import MachineError
from workers.runtime.intake import Intake
from workers.runtime.store.protocol import Store

FactT = TypeVar("FactT", bound=Fact)

OWNER: Final = "/people/owner"
FOLDER: Final = "/content/folder"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a campaign starts from. `broken` are the ids of posts that are there and cannot be read."""

    brief: Brief
    content: tuple[ContentOffered, ...]
    history: HistoryImport | None = None
    broken: frozenset[str] = frozenset()

    def advised(self) -> Inputs:
        """The same, but nothing of it is to be published."""
        fact = self.brief.fact.model_copy(update={"mode": Mode.ADVISE})
        return replace(self, brief=replace(self.brief, fact=fact))


def read_inputs(
    brief: Path,
    content: Path,
    history: Path | None,
    mapping: Path | None,
    now: datetime,
    store: Store | None = None,
    media: Shelf | None = None,
) -> Inputs:
    """Everything that the files say, as of `now` (aware); pictures and films are kept on the shelf, if there is one.

    A brief that does not say when it starts keeps the start that the store knows, else starts `now`. Raises InputError
    with the problems of all files that could be looked at; MachineError where media cannot be kept.
    """
    briefed = load_brief(brief, now)
    known = _last_brief(store, briefed.campaign) if store is not None else None
    if known is not None:
        briefed = load_brief(brief, known.starts)
    problems: list[Problem] = []
    posts: list[ContentOffered] = []
    imported: HistoryImport | None = None
    try:
        folder = _folder(content, briefed, media)
        posts, problems = folder.content, list(folder.problems)
    except InputError as error:
        problems += error.problems
    try:
        imported = read_history(history, mapping, briefed, now)
    except InputError as error:
        problems += error.problems
    awaited = briefed.fact.history
    if imported is not None:
        briefed = briefed.awaiting(imported.history)
    elif known is not None and known.history is not None and awaited in {None, known.history}:
        briefed = briefed.awaiting(known.history)
    elif history is None and mapping is None:
        problems += unmet(briefed)
    if known is None:
        problems += _over(briefed, now)
    if problems:
        raise InputError(problems)
    return Inputs(briefed, tuple(posts), imported)


def amends(brief: Path, campaign: str, store: Store, *, is_advice: bool) -> CampaignBriefed | None:
    """What the file would say at the next start, if it is not what was said last. Raises InputError."""
    known = _last_brief(store, campaign)
    if known is None:
        return None
    briefed = load_brief(brief, known.starts)
    if known.history is not None and briefed.fact.history is None:
        briefed = briefed.awaiting(known.history)
    fact = Inputs(briefed, ()).advised().brief.fact if is_advice else briefed.fact
    return fact if fact != known else None


def read_posts(brief: Path, content: Path, now: datetime, media: Shelf | None) -> tuple[Inputs, tuple[Problem, ...]]:
    """The posts that can be read, and what is wrong with the others; raises as `read_inputs`, for brief and folder."""
    briefed = load_brief(brief, now)
    folder = _folder(content, briefed, media)
    return Inputs(briefed, tuple(folder.content), broken=folder.broken), folder.problems


def _folder(content: Path, brief: Brief, media: Shelf | None) -> Folder:
    """Raises InputError, and MachineError where media cannot be kept: a disk that is full, or may not be written."""
    try:
        return read_folder(content, brief, media)
    except OSError as error:
        raise MachineError(f"media of {content} cannot be kept: {error}; start again once they can") from error


def offer(inputs: Inputs, intake: Intake, store: Store, now: datetime, luck: str = "") -> bool:
    """Say whatever is new; whether anything was. The accounts must be connected. Raises intake.Refused.

    The posts come before the brief, so that the first plan knows them; the history after it, since the brief waits.
    What workers draw follows from the brief's id: an experiment puts its `luck` there.
    """
    brief = inputs.brief
    posts = offer_content(inputs, intake, store, now)
    said = _said(store, brief.campaign, CampaignBriefed)
    amended = not said or said[-1] != brief.fact
    if amended:
        own_id = _own_id(f"{brief.campaign}/brief{luck}", said, brief.fact)
        intake.accept(brief.fact, brief.campaign, brief.tenant, OWNER, own_id, now, person=True)
    past = _offer_history(inputs, intake, store)
    return bool(posts or amended or past)


def offer_content(inputs: Inputs, intake: Intake, store: Store, now: datetime) -> int:
    """Offer what is new or changed, and withdraw what is no longer in the folder; returns how many were said.

    A piece is withdrawn by offering it as valid until now. One whose file cannot be read is left as it was.
    """
    brief = inputs.brief
    versions: dict[str, list[ContentOffered]] = {}
    for fact in _said(store, brief.campaign, ContentOffered, FOLDER):
        versions.setdefault(fact.content, []).append(fact)
    new = [post for post in inputs.content if post not in versions.get(post.content, [])[-1:]]
    there = {post.content for post in inputs.content} | inputs.broken
    new += _withdrawn(there, versions, now)
    for post in new:
        own_id = _own_id(f"{brief.campaign}/{post.content}", versions.get(post.content, []), post)
        intake.accept(post, brief.campaign, brief.tenant, FOLDER, own_id, now)
    return len(new)


def _withdrawn(
    there: AbstractSet[str], versions: Mapping[str, Sequence[ContentOffered]], now: datetime
) -> Iterator[ContentOffered]:
    for name in sorted(set(versions) - there):
        last = versions[name][-1]
        if last.valid_until is None or last.valid_until > now:
            yield last.model_copy(update={"valid_until": now})


def _offer_history(inputs: Inputs, intake: Intake, store: Store) -> int:
    """Say the past, oldest first; an import that was completed before says nothing."""
    brief, history = inputs.brief, inputs.history
    if history is None:
        return 0
    with store.view() as view:
        if view.log.find(outside_id(history.source, _past_id(history.facts[-1], brief))) is not None:
            return 0
    for past in history.facts:
        intake.accept(past.fact, brief.campaign, brief.tenant, history.source, _past_id(past, brief), past.time)
    return len(history.facts)


def _past_id(past: ImportedFact, brief: Brief) -> str:
    """Posts belong to the account, whoever imports them; that the history is complete is told to each campaign."""
    return f"{brief.campaign}/{past.id}" if isinstance(past.fact, HistoryImported) else past.id


def unmet(brief: Brief) -> list[Problem]:
    """The history that the brief waits for, where none is given: nothing would be analyzed, planned or published."""
    if brief.fact.history is None:
        return []
    allowed = "a history that is given too: --history CSV --mapping YAML; or no such field, to start without one"
    return [brief.document.problem(("history",), shown(brief.fact.history), allowed)]


def _over(brief: Brief, now: datetime) -> list[Problem]:
    """A new campaign that would have ended before it begins."""
    ends = brief.fact.starts + timedelta(days=brief.fact.horizon_days)
    if ends > now:
        return []
    zone = ZoneInfo(brief.fact.zone)
    starts, ended, today = (f"{moment.astimezone(zone):%Y-%m-%d}" for moment in (brief.fact.starts, ends, now))
    given = f"{starts} and {brief.fact.horizon_days} days, so it ended {ended}"
    allowed = f"an end after today, {today}: a later `starts` (none starts now), or more `days`"
    return [brief.document.problem(("starts",), given, allowed)]


def read_history(csv: Path | None, mapping: Path | None, brief: Brief, now: datetime) -> HistoryImport | None:
    """The past, if both of its files are given. Raises InputError, also where only one is."""
    if csv is None and mapping is None:
        return None
    if csv is None or mapping is None:
        missing, given = ("--mapping", "--history") if mapping is None else ("--history", "--mapping")
        guess = f"; `mowj history check {csv} --write-mapping FILE` writes one" if csv is not None else ""
        allowed = f"a file, since {given} is given{guess}"
        raise InputError([Problem("(command line)", None, missing, "nothing", allowed)])
    return import_history(csv, mapping, brief, now)


def _own_id(name: str, said: Sequence[Fact], fact: Fact) -> str:
    """The number of the version and its content: going back to an earlier version is a version of its own.

    What nobody wrote is left out: a field that is new to the vocabulary gives no brief another id, and no other chance.
    """
    digest = hashlib.sha256(fact.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:24]
    return f"{name}/{len(said) + 1}/{digest}"


def _said(store: Store, campaign: str, kind: type[FactT], source: str | None = None) -> list[FactT]:
    """What was said of a campaign in facts of one kind, in order."""
    with store.view() as view:
        events = [record.event for record in view.log.campaign(campaign)]
    return [event.data for event in events if isinstance(event.data, kind) and source in {None, event.source}]


def _last_brief(store: Store, campaign: str) -> CampaignBriefed | None:
    said = _said(store, campaign, CampaignBriefed)
    return said[-1] if said else None
