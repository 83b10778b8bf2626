"""A settlement that a defect of the publisher set aside, and a person gave it again, leaves nothing to be found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from events.execution import PostPublished
from events.runtime import EffectSettled
from tests.simulation.loop import START, Site, brief
from workers import publisher
from workers.decision import Decision, Delivery
from workers.publisher import PublisherState
from workers.roster import ROSTER
from workers.runtime.operating import Operator


def test_a_replayed_settlement_leaves_a_clean_audit() -> None:
    failures = iter([ValueError("a defect")])

    def decide(state: PublisherState, event: Delivery) -> Decision:
        if isinstance(event.data, EffectSettled):
            for failure in failures:
                raise failure
        return publisher.WORKER.decide(state, event)

    site = Site(past=(), brief=brief(history=None))
    broken = tuple(replace(worker, decide=decide) if worker is publisher.WORKER else worker for worker in ROSTER)
    site.start(broken).advance_to(START + timedelta(days=1))
    mended = site.start()
    operator = Operator(mended.shell)
    (aside,) = operator.set_aside()
    operator.replay(aside.event.id, aside.worker)
    mended.advance_to(START + timedelta(days=2))
    assert site.facts(PostPublished)
    report = operator.audit(ROSTER, mended.shell.decidedby)
    assert report.clean, report.failures
