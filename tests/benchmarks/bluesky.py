"""Posts and readings a second on a real Bluesky network: through the ledger, and by bare calls of the same client.

A part of `make bench`; alone: `python deploy/services.py run bluesky -- .venv/bin/python -m tests.benchmarks.bluesky`.

Both with four threads, on one account, in turns within a round. A bare post is one `applyWrites`, a bare reading one
`getPosts`. The ledger writes a row before a call, looks first whether the post is there, and settles the row, on SQLite
with synchronous=FULL.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from time import perf_counter
from typing import Any, Final

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


def figures(rounds: int, _: int, count: int = 60) -> Iterator[Mapping[str, Any]]:
    """One round each: posts and readings a second, bare and through the ledger."""
    login = network().account()
    for number in range(rounds):
        found = _bare(login, count, number) | _through_the_ledger(login, count, number)
        yield {"figure": "bluesky", "round": number, "count": count, "threads": THREADS, **found}


def main() -> None:
    for figure in figures(3, 0):
        for what in ("posts", "readings"):
            bare, ledger = figure[f"bare_{what}"], figure[f"ledger_{what}"]
            print(f"{what}: {ledger:.1f}/s through the ledger, {bare:.1f}/s bare, {ledger / bare:.2f} of it")


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
    return {"bare_posts": count / posting, "bare_readings": count / reading}


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
    return {"ledger_posts": count / posting, "ledger_readings": count / reading}


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
    main()
