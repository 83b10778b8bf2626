"""What a brief may not ask for: bought or fake engagement, groups chosen by a sensitive trait, groups of minors.

Invariants: whole words decide, never parts of words, in English, German and Persian, and in the disguises of
`config/refused/spelling.py`. Who warns of fake engagement does not ask for it. A group is refused for who it is said to
be, never for what it likes or for whom it cares: "health food" is a topic, "diabetics" are people, "parents of teens"
are grown. Political work is a purpose like any other; choosing people by their political opinion is not. What people
write themselves is a purpose; whom they aim at is judged more strictly: a name that may mean minors is refused.

Sensitive traits are the special categories of Regulation (EU) 2016/679 (GDPR), article 9(1). Minors are those under 18:
Regulation (EU) 2022/2065 (DSA), article 28(2), and the networks' own advertising rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from config.problems import shown
from config.refused.engagement import asked
from config.refused.people import minors, sensitive
from config.refused.spelling import readings

ENGAGEMENT: Final = (
    "nothing bought or faked, such as {what}: networks delete it, unfair-competition law forbids it, and Mowj would "
    "learn from people who do not exist; say what real people are to do, and pay for reach by `boost_price`. If you "
    "write against it, say so right there, such as 'how we fight fake reviews'"
)
SENSITIVE: Final = (
    "a group told by what it likes or does, not by {trait} (GDPR, article 9): name the interest, such as "
    "sugar-free-cooking, and leave it to the people whether they feel addressed"
)
MINORS: Final = (
    "adults: Mowj aims at nobody under 18; address those who decide for them, such as parents or teachers. If you mean "
    "adults, say who they are, such as 'parents of teens', 'women with kids' or 'buyers of children's books'"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The words that were found, and what is allowed instead with the reason why."""

    found: str
    allowed: str

    def within(self, text: str) -> str:
        """The text as a message repeats it, with the words found where it has others too, or says them otherwise."""
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
    for spoken in readings(text):
        found = asked(spoken)
        if found is not None:
            return Refusal(found[1], ENGAGEMENT.format(what=found[0]))
    return None


def refused_group(name: str) -> Refusal | None:
    """Whether a group of people is told by a sensitive trait, or is one of minors."""
    for spoken in readings(name):
        told = sensitive(spoken)
        if told is not None:
            return Refusal(told[1], SENSITIVE.format(trait=told[0]))
        found = minors(spoken)
        if found is not None:
            return Refusal(found, MINORS)
    return None
