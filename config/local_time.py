"""Local wall-clock times made aware, with what had to be assumed said in words.

Invariant: nothing naive leaves this file. Where clocks go forward an hour does not exist: it is moved on by the gap, as
RFC 5545 (section 3.3.5) has it; where they go back an hour exists twice: the first is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class LocalTime:
    """An aware UTC time. `assumed` says what was done about an hour that does not exist, or exists twice."""

    utc: datetime
    assumed: str | None = None


def in_zone(naive: datetime, zone: ZoneInfo) -> LocalTime:
    """The wall-clock time `naive` in `zone`."""
    first = naive.replace(tzinfo=zone, fold=0)
    second = naive.replace(tzinfo=zone, fold=1)
    utc = first.astimezone(UTC)
    wall = f"{naive:%Y-%m-%d %H:%M} in {zone.key}"
    if utc.astimezone(zone).replace(tzinfo=None) != naive:
        moved = utc.astimezone(zone)
        return LocalTime(utc, f"{wall} does not exist (clocks go forward); {moved:%H:%M} was taken")
    if first.utcoffset() != second.utcoffset():
        return LocalTime(utc, f"{wall} exists twice (clocks go back); the first was taken")
    return LocalTime(utc)
