"""A quick second try at a call that certainly had no effect, before the ledger's slow one.

Invariants: a post is tried again only where it was proven unsent; a reading also where its outcome is unknown. All
tries end within `Patience.retry_window` and one HTTP deadline, so inside the lease. A stop, a pause or a lost lease is
seen before every further try. tenacity counts and waits; the ledger decides what becomes of the last answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from tenacity import Retrying, retry_if_result, stop_after_attempt, stop_after_delay
from tenacity.wait import wait_exponential_jitter

from workers.runtime import calls

TRIES: Final = 3
LONGEST_WAIT: Final = 2.0
"""Seconds before the last try, at most."""


class _CalledOff(Exception):
    """Somebody stopped it between two tries."""


def tried(
    call: Callable[[], calls.Answer],
    window: timedelta,
    pause: Callable[[float], None],
    may_go_on: Callable[[], bool],
    *,
    reading: bool,
) -> calls.Answer:
    """The answer of the last try. `reading`: the call changes nothing on the network.

    `may_go_on` is asked after each pause: where it says no, nothing is called any more.
    """
    harmless = (calls.Unsent, calls.Unknown) if reading else (calls.Unsent,)
    answers: list[calls.Answer] = []

    def once() -> calls.Answer:
        if answers and not may_go_on():
            raise _CalledOff
        answers.append(call())
        return answers[-1]

    retrying = Retrying(
        retry=retry_if_result(lambda answer: isinstance(answer, harmless)),
        stop=stop_after_attempt(TRIES) | stop_after_delay(max(window.total_seconds() - LONGEST_WAIT, 0)),
        wait=wait_exponential_jitter(multiplier=0.2, max=LONGEST_WAIT / 2, jitter=LONGEST_WAIT / 2),
        sleep=pause,
        retry_error_callback=lambda _state: answers[-1],
    )
    try:
        return retrying(once)
    except _CalledOff:
        return answers[-1]
