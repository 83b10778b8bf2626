"""What `mowj status` says of the content that is still missing."""

from __future__ import annotations

from collections.abc import Sequence

from events.campaign import CampaignPaused, CampaignResumed, Constraints, ContentOffered
from events.envelope import Event, type_name
from events.execution import ContentRequested, PlanMade
from events.terms import Appeal, Fact
from tests.unit.workers.desk import CAMPAIGN
from tests.unit.workers.material import START, brief, chosen, content
from tests.unit.workers.planned import known
from workers.command.news import by
from workers.command.overview import requested


def log(facts: Sequence[Fact]) -> list[Event]:
    return [
        Event(
            id=f"e{number}",
            source="/tests",
            type=type_name(type(fact)),
            subject=CAMPAIGN,
            tenant="default",
            time=START,
            recordedtime=START,
            data=fact,
            correlationid="brief",
        )
        for number, fact in enumerate(facts)
    ]


def test_what_was_asked_for_is_shown_until_it_has_come_however_often_the_plan_was_revised() -> None:
    made = known(brief(Constraints(posts_per_day=1)), offers=())
    made.hear(chosen())
    made.hear(CampaignPaused(reason="r", by="/people/olivia"))
    made.hear(CampaignResumed(reason="r", by="/people/olivia"))
    first = made.of(ContentRequested)[0]
    offers: list[ContentOffered] = []
    for uses in (1, 2, 100):
        (shown,) = (one for one in requested(log([*made.said, *offers])) if one.format == first.format)
        assert shown.pieces == first.pieces - sum(offer.uses for offer in offers)
        offers.append(content(f"c{uses}", format=first.format, uses=uses))
    assert first.format not in {one.format for one in requested(log([*made.said, *offers]))}


def test_what_another_strategy_lacks_is_not_shown() -> None:
    made = known(brief(), offers=())
    made.hear(chosen())
    made.hear(chosen("offer/workers/travel"))
    assert len(made.of(PlanMade)) == 2
    assert {(one.appeal, one.topic) for one in requested(log(made.said))} == {(Appeal.OFFER, "travel")}


def test_of_many_missing_pieces_only_the_first_is_needed_by_the_day_that_is_named() -> None:
    made = known(brief(Constraints(posts_per_day=1)), offers=())
    made.hear(chosen())
    many = made.of(ContentRequested)[0]
    assert many.pieces > 1
    assert (by(many), by(many.model_copy(update={"pieces": 1}))) == ("the first by", "by")
    (plan,) = made.of(PlanMade)
    assert plan.steps[0].step.startswith("make the first of ")
