"""A story, or one event with its causes, as one JSON document: the words as well as the numbers behind them."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from events.envelope import Event, to_json
from workers.views.explain.locale import Locale
from workers.views.explain.record import Record
from workers.views.explain.saying import say
from workers.views.explain.story import Chapter, Sentence, Sentences, Story, Value


def story_json(story: Story, locale: Locale) -> dict[str, Any]:
    """Every chapter in order; each sentence with its text, the values in it and the events it rests on."""
    return {
        "campaign": story.campaign,
        "title": story.title,
        "zone": story.zone,
        "language": locale.code,
        "chapters": [_chapter(chapter, locale) for chapter in story.chapters],
    }


def event_json(event: Event, record: Record) -> dict[str, Any]:
    """The event whole, the chain of its causes from the first on, and what it led to."""
    return {
        "event": to_json(event),
        "causes": [to_json(cause) for cause in reversed(record.chain(event)[1:])],
        "led_to": [_link(other) for other in record.caused.get(event.id, ())],
    }


def _link(event: Event) -> dict[str, str]:
    return {"id": event.id, "type": event.type, "recordedtime": _stamp(event.recordedtime)}


def _chapter(chapter: Chapter, locale: Locale) -> dict[str, Any]:
    return {
        "event": chapter.event,
        "events": list(chapter.events),
        "kind": chapter.kind,
        "at": _stamp(chapter.at),
        "day": chapter.day,
        "title": say(chapter.title, locale),
        "decided": [_sentence(one, locale) for one in chapter.decided],
        "evidence": [_sentence(one, locale) for one in chapter.evidence],
        "changed": [_sentence(one, locale) for one in chapter.changed],
        "otherwise": [_sentence(one, locale) for one in chapter.otherwise],
    }


def _sentence(sentence: Sentence, locale: Locale) -> dict[str, Any]:
    return {
        "text": say(sentence, locale),
        "phrase": sentence.phrase,
        "values": {name: _value(value) for name, value in sentence.values.items()},
        "events": list(sentence.events),
    }


def _value(value: Value) -> Any:
    """A value with its unit: an object of its fields, or the plain word."""
    match value:
        case str():
            return value
        case Sentences(parts=parts):
            return [{name: _value(inner) for name, inner in part.values.items()} for part in parts]
        case _:
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return _stamp(value)
    return str(value) if isinstance(value, Decimal) else value


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
