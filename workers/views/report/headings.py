"""What a report calls its parts, in English and Persian; other languages are English here.

Invariants: what the owner called a segment, a topic or a format stays as it was called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workers.views.explain.locale import PERSIAN, Locale
from workers.views.report import english, persian


@dataclass(frozen=True, slots=True)
class Headings:
    """The headings of one language."""

    locale: Locale

    @property
    def words(self) -> Mapping[str, str]:
        return persian.WORDS if self.locale.code == PERSIAN else english.WORDS

    def __getitem__(self, key: str) -> str:
        return self.words[key]

    def say(self, key: str, **values: str) -> str:
        return self.words[key].format_map(values)

    def term(self, key: str) -> str:
        """A word of the vocabulary, or the last part of its name where no catalogue knows it."""
        return self.locale.terms.get(key, key.rsplit(".", 1)[-1])

    def level(self, factor: str, level: str) -> str:
        """A level of a factor as it is called: appeals and boosting are ours to name, the rest the owner's."""
        if factor == "appeal":
            return self.term(f"appeal.{level}")
        return self.words.get(f"level.{factor}.{level}", level)
