"""What stands around a letter's own text, in the languages that Mowj speaks, and which languages run from the right."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict


class Words(BaseModel):
    model_config = ConfigDict(frozen=True)

    why: str
    leave: str
    more: str
    sure: str
    done: str
    unknown: str
    later: str


ENGLISH: Final = Words(
    why="You get this because you subscribed to it.",
    leave="Unsubscribe",
    more="Read more",
    sure="Do you want to leave this list? You will get no more of it.",
    done="You have left the list. Nothing more will be sent to you.",
    unknown="This link is not complete, or not of this list. Copy it whole, or write to whoever sends you the letter.",
    later="This did not work now. Please try again in a while.",
)
PERSIAN: Final = Words(
    why="این نامه را می‌گیرید چون مشترک آن شده‌اید.",
    leave="لغو اشتراک",
    more="بیشتر بخوانید",
    sure="می‌خواهید از این فهرست بیرون بروید؟ دیگر نامه‌ای از آن نخواهید گرفت.",
    done="از فهرست بیرون رفتید. دیگر چیزی برایتان فرستاده نمی‌شود.",
    unknown="این پیوند کامل نیست یا از این فهرست نیست. آن را کامل رونوشت کنید یا به فرستندهٔ نامه بنویسید.",
    later="اکنون نشد. کمی بعد دوباره بکوشید.",
)
FROM_THE_RIGHT: Final = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def words(language: str | None) -> Words:
    """Those of the language, English where Mowj does not speak it."""
    return PERSIAN if spoken(language) == "fa" else ENGLISH


def spoken(language: str | None) -> str:
    """The language of those words."""
    return "fa" if _primary(language) == "fa" else "en"


def direction(language: str | None) -> str:
    """As HTML's `dir` says it."""
    return "rtl" if _primary(language) in FROM_THE_RIGHT else "ltr"


def _primary(language: str | None) -> str:
    return (language or "").partition("-")[0].lower()
