"""What holds for every worker, whatever it is told: it is a pure function, its state is JSON, it says what it may.

Two kinds of histories: a live campaign in which all workers answer each other, its outside events drawn at random, and
facts that no campaign would hold in this order. The first reaches deep into the workers, the second to their edges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.campaign import (
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    Constraints,
    ConversionRecorded,
)
from events.execution import PostApproved, PostProposed, PostRejected
from events.runtime import EffectKind, EffectSettled, Settlement, StateMigrated, TimerFired
from events.strategy import StrategyApproved, StrategyChosen, StrategyOverridden, StrategyRejected
from events.terms import Appeal, Fact, Goal, Mode
from tests.contract.examples import facts
from tests.unit.workers.desk import CAMPAIGN
from tests.unit.workers.material import START, brief, inventory
from workers.decision import CancelEffect, Decision, Delivery, Effect, State, Timer, Worker
from workers.roster import ROSTER
from workers.runtime.deciding import exact

OLIVIA = "/people/olivia"
APPEALS = (Appeal.TEACH, Appeal.OFFER)
"""Two families are enough here, and an analysis of all six would be most of the time."""


@dataclass(frozen=True)
class Said:
    """One event on a toy log: who said it, to whom, and when."""

    id: str
    source: str
    recipient: str | None
    now: datetime
    data: Fact


def read(worker: Worker[Any], state: State, said: Said) -> tuple[State, Decision]:
    """Deliver one event as the runtime does, and check on the way what must hold of every worker."""
    told = Delivery(said.id, worker.name, CAMPAIGN, "default", said.data, said.now, said.now)
    before = state.model_dump_json()
    known = worker.evolve(state, told)
    decision = worker.decide(known, told)
    after = known.model_dump_json()
    assert state.model_dump_json() == before, "evolve changed its input"
    assert worker.evolve(state, told) == known, "evolve is not a function of its inputs"
    assert worker.decide(known, told) == decision, "decide is not a function of its inputs"
    assert known.model_dump_json() == after, "decide changed the state"
    stored = worker.state.model_validate_json(after)
    assert stored == known, "the state does not survive JSON"
    assert worker.decide(stored, told) == decision, "a stored state decides otherwise"
    assert {type(fact) for fact in decision.emits} <= worker.says
    assert len({timer.name for timer in decision.timers}) == len(decision.timers)
    keys = [effect.key for effect in decision.effects if isinstance(effect, Effect)]
    assert len(set(keys)) == len(keys)
    for number, fact in enumerate(decision.emits):
        own = Delivery(f"{said.id}:{number}", worker.name, CAMPAIGN, "default", exact(fact), said.now, said.now)
        known = worker.evolve(known, own)
    assert worker.state.model_validate_json(known.model_dump_json()) == known
    return known, decision


class Campaign:
    """All workers on one log in memory, a network that answers at once, and a clock that jumps to what is due."""

    def __init__(self, network: Sequence[int]) -> None:
        self.states: dict[str, State] = {worker.name: worker.state() for worker in ROSTER}
        self.timers: dict[tuple[str, str], tuple[datetime, str]] = {}
        self.effects: dict[str, tuple[str, Effect]] = {}
        self.log: list[Said] = []
        self.now = START
        self._network = network
        self._answered = 0

    def say(self, fact: Fact, source: str = "outside", recipient: str | None = None) -> None:
        waiting = [Said(f"e{len(self.log)}", source, recipient, self.now, fact)]
        while waiting:
            said = waiting.pop(0)
            self.log.append(said)
            for worker in ROSTER:
                heard = type(said.data) in worker.hears if said.recipient is None else said.recipient == worker.name
                if heard and said.source != worker.source:
                    waiting += self._deliver(worker, said)

    def _deliver(self, worker: Worker[Any], said: Said) -> Iterator[Said]:
        self.states[worker.name], decision = read(worker, self.states[worker.name], said)
        for timer in decision.timers:
            self._set(worker.name, timer, said.id)
        for effect in decision.effects:
            if isinstance(effect, CancelEffect):
                self.effects.pop(effect.key, None)
            else:
                self.effects[effect.key] = (worker.name, effect)
        for number, fact in enumerate(decision.emits):
            yield Said(f"{said.id}:{worker.name}:{number}", worker.source, None, self.now, exact(fact))

    def _set(self, worker: str, timer: Timer, cause: str) -> None:
        if timer.due is None:
            self.timers.pop((worker, timer.name), None)
        else:
            self.timers[worker, timer.name] = (timer.due, cause)

    def step(self) -> None:
        """Answer an effect, or let the next timer fire."""
        if self.effects:
            key = min(self.effects)
            worker, effect = self.effects.pop(key)
            self.say(self._answer(worker, effect), "network", worker)
        elif self.timers:
            (worker, name), (due, cause) = min(self.timers.items(), key=lambda item: (item[1][0], item[0]))
            del self.timers[worker, name]
            self.now = max(self.now, due)
            self.say(TimerFired(worker=worker, timer=name, due=due, fired=self.now, set_by=cause), "clock", worker)

    def _answer(self, worker: str, effect: Effect) -> EffectSettled:
        luck = self._network[self._answered % len(self._network)]
        self._answered += 1
        settlement = list(Settlement)[luck] if luck < len(Settlement) else Settlement.DONE
        told: dict[str, Any] = {"settlement": settlement}
        if settlement is Settlement.DONE and effect.kind is EffectKind.PUBLISH:
            told["reference"] = f"ref {effect.key}"
        elif settlement is Settlement.DONE:
            told["counters"] = {"reach": luck, "engagements": luck // 3, "unfollows": luck} if luck % 5 else {}
        return EffectSettled(
            worker=worker, key=effect.key, number=1, kind=effect.kind, account=effect.account, at=self.now, attempts=1,
            **told,
        )  # fmt: skip

    def newest(self, kind: type[Any]) -> Any:
        return next((said.data for said in reversed(self.log) if isinstance(said.data, kind)), None)


def outside(campaign: Campaign, number: int) -> Fact | None:
    """Something that a person or the world says now; None where it makes no sense yet."""
    chosen, proposed = campaign.newest(StrategyChosen), campaign.newest(PostProposed)
    match number % 10:
        case 0:
            return CampaignPaused(reason="a test", by=OLIVIA)
        case 1:
            return CampaignResumed(reason="a test", by=OLIVIA)
        case 2 if proposed is not None:
            return ConversionRecorded(count=1 + number, post=proposed.post)
        case 3 if chosen is not None:
            return StrategyApproved(strategy=chosen.strategy, fingerprint=chosen.fingerprint, by=OLIVIA)
        case 4 if chosen is not None:
            return StrategyRejected(
                strategy=chosen.strategy, fingerprint=chosen.fingerprint, by=OLIVIA, reason="a test"
            )
        case 5 if proposed is not None:
            return PostApproved(post=proposed.post, fingerprint=proposed.fingerprint, by=OLIVIA)
        case 6 if proposed is not None:
            return PostRejected(post=proposed.post, fingerprint=proposed.fingerprint, by=OLIVIA, reason="a test")
        case 7:
            return StrategyOverridden(strategy="offer/workers/travel", by=OLIVIA, reason="a test")
        case 8:
            return brief(Constraints(posts_per_day=1 + number % 3), appeals=APPEALS, horizon_days=20)
        case 9 if number > 80:
            return CampaignEnded(reason="a test", by=OLIVIA)
        case _:
            return None


@settings(max_examples=5)
@given(
    goal=st.sampled_from(Goal),
    mode=st.sampled_from(Mode),
    network=st.lists(st.integers(0, 600), min_size=3, max_size=40),
    moves=st.lists(st.tuples(st.integers(1, 20), st.integers(0, 99)), max_size=10),
)
def test_in_a_live_campaign_every_worker_is_pure_and_keeps_its_state_in_json(
    goal: Goal, mode: Mode, network: list[int], moves: list[tuple[int, int]]
) -> None:
    campaign = Campaign(network)
    for offer in inventory(uses=3, appeals=APPEALS):
        campaign.say(offer)
    campaign.say(brief(goal=goal, mode=mode, appeals=APPEALS, horizon_days=20))
    for steps, number in moves:
        for _ in range(steps):
            campaign.step()
        fact = outside(campaign, number)
        if fact is not None:
            campaign.say(fact)
    for worker in ROSTER:
        campaign.say(StateMigrated(worker=worker.name, state_version=1, up_to=0, reason="a test"), "m", worker.name)


def test_a_live_campaign_reaches_every_worker() -> None:
    """The property above would be worth little if its campaigns came to nothing."""
    campaign = Campaign([12, 9, 31, 8, 17])
    for offer in inventory(uses=9, appeals=APPEALS):
        campaign.say(offer)
    campaign.say(brief(appeals=APPEALS, horizon_days=20))
    while campaign.now < START + timedelta(days=9):
        campaign.step()
    speakers = {said.source for said in campaign.log}
    assert {worker.source for worker in ROSTER} <= speakers


EDGES = settings(max_examples=12)


@EDGES
@pytest.mark.parametrize("worker", ROSTER, ids=lambda worker: worker.name)
@given(data=st.data())
def test_out_of_order_facts_leave_a_worker_pure_until_it_refuses_them(worker: Worker[Any], data: st.DataObject) -> None:
    """Anything that it hears, in any order, made up within the vocabulary's bounds; before its brief nothing fails."""
    kinds = sorted(
        (kind for kind in worker.hears if kind.__name__ != "CampaignBriefed"), key=lambda kind: kind.__name__
    )
    state: State = worker.state()
    for number in range(data.draw(st.integers(1, 6))):
        fact = data.draw(facts(data.draw(st.sampled_from(kinds))))
        said = Said(f"e{number}", "outside", None, START + timedelta(hours=number), fact)
        state, _ = read(worker, state, said)


@pytest.mark.parametrize("worker", ROSTER, ids=lambda worker: worker.name)
def test_a_worker_shrugs_at_what_is_addressed_to_it_and_means_nothing(worker: Worker[Any]) -> None:
    strays: list[Fact] = [
        TimerFired(worker=worker.name, timer="nobody's", due=START, fired=START, set_by="e0"),
        StateMigrated(worker=worker.name, state_version=1, up_to=0, reason="a test"),
    ]
    for stray in strays:
        state, decision = read(worker, worker.state(), Said("e1", "clock", worker.name, START, stray))
        assert state == worker.state()
        assert decision.emits == ()
        assert decision.effects == ()
