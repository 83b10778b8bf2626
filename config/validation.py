"""A document checked against a pydantic model; what pydantic refuses becomes problems with file, line and field.

Invariants: every error of the model is reported, none twice. What pydantic calls extra is answered with the nearest
field that exists at that place.
"""

from __future__ import annotations

import copy
import types
import typing
from collections.abc import Collection, Mapping, Sequence, Sized
from contextlib import suppress
from enum import Enum
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from config.document import Document, FieldPath
from config.problems import InputError, Problem, listed, nearest, shown

ModelT = TypeVar("ModelT", bound=BaseModel)

_KEY: Final = "[key]"
"""How pydantic ends the location of a mapping's key."""

_MAPPINGS: Final = frozenset({"dict_type", "mapping_type", "model_type"})
_SHAPES: Final = {
    "tuple_type": "a list, such as [first, second]",
    "string_type": "text; put a number in quotes",
    **dict.fromkeys(_MAPPINGS, "several fields, each with its name"),
}
"""pydantic's names of shapes, in the words of the one who writes the file."""


def validate(model: type[ModelT], document: Document) -> ModelT:
    """The document as the model. Raises InputError with every problem."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise InputError(_problem(model, document, details) for details in _own(error)) from error


def validate_in_part(model: type[ModelT], document: Document) -> tuple[ModelT, tuple[Problem, ...]]:
    """The document as the model, and every problem of its shape.

    With problems, what they are about is left out as narrowly as can be, and a field that has no value then is no
    attribute of the model: what is left can still be compared, so that everything wrong is said at once.
    """
    try:
        return model.model_validate(document.data), ()
    except ValidationError as error:
        problems = tuple(_problem(model, document, details) for details in _own(error))
        rest = _without(document.data, [details["loc"] for details in error.errors()])
    usable: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name in rest:
            kind: Any = Annotated[field.annotation, field]
            with suppress(ValidationError):
                usable[name] = TypeAdapter[Any](kind).validate_python(rest[name])
    partial = model.model_construct(**usable)
    for name in document.data.keys() & model.model_fields.keys() - usable.keys():
        partial.__dict__.pop(name, None)  # a default would pass for what was written
    return partial, problems


def _own(error: ValidationError) -> list[ErrorDetails]:
    """Its errors without those that only follow from others: a list is too short where its items were refused."""
    errors = error.errors()
    places = [details["loc"] for details in errors]

    def follows(details: ErrorDetails) -> bool:
        here = details["loc"]
        return details["type"] == "too_short" and any(place[: len(here)] == here != place for place in places)

    return [details for details in errors if not follows(details)]


def _without(data: Mapping[str, Any], places: Sequence[FieldPath]) -> dict[str, Any]:
    """A copy without the nearest named field around each place."""
    rest: dict[str, Any] = copy.deepcopy(dict(data))
    for place in places:
        around: Any = rest
        named: tuple[dict[str, Any], str] | None = None
        for part in place:
            if isinstance(around, dict) and part in around:
                named, around = (around, str(part)), around[part]
            elif isinstance(around, list) and isinstance(part, int) and part < len(around):
                around = around[part]
        if named is not None:
            del named[0][named[1]]
    return rest


def unknown(document: Document, path: FieldPath, given: str, known: Collection[str]) -> Problem:
    """The problem of a name that refers to nothing: `given` stands at `path`, `known` could have."""
    allowed = listed(known)
    return document.problem(path, shown(given), allowed, nearest(given, known))


def _problem(model: type[BaseModel], document: Document, details: ErrorDetails) -> Problem:
    location = details["loc"]
    on_key = bool(location) and location[-1] == _KEY
    path = location[:-1] if on_key else location
    given: object = path[-1] if on_key else details["input"]
    words = _words_at(model, path, on_key=on_key)
    if details["type"] == "extra_forbidden":
        known = _fields_at(model, path[:-1])
        return unknown(document, path, str(path[-1]), known)
    if details["type"] == "missing":
        return document.problem(path, "nothing", _meaning(model, path))
    if words and isinstance(given, str):
        return unknown(document, path, given, words)
    return document.problem(path, _given(model, path, given, details), _allowed(model, path, details))


def _given(model: type[BaseModel], path: FieldPath, given: object, details: ErrorDetails) -> str:
    """What was given, unless it is or may hold a secret: a message goes to screens and logs."""
    if details["type"] in _MAPPINGS:
        return "a list" if isinstance(given, list) else "a single value"
    if details["type"] == "too_long" and isinstance(given, Sized):
        return f"{len(given)} of them"
    return "(a secret)" if _plain(_type_at(model, path)) is SecretStr else shown(given)


def _allowed(model: type[BaseModel], path: FieldPath, details: ErrorDetails) -> str:
    if details["type"] in _MAPPINGS and (fields := _fields_at(model, path)):
        return f"several fields: {{{', '.join(f'{name}: …' for name in fields)}}}"
    if details["type"] in _SHAPES:
        return _SHAPES[details["type"]]
    if details["type"] == "too_short":
        return f"at least {details['ctx']['min_length']}"
    if details["type"] == "too_long":
        return f"at most {details['ctx']['max_length']}"
    message = details["msg"]
    for lead in ("Input should be ", "Value error, ", "String should "):
        message = message.removeprefix(lead)
    return message


def _meaning(model: type[BaseModel], path: FieldPath) -> str:
    """What a missing field is for, in the words of its description."""
    owner = _model_at(model, path[:-1])
    field = owner.model_fields.get(str(path[-1])) if owner is not None else None
    return (field.description if field is not None else None) or "a value; the field is required"


def _fields_at(model: type[BaseModel], path: FieldPath) -> list[str]:
    owner = _model_at(model, path)
    return [] if owner is None else list(owner.model_fields)


def _words_at(model: type[BaseModel], path: FieldPath, *, on_key: bool) -> list[str]:
    """The words of the enumeration that stands at the place, if one does."""
    kind = _type_at(model, path[:-1] if on_key else path)
    if on_key:
        arguments = typing.get_args(_plain(kind))
        kind = arguments[0] if arguments else None
    kind = _plain(kind)
    return [str(member.value) for member in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []


def _model_at(model: type[BaseModel], path: FieldPath) -> type[BaseModel] | None:
    kind = _plain(_type_at(model, path))
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _type_at(model: type[BaseModel], path: FieldPath) -> Any:
    """The annotation that holds at a path through models, mappings and sequences; None where there is none."""
    kind: Any = model
    for part in path:
        kind = _plain(kind)
        origin = typing.get_origin(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(str(part))
            kind = field.annotation if field is not None else None
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            kind = typing.get_args(kind)[1]
        elif isinstance(origin, type) and issubclass(origin, Sequence):
            kind = typing.get_args(kind)[0]
        else:
            return None
    return kind


def _plain(kind: Any) -> Any:
    """The annotation without `Annotated` and `| None`."""
    while True:
        origin = typing.get_origin(kind)
        if origin is Annotated:
            kind = typing.get_args(kind)[0]
        elif origin in {typing.Union, types.UnionType}:
            kinds = [argument for argument in typing.get_args(kind) if argument is not types.NoneType]
            if len(kinds) != 1:
                return kind
            kind = kinds[0]
        else:
            return kind
