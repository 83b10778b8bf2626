"""A run's figures: reckoned, and written between their markers into docs/reliability.md, keyed and keyless apart."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.chaos.blowing import Blower
from tests.chaos.checking import Verdict
from tests.chaos.counting import middle, worst_after
from tests.chaos.schedule import Kind
from tests.chaos.watching import spans

MOST_FINDINGS: Final = 10
AFTER: Final = 10.0
"""Seconds after a blow whose facts tell how long it was felt."""


def figures_of(
    given: argparse.Namespace,
    *,
    machine: str,
    began: datetime,
    hurt: float,
    calm: tuple[float, float],
    blower: Blower,
    answered: Mapping[str, float],
    seen: Mapping[str, float],
    again: tuple[int, int, int],
    verdict: Verdict,
) -> dict[str, Any]:
    """Everything that is told of a run, in the order in which it is told."""
    known = spans(dict(answered), dict(seen))
    quiet = middle(seen_at - at for at, seen_at in known if calm[0] <= at < calm[1])
    kinds = Counter(struck.kind for struck in blower.struck)
    felt = {
        kind.value: middle(
            worst / quiet
            for struck in blower.struck
            if struck.kind is kind and (worst := worst_after(struck.at, AFTER, known)) is not None and quiet
        )
        for kind in Kind
    }
    return {
        "keyed": given.keyed,
        "command": (
            f"--kills {given.kills} --campaigns {given.campaigns} --events {given.events} --brokers {given.brokers} "
            f"--seed {given.seed} --{'keyed' if given.keyed else 'keyless'} --queue {given.queue} "
            f"--partitions {given.partitions} --speed {given.speed:g} --gap {given.gap:g}"
        ),
        "machine": machine,
        "date": f"{began:%Y-%m-%d}",
        "minutes": round((datetime.now(UTC) - began).total_seconds() / 60, 1),
        "hurt_minutes": round(hurt / 60, 1),
        "blows": {kind.value: kinds[kind] for kind in Kind if kinds[kind]},
        "sigkills": sum(count for kind, count in kinds.items() if "SIGKILL" in kind.value),
        "gave_up": sum(blower.gave_up.values()),
        "said_again": {"producer": again[0], "commands": again[1], "commands_in_all": again[2]},
        **verdict.figures,
        "quiet_seconds": round(quiet, 2),
        "slowest_ratio": round(max((end - at for at, end in known), default=0.0) / quiet, 1) if quiet else None,
        "felt": {kind: round(ratio, 1) for kind, ratio in felt.items() if ratio},
        "findings": verdict.findings,
    }


def write(figures: Mapping[str, Any], page: Path) -> None:
    """Put a run's table where the page has its markers. Raises ValueError for a page without them."""
    name = "keyed" if figures["keyed"] else "keyless"
    begin, end = f"<!-- chaos {name}: begin -->", f"<!-- chaos {name}: end -->"
    text = page.read_text(encoding="utf-8")
    if begin not in text or end not in text:
        raise ValueError(f"{page} has no {begin} … {end}")
    table = f"{begin}\n{table_of(figures)}\n{end}"
    page.write_text(re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: table, text, flags=re.DOTALL), "utf-8")


def table_of(figures: Mapping[str, Any]) -> str:
    """The figures for a reader, with every finding."""
    again = figures["said_again"]
    rows: list[tuple[str, object]] = [
        ("run", f"`python -m tests.chaos {figures['command']}`, {figures['date']}"),
        ("machine", figures["machine"]),
        ("lasted", f"{figures['minutes']} minutes, {figures['hurt_minutes']} of them under blows"),
        ("SIGKILLs in all", figures["sigkills"]),
        *((f"· {kind}", count) for kind, count in figures["blows"].items()),
        ("processes that gave up by themselves, and were started again", figures["gave_up"]),
        ("events on the log", figures.get("events")),
        ("outside facts that were answered", figures.get("facts")),
        ("· sent again by their producer, unanswered", again["producer"]),
        ("· commands among them, failed and repeated", f"{again['commands_in_all']}, {again['commands']}"),
        ("**outside facts lost**", figures.get("facts_lost")),
        ("**outside facts on the log twice**", figures.get("facts_twice")),
        ("posts on the network", figures.get("posts")),
        ("**posts there twice**", figures.get("posts_twice")),
        ("posts by state of the ledger", _listed(figures.get("ledger", {}))),
        ("readings by state of the ledger", _listed(figures.get("readings", {}))),
        ("decisions made again by the audit", figures.get("audit_decisions")),
        ("**findings of the audit**", figures.get("audit_findings")),
        ("fact answered → on the log of record and decided on, median without blows", f"{figures['quiet_seconds']} s"),
        ("· slowest of all, as a multiple of it", figures["slowest_ratio"]),
        *((f"· slowest within 10 s after: {kind}, median multiple", ratio) for kind, ratio in figures["felt"].items()),
        ("**findings in all**", _told(figures["findings"]) or "none"),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _told(findings: Sequence[str]) -> str:
    """Findings in one cell of a table, the first of them where there are many."""
    more = f"; and {len(findings) - MOST_FINDINGS} more" if len(findings) > MOST_FINDINGS else ""
    return re.sub(r"[\s|]+", " ", "; ".join(findings[:MOST_FINDINGS])) + more


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in sorted(counts.items())) or "none"
