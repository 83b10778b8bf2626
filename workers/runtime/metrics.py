"""The runtime's numbers for Prometheus, on a registry that is handed in.

Invariants: counters count committed facts only. Labels are few and bounded: event types, workers, outcomes, verdicts,
partitions, campaigns that are live, KPIs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from events.correction import CorrectionDecided, KPIBreached, KPIMet, KPIRecovered
from events.envelope import RESERVED_PREFIX, Event
from events.runtime import EventSetAside
from workers.runtime.observing import Observer
from workers.runtime.store.rows import EffectRow, Halt

_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_LATE: Final = (1.0, 5.0, 30.0, 60.0, 300.0, 1800.0, 3600.0, 6 * 3600.0)
LATE: Final = timedelta(seconds=60)
"""From when a timer counts as late, in campaign time."""


class PrometheusObserver(Observer):
    """Counts what it is told."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = Counter("mowj_events", "Events appended", ["type", "speaker"], registry=registry)
        self._decide = Histogram(
            "mowj_decide_seconds", "One event evolved and decided on", ["worker"], buckets=_SECONDS, registry=registry
        )
        self._commit = Histogram(
            "mowj_commit_seconds", "One transaction", ["worker"], buckets=_SECONDS, registry=registry
        )
        self._lag = Gauge("mowj_lag_records", "Records not decided on", ["worker", "partition"], registry=registry)
        self._effects = Counter("mowj_effects", "Effects settled", ["kind", "outcome"], registry=registry)
        self._timers_late = Counter("mowj_timers_late", "Timers fired late", ["worker"], registry=registry)
        self._lateness = Histogram(
            "mowj_timer_lateness_seconds", "Fired after due", ["worker"], buckets=_LATE, registry=registry
        )
        self._set_aside = Counter("mowj_events_set_aside", "Poison events", ["worker"], registry=registry)
        self._ratio = Gauge("mowj_kpi_ratio", "Observed over limit", ["campaign", "kpi"], registry=registry)
        self._corrections = Counter("mowj_corrections", "Corrections decided", ["verdict"], registry=registry)
        self._halted = Gauge("mowj_partitions_halted", "Stopped partitions", ["worker"], registry=registry)
        self._troubles = Counter("mowj_troubles", "Failures that are tried again", ["part"], registry=registry)
        self._circuits = Counter("mowj_circuits", "Networks that fell silent, or spoke", ["change"], registry=registry)
        self._connected = Gauge("mowj_connected", "Whether a needed service answers", ["part"], registry=registry)
        self._queued = Gauge("mowj_queue_messages", "Messages waiting at the broker", ["queue"], registry=registry)

    def appended(self, event: Event) -> None:
        speaker = event.source.rpartition("/")[2] if event.source.startswith(RESERVED_PREFIX) else "outside"
        self._events.labels(event.name, speaker).inc()
        match event.data:
            case EventSetAside(worker=worker):
                self._set_aside.labels(worker).inc()
            case CorrectionDecided(verdict=verdict):
                self._corrections.labels(verdict.value).inc()
            case KPIBreached(kpi=kpi, ratio=ratio):
                self._ratio.labels(event.subject, kpi.value).set(ratio)
            case KPIRecovered(kpi=kpi, observed=observed, limit=limit):
                self._ratio.labels(event.subject, kpi.value).set(observed / limit if limit else 1.0)
            case KPIMet(kpi=kpi, observed=observed, target=target):
                self._ratio.labels(event.subject, kpi.value).set(observed / target if target else 1.0)

    def decided(self, worker: str, event: Event, seconds: float) -> None:  # noqa: ARG002 - the observer's signature
        self._decide.labels(worker).observe(seconds)

    def committed(self, worker: str, seconds: float) -> None:
        self._commit.labels(worker).observe(seconds)

    def lagging(self, worker: str, partition: int, records: int) -> None:
        self._lag.labels(worker, str(partition)).set(records)

    def timer_fired(self, worker: str, late: timedelta) -> None:
        self._lateness.labels(worker).observe(late.total_seconds())
        if late > LATE:
            self._timers_late.labels(worker).inc()

    def settled(self, row: EffectRow) -> None:
        self._effects.labels(row.kind.value, row.state.value).inc()

    def halted(self, halt: Halt) -> None:
        self._halted.labels(halt.worker).inc()

    def troubled(self, part: str, detail: str) -> None:  # noqa: ARG002 - words are for the log, not for labels
        self._troubles.labels(part).inc()

    def circuit(self, account: str, *, opened: bool, detail: str) -> None:  # noqa: ARG002 - accounts are too many
        self._circuits.labels("opened" if opened else "closed").inc()

    def connected(self, part: str, *, up: bool) -> None:
        self._connected.labels(part).set(up)

    def queued(self, queue: str, messages: int) -> None:
        self._queued.labels(queue).set(messages)
