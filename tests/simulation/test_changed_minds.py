"""Owners change their minds while a campaign runs: what they forbid or take back is gone, and the loop goes on."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from events.campaign import Constraints
from events.correction import CorrectionDecided, Verdict
from events.execution import CancelReason, PlanMade, PostCancelled, PostPublished
from events.runtime import EventSetAside
from events.strategy import StrategyChosen
from events.terms import Fact
from tests.simulation.loop import START, Site, audit, brief, content

CHANGE = timedelta(days=2, minutes=-10)


def test_a_topic_that_is_forbidden_while_it_runs_is_left_at_once_for_another_strategy() -> None:
    before = Site()
    before.live(1)
    topic = before.facts(StrategyChosen)[0].topic
    other = ({"brewing", "beans"} - {topic}).pop()
    limits = Constraints(posts_per_day=4, quiet_hours=(0, 1, 2, 3, 4, 5), forbidden_topics=(topic,))
    site = Site(script={CHANGE: brief(constraints=limits)})
    assert audit(site.live(6)).clean
    (switch,) = (fact for fact in site.facts(CorrectionDecided) if fact.decided_for == START + CHANGE)
    assert switch.verdict is Verdict.SWITCH
    second = site.facts(StrategyChosen)[1]
    assert (second.topic, second.replaces) == (other, switch.leave)
    assert [plan.strategy for plan in site.facts(PlanMade)][1] == second.strategy
    after = [fact for fact in site.facts(PostPublished) if fact.at > START + CHANGE]
    assert len(after) >= 4
    assert {fact.traits.topic for fact in after} == {other}
    assert site.facts(EventSetAside) == []


def test_content_that_is_offered_anew_or_withdrawn_is_never_seen_as_it_was() -> None:
    pieces = content()
    anew: dict[timedelta, Fact] = {}
    for number, piece in enumerate(pieces):
        at = CHANGE + timedelta(minutes=number)
        gone = piece.format == "video"
        changes = {"valid_until": START} if gone else {"text": f"{piece.text} Now with an end."}
        anew[at] = piece.model_copy(update=changes)
    site = Site(script=anew)
    assert audit(site.live(5)).clean
    withdrawn = [fact for fact in site.facts(PostCancelled) if fact.reason is CancelReason.WITHDRAWN]
    said_by = START + CHANGE + timedelta(minutes=len(pieces))
    shown = [each.post for each in site.network.accepted() if each.at > said_by]
    assert len(shown) >= 4
    assert all(post.text.endswith("Now with an end.") for post in shown)
    assert set(site.accepted().values()) == {1}
    assert withdrawn, "a post was on its way when its content changed"
    assert not {fact.post for fact in withdrawn} & set(site.accepted())
    times = sorted(each.at for each in site.network.accepted())
    assert all(later - earlier >= timedelta(hours=3) for earlier, later in pairwise(times))
