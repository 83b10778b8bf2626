"""Logs: structlog on standard error, each line with the campaign and event that it is about.

Invariants: nothing is configured for the process; a logger is made from settings and handed down. A log says nothing
that an event's text says: texts may hold people's words, and logs are kept elsewhere than events.
"""

from __future__ import annotations

import logging
import sys
from datetime import timedelta
from typing import Final

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from config.settings import LogFormat, LogSettings
from events.envelope import Event
from workers.command.output import folded, folding_width
from workers.runtime.observing import Observer
from workers.runtime.store.rows import EffectRow, EffectState, Halt

_LEVELS: Final = logging.getLevelNamesMapping()
_ALARMING: Final = frozenset({EffectState.UNCERTAIN, EffectState.REJECTED, EffectState.UNAUTHORIZED})


def make_logger(settings: LogSettings) -> FilteringBoundLogger:
    """A logger of its own, in the format and from the level that the settings ask for."""
    is_json = settings.format is LogFormat.JSON
    renderer: Processor = structlog.processors.JSONRenderer() if is_json else _for_a_person
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso" if is_json else "%Y-%m-%d %H:%M:%S UTC", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.level.value.upper()]),
        cache_logger_on_first_use=True,
    )
    return logger


def _for_a_person(logger: object, method: str, event: EventDict) -> str:
    """Time, level, what happened, and what it is about, folded between words at the terminal's width."""
    del logger, method
    trace = event.pop("exception", None)
    head = f"{event.pop('timestamp')}  {event.pop('level')}: {event.pop('event')}"
    about = "  ".join(f"{name}={_plainly(value)}" for name, value in event.items() if value is not None)
    line = folded(f"{head}  {about}" if about else head, folding_width(sys.stderr))
    return f"{line}\n{trace}" if trace else line


def _plainly(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


class LogObserver(Observer):
    """Writes what the runtime tells: events for debugging, and whatever a person should look at."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log

    def appended(self, event: Event) -> None:
        log = self._log.warning if event.name == "EventSetAside" else self._log.debug
        log(event.name, campaign=event.subject, id=event.id, source=event.source, cause=event.causationid)

    def timer_fired(self, worker: str, late: timedelta) -> None:
        self._log.debug("timer", worker=worker, late_seconds=late.total_seconds())

    def settled(self, row: EffectRow) -> None:
        log = self._log.warning if row.state in _ALARMING else self._log.debug
        log("effect settled", campaign=row.campaign, key=row.key, kind=row.kind.value, outcome=row.state.value)

    def halted(self, halt: Halt) -> None:
        self._log.error("partition halted", worker=halt.worker, partition=halt.partition, reason=halt.reason)

    def circuit(self, account: str, *, opened: bool, detail: str) -> None:
        if opened:
            self._log.warning("network silent, only tried now and then", account=account, detail=detail)
        else:
            self._log.info("network speaks again", account=account)

    def troubled(self, part: str, detail: str) -> None:
        self._log.warning("trouble, will be tried again", part=part, detail=detail)
