"""`mowj explain`: every decision of a campaign in plain words, and one event with all that led to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from events.envelope import Event


def register(app: typer.Typer) -> None:
    """Add `mowj explain`."""
    app.command()(explain)


def explain(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    event: Annotated[
        str | None,
        typer.Option("--event", metavar="ID", help="Show this event whole, with its causes; a short id will do."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="CODE", help="en or fa; the brief's by default, else English.")
    ] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say every decision in plain words: on what evidence, what it changed, what would have changed it."""
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from workers.command.output import print_json
    from workers.command.past import past
    from workers.views.explain import shown
    from workers.views.explain.data import event_json, story_json
    from workers.views.explain.locale import Locale
    from workers.views.explain.record import Record
    from workers.views.explain.telling import told

    events = past(campaign, config, data).events
    record = Record(events)
    locale = Locale(spoken(language, record.brief.language), ZoneInfo(record.brief.zone))
    if event is not None:
        one = meant(events, event)
        if as_json:
            print_json(event_json(one, record))
        else:
            Console(highlight=False).print(shown.event(one, record, locale))
        return
    story = told(events)
    if as_json:
        print_json(story_json(story, locale))
    else:
        Console(highlight=False).print(shown.story(story, locale))


def spoken(wanted: str | None, briefed: str) -> str:
    """The language to explain in; one that a person asks for must be one that there is. Raises UserError."""
    from workers.command.errors import UserError
    from workers.views.explain.locale import ENGLISH, PERSIAN

    if wanted is None:
        return briefed
    if wanted.casefold() not in {ENGLISH, PERSIAN}:
        raise UserError(f"--language: given {wanted!r}; allowed: {ENGLISH}, {PERSIAN}")
    return wanted.casefold()


def meant(events: Sequence[Event], word: str) -> Event:
    """The event of this id, or of the only one that begins so. Raises UserError."""
    from workers.command.errors import UserError

    found = [event for event in events if event.id == word] or [event for event in events if event.id.startswith(word)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UserError(f"no event of this campaign has an id that begins with {word!r}; `mowj explain` shows them")
    listed = "\n".join(f"  {event.id}  {event.name}" for event in found[:10])
    raise UserError(f"{len(found)} events have an id that begins with {word!r}; give more of it:\n{listed}")
