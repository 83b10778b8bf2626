"""Somebody tampers with a real file behind Mowj's back, and the audit says in words what no longer fits."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from events.campaign import AccountPaused, CampaignPaused
from events.catalogue import from_json
from events.envelope import Event, copy_id, to_json
from events.terms import Fact
from tests.unit.runtime.toys import ACCOUNT, EDITOR, EVALUATOR, OBSERVER, PUBLISHER, START, World, tell
from workers.runtime import missing
from workers.runtime.audit import AuditReport
from workers.runtime.operating import Operator
from workers.runtime.store.sqlite import SqliteStore

ROSTER = (
    EDITOR,
    replace(PUBLISHER, rows=frozenset({"scheduled"})),
    replace(OBSERVER, rows=frozenset({"references"})),
    EVALUATOR,
)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file in which everything was planned, published, read and judged, and audited clean."""
    path = tmp_path_factory.mktemp("lived") / "mowj.sqlite"
    world = World(store=SqliteStore(path))
    runtime = world.runtime(roster=ROSTER)
    world.briefed(runtime)
    runtime.advance_to(START + timedelta(hours=40))
    assert {"PostPublished", "MetricObserved", "KPIMet"} <= set(world.names())
    report = Operator(runtime.shell).audit(ROSTER, "toys")
    assert report.clean, report.failures
    world.store.close()
    return path.read_bytes()


def tampered(path: Path, lived: bytes, *statements: str) -> None:
    path.write_bytes(lived)
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, f"changes nothing: {statement}"


def audit(path: Path) -> AuditReport:
    world = World(store=SqliteStore(path))
    report = Operator(world.runtime(roster=ROSTER).shell).audit(ROSTER, "toys")
    world.store.close()
    assert not report.clean
    return report


def told(report: AuditReport) -> str:
    return "\n".join(f"{finding.kind} {finding.event}: {finding.detail}" for finding in report.failures)


LAST = "(SELECT max(place) FROM log)"
PUBLISHED = "(SELECT min(place) FROM log WHERE name = 'PostPublished')"

TAMPERINGS = {
    "the log was emptied": (
        ["DELETE FROM log"],
        ["end editor: editor has read partition", "but the log ends at 0: what stood behind it is gone",
         "end /mowj/workers/editor: /mowj/workers/editor was given", "campaign spring: the campaign's brief",
         "effect spring-1: it was to be done because of", "which is not on the log",
         "state editor/spring: editor knows a campaign of which nothing is on the log",
         "timer editor/spring/next: it was set because of"],
    ),
    "the log was cut at its end": (
        [f"DELETE FROM log WHERE place > {LAST} - 5"],
        ["end evaluator: evaluator has read partition", "what stood behind it is gone", ": missing ",
         "which the log does not have"],
    ),
    "only the very last event is gone": (
        [f"DELETE FROM log WHERE place = {LAST}"],
        ["end /mowj/workers/evaluator: /mowj/workers/evaluator was given", ": missing 1"],
    ),
    "a position was moved behind the end": (
        ["UPDATE positions SET place = place + 7 WHERE worker = 'observer'"],
        ["end observer: observer has read partition"],
    ),
    "a position remembers another event": (
        ["UPDATE positions SET lanes = json_set(lanes, '$.\"/mowj/workers/editor\"[1]', 'another')"],
        ["lane another: publisher has read it as number", "of /mowj/workers/editor; that is"],
    ),
    "a lane's counter was set back": (
        ["UPDATE lanes SET last = last - 1 WHERE writer = '/mowj/workers/evaluator'"],
        ["lane /mowj/workers/evaluator: ", "the count was set back"],
    ),
    "a lane's counter was moved on": (
        ["UPDATE lanes SET last = last + 2 WHERE writer = '/mowj/workers/evaluator'"],
        ["end /mowj/workers/evaluator: ", "missing 2"],
    ),
    "a sequence's counter was moved on": (
        ["UPDATE sequences SET last = last + 3 WHERE source = '/people/olivia'"],
        ["end spring: /people/olivia has said 4 events of spring, and the last on the log has number 1: missing 3"],
    ),
    "a field of a state was changed": (
        ["UPDATE states SET state = json_set(state, '$.reach', 1) WHERE worker = 'evaluator'"],
        ["state evaluator/spring: what evaluator knows is not what the log leads to: reach"],
    ),
    "a part of a state was changed": (
        ["UPDATE state_parts SET value = '\"another print\"' WHERE worker = 'publisher' AND item = '\"spring-2\"'"],
        ["state publisher/spring: what publisher knows is not what the log leads to: scheduled.spring-2"],
    ),
    "a part of a state is gone": (
        ["DELETE FROM state_parts WHERE worker = 'observer' AND item = '\"spring-1\"'"],
        ["state observer/spring: what observer knows is not what the log leads to: references"],
    ),
    "a state is gone": (
        ["DELETE FROM states WHERE worker = 'editor'"],
        ["state editor/spring: what editor has learned is gone from the store"],
    ),
    "a state is no state": (
        ["UPDATE states SET state = '{\"strange\": 1}' WHERE worker = 'editor'"],
        ["state editor/spring: what editor knows cannot be read: "],
    ),
    "a state's now was changed": (
        ["UPDATE states SET now = '2026-03-01T00:00:00.000000+00:00' WHERE worker = 'editor'"],
        ["state editor/spring: what editor knows is not what the log leads to: now, 2026-03-01T00:00:00+00:00 instead"],
    ),
    "an effect's payload was changed": (
        ["UPDATE effects SET row = replace(row, 'words of spring-1', 'other words') WHERE key = 'spring-1'"],
        ["effect spring-1: its payload is not what was planned: it does not match its fingerprint"],
    ),
    "an effect was put into the ledger by hand": (
        [("INSERT INTO effects SELECT 'mine', worker, partition, starts, resumes, untold, account, NULL,"
          " shows, NULL, json_set(row, '$.key', 'mine', '$.cause', 'me') FROM effects WHERE key = 'spring-1'")],
        ["effect mine: it was to be done because of me, which is not on the log",
         "effect mine: settlement 1 was told, but its EffectSettled is not on the log"],
    ),
    "an effect is said to be told but is not settled": (
        ["UPDATE effects SET row = json_set(row, '$.told', 2) WHERE key = 'spring-1'"],
        ["effect spring-1: it is done, settled 1 times and told 2 times"],
    ),
    "an effect settled otherwise than was told": (
        ["UPDATE effects SET row = json_set(row, '$.state', 'cancelled') WHERE key = 'spring-1'"],
        ["effect spring-1: the ledger has it as cancelled, and the log says that it settled as done",
         "published ", "spring-1 is said to be published, and the ledger has the effect spring-1 as cancelled"],
    ),
    "an effect is gone from the ledger": (
        ["DELETE FROM effects WHERE key = 'spring-1'"],
        ["EffectSettled 1 of spring-1: not in the ledger", "effect spring-1: it was planned because of",
         "spring-1 is said to be published, and the ledger has nothing of it"],
    ),
    "a timer was set by nobody": (
        ["UPDATE timers SET set_by = 'me' WHERE name = 'next'"],
        ["timer editor/spring/next: it was set because of me, which is not on the log"],
    ),
    "a timer is gone": (
        ["DELETE FROM timers WHERE name = 'next'"],
        ["timer editor/spring/next: it was set for", "and nothing waits"],
    ),
    "a timer waits for another time": (
        ["UPDATE timers SET due = '2031-01-01T00:00:00.000000+00:00' WHERE name = 'next'"],
        ["timer editor/spring/next: it was set for", "and waits for 2031-01-01T00:00:00+00:00"],
    ),
    "a hold was put up by hand": (
        ["INSERT INTO holds VALUES ('campaign paused', 'spring', '')"],
        ["hold spring: campaign paused holds it, and the log does not say so"],
    ),
    "what was known of the account is gone": (
        ["DELETE FROM kept"],
        ["AccountConnected of shop: its original is not kept any more"],
    ),
    "something is known of the account that nobody was told": (
        ["INSERT INTO kept SELECT 99, account, name, 'x', json_set(event, '$.id', 'x') FROM kept LIMIT 1"],
        ["kept x: AccountConnected of shop is kept, and spring was never told"],
    ),
    "an event is filed under another campaign": (
        [f"UPDATE log SET campaign = 'autumn' WHERE place = {PUBLISHED}"],
        ["the log files it under the campaign 'autumn', and the event itself says 'spring'"],
    ),
    "an event is filed under another id": (
        [f"UPDATE log SET id = 'nobody' WHERE place = {PUBLISHED}"],
        ["column nobody: the log files it under the id 'nobody', and the event itself says"],
    ),
    "an event is filed under another name": (
        [f"UPDATE log SET name = 'PostFailed' WHERE place = {PUBLISHED}"],
        ["the log files it under the name 'PostFailed', and the event itself says 'PostPublished'"],
    ),
    "an event's own campaign was changed": (
        [f"UPDATE log SET event = json_set(event, '$.subject', 'autumn') WHERE place = {PUBLISHED}"],
        ["the log files it under the campaign 'spring', and the event itself says 'autumn'", "hash ",
         "it stands in partition"],
    ),
    "an event's source was changed": (
        [f"UPDATE log SET event = json_set(event, '$.source', '/mowj/workers/editor') WHERE place = {PUBLISHED}"],
        ["hash ", "lane ", "sequence "],
    ),
    "an event's sequence was changed": (
        [f"UPDATE log SET event = json_set(event, '$.sequence', '00000000000000000099') WHERE place = {PUBLISHED}"],
        ["sequence ", "PostPublished: sequence 99 where 1 was next"],
    ),
    "an event's lane was changed": (
        [f"UPDATE log SET event = json_set(event, '$.lane', 99) WHERE place = {PUBLISHED}"],
        ["lane ", "PostPublished: lane /mowj/workers/publisher: 1 is missing before 99"],
    ),
    "what stands on the log is no event": (
        [f"UPDATE log SET event = 'gone' WHERE place = {PUBLISHED}"],
        ["unread : what stands at", "is not an event"],
    ),
    "the chain was forgotten": (
        [f"UPDATE log SET chain = '' WHERE place = {LAST}"],
        ["chain ", "the log's chain breaks here: this event, or its hash, is not what was appended"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_the_audit_says_what_was_tampered_with(tmp_path: Path, lived: bytes, name: str) -> None:
    statements, expected = TAMPERINGS[name]
    tampered(tmp_path / "mowj.sqlite", lived, *statements)
    words = told(audit(tmp_path / "mowj.sqlite"))
    for sentence in expected:
        assert sentence in words


def replaced(path: Path, name: str, old: str, new: str) -> tuple[Event, Event]:
    """Replace words of the first event of a name, and give it the hash that it has now."""
    with closing(sqlite3.connect(path)) as connection, connection:
        query = "SELECT place, event FROM log WHERE name = ? ORDER BY place LIMIT 1"
        place, text = connection.execute(query, (name,)).fetchone()
        assert old in text
        before, after = from_json(json.loads(text)), from_json(json.loads(text.replace(old, new))).sealed()
        connection.execute("UPDATE log SET event = ? WHERE place = ?", (json.dumps(to_json(after)), place))
    return before, after


def test_a_persons_word_that_was_replaced_with_its_own_hash_is_found_by_the_chain(tmp_path: Path, lived: bytes) -> None:
    """Nobody decides a brief again, so that only the chain can know."""
    path = tmp_path / "mowj.sqlite"
    path.write_bytes(lived)
    before, after = replaced(path, "CampaignBriefed", '"title":"Spring"', '"title":"Autumn"')
    assert before.hash != after.hash
    kinds = {finding.kind: finding for finding in audit(path).failures}
    assert set(kinds) == {"chain"}
    assert kinds["chain"].event == after.id


def test_an_honest_file_goes_on_with_its_chain_after_a_restart(tmp_path: Path, lived: bytes) -> None:
    path = tmp_path / "mowj.sqlite"
    path.write_bytes(lived)
    world = World(store=SqliteStore(path))
    world.clock.advance(START + timedelta(hours=40))
    runtime = world.runtime(roster=ROSTER)
    runtime.advance_to(START + timedelta(hours=60))
    report = Operator(runtime.shell).audit(ROSTER, "toys")
    assert report.clean, report.failures
    world.store.close()


HOLDING = [
    (CampaignPaused(by="olivia", reason="rest"), "campaign paused"),
    (AccountPaused(account=ACCOUNT, reason="looks odd"), "account paused"),
]


@pytest.mark.parametrize(("fact", "kind"), HOLDING)
def test_a_hold_that_was_taken_down_is_missed(tmp_path: Path, lived: bytes, fact: Fact, kind: str) -> None:
    path = tmp_path / "mowj.sqlite"
    path.write_bytes(lived)
    world = World(store=SqliteStore(path))
    world.clock.advance(START + timedelta(hours=40))
    runtime = world.runtime(roster=ROSTER)
    tell(runtime, fact, "hold it")
    assert Operator(runtime.shell).audit(ROSTER, "toys").clean
    world.store.close()
    tampered(path, path.read_bytes(), f"DELETE FROM holds WHERE kind = '{kind}'")
    assert f"{kind} should hold it, and does not" in told(audit(path))


def test_an_audit_looks_at_every_fact_about_an_account_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An imported history has thousands, so that looking at all of them for each of them takes hours."""
    world = World()
    runtime = world.runtime(roster=ROSTER)
    world.briefed(runtime)
    for number in range(30):
        tell(runtime, AccountPaused(account=ACCOUNT, reason=f"{number}"), f"pause {number}")
    runtime.run_until_idle()
    named: list[str] = []

    def counted(original: str, campaign: str) -> str:
        named.append(original)
        return copy_id(original, campaign)

    monkeypatch.setattr(missing, "copy_id", counted)
    assert Operator(runtime.shell).audit(ROSTER, "toys").clean
    assert len(set(named)) > 30
    assert max(Counter(named).values()) <= 2
