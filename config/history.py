"""A page's past posts from a CSV, read through a mapping into facts with ids and times of their own.

Invariants: importing the same file twice gives the same ids. A post's id is the network's, else the row's content and
its number among equal rows, so that rows added later change nothing. A counter whose cell is missing is absent, never
0. A row that does not parse is a problem with its line, and is refused or skipped as the caller asks, never altered.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from config.brief import Brief
from config.mapping import HistoryMapping, Malformed, load_mapping
from config.problems import InputError, Problem, listed, shown
from config.rows import Row, read_rows
from events.campaign import CampaignAccount, HistoryImported, PostObserved
from events.execution import MetricObserved
from events.terms import Fact, PostTraits

SKIPPED_SHOWN: Final = 20
"""Lines of skipped rows that a note names."""


@dataclass(frozen=True, slots=True)
class ImportedFact:
    """A fact with its producer's own id and the time when it became true."""

    fact: Fact
    id: str
    time: datetime


@dataclass(frozen=True, slots=True)
class HistoryImport:
    """All that a file says: posts, oldest first, each with its counters; at last that the history is complete."""

    history: str
    account: str
    source: str
    facts: tuple[ImportedFact, ...]
    notes: tuple[str, ...]
    skipped: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Past:
    """One row understood."""

    own_id: str
    row: Row


def import_history(csv: Path, mapping: Path, brief: Brief, now: datetime) -> HistoryImport:
    """The facts of the file, as of `now` (aware).

    Raises InputError with every problem of mapping and file; with `malformed: skip` in the mapping, rows that do not
    parse are left out, noted and listed in `skipped`, and only a mapping or a header that cannot be used is refused.
    """
    rules = load_mapping(mapping)
    account = account_of(rules, brief)
    read = read_rows(csv, rules, now)
    if read.problems and rules.rules.malformed is Malformed.REFUSE:
        allowed = "skip too, which leaves such rows out and notes their lines"
        raise InputError([*read.problems, rules.document.problem(("malformed",), "refuse", allowed)])
    history = rules.rules.history
    posts = sorted(_identified(read.rows), key=lambda past: past.row.published)
    facts = [fact for past in posts for fact in _facts(past, history, account, ZoneInfo(brief.fact.zone), now)]
    notes = (*_left_out(read.problems), *read.notes, *strangers(read.rows, brief))
    complete = HistoryImported(
        history=history,
        posts=len(posts),
        rows=len(read.rows) + len(read.problems),
        skipped=len(read.problems),
        notes=notes,
    )
    everything = _digest(*(fact.id for fact in facts))
    facts.append(ImportedFact(complete, f"{history}/complete/{everything}", now.astimezone(UTC)))
    source = f"/history/{quote(history)}"
    return HistoryImport(history, account.account, source, tuple(facts), notes, read.problems)


def account_of(rules: HistoryMapping, brief: Brief) -> CampaignAccount:
    """The brief's account that the history belongs to. Raises InputError."""
    document, named = rules.document, rules.rules.account
    accounts = {account.account: account for account in brief.fact.accounts}
    awaited = brief.fact.history
    problems = []
    if awaited is not None and awaited != rules.rules.history:
        allowed = f"the history that the brief {brief.file} waits for, {awaited!r}"
        given = shown(rules.rules.history)
        problems.append(document.problem(("history",), given, allowed))
    if (named is None and len(accounts) > 1) or (named is not None and named not in accounts):
        given = "nothing" if named is None else shown(named)
        problems.append(document.problem(("account",), given, listed(accounts)))
    if problems:
        raise InputError(problems)
    return accounts[named] if named is not None else next(iter(accounts.values()))


def _identified(rows: Sequence[Row]) -> Iterator[_Past]:
    """Each row with its id: the network's, else its content and its number among equal rows."""
    equal: Counter[str] = Counter()
    for row in rows:
        if row.network_id is not None:
            yield _Past(row.network_id, row)
        else:
            content = _digest(*row.cells)
            equal[content] += 1
            yield _Past(f"{content}-{equal[content]}", row)


def _facts(
    past: _Past, history: str, account: CampaignAccount, zone: ZoneInfo, now: datetime
) -> Iterator[ImportedFact]:
    row = past.row
    post = f"{history}/{past.own_id}"
    observed = PostObserved(
        post=post,
        account=account.account,
        published=row.published,
        time_quality=row.quality,
        traits=PostTraits(
            channel=account.channel,
            topic=row.topic,
            format=row.format,
            appeal=row.appeal,
            hour=row.published.astimezone(zone).hour if row.hour_known else None,
            paid=row.paid,
        ),
        reference=row.network_id,
        text=row.text,
        history=history,
    )
    yield ImportedFact(observed, post, row.published)
    age = (now - row.published).total_seconds() / 3600
    counters = dict(sorted(row.counters.items()))
    metric = MetricObserved(account=account.account, post=post, age_hours=round(age, 2), counters=counters, final=True)
    reading = _digest(*(f"{name}={value}" for name, value in counters.items()))
    yield ImportedFact(metric, f"{post}/counters/{reading}", now.astimezone(UTC))


def _left_out(problems: Sequence[Problem]) -> Iterator[str]:
    if problems:
        lines = ", ".join(str(problem.line) for problem in problems[:SKIPPED_SHOWN])
        further = f" and {len(problems) - SKIPPED_SHOWN} more" if len(problems) > SKIPPED_SHOWN else ""
        yield f"malformed rows that were skipped, as the mapping says: {len(problems)}, on lines {lines}{further}"


def strangers(rows: Sequence[Row], brief: Brief) -> Iterator[str]:
    """Topics and formats that the brief does not know: evidence all the same, but perhaps a slip."""
    for trait, known in (("topic", brief.fact.topics), ("format", brief.fact.formats)):
        found = {value for row in rows if (value := getattr(row, trait)) is not None} - set(known)
        if found:
            yield f"the history has {trait}s that the brief does not name: {listed(found)}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
