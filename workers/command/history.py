"""`mowj history check`: what is understood of an export of past posts, before anything is made of it.

Invariants: it takes nothing in. What it shows was read by the loader that `plan` and `run` use, through the mapping
that is given, or the guessed one as it would be written. Exit code 1 where rows are malformed and not to be skipped.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer

from workers.command.errors import FINDINGS, UserError
from workers.command.options import Json

if TYPE_CHECKING:
    from config.brief import Brief
    from config.mapping import HistoryMapping
    from config.mapping_guess import Guess, Wanted
    from config.problems import Problem
    from config.rows import Row

SHOWN_POSTS: Final = 3
SHOWN_TEXT: Final = 60
"""Characters of a post's text."""


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """A column, what it is read as, from how many posts it is missing, and its first value as understood."""

    column: str
    read_as: str
    missing: int
    first: str


@dataclass(frozen=True, slots=True)
class Check:
    """What is understood. `begins` and `ends` are the times of the first and last post."""

    file: str
    posts: int
    rows: int
    begins: datetime | None
    ends: datetime | None
    zone: str
    columns: tuple[ColumnRead, ...]
    unused: tuple[str, ...]
    first_posts: tuple[dict[str, str], ...]
    assumed: tuple[str, ...]
    notes: tuple[str, ...]
    malformed: tuple[Problem, ...]
    skips_malformed: bool
    mapping: str


def register(app: typer.Typer) -> None:
    """Add `mowj history`."""
    group = typer.Typer(name="history", help="Past posts: what is understood of an export.", no_args_is_help=True)
    group.callback()(_history)
    group.command("check")(check)
    app.add_typer(group)


def _history() -> None:
    """Past posts: what is understood of an export."""


def check(  # noqa: PLR0917 - Typer passes what the command line says, by name
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV of past posts.")],
    mapping: Annotated[Path | None, typer.Option(metavar="YAML", help="Read it by this; else one is guessed.")] = None,
    brief: Annotated[Path | None, typer.Option(metavar="YAML", help="Whose words, zone and accounts hold.")] = None,
    zone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Of the file's times, such as Europe/Berlin.")
    ] = None,
    year: Annotated[int | None, typer.Option(min=2000, max=2100, help="Where the file has none.")] = None,
    malformed: Annotated[
        str | None, typer.Option(metavar="skip|refuse", help="What becomes of such rows; refuse by default.")
    ] = None,
    write_mapping: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep the guessed mapping.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file of --write-mapping.")] = False,
    as_json: Json = False,
) -> None:
    """Show what is understood of an export: columns, period, missing values, first posts, assumptions, bad rows.

    Nothing is taken in: `mowj plan` and `mowj run` do that, by the mapping that --write-mapping keeps.
    """
    from config.brief import load_brief
    from config.mapping import load_mapping
    from config.mapping_guess import guess_mapping
    from workers.command.output import print_json

    now = datetime.now(UTC)
    briefed = load_brief(brief, now) if brief is not None else None
    guess: Guess | None = None
    if mapping is None:
        guess = guess_mapping(file, _wanted(briefed, zone, year, malformed))
        rules = _rules_of(guess)
    elif (zone, year, malformed, write_mapping) != (None, None, None, None):
        raise UserError(f"--zone, --year, --malformed and --write-mapping are for a guess; {mapping} says them itself")
    else:
        rules = load_mapping(mapping)
    found = _checked(file, rules, guess, briefed, now)
    if write_mapping is not None and guess is not None:
        _keep(write_mapping, guess.mapping, force=force)
    if as_json:
        print_json(found)
    else:
        _show(found, brief, mapping or write_mapping)
    if found.malformed and not found.skips_malformed:
        raise typer.Exit(FINDINGS)


def _wanted(brief: Brief | None, zone: str | None, year: int | None, malformed: str | None) -> Wanted:
    """What the brief and the command line know of the file."""
    from zoneinfo import available_timezones

    from config.mapping import Malformed
    from config.mapping_guess import Wanted
    from config.problems import nearest

    if zone is not None and zone not in available_timezones():
        hint = nearest(zone, available_timezones())
        raise UserError(f"--zone: no time zone {zone!r}{f'; did you mean {hint!r}?' if hint else ''}")
    if malformed not in {None, *Malformed}:
        raise UserError(f"--malformed: given {malformed!r}; allowed: skip, refuse")
    rows = Malformed(malformed or Malformed.REFUSE)
    if brief is None:
        return Wanted(zone=zone, year=year, malformed=rows)
    accounts = brief.fact.accounts
    account = accounts[0].account if len(accounts) > 1 else None
    return Wanted(brief.fact.history, account, zone, brief.fact.zone, year, brief.fact.formats, rows)


def _rules_of(guess: Guess) -> HistoryMapping:
    """The guess, read by the loader as if it had been written."""
    from tempfile import TemporaryDirectory

    from config.mapping import load_mapping

    with TemporaryDirectory() as made:
        path = Path(made) / "mapping.yaml"
        path.write_text(guess.mapping, encoding="utf-8")
        return load_mapping(path)


def _checked(file: Path, rules: HistoryMapping, guess: Guess | None, brief: Brief | None, now: datetime) -> Check:
    from config.history import account_of, strangers
    from config.mapping import Malformed
    from config.rows import read_rows

    read = read_rows(file, rules, now)
    notes = read.notes
    if brief is not None:
        account_of(rules, brief)
        notes = (*notes, *strangers(read.rows, brief))
    posts = sorted(read.rows, key=lambda row: row.published)
    zone = ZoneInfo(rules.rules.zone)
    return Check(
        file=str(file),
        posts=len(posts),
        rows=len(posts) + len(read.problems),
        begins=posts[0].published if posts else None,
        ends=posts[-1].published if posts else None,
        zone=rules.rules.zone,
        columns=tuple(_columns(rules, read.rows)),
        unused=guess.unused if guess is not None else (),
        first_posts=tuple(_told(row, zone) for row in read.rows[:SHOWN_POSTS]),
        assumed=guess.assumed if guess is not None else (),
        notes=notes,
        malformed=read.problems,
        skips_malformed=rules.rules.malformed is Malformed.SKIP,
        mapping=guess.mapping if guess is not None else rules.document.file,
    )


def _columns(rules: HistoryMapping, rows: tuple[Row, ...]) -> Iterator[ColumnRead]:
    for (kind, *rest), column in rules.columns():
        if kind == "counters":
            name = str(rest[0])
            values: list[object] = [row.counters.get(name) for row in rows]
        elif kind in {"published_at", "published_parts"}:
            name = "time" if rest[0] == "column" else f"time ({rest[0]})"
            values = [_when(row, ZoneInfo(rules.rules.zone)) for row in rows]
        else:
            name = str(kind)
            values = [getattr(row, "network_id" if name == "id" else name) for row in rows]
        present = [value for value in values if value is not None]
        yield ColumnRead(column, name, len(values) - len(present), _cut(present[0]) if present else "")


def _told(row: Row, zone: ZoneInfo) -> dict[str, str]:
    """A post as it was understood; what is unknown is left out."""
    said: dict[str, object] = {
        "time": _when(row, zone),
        "format": row.format,
        "topic": row.topic,
        "appeal": row.appeal,
        "paid": None if row.paid is None else "paid" if row.paid else "not paid",
        "counters": ", ".join(f"{name} {count:,}" for name, count in row.counters.items()),
        "text": _cut(row.text) if row.text else None,
    }
    return {name: str(value) for name, value in said.items() if value is not None}


def _when(row: Row, zone: ZoneInfo) -> str:
    """As much of the time as is known."""
    from events.campaign import TimeQuality

    when = row.published.astimezone(zone)
    if row.quality is TimeQuality.DAY_UNKNOWN:
        return f"{when:%Y-%m}, day unknown, {when:%a %H:%M}"
    return f"{when:%Y-%m-%d %H:%M}" if row.hour_known else f"{when:%Y-%m-%d}, hour unknown"


def _cut(value: object) -> str:
    """A value on one line, short enough for a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(f"{value:,}".split() if isinstance(value, int) else str(value).split())
    return text if len(text) <= SHOWN_TEXT else f"{text[:SHOWN_TEXT]}…"


def _keep(file: Path, mapping: str, *, force: bool) -> None:
    if file.exists() and not force:
        raise UserError(f"{file} is there already: name another file, or give --force to overwrite it")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(mapping, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}; name a file that can be written") from error


def _show(found: Check, brief: Path | None, mapping: Path | None) -> None:
    from workers.command.output import folded, folding_width, print_table, say, short
    from workers.views.bars import counted

    width = folding_width(typer.get_text_stream("stdout"))

    def listed(heading: str, lines: tuple[str, ...]) -> None:
        if lines:
            say(f"\n{heading}:")
            for line in lines:
                say(folded(f"- {line}", width, "  "))

    zone = ZoneInfo(found.zone)
    period = f", {short(found.begins, zone)} to {short(found.ends, zone)}" if found.posts else ""
    say(folded(f"{found.file}: {counted(found.posts, 'post')} in {counted(found.rows, 'row')}{period}", width))
    say("")
    rows = [(one.column, one.read_as, one.missing or "–", one.first) for one in found.columns]
    print_table("", ("column", "is read as", "missing", "first, as understood"), rows, empty="")
    if found.unused:
        say("")
        say(folded(f"not used: {', '.join(found.unused)}", width, "  "))
    say("\nthe first posts, as understood:")
    for post in found.first_posts:
        say(folded("- " + "; ".join(post.values()), width, "  "))
    listed("assumed; say otherwise in the mapping", found.assumed)
    listed("to know", found.notes)
    verb = "skipped" if found.skips_malformed else "the file would be refused; `malformed: skip` leaves them out"
    listed(f"malformed rows ({verb})", tuple(map(str, found.malformed)))
    if mapping is None:
        say("\nKeep this mapping with --write-mapping FILE.")
    else:
        files = f"--history {shlex.quote(found.file)} --mapping {shlex.quote(str(mapping))}"
        briefed = shlex.quote(str(brief)) if brief is not None else "BRIEF"
        say(f"\nUse it:\n  mowj plan --brief {briefed} --content DIR {files}")
