"""Subscribers from a CSV file.

Invariants: a row without an address, a source and a time of consent is no subscriber. Problems name the line and the
column, and never repeat what stands there. Columns that are not known are not kept.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from email_validator import EmailNotValidError, validate_email

from workers.platforms.email.subscribers import Subscriber

COLUMNS: Final[Mapping[str, str]] = {
    "address": "address", "email": "address", "e-mail": "address", "email address": "address",
    "e-mail address": "address", "mail": "address", "name": "name", "full name": "name",
    "language": "language", "lang": "language",
    "consent_source": "consent_source", "consent source": "consent_source", "source": "consent_source",
    "consent_at": "consent_at", "consent at": "consent_at", "consent time": "consent_at", "consented_at": "consent_at",
}  # fmt: skip
"""What a column's head may be, in lower case."""
LONGEST: Final = 200
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class NoAddress(ValueError):
    """Says what is wrong with an address without repeating it."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What holds for rows that say nothing of it themselves; None where nothing does."""

    source: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows and problems by line; the first line below the head is 2."""

    rows: tuple[tuple[int, Subscriber], ...]
    problems: tuple[tuple[int, str], ...]


def ascii_address(given: str) -> str:
    """The address as every mail server takes it. Raises NoAddress."""
    try:
        found = validate_email(given.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise NoAddress("no address such as name@example.com") from None
    if found.ascii_email is None:
        raise NoAddress("letters beyond ASCII before the @, which many mail servers refuse")
    return found.ascii_email


def read_sheet(path: Path, consent: Consent, now: datetime) -> Sheet:
    """Raises ValueError for a file that is no CSV in UTF-8 with a column of addresses; OSError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not in UTF-8; save it anew as CSV UTF-8") from None
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    names = [COLUMNS.get(" ".join(cell.strip().lower().split()), "") for cell in next(lines, [])]
    if names.count("address") != 1:
        raise ValueError(f"{path}: the first line names no column `address`, or more than one")
    rows, problems = [], []
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        said = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
        try:
            rows.append((lines.line_num, _subscriber(said, consent, now)))
        except ValueError as error:
            problems.append((lines.line_num, str(error)))
    return Sheet(tuple(rows), tuple(problems))


def consented(given: str, now: datetime) -> datetime:
    """A time of consent; a date is its beginning, and what names no zone is in UTC. Raises ValueError."""
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise ValueError("consent_at: no date such as 2026-03-01, nor a time such as 2026-03-01T09:30Z") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if found > now:
        raise ValueError("consent_at: in the future")
    return found


def _subscriber(said: Mapping[str, str], consent: Consent, now: datetime) -> Subscriber:
    try:
        address = ascii_address(said.get("address", ""))
    except NoAddress as error:
        raise ValueError(f"address: {error}") from None
    source = said.get("consent_source") or consent.source
    at = consented(said["consent_at"], now) if said.get("consent_at") else consent.at
    if not source or at is None:
        raise ValueError(f"no consent: {'consent_source' if not source else 'consent_at'} is missing")
    name, language = said.get("name") or None, said.get("language") or None
    for column, value in (("name", name), ("consent_source", source)):
        if value is not None and (len(value) > LONGEST or _CONTROL.search(value)):
            raise ValueError(f"{column}: more than {LONGEST} characters, or a sign that no name has")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise ValueError("language: none such as fa or en-GB")
    return Subscriber(address, source, at, name, language)
