"""A brief: what it means, and how each mistake is answered."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.brief import Brief, load_brief
from config.brief_file import BriefFile, WrittenConstraints, WrittenSegment, parse_hours, parse_money, parse_percent
from config.problems import InputError, Problem
from events.campaign import CampaignBriefed, Constraints, SegmentHypothesis
from events.terms import Appeal, Goal, Mode, Money

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

MINIMAL = """\
campaign: shop
title: A shop
goal: convert
worth: 25 EUR
tomorrow_costs: 5%
days: 30
zone: Europe/Berlin
budget: 900 EUR
post_cost: 6 EUR
accounts:
  shop: {channel: simulated}
segments:
  people:
    interests: {tea: 2}
    appeals: {teach: 1.5}
    hours: 7-9, 22
topics: [tea, cups]
formats: [photo]
"""


def load(tmp_path: Path, text: str) -> Brief:
    path = tmp_path / "brief.yaml"
    path.write_text(text, encoding="utf-8")
    return load_brief(path, NOW)


def problems(tmp_path: Path, text: str) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    return list(caught.value.problems)


def test_a_topic_that_nobody_writes_about_may_be_forbidden_too(tmp_path: Path) -> None:
    brief = load(tmp_path, MINIMAL + "constraints: {forbidden_topics: [politics]}\n")
    assert brief.fact.constraints.forbidden_topics == ("politics",)


def problem(tmp_path: Path, written: str, instead: str) -> Problem:
    """The only problem of the minimal brief with one line replaced."""
    assert written in MINIMAL
    (found,) = problems(tmp_path, MINIMAL.replace(written, instead))
    assert found.file == str(tmp_path / "brief.yaml")
    return found


def test_a_brief_becomes_a_campaign_briefed(tmp_path: Path) -> None:
    brief = load(tmp_path, MINIMAL)
    fact = brief.fact
    assert (brief.campaign, brief.tenant) == ("shop", "default")
    assert (fact.goal, fact.mode) == (Goal.CONVERT, Mode.APPROVE)
    assert fact.outcome_worth == Money(amount=Decimal(25), currency="EUR")
    assert fact.lost_per_day == 0.05
    assert fact.horizon_days == 30
    assert [(account.account, account.channel, account.shared) for account in fact.accounts] == [
        ("shop", "simulated", False)
    ]
    (segment,) = fact.segments
    assert (segment.name, dict(segment.interests), dict(segment.appeals)) == (
        "people", {"tea": 2.0}, {Appeal.TEACH: 1.5},
    )  # fmt: skip
    assert segment.hours == (7, 8, 22)


RENAMED = {
    "outcome_worth": "worth", "lost_per_day": "tomorrow_costs", "horizon_days": "days", "target_outcomes": "target",
}  # fmt: skip


def test_a_brief_can_say_whatever_the_campaign_can() -> None:
    """A field that the vocabulary gains and nobody can write would silently keep its default."""
    wanted = {RENAMED.get(field, field) for field in CampaignBriefed.model_fields}
    assert wanted - BriefFile.model_fields.keys() == set()
    assert Constraints.model_fields.keys() == WrittenConstraints.model_fields.keys()
    assert SegmentHypothesis.model_fields.keys() - {"name"} == WrittenSegment.model_fields.keys()


@pytest.mark.parametrize(
    "line",
    [
        "boost_price: 10 EUR", "minute_cost: 0.50 EUR", "audience_worth: 1 EUR", "minutes_per_post: 5", "target: 40",
        "minutes_per_switch: 60", "mode: advise", "language: de", "history: past", "appeals: [teach, proof]",
        "constraints: {posts_per_day: 3}", "swot_weights: {risk over speed: 3}",
    ],
)  # fmt: skip
def test_each_optional_line_of_a_brief_reaches_the_fact(tmp_path: Path, line: str) -> None:
    without, with_it = load(tmp_path, MINIMAL).fact, load(tmp_path, f"{MINIMAL}{line}\n").fact
    (changed,) = (name for name in CampaignBriefed.model_fields if getattr(without, name) != getattr(with_it, name))
    field = line.split(":", maxsplit=1)[0]
    assert RENAMED.get(changed, changed) == field


def test_a_brief_without_a_start_starts_now(tmp_path: Path) -> None:
    assert load(tmp_path, MINIMAL).fact.starts == NOW


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-07-01T09:00", datetime(2026, 7, 1, 7, tzinfo=UTC)),
        ("2026-07-01T09:00:00+00:00", datetime(2026, 7, 1, 9, tzinfo=UTC)),
    ],
)
def test_a_start_is_local_to_the_briefs_zone_unless_it_has_an_offset(
    tmp_path: Path, written: str, utc: datetime
) -> None:
    assert load(tmp_path, f"{MINIMAL}starts: {written}\n").fact.starts == utc


def test_a_start_that_does_not_exist_is_refused_with_the_reason(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, f"{MINIMAL}starts: 2026-03-29T02:30\n")
    assert found.line == 19
    assert "does not exist (clocks go forward)" in found.given


def test_awaiting_a_history_names_it_in_the_fact(tmp_path: Path) -> None:
    assert load(tmp_path, MINIMAL).awaiting("old-posts").fact.history == "old-posts"


def test_an_unknown_field_is_answered_with_the_nearest(tmp_path: Path) -> None:
    found = problem(tmp_path, "days: 30", "days: 30\nlangage: de")
    assert (found.line, found.field, found.hint) == (7, "langage", "language")


def test_an_unknown_goal_is_answered_with_all_and_the_nearest(tmp_path: Path) -> None:
    found = problem(tmp_path, "goal: convert", "goal: konvert")
    assert (found.line, found.given, found.allowed, found.hint) == (
        3, "'konvert'", "convert, follow, reach", "convert",
    )  # fmt: skip


def test_an_unknown_appeal_is_answered_at_its_key(tmp_path: Path) -> None:
    found = problem(tmp_path, "{teach: 1.5}", "{teech: 1.5}")
    assert (found.line, found.field, found.hint) == (15, "segments.people.appeals.teech", "teach")


def test_an_interest_in_no_topic_of_the_brief_is_refused(tmp_path: Path) -> None:
    found = problem(tmp_path, "{tea: 2}", "{tee: 2}")
    assert (found.line, found.allowed, found.hint) == (14, "cups, tea", "tea")


def test_a_missing_field_says_what_it_is_for(tmp_path: Path) -> None:
    found = problem(tmp_path, "worth: 25 EUR\n", "")
    assert (found.field, found.given) == ("worth", "nothing")
    assert found.allowed == "what one outcome is worth, such as 25 EUR"


@pytest.mark.parametrize(
    ("written", "instead", "line", "allowed"),
    [
        ("worth: 25 EUR", "worth: 25", 4, "an amount and its ISO 4217 currency"),
        ("worth: 25 EUR", "worth: -25 EUR", 4, "an amount and its ISO 4217 currency"),
        ("tomorrow_costs: 5%", "tomorrow_costs: 0.05", 5, "a percentage, such as 5%"),
        ("tomorrow_costs: 5%", "tomorrow_costs: 100%", 5, "less than 1"),
        ("days: 30", "days: 0", 6, "greater than or equal to 1"),
        ("zone: Europe/Berlin", "zone: CET+1", 7, "an IANA time zone"),
        ("budget: 900 EUR", "budget: 900 USD", 8, "the currency of worth, EUR"),
        ("hours: 7-9, 22", "hours: 7-25", 16, "hours of the day"),
        ("hours: 7-9, 22", "hours: 24", 16, "hours of the day"),
        ("topics: [tea, cups]", "topics: [tea, tea]", 17, "each name once"),
        ("topics: [tea, cups]", "topics: [tea, a/b]", 17, "match pattern"),
        ("formats: [photo]", "formats: photo", 18, "a list, such as [first, second]"),
        ("formats: [photo]", "formats: []", 18, "at least 1"),
        ("formats: [photo]", "formats: [photo]\nconstraints: {quiet_hours: 0-24}", 19, "an hour left to publish in"),
        ("formats: [photo]", "formats: [photo]\nconstraints: {forbidden_topics: [teas]}", 19, "cups, tea"),
        ("formats: [photo]", "formats: [photo]\nconstraints: {forbidden_topics: [tea, cups]}", 19, "fewer than all"),
    ],
)
def test_a_value_out_of_bounds_is_answered_with_its_line_and_what_is_allowed(
    tmp_path: Path, written: str, instead: str, line: int, allowed: str
) -> None:
    found = problem(tmp_path, written, instead)
    assert found.line == line
    assert allowed in found.allowed


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = MINIMAL.replace("convert", "konvert").replace("days: 30", "days: soon").replace("channel", "chanel")
    assert [found.line for found in problems(tmp_path, text)] == [3, 6, 11, 11]


def test_the_errors_text_has_one_line_a_problem(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, MINIMAL.replace("convert", "konvert").replace("days: 30", "days: soon"))
    first, second = str(caught.value).splitlines()
    assert first == (
        f"{tmp_path / 'brief.yaml'}:3: goal: given 'konvert'; allowed: convert, follow, reach; did you mean 'convert'?"
    )
    assert "brief.yaml:6: days: given 'soon'" in second


def test_a_brief_that_is_missing_is_a_problem_of_its_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml: \(file\): given No such file"):
        load_brief(tmp_path / "nowhere.yaml", NOW)


def test_a_brief_that_is_no_text_is_a_problem_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "brief.yaml"
    path.write_bytes(b"title: caf\xe9\n")
    with pytest.raises(InputError, match="UTF-8"):
        load_brief(path, NOW)


@pytest.mark.parametrize(
    ("written", "hours"),
    [("9-17", range(9, 17)), ("22-2", (22, 23, 0, 1)), ("0-24", range(24)), ("12", (12,)), ("7-9, 8-10", (7, 8, 9))],
)
def test_hours_run_from_until(written: str, hours: range | tuple[int, ...]) -> None:
    assert parse_hours(written) == tuple(hours)


@given(cents=st.integers(0, 10**12))
def test_money_is_read_exactly(cents: int) -> None:
    amount = Decimal(cents) / 100
    assert parse_money(f"{amount:.2f} EUR") == Money(amount=amount, currency="EUR")


@pytest.mark.parametrize("written", ["1.000 EUR", "2.500 USD", "1.250EUR"])
def test_a_thousand_written_with_a_point_is_refused_and_not_taken_for_one(written: str) -> None:
    currency = written[-3:]
    with pytest.raises(ValueError, match=f"a thousand is 1000 {currency}, one is 1 {currency}"):
        parse_money(written)


@pytest.mark.parametrize("currency", ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
def test_a_currency_of_three_decimals_is_written_with_three(currency: str) -> None:
    assert parse_money(f"1.250 {currency}") == Money(amount=Decimal("1.250"), currency=currency)


@given(tenths=st.integers(0, 999))
def test_a_percentage_is_its_hundredth(tenths: int) -> None:
    assert parse_percent(f"{Decimal(tenths) / 10}%") == pytest.approx(tenths / 1000)


def test_mistakes_of_shape_and_mistakes_between_fields_are_reported_at_once(tmp_path: Path) -> None:
    text = (
        MINIMAL.replace("goal: convert", "goal: convrt")
        .replace("900 EUR", "900 USD")
        .replace("Europe/Berlin", "Europe/Berln")
        .replace("tea: 2", "tae: 2, cups: 99")
        .replace("[photo]", "[photo, photo]")
    )
    found = {
        one.field for one in problems(tmp_path, f"{text}constraints: {{quiet_hours: x, forbidden_topics: [te]}}\n")
    }
    assert found == {
        "goal", "budget", "zone", "segments.people.interests.cups", "segments.people.interests.tae", "formats[1]",
        "constraints.quiet_hours", "constraints.forbidden_topics[0]",
    }  # fmt: skip


def test_a_field_that_cannot_be_read_is_compared_with_nothing(tmp_path: Path) -> None:
    text = MINIMAL.replace("worth: 25 EUR", "worth: much").replace("topics: [tea, cups]", "topics: tea")
    assert {one.field for one in problems(tmp_path, text)} == {"worth", "topics"}


def test_a_brief_in_utf_16_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "brief.yaml"
    path.write_text(MINIMAL, encoding="utf-16")
    with pytest.raises(InputError, match="given UTF-16; allowed: text in UTF-8"):
        load_brief(path, NOW)
