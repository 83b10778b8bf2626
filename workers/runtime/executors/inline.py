"""Effects on the loop's own thread, one at a time and in order: the executor of the virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workers.runtime.store.rows import EffectRow


class InlineExecutor:
    def __init__(self) -> None:
        self._perform: Callable[[str], None] | None = None

    def start(self, perform: Callable[[str], None]) -> None:
        self._perform = perform

    def offer(self, due: Sequence[EffectRow]) -> bool:
        if not due or self._perform is None:
            return False
        self._perform(due[0].key)
        return True

    def trouble(self) -> str | None:
        return None

    def stop(self) -> None:
        self._perform = None
