"""What decisions promise beyond events: the effects and timers that deciding a campaign's past again leads to.

Invariants: pure. The later timer of a name replaces the earlier; a state that was built anew has none of its old ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from events.envelope import Event
from events.runtime import StateMigrated
from workers.decision import Effect
from workers.runtime.deciding import Outcome


@dataclass(slots=True)
class Promised:
    """`effects` has the cause of each by key, `timers` (due, cause) by (worker, campaign, name).

    `unsure` has the (worker, campaign) of which not every decision could be made again: their timers are not known.
    """

    effects: dict[str, str] = field(default_factory=dict)
    timers: dict[tuple[str, str, str], tuple[datetime, str]] = field(default_factory=dict)
    unsure: set[tuple[str, str]] = field(default_factory=set)

    def add(self, worker: str, cause: Event, outcome: Outcome) -> None:
        if isinstance(cause.data, StateMigrated):
            for place in [place for place in self.timers if place[:2] == (worker, cause.subject)]:
                del self.timers[place]
        for effect in outcome.effects:
            if isinstance(effect, Effect):
                self.effects.setdefault(effect.key, cause.id)
        for timer in outcome.timers:
            self.timers.pop((worker, cause.subject, timer.name), None)
            if timer.due is not None:
                self.timers[worker, cause.subject, timer.name] = (timer.due, cause.id)
