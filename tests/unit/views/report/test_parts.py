"""What a report gathers: judgments, posts, links and the calendar around today."""

from __future__ import annotations

from datetime import timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from events.campaign import CampaignEnded
from events.envelope import Event
from events.execution import CancelReason, KpiName, PostCancelled
from tests.histories.record import HISTORIES
from tests.unit.views.report.pages import end, history
from tests.unit.views.told import course_of, said
from tests.unit.workers.material import START, brief, plan, published, reading, revision, slot
from workers.lives import PostState, post_id
from workers.views.explain.locale import Locale
from workers.views.report import english, persian
from workers.views.report.charts.canvas import inlined
from workers.views.report.headings import Headings
from workers.views.report.judgments import judgments
from workers.views.report.material import gathered
from workers.views.report.posts import MONDAY, SATURDAY, calendar, rows, safe_link
from workers.views.report.series import by_day, grown_outcomes, grown_spending


@pytest.mark.parametrize("name", HISTORIES)
def test_all_judgments_of_a_plan_together_are_what_the_evaluator_observed(name: str) -> None:
    events = history(name)
    found = judgments(events)
    standings = {one.kpi: one for one in course_of(brief(), list(events)).judging.standings()}
    for kpi, paces in found.paces.items():
        newest = [point for point in found.points.get(kpi, ()) if point.at > paces[-1].at]
        assert len(newest) == standings[kpi].measured
        if newest and newest[-1].so_far is not None:
            assert newest[-1].so_far == pytest.approx(standings[kpi].observed)


def test_a_breached_kpi_shows_the_judgments_that_breached_it() -> None:
    found = judgments(history("corrected"))
    points = found.points[KpiName.REACH]
    assert points
    assert all(point.value is not None and point.value < point.limit for point in points)


@pytest.mark.parametrize("name", HISTORIES)
def test_what_grew_ends_at_the_campaigns_own_figures(name: str) -> None:
    material = gathered(history(name), end(history(name)))
    days = by_day(grown_outcomes(material), material)
    assert days[-1][1] == material.figures.outcomes
    assert by_day(grown_spending(material), material)[-1][1] == pytest.approx(material.figures.spent)
    assert [total for _, total in days] == sorted(total for _, total in days)


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://example.org/a?b=1&c=2", True),
        ("http://example.org", True),
        ("HTTPS://EXAMPLE.ORG", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("https:", False),
        ("http://[", False),
        ("mailto:a@example.org", False),
        (None, False),
    ],
)
def test_only_web_links_are_kept(link: str | None, kept: bool) -> None:
    assert safe_link(link) == (link if kept else None)


def days(events: list[Event], hours: float, first: int = MONDAY) -> dict[str, list[PostState]]:
    """The calendar as it is shown so many hours after the start."""
    found = calendar(events, course_of(brief(), events), START + timedelta(hours=hours), first)
    return {one.day.isoformat(): [entry.state for entry in one.entries] for one in found}


def test_the_calendar_shows_what_was_sent_and_what_is_ahead_but_not_what_was_cancelled() -> None:
    at = [START + timedelta(days=day, hours=1) for day in range(4)]
    made = plan([slot(f"plan-1:x.{number}", when) for number, when in enumerate(at)])
    events = [
        said(brief(), START),
        said(made, START),
        said(published("plan-1:x.0", at[0]), at[0]),
        said(PostCancelled(slot="plan-1:x.1", reason=CancelReason.NO_CONTENT), at[0]),
    ]
    shown = days(events, 2)
    assert shown["2026-03-02"] == [PostState.PUBLISHED]
    assert shown["2026-03-03"] == []
    assert shown["2026-03-04"] == [PostState.PLANNED]
    assert len(shown) == 7
    assert days([*events, said(CampaignEnded(reason="over", by="o"), at[0])], 2)["2026-03-04"] == []


def test_a_revision_takes_the_slots_that_are_ahead_out_of_the_calendar() -> None:
    later = START + timedelta(days=1)
    events = [
        said(brief(), START),
        said(plan([slot("plan-1:x.1", later)]), START),
        said(revision((slot("plan-1:x.2", later + timedelta(days=1)),)), START),
    ]
    shown = days(events, 1)
    assert shown["2026-03-03"] == []
    assert shown["2026-03-04"] == [PostState.PLANNED]


def test_a_week_begins_on_saturday_where_persian_is_written() -> None:
    events = [said(brief(), START), said(plan([slot("plan-1:x.1", START + timedelta(hours=1))]), START)]
    assert next(iter(days(events, 0))) == "2026-03-02"
    assert next(iter(days(events, 0, SATURDAY))) == "2026-02-28"


def test_a_posts_figures_are_its_newest_reading() -> None:
    post = published("s.1", START)
    assert post.post.startswith(post_id("s.1", "")[:3])
    events = [
        said(brief(), START),
        said(post, START),
        said(reading(post.post, 3, reach=12, engagements=1), START + timedelta(hours=3)),
        said(reading(post.post, 24, reach=40, engagements=4), START + timedelta(hours=24)),
    ]
    (row,) = rows(events, course_of(brief(), events))
    assert (row.reach, row.engagements, row.follows, row.outcomes) == (40, 4, None, 0)


def places(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}


def test_headings_are_the_same_in_both_languages() -> None:
    assert set(english.WORDS) == set(persian.WORDS)
    assert {key for key in english.WORDS if places(english.WORDS[key]) != places(persian.WORDS[key])} == set()


def test_an_owners_own_word_is_kept_and_ours_is_said_in_the_language() -> None:
    headings = Headings(Locale("fa", ZoneInfo("Asia/Tehran")))
    assert headings.level("topic", "چای") == "چای"
    assert headings.level("appeal", "teach") == "آموختن"
    assert headings.level("paid", "yes") == "با تبلیغ"


def test_a_drawings_texts_are_left_alone_when_it_is_put_into_a_page() -> None:
    svg = (
        '<?xml version="1.0"?>\n<svg width="9" viewBox="0 0 9 9" id="a"><metadata>x</metadata><!-- note -->'
        '<g id="b" style="fill: #010101; clip-path: url(#b)"><text style="font: 12px \'A\', sans-serif; fill: #020202">'
        ' id="b" url(#b) #010101 font: 12px</text></g><use xlink:href="#b"/></svg>'
    )
    put = inlined(svg, "one")
    assert ' id="b" url(#b) #010101 font: 12px</text>' in put
    assert 'id="one-b" style="fill: var(--ink); clip-path: url(#one-b)"' in put
    assert 'style="font-size: 12px; fill: var(--muted)"' in put
    assert '<use href="#one-b"/>' in put
    assert "metadata" not in put
    assert "note" not in put
