"""`mowj emit`: say an event from outside, or as a person, through intake like everybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import uuid4

import typer

from workers.command.errors import UserError
from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from config.document import Document
    from events.terms import Fact

SAID_HERE: Final = "--fact"
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Before it no network was; a time so early is a slip."""
AHEAD: Final = timedelta(days=1)
"""How far clocks may differ: what is said to become true later than that has not happened."""


def register(app: typer.Typer) -> None:
    """Add `mowj emit`."""
    app.command()(emit)


def emit(  # noqa: PLR0917 - Typer passes what the command line says, by name
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="Such as ConversionRecorded; see docs/events.md.")],
    campaign: Annotated[str, typer.Option("--campaign", help="Facts about an account need none.")] = "",
    fact: Annotated[
        str, typer.Option("--fact", metavar="JSON|@FILE", help="What is said, such as {count: 2}; see docs/events.md.")
    ] = "{}",
    own_id: Annotated[str | None, typer.Option("--id", help="Your id; saying it twice changes nothing.")] = None,
    source: Annotated[str, typer.Option("--source", help="Who says it.")] = "/people/operator",
    time: Annotated[str | None, typer.Option("--time", metavar="RFC3339", help="When it became true; now.")] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Publish an event through intake; it is stored when this returns."""
    from config.validation import validate
    from workers.command.opening import opened
    from workers.command.output import print_json, say
    from workers.runtime.accounts import AccountFact

    model = _model(kind)
    checked = validate(model, _document(fact))
    with opened(config, data) as store:
        if not campaign and not isinstance(checked, AccountFact):
            raise UserError(f"--campaign is missing: {model.__name__} is about a campaign")
        at = _moment(time, store.shell.now()) if time is not None else store.shell.now()
        tenant = store.intake.tenant_of(checked, campaign)
        event = store.intake.accept(checked, campaign, tenant, source, own_id or str(uuid4()), at, person=True)
        if as_json:
            print_json({"event": event.id, "type": event.type, "subject": event.subject, "time": event.time})
        else:
            say(f"{event.name} {event.id} recorded for {event.subject}")


def _model(kind: str) -> type[Fact]:
    """The type that is meant, by short or full name. Raises UserError with what may be said, and the nearest of it."""
    from config.problems import listed, nearest
    from events.catalogue import ENTRIES, Speaker
    from events.envelope import type_name

    sayable = {
        name: entry.model for name, entry in ENTRIES.items() if entry.speakers & {Speaker.PERSON, Speaker.OUTSIDE}
    }
    by_type = {type_name(model): model for model in sayable.values()}
    if kind in sayable:
        return sayable[kind]
    if kind in by_type:
        return by_type[kind]
    if kind in ENTRIES:
        raise UserError(f"{kind} is said by Mowj itself; from outside come {listed(sayable)}")
    near = nearest(kind, sayable)
    hint = f"; did you mean {near!r}?" if near else ""
    raise UserError(f"there is no event {kind!r}; from outside come {listed(sayable)}{hint}")


def _document(fact: str) -> Document:
    """The data as it was written, with lines: JSON is YAML. Raises InputError."""
    from config.document import Document
    from config.yaml_text import parse_yaml, read_yaml

    if fact.startswith("@"):
        return read_yaml(Path(fact[1:]))
    if fact.strip() in {"", "{}"}:
        return Document(SAID_HERE, {}, {})
    return parse_yaml(fact, SAID_HERE)


def _moment(written: str, now: datetime) -> datetime:
    """The time that is meant. Raises UserError for one that is none, has no offset, or cannot be."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise UserError(f"--time: given {written!r}; allowed: a time such as 2026-03-02T09:00:00+01:00") from error
    if moment.tzinfo is None:
        raise UserError(f"--time: given {written!r}; allowed: a time with its offset, such as {written}+00:00")
    if not EPOCH <= moment <= now + AHEAD:
        allowed = f"a time from {EPOCH.year} until now, {now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        raise UserError(f"--time: given {written!r}; allowed: {allowed}")
    return moment
