"""What a store in memory holds: one dictionary a thing."""

from __future__ import annotations

from events.envelope import Event
from events.log.memory import MemoryLog
from workers.runtime.store.rows import CampaignRow, Claim, EffectRow, Gate, Halt, Hold, Position, StateRow, TimerRow


class Tables:
    """Everything that is stored."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.epoch: dict[str, int] = {"epoch": 1}
        self.lanes: dict[tuple[str, int], int] = {}
        self.sequences: dict[tuple[str, str], int] = {}
        self.claims: dict[tuple[str, int], Claim] = {}
        self.positions: dict[tuple[str, int], Position] = {}
        self.states: dict[tuple[str, str], StateRow] = {}
        self.timers: dict[tuple[str, str, str], TimerRow] = {}
        self.effects: dict[str, EffectRow] = {}
        self.open: dict[str, EffectRow] = {}
        self.posts: dict[str, dict[str, EffectRow]] = {}
        self.campaigns: dict[str, CampaignRow] = {}
        self.kept: dict[str, tuple[Event, ...]] = {}
        self.kept_ids: dict[str, Event] = {}
        self.kept_last: dict[tuple[str, str], Event] = {}
        self.holds: dict[Hold, None] = {}
        self.halts: dict[tuple[str, int], Halt] = {}
        self.gates: dict[str, Gate] = {}
