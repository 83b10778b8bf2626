"""What a new campaign begins with in each language: titles, topics, a group, and the texts of its two example posts.

Invariant: every text is marked as an example, since it could be published by whoever does not replace it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from events.terms import Goal


@dataclass(frozen=True, slots=True)
class StarterWords:
    """The words of one language. `second` is the example that asks for the goal's outcome; `{topic}` is the topic."""

    titles: Mapping[Goal, str]
    topics: tuple[str, ...]
    everybody: str
    first: str
    second: Mapping[Goal, str]


ENGLISH: Final = StarterWords(
    titles={
        Goal.CONVERT: "Orders for my shop",
        Goal.FOLLOW: "Followers for my page",
        Goal.REACH: "People who have heard of us",
    },
    topics=("products", "tips"),
    everybody="everybody",
    first="[Example, replace it] One thing about {topic} that most people get wrong, and how to do it right.",
    second={
        Goal.CONVERT: "[Example, replace it] This week: ten percent off {topic}. The link is in our profile.",
        Goal.FOLLOW: "[Example, replace it] Which of these {topic} would you choose, and why? We answer everybody.",
        Goal.REACH: "[Example, replace it] A short story about {topic} that made us laugh this morning.",
    },
)

GERMAN: Final = StarterWords(
    titles={
        Goal.CONVERT: "Bestellungen für meinen Laden",
        Goal.FOLLOW: "Follower für meine Seite",
        Goal.REACH: "Menschen, die von uns gehört haben",
    },
    topics=("Produkte", "Tipps"),
    everybody="alle",
    first="[Beispiel, bitte ersetzen] Was die meisten bei {topic} falsch machen, und wie es richtig geht.",
    second={
        Goal.CONVERT: "[Beispiel, bitte ersetzen] Diese Woche zehn Prozent auf {topic}. Der Link steht im Profil.",
        Goal.FOLLOW: "[Beispiel, bitte ersetzen] {topic}: Was würdet ihr wählen, und warum? Wir antworten allen.",
        Goal.REACH: "[Beispiel, bitte ersetzen] Eine kleine Geschichte über {topic}, die uns heute lachen ließ.",
    },
)

PERSIAN: Final = StarterWords(
    titles={
        Goal.CONVERT: "سفارش برای فروشگاه من",
        Goal.FOLLOW: "دنبال‌کننده برای صفحهٔ من",
        Goal.REACH: "کسانی که نام ما را شنیده‌اند",
    },
    topics=("محصولات", "نکته‌ها"),
    everybody="همه",
    first="[نمونه؛ جایگزین کنید] یک نکته دربارهٔ {topic} که بیشتر مردم اشتباه می‌دانند، و روش درست آن.",
    second={
        Goal.CONVERT: "[نمونه؛ جایگزین کنید] این هفته ده درصد تخفیف برای {topic}. پیوند در صفحهٔ ماست.",
        Goal.FOLLOW: "[نمونه؛ جایگزین کنید] از میان {topic} کدام را انتخاب می‌کنید و چرا؟ به همه پاسخ می‌دهیم.",
        Goal.REACH: "[نمونه؛ جایگزین کنید] داستانی کوتاه دربارهٔ {topic} که امروز ما را خنداند.",
    },
)

STARTER_WORDS: Final[Mapping[str, StarterWords]] = {"en": ENGLISH, "de": GERMAN, "fa": PERSIAN}


def starter_words(language: str) -> StarterWords:
    """The words of a language such as `de` or `de-AT`; English where there are none of it."""
    return STARTER_WORDS.get(language.lower().replace("_", "-").split("-")[0], ENGLISH)
