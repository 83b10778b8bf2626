"""A quick second try at a call that certainly had no effect, before the ledger's slow one.

Invariants: a post is tried again only where it was proven unsent; a reading also where its outcome is unknown. All
tries end within `Patience.retry_window` and one HTTP deadline, so inside the lease. tenacity counts and waits; the
ledger decides what becomes of the last answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, stop_after_delay
from tenacity.wait import wait_exponential_jitter

from workers.runtime import calls

TRIES: Final = 3
LONGEST_WAIT: Final = 2.0
"""Seconds before the last try, at most."""


def tried(
    call: Callable[[], calls.Answer], window: timedelta, pause: Callable[[float], None], *, reading: bool
) -> calls.Answer:
    """The answer of the last try. `reading`: the call changes nothing on the network."""
    harmless = (calls.Unsent, calls.Unknown) if reading else (calls.Unsent,)
    retrying = Retrying(
        retry=retry_if_result(lambda answer: isinstance(answer, harmless)),
        stop=stop_after_attempt(TRIES) | stop_after_delay(max(window.total_seconds() - LONGEST_WAIT, 0)),
        wait=wait_exponential_jitter(multiplier=0.2, max=LONGEST_WAIT / 2, jitter=LONGEST_WAIT / 2),
        sleep=pause,
        retry_error_callback=_last,
    )
    return retrying(call)


def _last(state: RetryCallState) -> calls.Answer:
    if state.outcome is None:
        raise AssertionError("tenacity gives up after a try, never before the first")
    answer: calls.Answer = state.outcome.result()
    return answer
