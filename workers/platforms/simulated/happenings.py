"""What comes over the people of a world from outside, as data: changes, seasons and rivals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, field_validator

from events.terms import Appeal
from workers.platforms.simulated.quantities import AtLeastOne, Chance, Part, Taste, Word


class Change(Part):
    """From the midnight that begins `day`, the network's first day being 0, these segments (all, if none is named) live
    `hours_shift` hours later, and respond as `appeals`, `interests` and `formats` then say.
    """

    day: Annotated[int, Field(ge=0)]
    segments: tuple[Word, ...] = ()
    hours_shift: Annotated[int, Field(ge=-23, le=23)] = 0
    appeals: Mapping[Appeal, Taste] = {}
    interests: Mapping[Word, Taste] = {}
    formats: Mapping[Word, Taste] = {}


class Season(Part):
    """A rhythm of everybody's interest in `topics` (all, if none is named). It is multiplied by one of 7 `weekdays`,
    from Monday, and by one of 12 `months`, from January, each of which stands for its middle, with what lies between.
    """

    topics: tuple[Word, ...] = ()
    weekdays: tuple[Taste, ...] = ()
    months: tuple[Taste, ...] = ()

    @field_validator("weekdays")
    @classmethod
    def _a_week(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if value and len(value) != 7:
            raise ValueError("weekdays are 7 weights, from Monday")
        return value

    @field_validator("months")
    @classmethod
    def _a_year(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if value and len(value) != 12:
            raise ValueError("months are 12 weights, from January")
        return value


class Rival(Part):
    """From the midnight that begins `day`, for `lasts_days` if that is given, a competitor speaks about `topics` with
    `appeals` (any, where none is named) to `segments` (all, if none is named). On each day every person has heard it
    with chance `reach`, and then `interest` is left for a post that says the same; of those in the segments whom such a
    post would sell to, the share `purchases` buys from the competitor.
    """

    day: Annotated[int, Field(ge=0)]
    lasts_days: AtLeastOne | None = None
    segments: tuple[Word, ...] = ()
    topics: tuple[Word, ...] = ()
    appeals: tuple[Appeal, ...] = ()
    reach: Chance
    interest: Chance
    purchases: Chance = 0.0
