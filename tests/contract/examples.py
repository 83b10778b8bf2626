"""Hypothesis strategies that make any event from its model: within every bound, with and without optional fields."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import annotated_types
from hypothesis import strategies as st
from pydantic import AfterValidator, AwareDatetime, BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from events.catalogue import Entry
from events.envelope import Event, type_name
from events.terms import COUNTER_NAMES

MOMENTS = st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
LABELS = st.text("abcdefgh -", min_size=1, max_size=8)

# Fields whose validators know more than their annotation says.
SPECIAL: Mapping[str, st.SearchStrategy[Any]] = {
    "zone": st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tehran"]),
    "currency": st.just("EUR"),
    "original": st.dictionaries(WORDS, st.one_of(WORDS, st.integers(-9, 9), st.booleans()), max_size=3),
}

COUNTERS = st.dictionaries(st.sampled_from(sorted(COUNTER_NAMES)), st.integers(0, 10**9), max_size=4)


def facts(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Instances of the model."""
    fields = {}
    for name, field in model.model_fields.items():
        made = SPECIAL[name] if name in SPECIAL else _values(field.rebuild_annotation())
        fields[name] = made if field.is_required() else st.one_of(st.just(_default(field)), made)
    return st.fixed_dictionaries(fields).map(lambda values: model(**values))


@st.composite
def events(draw: st.DrawFn, entry: Entry) -> Event:
    """Sealed and placed events of the type, with and without the optional attributes."""
    optional = st.none() | WORDS
    return (
        Event(
            id=draw(WORDS),
            source=draw(WORDS),
            type=type_name(entry.model),
            subject=draw(WORDS),
            tenant=draw(WORDS),
            time=draw(MOMENTS),
            recordedtime=draw(MOMENTS),
            data=draw(facts(entry.model)),
            correlationid=draw(WORDS),
            causationid=draw(optional),
            recipient=draw(optional),
            decidedby=draw(optional),
            traceparent=draw(optional),
            producersequence=draw(optional),
        )
        .sealed()
        .placed(draw(st.integers(1, 10**6)), draw(st.integers(1, 10**6)))
    )


def _default(field: FieldInfo) -> Any:
    return field.get_default(call_default_factory=True, validated_data={})


def _values(kind: Any) -> st.SearchStrategy[Any]:
    origin = typing.get_origin(kind)
    if origin is Annotated:
        inner, *marks = typing.get_args(kind)
        return _bounded(inner, marks)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*(_values(option) for option in typing.get_args(kind)))
    if origin is tuple:
        return st.lists(_values(typing.get_args(kind)[0]), min_size=1, max_size=2).map(tuple)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        keys, values = typing.get_args(kind)
        return st.dictionaries(_values(keys), _values(values), max_size=2)
    if kind is types.NoneType:
        return st.none()
    return _plain(kind)


def _plain(kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return facts(kind)
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: WORDS,
        bool: st.booleans(),
        int: st.integers(-(10**6), 10**6),
        float: st.floats(-1e9, 1e9, allow_nan=False),
        Decimal: st.decimals(-(10**6), 10**6, places=2),
        AwareDatetime: MOMENTS,
    }
    return simple[kind]


def _bounded(inner: Any, marks: list[Any]) -> st.SearchStrategy[Any]:
    """The inner type within its marks; `Field(...)` marks carry theirs inside."""
    flat = [part for mark in marks for part in (mark.metadata if isinstance(mark, FieldInfo) else [mark])]
    if any(isinstance(mark, AfterValidator) for mark in flat):
        return COUNTERS
    if inner is str:
        patterned = any(isinstance(mark, StringConstraints) and mark.pattern is not None for mark in flat)
        return LABELS if patterned else WORDS
    low: Any = max((_low(mark, inner) for mark in flat if _low(mark, inner) is not None), default=None)
    high: Any = min((_high(mark, inner) for mark in flat if _high(mark, inner) is not None), default=None)
    if inner is int:
        return st.integers(low, high if high is not None else (low or 0) + 10**6)
    if inner is float:
        return st.floats(low, high if high is not None else 1e9, allow_nan=False)
    return _values(inner)


def _low(mark: Any, inner: Any) -> Any:
    if isinstance(mark, annotated_types.Ge):
        return mark.ge
    if isinstance(mark, annotated_types.Gt):
        return mark.gt + (1 if inner is int else 1e-3)  # type: ignore[operator]
    return None


def _high(mark: Any, inner: Any) -> Any:
    if isinstance(mark, annotated_types.Le):
        return mark.le
    if isinstance(mark, annotated_types.Lt):
        return mark.lt - (1 if inner is int else 1e-3)  # type: ignore[operator]
    return None
