"""What a network says of an account's login, in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from workers.command.output import short


def told(one: Mapping[str, Any]) -> Iterator[str]:
    """An account's lines; the first says how it stands."""
    account, channel, problem = one["account"], one["channel"], one["problem"]
    if "who" in one:
        yield f"{account}: {channel} takes its login as {one['who']}{', which is kept' if one.get('added') else ''}"
    elif one.get("added"):
        yield f"{account}: its login is kept, and was not tried: {problem}; `mowj accounts check {account}` tries it"
    else:
        yield f"{account}: {problem}"
        yield f"  mend it: `mowj accounts add {account}` with a new secret, or `mowj accounts check {account}` later"
    if "who" in one:
        yield f"  may {', '.join(one['may'])}"
        if one["may_not"]:
            yield f"  may not {', '.join(one['may_not'])}"
        for limit in one["limits"]:
            yield f"  {_limit(limit)}"
        if one["session_ends"]:
            yield f"  its session is renewed by Mowj, and would end at {_moment(one['session_ends'])}"
    yield f"  log in again by {short(one['ends'])}" if one["ends"] else "  no end of its login is known"
    for warning in one.get("warnings", ()):
        yield f"  beware: {warning}"
    if one["restored"]:
        yield "  it waited for this login, and goes on from now"


def _limit(limit: Mapping[str, Any]) -> str:
    left = f", {limit['left']:,} left" if limit["left"] is not None else ""
    resets = f" until {_moment(limit['resets'])}" if limit["resets"] else ""
    return f"{limit['most']:,} {limit['what']}{left}{resets}"


def _moment(said: str) -> str:
    return short(datetime.fromisoformat(said))
