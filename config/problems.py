"""What is wrong with somebody's input, said so that they can mend it: file, line, field, given, allowed, nearest word.

Invariant: an `InputError` carries every problem that could be found, in the order of the file, never only the first.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

SHOWN: Final = 80
"""Characters of a given value that a message repeats."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `line` is None where no line of a file is to blame, such as for an environment variable."""

    file: str
    line: int | None
    field: str
    given: str
    allowed: str
    hint: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        hint = f"; did you mean {self.hint!r}?" if self.hint else ""
        return f"{place}: {self.field}: given {self.given}; allowed: {self.allowed}{hint}"


class InputError(ValueError):
    """Input that cannot be used. Its text is one line a problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line or 0)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown(value: object) -> str:
    """The given value as a message repeats it: quoted, on one line, cut where it is long."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that was probably meant, or None."""
    folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or "none"
