"""What a person says of a login: words from the command line, secrets from anywhere but there.

Invariants: a secret comes from a hidden prompt, from standard input or from a variable that is named; it is never taken
from the command line, which everybody on the machine can read, and no message repeats it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

import typer

from config.problems import listed, nearest
from workers.command.errors import UserError
from workers.platforms.logins import Field, LoginPlugin

ENDS = "ends"
"""The field with the day on which the login ends, where its owner says one."""


def entered(
    plugin: LoginPlugin, known: Mapping[str, str], said: Sequence[str], variables: Sequence[str], ends: str | None
) -> dict[str, str]:
    """The whole login: what is said now over what is `known`, but for secrets, which are asked for anew.

    Raises UserError.
    """
    fields = {field.name: field for field in plugin.fields}
    found = {name: value for name, value in known.items() if name in fields and not fields[name].secret}
    found |= _said(fields, said)
    found |= _from_variables(fields, variables)
    lines = _lines()
    for field in plugin.fields:
        if field.required and field.name not in found:
            found[field.name] = _asked(field, lines)
    if ends is not None:
        found[ENDS] = _day(ends)
    return found


def ends_of(plugin: LoginPlugin, login: Mapping[str, str]) -> datetime | None:
    """When the login ends: as it says itself, or as its owner has said."""
    told = datetime.combine(date.fromisoformat(login[ENDS]), datetime.min.time(), UTC) if ENDS in login else None
    return min((end for end in (told, plugin.ends(login)) if end is not None), default=None)


def _said(fields: Mapping[str, Field], said: Sequence[str]) -> dict[str, str]:
    found = {}
    for word in said:
        name, mark, value = word.partition("=")
        field = _known(fields, name)
        if field.secret:
            raise UserError(
                f"--set {name}=…: a command line can be read by everybody on this machine, so secrets are not taken "
                f"from it: type it when asked, pipe it in, or --from-env {name}=VARIABLE"
            )
        if not mark or not value.strip():
            raise UserError(f"--set {word}: allowed: {name}=VALUE")
        found[name] = value.strip()
    return found


def _from_variables(fields: Mapping[str, Field], variables: Sequence[str]) -> dict[str, str]:
    """`FIELD=VARIABLE`, or a variable alone where the login has one secret."""
    secret = [field.name for field in fields.values() if field.secret]
    found = {}
    for word in variables:
        name, mark, variable = word.partition("=")
        if not mark and len(secret) != 1:
            raise UserError(f"--from-env {word}: allowed: FIELD=VARIABLE, with a field of {listed(secret)}")
        name, variable = (name, variable) if mark else (secret[0], name)
        value = os.environ.get(variable, "").strip()
        if not value:
            raise UserError(f"--from-env: there is nothing in the variable {variable}")
        found[_known(fields, name).name] = value
    return found


def _known(fields: Mapping[str, Field], name: str) -> Field:
    if name in fields:
        return fields[name]
    near = nearest(name, fields)
    raise UserError(f"a login there has no {name!r}, but {listed(fields)}{f'; did you mean {near!r}?' if near else ''}")


def _lines() -> Iterator[str]:
    """What is piped in, a line a field."""
    for line in sys.stdin:
        yield line.strip()


def _asked(field: Field, lines: Iterator[str]) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(field.ask, hide_input=field.secret, err=True)).strip()
    value = next(lines, "")
    if not value:
        how = f"pipe it in, or --from-env {field.name}=VARIABLE" if field.secret else f"--set {field.name}=…"
        raise UserError(f"{field.name} is missing ({field.ask}): {how}")
    return value


def _day(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError as error:
        raise UserError(f"--ends: given {written!r}; allowed: a day such as 2027-03-31") from error
