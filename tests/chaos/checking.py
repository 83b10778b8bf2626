"""The end of a run: everything comes to rest, then log, ledger, network and producers are held against each other.

Invariants: what is compared is read anew, from the store's tables, the network's own file and the producers' answers;
nothing that the run believed is taken over.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event as Signal
from time import monotonic
from typing import Any, Final, LiteralString

from kafka import KafkaConsumer, TopicPartition

from tests.chaos.counting import Facts, Post, Published, wrong_facts, wrong_ledger, wrong_posts
from tests.chaos.place import NAMESPACE, Place
from tests.chaos.watching import connected

REST_SECONDS: Final = 600.0
"""How long what was under way may take to come to an end, once nothing is hurt any more."""
OVERDUE: Final = 60.0
"""Machine seconds that what is due may wait for somebody to see to it, once nothing is hurt any more."""
AUDIT_SECONDS: Final = 3600.0

_EVENTS: Final = """
SELECT event::json->>'id', event::json->>'type', event::json->>'subject', event::json->'data'->>'post' FROM log
UNION ALL SELECT id, attributes::json->>'type', campaign, data::json->>'post' FROM outbox
"""
_LEDGER: Final = "SELECT row::json FROM effects"
_SETTLING: Final = """
SELECT count(*) FROM effects
WHERE row::json->>'kind' = 'publish' AND row::json->>'state' IN ('sending', 'asking')
"""
_OVERDUE: Final = "SELECT count(*) FROM effects WHERE row::json->>'kind' = 'publish' AND starts < %(at)s"
_STUCK: Final = """
SELECT count(*) FROM effects
WHERE resumes < now() - interval '60 seconds' OR untold < %(at)s
OR (row::json->>'kind' <> 'publish' AND starts < %(at)s)
"""


@dataclass
class Verdict:
    """What was found, and what was counted on the way."""

    findings: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


class NotAtRest(Exception):
    """Something did not come to an end in time; says what."""


def wait_for(what: str, look: Callable[[], bool], seconds: float, meanwhile: Callable[[], None]) -> float:
    """The seconds that it took. Raises NotAtRest."""
    began, pause = monotonic(), Signal()
    while not look():
        meanwhile()
        pause.wait(0.5)
        if monotonic() - began > seconds:
            raise NotAtRest(f"{what}: not within {seconds:g} seconds")
    return monotonic() - began


def count(place: Place, query: LiteralString) -> int:
    """What one of the queries above counts; `at` is a while before now, in the campaigns' time."""
    at = place.campaign_now() - timedelta(seconds=OVERDUE * place.size.speed)
    with connected(place) as connection:
        found = connection.execute(query, {"at": at}).fetchone()
    assert found is not None
    return int(found[0])


def overdue(place: Place) -> int:
    """Posts that should have been sent, or given up, a while ago and are planned still."""
    return count(place, _OVERDUE)


def stuck(place: Place) -> int:
    """Effects that nobody sees to: a lease that ran out, a reading long due, a settlement that nobody was told of."""
    return count(place, _STUCK)


def settling(place: Place) -> int:
    return count(place, _SETTLING)


def checked(place: Place, answered: frozenset[str], tell: Callable[[str], None]) -> Verdict:
    """Hold everything against everything, with all processes stopped."""
    verdict = Verdict()
    with connected(place) as connection:
        events = connection.execute(_EVENTS).fetchall()
        rows: list[dict[str, Any]] = [row for (row,) in connection.execute(_LEDGER)]
        halts = connection.execute("SELECT worker, partition, reason FROM halts").fetchall()
    facts = Facts(answered, Counter(own for own, _, _, _ in events if own in answered))
    posts = published(place, events, rows)
    verdict.findings += wrong_facts(facts)
    verdict.findings += wrong_posts(posts, keyed=place.size.keyed)
    verdict.findings += wrong_ledger(posts.ledger)
    verdict.findings += [f"{worker} has halted on partition {number}: {reason}" for worker, number, reason in halts]
    if set_aside := sum(".EventSetAside." in kind for _, kind, _, _ in events):
        verdict.findings.append(f"{set_aside} events were set aside")
    if refused := dead_letters(place):
        verdict.findings.append(f"{refused} facts are among the dead letters")
    if twice := len(events) - len({own for own, _, _, _ in events}):
        verdict.findings.append(f"{twice} events stand more than once on the log")
    verdict.figures |= {
        "events": len(events),
        "facts": len(answered),
        "facts_lost": len(answered) - len(facts.log),
        "facts_twice": sum(times > 1 for times in facts.log.values()),
        "posts": sum(posts.network.values()),
        "posts_twice": sum(times > 1 for times in posts.network.values()),
        "ledger": dict(Counter(posts.ledger.values())),
        "readings": dict(Counter(row["state"] for row in rows if row["kind"] != "publish")),
    }
    tell("audit: every decision is made again")
    audit(place, verdict)
    return verdict


def published(place: Place, events: list[tuple[Any, ...]], rows: list[dict[str, Any]]) -> Published:
    ledger: dict[Post, str] = {
        (row["campaign"], json.loads(row["payload"])["post"]): row["state"] for row in rows if row["kind"] == "publish"
    }
    return Published(
        network=Counter((post["account"], post["post"]) for post in place.accepted()),
        log=Counter((campaign, post) for _, kind, campaign, post in events if ".PostPublished." in kind),
        ledger=ledger,
    )


def audit(place: Place, verdict: Verdict) -> None:
    """`mowj audit` over everything."""
    began = monotonic()
    done = place.attempt("audit", "--data", place.data, "--json", seconds=AUDIT_SECONDS)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        verdict.findings.append(f"`mowj audit` failed: {done.stderr[-500:]}")
        return
    if not report["clean"] or done.returncode != 0:
        verdict.findings.append(f"the audit has {len(report['failures'])} findings, such as {report['failures'][:3]}")
    verdict.figures |= {
        "audit_findings": len(report["failures"]),
        "audit_decisions": report["decisions"],
        "audit_events": report["events"],
        "audit_seconds": round(monotonic() - began),
    }


def dead_letters(place: Place) -> int:
    """How many of our own facts were refused."""
    consumer = KafkaConsumer(bootstrap_servers=place.kafka.split(","), group_id=None, metrics_enabled=False)
    try:
        where = TopicPartition(f"{NAMESPACE}.dead-letters", 0)
        return int(consumer.end_offsets([where])[where])
    finally:
        consumer.close(autocommit=False)
