"""What a brief may not ask for: bought or fake engagement, groups chosen by a sensitive trait, groups of minors.

Invariants: whole words decide, never parts of words, in English, German and Persian; a group is refused for who it is
said to be, never for what it likes: "health food" is a topic, "diabetics" are people. Political work is a purpose like
any other; choosing people by their political opinion is not. The tables are `config/refused_words.py`.

Sensitive traits are the special categories of Regulation (EU) 2016/679 (GDPR), article 9(1). Minors are those under 18:
Regulation (EU) 2022/2065 (DSA), article 28(2), and the networks' own advertising rules.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from config import refused_words as words
from config.problems import shown

_ADULT: Final = 18
_SPELLING: Final = str.maketrans({"ي": "ی", "ك": "ک", "\u200c": "", "\u200d": "", "’": "'"})

ENGAGEMENT: Final = (
    "nothing bought or faked: networks delete it, unfair-competition law forbids it, and Mowj would learn from people "
    "who do not exist; say what real people are to do, and pay for reach by `boost_price`"
)
SENSITIVE: Final = (
    "a group told by what it likes or does, not by {trait} (GDPR, article 9): name the interest, such as "
    "sugar-free-cooking, and leave it to the people whether they feel addressed"
)
MINORS: Final = "adults: Mowj aims at nobody under 18; address those who decide for them, such as parents or teachers"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The words that were found, and what is allowed instead with the reason why."""

    found: str
    allowed: str

    def within(self, text: str) -> str:
        """The text as a message repeats it, with the words found where it has others too."""
        return shown(text) if self.found == text.casefold() else f"{shown(text)} ({self.found})"


def refusals(
    title: str, topics: Sequence[str], groups: Sequence[str]
) -> Iterator[tuple[tuple[str | int, ...], str, Refusal]]:
    """Whatever a brief of these words is refused for: where it stands in the brief, what stands there, and why."""
    for index, text in enumerate((title, *topics)):
        refusal = refused_purpose(text)
        if refusal is not None:
            yield ("title",) if index == 0 else ("topics", index - 1), text, refusal
    for name in groups:
        refusal = refused_purpose(name) or refused_group(name)
        if refusal is not None:
            yield ("segments", name), name, refusal


def refused_purpose(text: str) -> Refusal | None:
    """Whether words of a title, topic or group ask for engagement that is bought or fake."""
    for clause in re.split(r"[.:;,،؛!?؟()\n]", text):
        spoken = _words(clause)
        if words.AGAINST.intersection(spoken):
            continue
        found = _bought(spoken) or _phrase(spoken, words.FAKE_ENGAGEMENT)
        if found is not None:
            return Refusal(found, ENGAGEMENT)
    return None


def refused_group(name: str) -> Refusal | None:
    """Whether a group of people is told by a sensitive trait, or is one of minors."""
    spoken = _words(name)
    for trait, phrases in words.SENSITIVE_TRAITS.items():
        found = _phrase(spoken, phrases)
        if found is not None:
            return Refusal(found, SENSITIVE.format(trait=trait))
    if words.ADULTS.intersection(word.removesuffix("'s") for word in spoken):
        return None
    found = _phrase(spoken, words.MINORS) or _young(spoken)
    return Refusal(found, MINORS) if found is not None else None


def _words(text: str) -> list[str]:
    """Lower-case words, Persian in one spelling, digits as 0 to 9; what belongs to somebody ends in 's."""
    folded = unicodedata.normalize("NFKC", text).translate(_SPELLING).casefold().replace("_", " ")
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in folded)
    spoken = re.findall(r"[\w+]+(?:'s\b|')?", digits)
    return [f"{word}s" if word.endswith("'") else word for word in spoken]


def _bought(spoken: Sequence[str]) -> str | None:
    for near in words.BOUGHT:
        for place, word in enumerate(spoken):
            if word not in near.first or (near.leads and place):
                continue
            for end in range(place + 1, min(place + 2 + near.between, len(spoken))):
                if spoken[end] in words.JOINS:
                    break
                is_wedding = words.OTHERWISE.intersection(spoken[end + 1 : end + 2])
                if spoken[end] in near.second and not is_wedding:
                    return " ".join(spoken[place : end + 1])
    return None


def _phrase(spoken: Sequence[str], phrases: words.Phrases) -> str | None:
    """The first run of words that is one of the phrases, the longest at its place."""
    if (words.WHOLE, *spoken) in phrases:
        return " ".join(spoken)
    longest = max(map(len, phrases))
    for start in range(len(spoken)):
        for end in range(min(len(spoken), start + longest), start, -1):
            if tuple(spoken[start:end]) in phrases:
                return " ".join(spoken[start:end])
    return None


def _young(spoken: Sequence[str]) -> str | None:
    """An age below 18: "under 16s", "13-17 year olds"."""
    for place, word in enumerate(spoken[:-1]):
        number, after = spoken[place + 1].removesuffix("s"), spoken[place + 2 : place + 3]
        is_age = not after or bool(words.YEARS.intersection(after))
        if word in words.UNDER and number.isdecimal() and int(number) <= _ADULT and is_age:
            return f"{word} {number}"
    if words.YEARS.intersection(spoken):
        for low, high in itertools.pairwise(word for word in spoken if word not in words.TO):
            if low.isdecimal() and high.isdecimal() and int(low) < min(_ADULT, int(high)):
                return f"{low}-{high}"
    return None
