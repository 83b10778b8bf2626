"""A process that offers 72 posts to the ledger and sends them to Bluesky until it is killed, or all are settled.

    python -m tests.crash.bluesky_sender FOLDER OPTIONS_JSON

Texts, pictures and threads in turn. All of the runtime is the real one but the worker, which sends whatever is offered,
and the patience: a lease lasts seconds.
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from events.campaign import CampaignAccount, CampaignBriefed, ContentOffered, Media, SegmentHypothesis
from events.execution import Variant
from events.runtime import EffectKind
from events.terms import Appeal, Goal, Money, PostTraits
from workers.decision import NOTHING, Decision, Delivery, Effect, Publish, State, Worker
from workers.platforms.bluesky import factory
from workers.runtime.assembly import assemble
from workers.runtime.clock import RealClock
from workers.runtime.executors.in_process import DramatiqExecutor
from workers.runtime.running import Runtime
from workers.runtime.shell import Patience
from workers.runtime.store.rows import UNSETTLED
from workers.runtime.store.sqlite import SqliteStore

CAMPAIGN: Final = "kills"
ACCOUNT: Final = "shop"
POSTS: Final = 72
KINDS: Final = ("text", "photo", "thread")
SENTENCE: Final = "A grinder that is clean makes coffee that is clean, every day of the week. "
PATIENCE: Final = Patience(
    http_deadline=timedelta(seconds=5),
    retry_window=timedelta(seconds=1),
    lease=timedelta(seconds=8),
    time_limit=timedelta(seconds=12),
    claim=timedelta(seconds=1),
    backoff_first=timedelta(seconds=1),
    backoff_most=timedelta(seconds=5),
)


def name(number: int) -> str:
    """What only this post's first part begins with."""
    return f"Piece {number:03}."


def kind(number: int) -> str:
    return KINDS[number % len(KINDS)]


def offered(number: int, pictures: Path) -> ContentOffered:
    text = f"{name(number)} " + SENTENCE * (10 if kind(number) == "thread" else 1)
    media = tuple(
        Media(sha256=f"{number}-{each}", kind="image/png", path=str(pictures / f"{each}.png"), alt=f"Picture {each}")
        for each in range(2 if kind(number) == "photo" else 0)
    )
    return ContentOffered(
        content=f"piece-{number}", topic="coffee", format=kind(number), appeal=Appeal.TEACH, text=text, media=media
    )


def _send(state: State, delivery: Delivery) -> Decision:
    fact = delivery.data
    if not isinstance(fact, ContentOffered):
        return NOTHING
    payload = Publish(
        post=fact.content,
        variant=Variant(text=fact.text, language=fact.language, media=fact.media),
        fingerprint=f"print of {fact.content}",
        traits=PostTraits(channel="bluesky", format=fact.format),
    )
    late = delivery.now + timedelta(hours=2)
    return Decision(effects=(Effect(f"publish|{fact.content}", EffectKind.PUBLISH, ACCOUNT, payload, late),))


SENDER: Final = Worker(
    "publisher", frozenset({ContentOffered}), frozenset(), State, 1, lambda state, delivery: state, _send
)


def brief(now: datetime) -> CampaignBriefed:
    def euros(amount: int) -> Money:
        return Money(amount=Decimal(amount), currency="EUR")

    return CampaignBriefed(
        title="Fifty kills",
        goal=Goal.CONVERT,
        outcome_worth=euros(1),
        lost_per_day=0.01,
        starts=now,
        horizon_days=30,
        budget=euros(100),
        post_cost=euros(1),
        accounts=(CampaignAccount(account=ACCOUNT, channel="bluesky"),),
        segments=(SegmentHypothesis(name="everybody"),),
        topics=("coffee",),
        formats=KINDS,
    )


def offer_all(runtime: Runtime, pictures: Path) -> None:
    """Say everything; what was said before changes nothing."""
    now = datetime.now(UTC)
    said = runtime.intake.accept
    with runtime.shell.store.view() as view:
        known = view.campaign(CAMPAIGN) is not None
    if not known:
        said(brief(now), CAMPAIGN, "default", "/people/olivia", "brief", now, person=True)
    for number in range(POSTS):
        said(offered(number, pictures), CAMPAIGN, "default", "/people/olivia", f"piece-{number}", now)


def main() -> None:
    folder, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    store = SqliteStore(folder / "mowj.sqlite")
    runtime = assemble(
        (SENDER,),
        store,
        RealClock(),
        platforms={"bluesky": lambda clock, say: factory(clock=clock, seed=1, say=say, options=options)},
        executor=DramatiqExecutor(2, PATIENCE.time_limit),
        patience=PATIENCE,
    )
    offer_all(runtime, folder)
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.2):
            with store.view() as view:
                rows = view.effects()
            if len(rows) == POSTS and not any(row.state in UNSETTLED for row in rows):
                stop.set()

    threading.Thread(target=watch, daemon=True).start()
    runtime.run_forever(stop)
    store.close()


if __name__ == "__main__":
    main()
