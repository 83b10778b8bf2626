"""What a plan lacks is asked for once, and no longer counted as asked for once it has come."""

from __future__ import annotations

from datetime import timedelta

from events.campaign import CampaignPaused, CampaignResumed, Constraints
from events.correction import Verdict
from events.execution import ContentRequested, ExecutionRevised
from events.terms import Appeal
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import START, brief, chosen, content, corrected
from tests.unit.workers.planned import known

OLIVIA = "/people/olivia"


def asking() -> Desk:
    """A planner whose plan lacks all its content."""
    made = known(brief(Constraints(posts_per_day=1)), offers=())
    made.hear(chosen())
    assert made.of(ContentRequested)
    return made


def pieces(made: Desk) -> int:
    return sum(request.pieces for request in made.of(ContentRequested))


def pause_and_resume(made: Desk, days: float = 1) -> None:
    made.hear(CampaignPaused(reason="r", by=OLIVIA))
    made.hear(CampaignResumed(reason="r", by=OLIVIA), at=made.now + timedelta(days=days))


def test_what_was_asked_for_is_not_asked_for_again_by_a_pause_or_a_revision() -> None:
    made = asking()
    before = pieces(made)
    for _ in range(3):
        pause_and_resume(made)
        made.hear(corrected(Verdict.REVISE), at=made.now + timedelta(hours=1))
    assert len(made.of(ExecutionRevised)) == 6
    assert pieces(made) == before


def test_offered_content_that_fits_closes_what_it_can_fill_and_the_rest_stays_open() -> None:
    made = asking()
    first = made.of(ContentRequested)[0]
    key, open_before = f"{first.topic}|{first.format}|{first.appeal}", first.pieces
    assert made.state.requested[key] == open_before > 3
    made.hear(content("one", format=first.format))
    made.hear(content("two", format=first.format, uses=2))
    assert made.state.requested[key] == open_before - 3
    made.hear(content("two", format=first.format, uses=2, text="better words"))
    made.hear(content("other", format=first.format, appeal=Appeal.OFFER))
    assert made.state.requested[key] == open_before - 3
    made.hear(content("plenty", format=first.format, uses=100))
    assert key not in made.state.requested


def test_only_what_is_missing_beyond_what_is_open_is_asked_for() -> None:
    """More posts a day need more content: the amended brief asks for the difference."""
    made = asking()
    before = pieces(made)
    made.hear(brief(Constraints(posts_per_day=3, pieces_per_week=14)), at=START + timedelta(days=1))
    (revised,) = made.of(ExecutionRevised)
    lacking = revised.expected.posts
    assert lacking > before
    assert pieces(made) == lacking


def test_another_strategys_content_is_asked_for_by_itself_and_remembered_when_it_returns() -> None:
    made = asking()
    before = pieces(made)
    made.hear(chosen("offer/workers/travel"))
    both = pieces(made)
    assert both > before
    made.hear(chosen("teach/workers/grammar", fingerprint="again"))
    assert pieces(made) == both
