"""`mowj subscribers`, as a person types it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from tests.unit.command.house import answer, mowj

PEOPLE = """\
Email;Name;consent_source;consent_at;Birthday
ann@one.example;Ann;till;2026-01-02;1990-01-01
bob@two.example;Bob;;;
not an address;X;till;2026-01-02;
cat@three.example;;till;2999-01-01;
"""


class House:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "people.csv"
        self.file.write_text(PEOPLE, encoding="utf-8")
        (folder / "mowj.toml").write_text(
            "[platforms.email.options.accounts.letters]\n"
            'host = "localhost"\nsecurity = "none"\nfrom = "letters@roastery.example"\nsender_name = "Roastery"\n'
            'footer = "Roastery, 1 Mill Lane"\nunsubscribe_mailto = "leave@roastery.example"\n',
            encoding="utf-8",
        )

    def say(self, *words: str | Path, code: int = 0) -> str:
        result = mowj("subscribers", *words, *self.place, code=code)
        return result.stdout + result.stderr

    def ask(self, *words: str | Path, code: int = 0) -> Any:
        return answer("subscribers", *words, *self.place, code=code)

    @property
    def place(self) -> tuple[str | Path, ...]:
        return "--config", self.folder / "mowj.toml", "--data", self.folder / "data"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_only_rows_with_consent_are_taken_and_the_others_are_told_by_line(house: House) -> None:
    told = house.ask("import", house.file, code=1)
    assert (told["account"], told["new"]) == ("letters", 1)
    assert [(one["line"], one["why"].partition(":")[0]) for one in told["refused"]] == [
        (3, "no consent"),
        (4, "address"),
        (5, "consent_at"),
    ]
    said = house.say("import", house.file, code=1)
    assert "example" not in said.replace("name@example.com", ""), "no address is told"
    told = house.ask("import", house.file, "--consent", "web form", "--consent-at", "2026-02-01", code=1)
    assert (told["new"], told["known"]) == (1, 1)


def test_an_import_again_changes_nothing_and_an_export_is_read_again(house: House) -> None:
    house.say("import", house.file, code=1)
    out = house.folder / "out.csv"
    house.say("export", "--out", out)
    assert out.stat().st_mode & 0o077 == 0
    (row,) = csv.DictReader(io.StringIO(out.read_text("utf-8")))
    assert (row["address"], row["name"], row["consent_source"]) == ("ann@one.example", "Ann", "till")
    assert "1990" not in out.read_text("utf-8"), "columns that nobody asked for are not kept"
    again = house.ask("import", out)
    assert (again["new"], again["changed"], again["known"]) == (0, 0, 1)


def test_lists_are_counted_and_people_named_only_to_who_asks(house: House) -> None:
    house.say("import", house.file, code=1)
    assert house.ask("list") == {"lists": {"letters": {"active": 1}}}
    assert "ann@" not in house.say("list")
    assert "ann@one.example" in house.say("list", "--show")


def test_an_erased_person_is_nowhere_in_the_files_and_no_file_brings_them_back(house: House) -> None:
    house.say("import", house.file, code=1)
    assert "erased from 1 list" in house.say("erase", "Ann@one.example")
    for path in (house.folder / "data").iterdir():
        assert b"ann@one" not in path.read_bytes().lower(), path
        assert b"Ann" not in path.read_bytes(), path
    told = house.ask("import", house.file, code=1)
    assert (told["new"], told["suppressed"]) == (0, [2])
    assert house.ask("list") == {"lists": {}}


def test_a_suppressed_address_stays_so_and_may_be_one_that_nobody_has_imported(house: House) -> None:
    house.say("suppress", "ann@one.example")
    assert house.ask("import", house.file, code=1)["suppressed"] == [2]
    assert "already" in house.say("suppress", "ann@one.example")


def test_what_cannot_be_used_is_said_without_a_traceback_and_without_the_address(house: House) -> None:
    assert "mowj subscribers import" in house.say("list", code=2)
    assert "the settings know letters" in house.say("import", house.file, "--account", "other", code=2)
    assert "ann at one" not in house.say("erase", "ann at one", code=2)
    house.file.write_bytes(PEOPLE.encode("utf-16"))
    assert "UTF-8" in house.say("import", house.file, code=2)
    house.file.write_text("name\nAnn\n", encoding="utf-8")
    assert "address" in house.say("import", house.file, code=2)
    house.file.write_text(PEOPLE, encoding="utf-8")
    house.say("import", house.file, code=1)
    (house.folder / "data" / "subscribers.key").chmod(0o644)
    assert "chmod 600" in house.say("list", code=2)
    (house.folder / "data" / "subscribers.key").unlink()
    assert "restore both" in house.say("list", code=2)
