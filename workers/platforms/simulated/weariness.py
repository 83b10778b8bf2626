"""How tired each person is of each of several things: an account, a topic, an appeal.

Invariants: everybody begins fresh; what was tired of halves in `recovery_days`, whether or not anybody looks.
"""

from __future__ import annotations

import numpy as np

from workers.platforms.simulated.chance import Floats, People


class Weariness:
    """Of `people` persons; seeing a thing once tires of it by `fatigue`."""

    def __init__(self, people: int, fatigue: float, recovery_days: float) -> None:
        self._fatigue, self._half_life = fatigue, 24 * recovery_days
        self._rows: dict[str, int] = {}
        self._tired: Floats = np.zeros((0, people))
        self._since: Floats = np.zeros((0, people))

    def row(self, thing: str) -> int:
        """The number of a thing, a new one where it is not known."""
        row = self._rows.setdefault(thing, len(self._rows))
        if row == len(self._tired):
            nobody = np.zeros((1, self._tired.shape[1]))
            self._tired, self._since = np.vstack((self._tired, nobody)), np.vstack((self._since, nobody))
        return row

    def tire(self, hour: int, row: People, person: People) -> Floats:
        """How tired each viewer was of what they saw, by its `row`, before this tired them more."""
        rested = 0.5 ** ((hour - self._since[row, person]) / self._half_life)
        tired: Floats = self._tired[row, person] * rested
        self._tired[row, person] = tired
        self._since[row, person] = hour
        np.add.at(self._tired, (row, person), self._fatigue)
        return tired
