"""Importing past posts: twice changes nothing, what is missing stays missing, what is malformed is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pytest

from config.brief import Brief, load_brief
from config.history import HistoryImport, import_history
from config.problems import InputError, Problem
from events.campaign import HistoryImported, PostObserved, TimeQuality
from events.execution import MetricObserved
from events.terms import Appeal
from tests.unit.config.test_brief import MINIMAL, NOW

ROOT = Path(__file__).parents[3]
FACEBOOK = ROOT.parent / "shared" / "data" / "facebook" / "dataset_Facebook.csv"

MAPPING = """\
history: past
missing: ["", "n/a"]
order: oldest first
zone: Europe/Berlin
published_at: {column: When}
id: Id
format: {column: Kind, values: {Picture: photo, Words: text}}
topic: {column: Topic}
appeal: {column: Tone, values: {useful: teach, loud: null}}
paid: {column: Paid, values: {"yes": true, "no": false}}
counters:
  reach: Reach
  likes: Likes
"""
HEADER = "Id,When,Kind,Topic,Tone,Paid,Reach,Likes\n"
ROW = "p1,2025-06-01T10:00,Picture,tea,useful,no,1200,30\n"


class Case:
    """A brief, a mapping and a file that can be changed before they are imported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mapping = MAPPING
        self.rows = HEADER + ROW
        self.now = NOW

    def brief(self) -> Brief:
        path = self.folder / "brief.yaml"
        path.write_text(MINIMAL, encoding="utf-8")
        return load_brief(path, NOW)

    def load(self, brief: Brief | None = None) -> HistoryImport:
        (self.folder / "past.csv").write_text(self.rows, encoding="utf-8")
        (self.folder / "mapping.yaml").write_text(self.mapping, encoding="utf-8")
        csv, mapping = self.folder / "past.csv", self.folder / "mapping.yaml"
        return import_history(csv, mapping, brief or self.brief(), self.now)

    def refused(self) -> list[Problem]:
        with pytest.raises(InputError) as caught:
            self.load()
        return list(caught.value.problems)

    def problems(self) -> list[Problem]:
        """What is wrong, without the remark on what the mapping does about it."""
        return [one for one in self.refused() if one.field != "malformed"]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def posts(history: HistoryImport) -> list[PostObserved]:
    return [fact.fact for fact in history.facts if isinstance(fact.fact, PostObserved)]


def metrics(history: HistoryImport) -> list[MetricObserved]:
    return [fact.fact for fact in history.facts if isinstance(fact.fact, MetricObserved)]


def completions(history: HistoryImport) -> list[HistoryImported]:
    return [fact.fact for fact in history.facts if isinstance(fact.fact, HistoryImported)]


def test_a_row_becomes_a_post_its_final_counters_and_in_the_end_a_complete_history(case: Case) -> None:
    history = case.load()
    post, metric, complete = (fact.fact for fact in history.facts)
    assert isinstance(post, PostObserved)
    assert (post.post, post.account, post.reference) == ("past/p1", "shop", "p1")
    assert post.published == datetime(2025, 6, 1, 8, tzinfo=UTC)
    assert post.time_quality is TimeQuality.EXACT
    assert (post.traits.channel, post.traits.topic, post.traits.format) == ("simulated", "tea", "photo")
    assert (post.traits.appeal, post.traits.paid, post.traits.hour) == (Appeal.TEACH, False, 10)
    assert isinstance(metric, MetricObserved)
    assert (metric.post, metric.final, dict(metric.counters)) == ("past/p1", True, {"reach": 1200, "likes": 30})
    assert metric.age_hours == (NOW - post.published).total_seconds() / 3600
    assert isinstance(complete, HistoryImported)
    assert (complete.history, complete.posts, complete.rows, complete.skipped) == ("past", 1, 1, 0)


def test_importing_twice_gives_the_same_ids_whenever_it_happens(case: Case) -> None:
    first = case.load()
    case.now = datetime(2026, 9, 1, tzinfo=UTC)
    second = case.load()
    assert [fact.id for fact in first.facts] == [fact.id for fact in second.facts]
    assert first.source == second.source == "/history/past"


def test_a_history_of_any_name_has_a_source_that_is_a_reference(case: Case) -> None:
    case.mapping = MAPPING.replace("history: past", "history: Beiträge 2025")
    assert case.load().source == "/history/Beitr%C3%A4ge%202025"


def test_counters_that_have_grown_are_a_new_reading_of_the_same_post(case: Case) -> None:
    first = case.load()
    case.rows = HEADER + ROW.replace("1200", "1300")
    second = case.load()
    assert first.facts[0].id == second.facts[0].id
    assert first.facts[1].id != second.facts[1].id


def test_without_a_network_id_a_row_is_its_content_and_equal_rows_are_numbered(case: Case) -> None:
    case.mapping = MAPPING.replace("id: Id\n", "")
    case.rows = HEADER + ROW + ROW
    before = {post.post for post in posts(case.load())}
    assert len(before) == 2
    case.rows = HEADER + ROW.replace("tea", "cups").replace("T10", "T07") + ROW + ROW
    assert before < {post.post for post in posts(case.load())}


def test_a_missing_counter_is_absent_and_never_zero(case: Case) -> None:
    case.rows = HEADER + ROW + "p2,2025-06-02T10:00,Words,,loud,n/a,0,\n"
    history = case.load()
    assert [dict(metric.counters) for metric in metrics(history)] == [{"reach": 1200, "likes": 30}, {"reach": 0}]
    traits = posts(history)[1].traits
    assert (traits.topic, traits.appeal, traits.paid) == (None, None, None)
    assert "likes is missing from 1 of 2 posts" in history.notes
    assert "paid is missing from 1 of 2 posts" in history.notes


@pytest.mark.parametrize(
    ("written", "instead", "field", "allowed"),
    [
        ("2025-06-01T10:00", "yesterday", "When", "an ISO 8601 time"),
        ("2025-06-01T10:00", "2027-06-01T10:00", "(time)", "a time before the history is taken in"),
        ("Picture", "Pictur", "Kind", "Picture, Words"),
        ("useful", "shrill", "Tone", "loud, useful"),
        (",no,", ",maybe,", "Paid", "no, yes"),
        ("1200", "-1", "Reach", "a count of 0 or more"),
        ("1200", "1.5", "Reach", "a count of 0 or more"),
        ("1200", "many", "Reach", "a count of 0 or more"),
        (",30", "", "(row)", "8 cells"),
    ],
)
def test_a_malformed_row_is_named_with_line_field_and_what_is_allowed(
    case: Case, written: str, instead: str, field: str, allowed: str
) -> None:
    case.rows = HEADER + ROW + ROW.replace("p1", "p2").replace(written, instead)
    (found,) = case.problems()
    assert (found.file, found.line, found.field) == (str(case.folder / "past.csv"), 3, field)
    assert allowed in found.allowed


def test_whoever_has_malformed_rows_is_told_that_they_may_be_skipped(case: Case) -> None:
    case.rows = HEADER + ROW.replace("1200", "x") + ROW.replace("p1", "p2")
    choice, row = case.refused()
    assert (choice.file, choice.field) == (str(case.folder / "mapping.yaml"), "malformed")
    assert choice.allowed.startswith("skip too, which leaves such rows out")
    assert (row.file, row.line) == (str(case.folder / "past.csv"), 2)


def test_every_malformed_row_is_reported_at_once(case: Case) -> None:
    case.rows = HEADER + ROW.replace("1200", "x") + ROW.replace("p1", "p2") + ROW.replace("Picture", "y")
    assert [found.line for found in case.problems()] == [2, 4]


def test_skipping_keeps_the_rest_and_says_what_was_left_out(case: Case) -> None:
    case.rows = HEADER + ROW.replace("1200", "x") + ROW.replace("p1", "p2")
    case.mapping = f"{MAPPING}malformed: skip\n"
    history = case.load()
    assert history.notes[0] == "malformed rows that were skipped, as the mapping says: 1, on lines 2"
    assert [post.post for post in posts(history)] == ["past/p2"]
    assert [found.line for found in history.skipped] == [2]
    (complete,) = completions(history)
    assert (complete.posts, complete.rows, complete.skipped) == (1, 2, 1)


def test_a_network_id_that_comes_twice_is_a_problem_of_the_second_row(case: Case) -> None:
    case.rows = HEADER + ROW + ROW.replace("1200", "1300")
    (found,) = case.problems()
    assert (found.line, found.given) == (3, "'p1'")
    assert "line 2" in found.allowed


def test_line_numbers_are_those_of_the_file_after_a_quoted_line_break(case: Case) -> None:
    case.mapping = MAPPING.replace("topic: {column: Topic}\n", "text: Topic\n")
    case.rows = HEADER + ROW.replace("tea", '"tea,\nor coffee"') + ROW.replace("1200", "x")
    assert [found.line for found in case.problems()] == [4]
    case.rows = HEADER + ROW.replace("tea", '"tea,\nor coffee"')
    assert posts(case.load())[0].text == "tea,\nor coffee"


def test_a_column_that_the_file_lacks_is_a_problem_of_the_mapping(case: Case) -> None:
    case.mapping = MAPPING.replace("reach: Reach", "reach: Reech")
    (found,) = case.problems()
    assert (found.file, found.line, found.hint) == (str(case.folder / "mapping.yaml"), 12, "Reach")


@pytest.mark.parametrize(
    ("written", "instead", "line", "field"),
    [
        ("  likes: Likes", "  lieks: Likes", 13, "counters.lieks"),
        ("useful: teach", "useful: teech", 9, "appeal.values.useful"),
        ('"yes": true', '"yes": maybe', 10, "paid.values.yes"),
        ("zone: Europe/Berlin", "zone: Berlin", 4, "zone"),
        ("order: oldest first", "order: random", 3, "order"),
        ("history: past", "history: past\nencoding: utf-9", 2, "encoding"),
        ("history: past", "history: past\naccount: shpo", 2, "account"),
        ("history: past", "history: past\ndelimeter: ;", 2, "delimeter"),
        ("published_at: {column: When}\n", "", 1, "published_at"),
        (
            "published_at: {column: When}",
            "published_parts: {year: 2025, month: When, day: unknown, hour: When}",
            5,
            "published_parts.weekday",
        ),
    ],
)
def test_a_mistake_in_the_mapping_names_its_line(case: Case, written: str, instead: str, line: int, field: str) -> None:
    assert written in MAPPING
    case.mapping = MAPPING.replace(written, instead)
    (found,) = case.problems()
    assert (found.file, found.line, found.field) == (str(case.folder / "mapping.yaml"), line, field)


def test_a_history_that_the_brief_does_not_wait_for_is_refused(case: Case) -> None:
    with pytest.raises(InputError, match=r"the history that the brief .* waits for, 'other'"):
        case.load(brief=case.brief().awaiting("other"))


def test_an_hour_that_does_not_exist_is_moved_on_and_noted(case: Case) -> None:
    case.rows = HEADER + ROW.replace("2025-06-01T10:00", "2025-03-30T02:30")
    history = case.load()
    assert posts(history)[0].published == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
    assert any("line 2: 2025-03-30 02:30 in Europe/Berlin does not exist" in note for note in history.notes)


def test_an_offset_in_the_file_outweighs_the_mappings_zone(case: Case) -> None:
    case.rows = HEADER + ROW.replace("2025-06-01T10:00", "2025-06-01T10:00+00:00")
    assert posts(case.load())[0].published == datetime(2025, 6, 1, 10, tzinfo=UTC)


def test_a_time_may_be_written_in_any_stated_format(case: Case) -> None:
    case.mapping = MAPPING.replace("{column: When}", '{column: When, format: "%d.%m.%Y %H:%M"}')
    case.rows = HEADER + ROW.replace("2025-06-01T10:00", "01.06.2025 10:00")
    assert posts(case.load())[0].published == datetime(2025, 6, 1, 8, tzinfo=UTC)


def test_a_day_that_its_month_does_not_have_is_malformed(case: Case) -> None:
    case.mapping = MAPPING.replace(
        "published_at: {column: When}", "published_parts: {year: 2025, month: Month, day: Day, hour: Hour}"
    )
    header = HEADER.replace("When", "Month,Day,Hour")
    case.rows = header + ROW.replace("2025-06-01T10:00", "6,1,10") + ROW.replace("p1,2025-06-01T10:00", "p2,6,31,10")
    (found,) = case.problems()
    assert (found.line, found.field, found.allowed) == (3, "Day", "a day of 2025-06")
    case.rows = header + ROW.replace("2025-06-01T10:00", "6,1,10")
    (post,) = posts(case.load())
    assert (post.published, post.time_quality) == (datetime(2025, 6, 1, 8, tzinfo=UTC), TimeQuality.APPROXIMATE)


def test_a_file_in_another_encoding_is_read_as_the_mapping_says(case: Case) -> None:
    case.mapping = MAPPING + "encoding: latin-1\n"
    case.load()
    (case.folder / "past.csv").write_bytes((HEADER + ROW.replace("tea", "thé")).encode("latin-1"))
    csv, mapping = case.folder / "past.csv", case.folder / "mapping.yaml"
    assert posts(import_history(csv, mapping, case.brief(), NOW))[0].traits.topic == "thé"
    mapping.write_text(MAPPING, encoding="utf-8")
    with pytest.raises(InputError, match=r"past\.csv:2: \(file\): given byte 0xe9"):
        import_history(csv, mapping, case.brief(), NOW)


def test_topics_that_the_brief_does_not_name_are_kept_and_noted(case: Case) -> None:
    case.rows = HEADER + ROW.replace("tea", "milk")
    history = case.load()
    assert posts(history)[0].traits.topic == "milk"
    assert "the history has topics that the brief does not name: milk" in history.notes


@pytest.fixture(scope="module")
def facebook() -> HistoryImport:
    if not FACEBOOK.is_file():
        pytest.skip(f"the Facebook data set is not at {FACEBOOK}")
    brief = load_brief(ROOT / "config" / "briefs" / "cosmetics.yaml", NOW)
    return import_history(FACEBOOK, ROOT / "config" / "mappings" / "facebook-page-2014.yaml", brief, NOW)


def test_the_real_year_of_posts_is_imported_whole(facebook: HistoryImport) -> None:
    assert len(posts(facebook)) == len(metrics(facebook)) == 500
    assert facebook.skipped == ()
    assert len({fact.id for fact in facebook.facts}) == 1001
    assert {post.time_quality for post in posts(facebook)} == {TimeQuality.DAY_UNKNOWN}


def test_what_is_missing_from_the_real_posts_stays_missing(facebook: HistoryImport) -> None:
    absent = {name: sum(name not in metric.counters for metric in metrics(facebook)) for name in ("likes", "shares")}
    assert absent == {"likes": 1, "shares": 4}
    assert sum(post.traits.paid is None for post in posts(facebook)) == 1


def test_the_real_posts_keep_month_weekday_and_order(facebook: HistoryImport) -> None:
    """Line 2 is the newest: weekday 4 (a Wednesday) of December, the last line weekday 4 of January."""
    published = sorted(post.published for post in posts(facebook))
    assert published[0].date().isoformat() == "2014-01-01"
    assert published[-1].date().isoformat() == "2014-12-31"
    assert all(moment.year == 2014 or moment < datetime(2015, 1, 1, 9, tzinfo=UTC) for moment in published)


def test_formats_of_the_real_posts_engage_as_measured(facebook: HistoryImport) -> None:
    """../shared/data/SOURCES.md: medians of engaged users per person reached."""
    formats = {post.post: post.traits.format for post in posts(facebook)}
    rates: dict[str | None, list[float]] = {}
    for metric in metrics(facebook):
        rate = metric.counters["engagements"] / metric.counters["reach"]
        rates.setdefault(formats[metric.post or ""], []).append(rate)
    found = {name: round(median(values), 3) for name, values in rates.items() if name != "video"}
    assert found == {"status": 0.155, "photo": 0.123, "link": 0.023}


def test_thousands_are_refused_with_the_line_to_write_and_read_once_it_is_written(case: Case) -> None:
    case.rows = HEADER + ROW.replace("1200", '"1,200"')
    (found,) = case.problems()
    assert (found.line, found.field) == (2, "Reach")
    assert '`thousands: ","`' in found.allowed
    case.mapping = f'{MAPPING}thousands: ","\n'
    assert metrics(case.load())[0].counters["reach"] == 1200
    case.rows = HEADER + ROW.replace("1200", '"1,20"')
    assert "a count of 0 or more" in case.problems()[0].allowed, "a mark between other groups than of three is a slip"


def test_a_mark_cannot_separate_both_thousands_and_decimals(case: Case) -> None:
    case.mapping = f'{MAPPING}thousands: "."\n'
    assert case.problems()[0].field == "thousands"
    case.mapping = f'{MAPPING}thousands: "."\ndecimal: ","\n'
    case.rows = HEADER + ROW.replace("1200", "1.200")
    assert metrics(case.load())[0].counters["reach"] == 1200


@pytest.mark.parametrize(("mark", "written"), [("\t", '"\\t"'), (";", '";"')])
def test_a_file_with_another_delimiter_is_answered_with_the_line_to_write(case: Case, mark: str, written: str) -> None:
    case.rows = case.rows.replace(",", mark)
    (found,) = case.problems()
    assert (found.file, found.line) == (str(case.folder / "past.csv"), 1)
    assert f"`delimiter: {written}` into {case.folder / 'mapping.yaml'}" in found.allowed
    case.mapping = f"{MAPPING}delimiter: {written}\n"
    assert len(posts(case.load())) == 1


def test_a_file_in_utf_16_is_called_so_and_read_once_the_mapping_says_so(case: Case) -> None:
    (case.folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    csv = case.folder / "past.csv"
    csv.write_text(case.rows, encoding="utf-16")
    with pytest.raises(InputError, match=r"given UTF-16; allowed: text in utf-8; or .* such as utf-16"):
        import_history(csv, case.folder / "mapping.yaml", case.brief(), NOW)
    (case.folder / "mapping.yaml").write_text(f"{MAPPING}encoding: utf-16\n", encoding="utf-8")
    assert len(posts(import_history(csv, case.folder / "mapping.yaml", case.brief(), NOW))) == 1


def test_lines_that_are_neither_header_nor_post_can_be_left_out(case: Case) -> None:
    case.rows = f'"What this file is,\nin two lines"\n{HEADER}an explanation,,,,,,,\n{ROW}'
    case.mapping = f"{MAPPING}skip_lines: [1, 4]\n"
    assert [post.post for post in posts(case.load())] == ["past/p1"]
    case.rows += ROW.replace("1200", "x")
    assert case.problems()[0].line == 6


@pytest.mark.parametrize(
    ("rule", "cell"), [("{column: When}", "2025-06-01"), ('{column: When, format: "%d.%m.%Y"}', "01.06.2025")]
)
def test_a_date_alone_is_taken_at_noon_and_leaves_the_hour_unknown(case: Case, rule: str, cell: str) -> None:
    case.mapping = MAPPING.replace("{column: When}", rule)
    case.rows = HEADER + ROW.replace("2025-06-01T10:00", cell)
    history = case.load()
    (post,) = posts(history)
    assert (post.published, post.traits.hour) == (datetime(2025, 6, 1, 10, tzinfo=UTC), None)
    assert post.time_quality is TimeQuality.APPROXIMATE
    assert any("of unknown hour: 1" in note for note in history.notes)


def test_what_the_mapping_declares_of_the_times_is_recorded_with_the_posts(case: Case) -> None:
    case.mapping = f"{MAPPING}approximate: true\nzone_assumed: true\n"
    history = case.load()
    assert posts(history)[0].time_quality is TimeQuality.APPROXIMATE
    (complete,) = completions(history)
    assert any("approximate" in note for note in complete.notes)
    assert any("local to Europe/Berlin, which is assumed" in note for note in complete.notes)
