"""Posts and readings a second on a real Bluesky network: through the ledger, and by bare calls of the same client.

    python deploy/services.py run bluesky -- .venv/bin/python -m tests.benchmarks.bluesky [POSTS [ROUNDS]]

Both with four threads, on one account, in one run, in turns; of each the best round counts, since what else runs can
only take away. A bare post is one `applyWrites`, a bare reading one `getPosts`. The ledger writes a row before a call,
looks first whether the post is there, and settles the row, on SQLite with synchronous=FULL.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from time import perf_counter
from typing import Final

from events.campaign import ContentOffered
from events.execution import Variant
from events.runtime import EffectKind
from events.terms import Appeal, PostTraits
from tests.bluesky import POST, Login, eventually, network, shows
from tests.crash.bluesky_sender import ACCOUNT, CAMPAIGN, brief
from workers.decision import NOTHING, Decision, Delivery, Effect, Publish, ReadPost, State, Worker
from workers.platforms.bluesky import factory
from workers.platforms.bluesky.options import given, validated
from workers.platforms.bluesky.sessions import Sessions
from workers.platforms.credentials import GivenCredentials
from workers.runtime.assembly import assemble
from workers.runtime.clock import RealClock
from workers.runtime.executors.in_process import DramatiqExecutor
from workers.runtime.running import Runtime
from workers.runtime.store.rows import EffectState
from workers.runtime.store.sqlite import SqliteStore

THREADS: Final = 4


def _answer(state: State, delivery: Delivery) -> Decision:
    """Send what is offered; read it instead where its link is a post's reference."""
    fact = delivery.data
    if not isinstance(fact, ContentOffered):
        return NOTHING
    late = delivery.now + timedelta(hours=1)
    if fact.link is not None:
        read = ReadPost(reference=fact.link)
        return Decision(effects=(Effect(f"read|{fact.content}", EffectKind.READ_POST, ACCOUNT, read, late),))
    payload = Publish(
        post=fact.content,
        variant=Variant(text=fact.text, language="en"),
        fingerprint=f"print of {fact.content}",
        traits=PostTraits(channel="bluesky"),
    )
    return Decision(effects=(Effect(f"publish|{fact.content}", EffectKind.PUBLISH, ACCOUNT, payload, late),))


WORKER: Final = Worker(
    "publisher", frozenset({ContentOffered}), frozenset(), State, 1, lambda state, delivery: state, _answer
)


def main(arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else 100
    rounds = int(arguments[1]) if len(arguments) > 1 else 3
    login = network().account()
    best: dict[str, float] = {}
    for number in range(rounds):
        for name, speed in (*_bare(login, count, number).items(), *_through_the_ledger(login, count, number).items()):
            best[name] = max(speed, best.get(name, 0.0))
    for what in ("posts", "readings"):
        bare, ledger = best[f"bare {what}"], best[f"ledger {what}"]
        print(
            f"{what}: {ledger:.1f}/s through the ledger, {bare:.1f}/s bare, {ledger / bare:.2f} of it;"
            f" {count} a round, the best of {rounds}, {THREADS} threads"
        )


def _bare(login: Login, count: int, number: int) -> dict[str, float]:
    said = login.options(ACCOUNT)
    options = validated(said)
    sessions = Sessions(GivenCredentials(given(said)), options.service, options.deadline_seconds, RealClock())
    did = sessions.session(ACCOUNT).did

    def post(each: int) -> str:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        record = {"$type": POST, "text": f"Bare {number} {each}", "createdAt": now, "langs": ["en"]}
        write = {"$type": "com.atproto.repo.applyWrites#create", "collection": POST, "value": record}
        body = {"repo": did, "writes": [write]}
        return str(sessions.procedure(ACCOUNT, "com.atproto.repo.applyWrites", body)["results"][0]["uri"])

    with ThreadPoolExecutor(THREADS) as pool:
        uris: list[str] = []
        posting = _seconds(lambda: uris.extend(pool.map(post, range(count))))
        eventually(lambda: all(shows(login, uri) for uri in uris[-THREADS:]))

        def read(uri: str) -> None:
            sessions.query(ACCOUNT, "app.bsky.feed.getPosts", {"uris": [uri]})

        reading = _seconds(lambda: list(pool.map(read, uris)))
    return {"bare posts": count / posting, "bare readings": count / reading}


def _through_the_ledger(login: Login, count: int, number: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "mowj.sqlite")
        runtime = assemble(
            (WORKER,),
            store,
            RealClock(),
            platforms={
                "bluesky": lambda clock, say: factory(clock=clock, seed=1, say=say, options=login.options(ACCOUNT))
            },
            executor=DramatiqExecutor(THREADS, timedelta(seconds=90)),
        )
        now = datetime.now(UTC)
        runtime.intake.accept(brief(now), CAMPAIGN, "default", "/people/olivia", "brief", now, person=True)
        runtime.platforms["bluesky"].find(ACCOUNT, "none", "none", now)  # logged in, as the bare calls are
        stop = Signal()
        running = Thread(target=runtime.run_forever, args=(stop,))
        running.start()
        posting = _seconds(lambda: _done(runtime, [_content(f"post-{number}-{each}") for each in range(count)], count))
        with store.view() as view:
            references = [str(row.reference) for row in view.effects()]
        eventually(lambda: all(shows(login, reference) for reference in references[-THREADS:]))
        asked = [_content(f"read-{number}-{each}", link) for each, link in enumerate(references)]
        reading = _seconds(lambda: _done(runtime, asked, 2 * count))
        stop.set()
        running.join()
        store.close()
    return {"ledger posts": count / posting, "ledger readings": count / reading}


def _content(name: str, link: str | None = None) -> ContentOffered:
    return ContentOffered(content=name, topic="coffee", format="text", appeal=Appeal.TEACH, text=name, link=link)


def _done(runtime: Runtime, offered: Sequence[ContentOffered], wanted: int) -> None:
    """Offer all, and wait until so many effects are done."""
    now, pause = datetime.now(UTC), Signal()
    for fact in offered:
        runtime.intake.accept(fact, CAMPAIGN, "default", "/people/olivia", fact.content, now)
    while True:
        with runtime.shell.store.view() as view:
            states = [row.state for row in view.effects()]
        if states.count(EffectState.DONE) >= wanted:
            return
        pause.wait(0.02)


def _seconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1:])
