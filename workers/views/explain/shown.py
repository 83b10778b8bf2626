"""A story, or one event with its causes, for a terminal of eighty columns.

Invariants: pure; lines are folded, never cut; words from outside are plain text, without markup or control characters.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from events.envelope import RESERVED_PREFIX, Event, to_json
from events.runtime import EffectSettled, TimerFired
from workers.views.explain.locale import Locale
from workers.views.explain.record import Record
from workers.views.explain.saying import say, short
from workers.views.explain.story import Chapter, Sentence, Story

PARTS: Final = ("decided", "evidence", "changed", "otherwise")
SPELLING: Final = frozenset(
    "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}"
    "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
)
"""Letters without a shape of their own that Persian and others are spelled with, or that keep two directions apart."""
STYLES: Final = {
    "KPIBreached": "bold red",
    "KPIRecovered": "bold green",
    "KPIMet": "bold green",
    "CorrectionDecided": "bold yellow",
    "StrategyChosen": "bold magenta",
    "PlanMade": "bold blue",
    "ExecutionRevised": "bold blue",
}
IDS: Final = 3
"""How many events of a sentence are named; further ones are counted, and all are in the JSON."""


def story(told: Story, locale: Locale) -> RenderableType:
    """Every chapter in order."""
    parts: list[RenderableType] = [Text(safe(told.title), style="bold")]
    for chapter in told.chapters:
        parts += [Text(), _chapter(chapter, locale)]
    whole = f"{locale.terms['shown.whole']} mowj explain {told.campaign} --event ID"
    parts += [Text(), Text(whole, style="dim")]
    return Group(*parts)


def event(one: Event, record: Record, locale: Locale) -> RenderableType:
    """The event whole, how it came about from the brief on, and what it led to."""
    chain = list(reversed(record.chain(one)))
    whole = json.dumps(to_json(one), indent=2, ensure_ascii=False)
    parts: list[RenderableType] = [
        Text(f"{one.name} {one.id}", style="bold"),
        Text("\n".join(map(safe, whole.split("\n"))), overflow="fold"),
        Text(),
        Text(locale.terms["shown.causes"], style="bold"),
    ]
    outside = [other for other in chain if not other.source.startswith(RESERVED_PREFIX)]
    parts.append(_links(chain, record, locale))
    said_by = locale.terms["shown.said_by"]
    parts += [Text(said_by.format(other.name, safe(other.source)), style="dim") for other in outside]
    parts += [Text(), Text(locale.terms["shown.led"], style="bold")]
    followed = record.caused.get(one.id, [])
    parts.append(_links(followed, record, locale) if followed else Text(locale.terms["shown.nothing"]))
    return Group(*parts)


def safe(words: str) -> str:
    """Somebody's words without anything that a terminal would obey; a line's end is a space."""
    return "".join(
        letter if letter.isprintable() or letter in SPELLING else " " if letter in "\n\t" else "�" for letter in words
    )


def _chapter(chapter: Chapter, locale: Locale) -> RenderableType:
    head = Text.assemble(
        (f"{_day(chapter.day, locale)} · {locale.moment(chapter.at)}  ", "dim"),
        (short(chapter.event), "cyan"),
    )
    title = Text(safe(say(chapter.title, locale)), style=STYLES.get(chapter.kind, "bold"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(style="dim", no_wrap=True, min_width=9)
    table.add_column(overflow="fold")
    for name in PARTS:
        for place, sentence in enumerate(getattr(chapter, name)):
            table.add_row(locale.terms[f"shown.{name}"] if place == 0 else "", _sentence(sentence, locale))
    return Group(head, title, Padding(table, (0, 0, 0, 2)))


def _day(number: int, locale: Locale) -> str:
    return locale.terms["shown.day"].format(locale.whole(number))


def _sentence(sentence: Sentence, locale: Locale) -> Text:
    text = Text(safe(say(sentence, locale)), overflow="fold")
    return text.append(f" [{_named(sentence.events, locale)}]", style="dim")


def _named(events: Sequence[str], locale: Locale) -> str:
    known = list(dict.fromkeys(events))
    rest = f" {locale.terms['shown.more'].format(locale.whole(len(known) - IDS))}" if len(known) > IDS else ""
    return ", ".join(map(short, known[:IDS])) + rest


def _links(events: Iterable[Event], record: Record, locale: Locale) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    table.add_column(overflow="fold")
    for one in events:
        table.add_row(
            short(one.id), f"{_day(record.day(one), locale)} · {locale.moment(one.recordedtime)}", _named_by(one)
        )
    return table


def _named_by(event: Event) -> str:
    """The event's name, with what tells a timer or an effect from the others."""
    match event.data:
        case TimerFired(worker=worker, timer=timer):
            return f"{event.name}: the {worker}'s {safe(timer)}"
        case EffectSettled(worker=worker, kind=kind, settlement=settlement):
            return f"{event.name}: the {worker}'s {kind.value}, {settlement.value}"
        case _:
            return event.name
