"""What is understood of somebody's export: the columns, the notation, and what had to be assumed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.mapping import HistoryMapping, Malformed, load_mapping
from config.mapping_guess import Guess, Wanted, guess_mapping
from config.problems import InputError
from config.rows import RowsRead, read_rows
from events.campaign import TimeQuality
from tests.unit.config import exports

ROOT = Path(__file__).parents[3]
MAPPINGS = ROOT / "config" / "mappings"
FACEBOOK = ROOT.parent / "shared" / "data" / "facebook" / "dataset_Facebook.csv"
NOW = datetime(2026, 11, 1, tzinfo=UTC)

EXPORTS = {
    "meta-facebook": exports.META_FACEBOOK,
    "meta-instagram": exports.META_INSTAGRAM,
    "facebook-page-insights": exports.PAGE_INSIGHTS,
    "x-analytics": exports.X,
    "twitter-analytics": exports.TWITTER,
    "linkedin-page": exports.LINKEDIN,
}


class Guessed:
    """A file, the mapping that is guessed for it, and what is read by that."""

    def __init__(self, folder: Path, content: str | bytes, wanted: Wanted | None = None) -> None:
        self.csv = folder / "Our posts.csv"
        self.csv.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.guess: Guess = guess_mapping(self.csv, wanted or Wanted())
        self.file = folder / "mapping.yaml"
        self.file.write_text(self.guess.mapping, encoding="utf-8")
        self.mapping: HistoryMapping = load_mapping(self.file)
        self.read: RowsRead = read_rows(self.csv, self.mapping, NOW)

    def counters(self) -> list[dict[str, int]]:
        return [dict(row.counters) for row in self.read.rows]


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_of_a_network_is_understood_whole_by_itself(tmp_path: Path, name: str) -> None:
    guessed = Guessed(tmp_path, EXPORTS[name])
    assert guessed.read.problems == ()
    assert len(guessed.read.rows) == 2
    assert all(row.network_id and row.text and row.counters for row in guessed.read.rows)


@pytest.mark.parametrize("name", EXPORTS)
def test_the_mapping_that_ships_for_a_network_reads_what_the_guess_reads(tmp_path: Path, name: str) -> None:
    guessed = Guessed(tmp_path, EXPORTS[name])
    shipped = read_rows(guessed.csv, load_mapping(MAPPINGS / f"{name}.yaml"), NOW)
    assert shipped.problems == ()
    for mine, its in zip(shipped.rows, guessed.read.rows, strict=True):
        assert (mine.network_id, mine.published, mine.paid) == (its.network_id, its.published, its.paid)
        assert mine.hour_known == its.hour_known
        assert mine.counters.items() <= its.counters.items()
    text = (MAPPINGS / f"{name}.yaml").read_text(encoding="utf-8")
    assert "https://" in text or "publishes no list" in text, "where the headers are from is said"


def test_meta_s_times_are_taken_as_pacific_which_is_said_to_be_assumed(tmp_path: Path) -> None:
    guessed = Guessed(tmp_path, exports.META_FACEBOOK)
    first, second = guessed.read.rows
    assert first.published == datetime(2026, 3, 28, 1, 30, tzinfo=UTC)
    assert (first.format, second.format) == ("photo", "reel")
    assert dict(second.counters) == {
        "reach": 980, "impressions": 1250, "engagements": 58, "likes": 50, "comments": 5, "shares": 3,
    }  # fmt: skip
    assert any("America/Los_Angeles was taken" in one for one in guessed.guess.assumed)
    assert any("which is assumed" in note for note in guessed.read.notes)
    named = Guessed(tmp_path, exports.META_FACEBOOK, Wanted(zone="Asia/Tehran"))
    assert named.read.rows[0].published == datetime(2026, 3, 27, 15, tzinfo=UTC)
    assert not any("zone" in one for one in named.guess.assumed)


def test_the_line_that_explains_columns_is_left_out_and_so_is_prose_above_the_header(tmp_path: Path) -> None:
    assert Guessed(tmp_path, exports.PAGE_INSIGHTS).mapping.rules.skip_lines == (2,)
    linkedin = Guessed(tmp_path, exports.LINKEDIN)
    assert linkedin.mapping.rules.skip_lines == (1,)
    assert [row.paid for row in linkedin.read.rows] == [False, False]
    assert [row.format for row in linkedin.read.rows] == [None, "video"]


@pytest.mark.parametrize("text", [exports.X, exports.LINKEDIN])
def test_a_date_alone_leaves_the_hour_unknown(tmp_path: Path, text: str) -> None:
    rows = Guessed(tmp_path, text).read.rows
    assert {(row.hour_known, row.quality) for row in rows} == {(False, TimeQuality.APPROXIMATE)}


def test_an_offset_in_the_file_is_no_assumption(tmp_path: Path) -> None:
    guessed = Guessed(tmp_path, exports.TWITTER)
    assert guessed.guess.assumed == ()
    assert guessed.read.rows[0].published == datetime(2020, 2, 7, 14, 18, tzinfo=UTC)
    assert guessed.counters()[0]["impressions"] == 206


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_of_a_german_office_is_understood_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    guessed = Guessed(tmp_path, exports.GERMAN.encode(encoding), Wanted(zone="Europe/Berlin"))
    assert guessed.read.problems == ()
    assert guessed.mapping.rules.delimiter == ";"
    assert guessed.counters() == [{"reach": 1240, "likes": 58}, {"reach": 980, "likes": 41, "comments": 3}]
    assert [row.text for row in guessed.read.rows] == ["Schöne Tasse", "Ein Fest"]
    assert guessed.read.rows[0].published == datetime(2026, 2, 13, 17, 5, tzinfo=UTC)


def test_tabs_persian_headers_and_persian_digits_are_understood(tmp_path: Path) -> None:
    guessed = Guessed(tmp_path, exports.PERSIAN.replace(",", "\t"))
    assert guessed.counters() == [{"reach": 1240, "likes": 58}, {"reach": 980}]
    assert [(row.topic, row.format) for row in guessed.read.rows] == [("قهوه", "photo"), ("فرهنگ", "video")]


ROWS = "id,date,reach\n"


def test_month_and_day_are_told_apart_where_the_file_tells(tmp_path: Path) -> None:
    certain = Guessed(tmp_path, f"{ROWS}1,13/02/2026,5\n2,14/02/2026,6\n")
    assert certain.mapping.rules.published_at is not None
    assert certain.mapping.rules.published_at.format == "%d/%m/%Y"
    assert not any("dates are written" in one for one in certain.guess.assumed)
    ordered = Guessed(
        tmp_path, f"{ROWS}1,01/02/2026,5\n2,02/02/2026,6\n3,05/01/2026,6\n4,03/03/2026,6\n5,04/03/2026,6\n"
    )
    assert any("dates are written as" in one for one in ordered.guess.assumed)
    in_order = Guessed(tmp_path, f"{ROWS}1,11/01/2026,5\n2,12/01/2026,6\n3,01/02/2026,6\n4,02/02/2026,6\n")
    assert in_order.mapping.rules.published_at is not None
    assert in_order.mapping.rules.published_at.format == "%d/%m/%Y"
    assert any("the posts are in order then" in one for one in in_order.guess.assumed)


def test_a_header_over_two_lines_does_not_break_out_of_a_comment(tmp_path: Path) -> None:
    guessed = Guessed(tmp_path, '"post\nid",date,reach\n1.22158E+17,2026-02-01 10:00,5\n')
    assert guessed.read.problems == ()


def test_an_id_that_a_spreadsheet_has_rounded_is_no_id(tmp_path: Path) -> None:
    guessed = Guessed(tmp_path, "post id,date,reach\n1.22158E+17,2026-02-01 10:00,5\n1.22158E+17,2026-02-02 10:00,6\n")
    assert guessed.mapping.rules.id is None
    assert any("a spreadsheet has rounded it" in one for one in guessed.guess.assumed)


def test_a_malformed_row_does_not_hide_how_the_others_are_written(tmp_path: Path) -> None:
    rows = "".join(f"{day},{day:02}.02.2026 10:00,{day}\n" for day in range(1, 21))
    guessed = Guessed(tmp_path, f"{ROWS}{rows}21,soon,7\n", Wanted(malformed=Malformed.SKIP))
    assert [problem.line for problem in guessed.read.problems] == [22]
    assert guessed.mapping.rules.malformed is Malformed.SKIP


def test_the_brief_s_own_words_for_formats_are_taken(tmp_path: Path) -> None:
    guessed = Guessed(tmp_path, exports.GERMAN, Wanted(formats=("Foto", "video"), history="past", account="shop"))
    assert [row.format for row in guessed.read.rows] == ["Foto", "video"]
    assert (guessed.mapping.rules.history, guessed.mapping.rules.account) == ("past", "shop")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04rest", "an Excel workbook"),
        (b"", "an empty file"),
        (b"a,b\n1,2\n", "a header with names that are known"),
        (b"id,date,reach\n", "a header alone"),
        (b"id,date,reach\n1,soon,4\n2,later,5\n", "times in one notation"),
        (b"id,reach\n1,4\n", "a column with the time"),
        (b"id,date\n1,2026-01-01\n", "a column with numbers"),
        (b"month,hour,weekday,reach\n1,4,3,10\n", "--year"),
    ],
)
def test_what_is_no_export_is_said_with_what_to_do(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Guessed(tmp_path, content)


def test_the_real_year_of_a_facebook_page_is_understood(tmp_path: Path) -> None:
    """What the file cannot say, its own mapping says better: the zone, the topics' names and the appeal."""
    if not FACEBOOK.is_file():
        pytest.skip(f"the Facebook data set is not at {FACEBOOK}")
    guessed = Guessed(tmp_path, FACEBOOK.read_bytes(), Wanted(zone="America/Los_Angeles", year=2014))
    shipped = read_rows(FACEBOOK, load_mapping(MAPPINGS / "facebook-page-2014.yaml"), NOW)
    assert guessed.read.problems == ()
    assert [row.published for row in guessed.read.rows] == [row.published for row in shipped.rows]
    assert [row.format for row in guessed.read.rows] == [row.format for row in shipped.rows]
    assert [row.paid for row in guessed.read.rows] == [row.paid for row in shipped.rows]
    assert [dict(row.counters) for row in guessed.read.rows] == [dict(row.counters) for row in shipped.rows]


OWN = """Datum;Uhrzeit;Art;Thema;Reichweite
01.06.2026;10:07;متن;tips;1.922
13.06.2026;9.05;عکس;tips;541
14.06.2026;;عکس;tips;1.178
"""


def test_a_time_of_day_in_a_column_of_its_own_is_read_with_the_date(tmp_path: Path) -> None:
    guessed = Guessed(tmp_path, OWN, Wanted(zone="Europe/Berlin"))
    assert 'published_at: {column: Datum, format: "%d.%m.%Y", time: Uhrzeit}' in guessed.guess.mapping
    assert "Uhrzeit" not in guessed.guess.unused
    assert [row.published for row in guessed.read.rows] == [
        datetime(2026, 6, 1, 8, 7, tzinfo=UTC),
        datetime(2026, 6, 13, 7, 5, tzinfo=UTC),
        datetime(2026, 6, 14, 10, 0, tzinfo=UTC),
    ]
    assert [row.hour_known for row in guessed.read.rows] == [True, True, False], "an empty cell is unknown"


def test_a_column_that_is_called_hour_and_has_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    guessed = Guessed(tmp_path, OWN.replace("9.05", "morning"), Wanted(zone="Europe/Berlin"))
    assert "Uhrzeit" in guessed.guess.unused
    assert [row.hour_known for row in guessed.read.rows] == [False] * 3


@pytest.mark.parametrize(("cell", "hour"), [("9:05 PM", 21), ("12:30 am", 0), ("21:05", 21), ("7", 7)])
def test_a_time_of_day_is_read_as_people_write_it(tmp_path: Path, cell: str, hour: int) -> None:
    guessed = Guessed(tmp_path, OWN.replace("9.05", cell), Wanted(zone="UTC"))
    assert guessed.read.rows[1].published.hour == hour


@pytest.mark.parametrize("cell", ["25:00", "13:05 PM", "9:61"])
def test_a_time_of_day_that_is_none_is_malformed_with_its_line(tmp_path: Path, cell: str) -> None:
    guessed = Guessed(tmp_path, OWN.replace("9.05", cell), Wanted(zone="UTC"))
    (problem,) = guessed.read.problems
    assert (problem.line, problem.field) == (3, "Uhrzeit")
    assert "9:05 PM" in problem.allowed


def test_formats_that_are_called_by_persian_words_are_the_briefs(tmp_path: Path) -> None:
    assert {row.format for row in Guessed(tmp_path, OWN).read.rows} == {"text", "photo"}
