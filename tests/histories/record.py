"""The saved histories: what is lived, and how they are recorded anew.

    python -m tests.histories.record --reason "why the decisions changed"

Every history is the whole log of one small campaign of the eight real workers, one structured-mode CloudEvent a line.
`digests.json` pins, per history and worker, the state that living it left behind, at the worker's state version. A
history is recorded anew only when workers are meant to decide otherwise; the reason is kept beside the digests.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from events.campaign import AccountPaused, AccountResumed, CampaignPaused, CampaignResumed, Constraints
from events.catalogue import from_json
from events.correction import CorrectionDecided, KPIBreached, Verdict
from events.envelope import Event, to_json
from events.execution import PostApproved, PostFailed, PostProposed, PostPublished, PostRejected, PostUncertain
from events.strategy import StrategyApproved, StrategyChosen
from events.terms import Fact, Mode
from tests.simulation.loop import ACCOUNT, CAMPAIGN, Answering, Site, brief, world
from workers.decision import State
from workers.platforms.simulated.faults import Fault
from workers.roster import ROSTER
from workers.runtime.operating import Operator
from workers.runtime.store.rows import EffectState

FOLDER: Final = Path(__file__).parent
DIGESTS: Final = FOLDER / "digests.json"
RECORDED: Final = "the recording of saved histories"
"""Who decided them: nobody who is running."""
WRONG: Final = "wrong"
CONSTRAINTS: Final = Constraints(posts_per_day=5, quiet_hours=(0, 1, 2, 3, 4, 5))


def approved() -> Site:
    """A person looks twice a day: approves the strategy and most posts, rejects some, and leaves some unanswered."""

    def answers(events: Sequence[Event]) -> Iterable[tuple[str, Fact]]:
        for event in events:
            if isinstance(event.data, StrategyChosen):
                shown = event.data
                told = StrategyApproved(strategy=shown.strategy, fingerprint=shown.fingerprint, by="olivia")
                yield f"{event.id}/approved", told
        posts = [event.data for event in events if isinstance(event.data, PostProposed)]
        for number, post in enumerate(posts):
            if number % 4 < 2:
                yield f"{post.post}/approved", PostApproved(post=post.post, fingerprint=post.fingerprint, by="olivia")
            elif number % 4 == 2:
                said = PostRejected(post=post.post, fingerprint=post.fingerprint, by="olivia", reason="not like us")
                yield f"{post.post}/rejected", said

    site = Site(brief=brief(mode=Mode.APPROVE, constraints=CONSTRAINTS), person=Answering(timedelta(hours=12), answers))
    site.live(4.5, decidedby=RECORDED)
    require(site, PostApproved, PostRejected, PostPublished)
    return site


def corrected() -> Site:
    """The page's past promised too much: a breach, and what the reviser makes of it."""
    site = Site(brief=brief(constraints=CONSTRAINTS))
    site.live(3.5, decidedby=RECORDED)
    require(site, KPIBreached, CorrectionDecided)
    return site


def keyless() -> Site:
    """Answers are lost: one post was accepted all the same, two were not, and a person looks for one of them."""
    site = Site(brief=brief(constraints=CONSTRAINTS), world=world(keyed=False, find_lag_minutes=15))
    for days, fault in ((0.5, Fault.TIMEOUT_BEFORE), (1.1, Fault.TIMEOUT_AFTER_SUCCESS), (1.6, Fault.TIMEOUT_BEFORE)):
        site.network.faults.next_publish = fault
        runtime = site.live(days, decidedby=RECORDED)
    operator = Operator(runtime.shell)
    lost = next(row.key for row in operator.effects() if row.state is EffectState.UNCERTAIN)
    operator.resolve(lost, None)
    site.live(3, decidedby=RECORDED)
    require(site, PostUncertain, PostFailed, PostPublished)
    return site


def paused() -> Site:
    """The campaign pauses and is resumed; later its account does."""
    site = Site(
        brief=brief(constraints=CONSTRAINTS),
        script={
            timedelta(hours=20): CampaignPaused(reason="a holiday", by="olivia"),
            timedelta(hours=31): CampaignResumed(reason="back", by="olivia"),
            timedelta(hours=50): AccountPaused(account=ACCOUNT, reason="a crisis"),
            timedelta(hours=60): AccountResumed(account=ACCOUNT, reason="over"),
        },
    )
    site.live(3.2, decidedby=RECORDED)
    require(site, CampaignResumed, AccountResumed, PostPublished)
    return site


def require(site: Site, *kinds: type[Fact]) -> None:
    """Fail where a history does not hold what it is there for."""
    for kind in kinds:
        if not site.facts(kind):
            raise AssertionError(f"a history that should have {kind.__name__} has none")


HISTORIES: Final[Mapping[str, Callable[[], Site]]] = {
    "approved": approved,
    "corrected": corrected,
    "keyless": keyless,
    "paused": paused,
}


def spoiled(events: Sequence[Event]) -> list[Event]:
    """The history in which the reviser decided what it would not have, whole in all other respects."""
    place = next(number for number, event in enumerate(events) if isinstance(event.data, CorrectionDecided))
    decided = events[place].data
    assert isinstance(decided, CorrectionDecided)
    other = decided.model_copy(update={"verdict": Verdict.KEEP, "leave": None, "prefer": None})
    wrong = replace(events[place], data=other).sealed()
    return [*events[:place], wrong, *events[place + 1 :]]


def read(name: str) -> list[Event]:
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [from_json(json.loads(line)) for line in lines]


def write(name: str, events: Sequence[Event]) -> None:
    """Byte for byte the same for the same events: the archive names no file and no time."""
    text = "".join(json.dumps(to_json(event), sort_keys=True, ensure_ascii=False) + "\n" for event in events)
    (FOLDER / f"{name}.jsonl.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def digest(state: State) -> str:
    """What a state says, whatever the last digits of its numbers on this machine."""

    def rounded(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: rounded(part) for key, part in value.items()}
        if isinstance(value, list):
            return [rounded(part) for part in value]
        return float(f"{value:.9g}") if isinstance(value, float) else value

    text = json.dumps(rounded(state.model_dump(mode="json")), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def pinned(site: Site) -> dict[str, Any]:
    """Version and digest of each worker's living state."""
    found = {}
    with site.store.view() as view:
        for worker in ROSTER:
            row = view.state(worker.name, CAMPAIGN, worker.state)
            state = row.state if row is not None else worker.state()
            found[worker.name] = {"state_version": worker.state_version, "digest": digest(state)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.histories.record", description=__doc__)
    parser.add_argument("--reason", required=True, help="why the workers are meant to decide otherwise")
    given = parser.parse_args()
    states = {}
    for name, lived in HISTORIES.items():
        site = lived()
        write(name, site.events())
        states[name] = pinned(site)
        if lived is corrected:
            write(WRONG, spoiled(site.events()))
    text = json.dumps({"reason": given.reason, "states": states}, indent=2)
    DIGESTS.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
