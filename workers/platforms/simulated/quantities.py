"""What the parts of a world are made of: numbers within their limits, words, and a strict frozen model."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Chance = Annotated[float, Field(ge=0, le=1)]
Taste = Annotated[float, Field(ge=0, le=3)]
Hour = Annotated[int, Field(ge=0, le=23)]
Positive = Annotated[float, Field(gt=0, le=1_000_000)]
NotNegative = Annotated[float, Field(ge=0, le=1_000_000)]
"""As many hours are 114 years: whatever is longer is nobody's time, and what has no end cannot be counted."""
Times = Annotated[float, Field(ge=1, le=1_000_000)]
AtLeastOne = Annotated[int, Field(ge=1, le=1_000_000)]
Word = Annotated[str, Field(min_length=1, max_length=200)]


class Part(BaseModel):
    """A part of a world: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
