"""From an event on the topic to the event that it leads to, readable on the topic, at a steady rate.

One client sends and reads; the worker is a process of its own. The raw round trip is the same client, the same
messages and the same rate, on a topic where it reads what it has sent itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any, Final

import numpy as np
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from tests.benchmarks.outgrown.baselines import topics
from tests.benchmarks.outgrown.material import PARTITIONS, Sent, as_sent, campaigns, enough, heard, said
from tests.benchmarks.outgrown.process import ended, running
from tests.benchmarks.outgrown.process import said as line_of
from tests.benchmarks.outgrown.throughput import installation
from workers.decision import Worker
from workers.roster import ROSTER

RATES: Final = (500, 100)
"""Events a second."""
SECONDS: Final = 8.0
_BEHIND: Final = 1.0
"""A rate does not hold where the last quarter's median is that many seconds, or half as much again as all before."""
_PATIENCE: Final = 30.0


def figures(rounds: int, _: int) -> Iterator[Mapping[str, Any]]:
    servers, histories = os.environ["MOWJ_TEST_KAFKA"], campaigns(8)
    (worker,) = (worker for worker in ROSTER if worker.name == "observer")
    for rate in RATES:
        lived = enough(worker, histories, int(rate * SECONDS))
        given = heard(worker, lived)[: int(rate * SECONDS)]
        leading = {event.causationid for event in lived if event.id in said(worker, given, lived)}
        messages = as_sent(given)
        for number in range(rounds):
            raw = _raw(servers, messages, rate)
            mowj = _mowj(servers, worker, messages, rate, {str(cause) for cause in leading})
            yield {
                "figure": "latency",
                "rate": rate,
                "round": number,
                "held": _holds(mowj),
                "raw_median": float(np.median(raw)),
                "raw_p99": float(np.percentile(raw, 99)),
                "median": float(np.median(mowj)),
                "p99": float(np.percentile(mowj, 99)),
                "emits": len(mowj),
            }


def _holds(latencies: Sequence[float]) -> bool:
    quarter = len(latencies) // 4
    return float(np.median(latencies[-quarter:])) < max(_BEHIND, 1.5 * float(np.median(latencies[:-quarter])))


def _raw(servers: str, messages: Sequence[Sent], rate: float) -> list[float]:
    wanted = {_header(sent.message.headers, "ce_id") for sent in messages}
    with topics(servers) as (topic,):
        return _client(servers, topic, messages, rate, "ce_id", wanted)


def _mowj(servers: str, worker: Worker[Any], messages: Sequence[Sent], rate: float, leading: set[str]) -> list[float]:
    with installation(servers) as (url, namespace, brokers), running(url, namespace, brokers, worker.name) as process:
        assert line_of(process) == "holds"
        latencies = _client(servers, brokers.events, messages, rate, "ce_causationid", leading, worker.source)
        ended(process)
    return latencies


def _client(
    servers: str, topic: str, messages: Sequence[Sent], rate: float, answer: str, wanted: set[str], source: str = ""
) -> list[float]:
    """Seconds until each wanted answer was read, in the order of reading. Raises TimeoutError where one never comes."""
    sender = KafkaProducer(
        bootstrap_servers=servers, acks="all", enable_idempotence=False, linger_ms=0, metrics_enabled=False
    )
    reader = KafkaConsumer(bootstrap_servers=servers, group_id=None, enable_auto_commit=False, metrics_enabled=False)
    places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    reader.assign(places)
    reader.seek_to_end(*places)
    for place in places:
        reader.position(place)
    sent_at: dict[str, float] = {}
    latencies: list[float] = []
    number, began = 0, perf_counter()
    try:
        while len(latencies) < len(wanted):
            while number < len(messages) and perf_counter() >= began + number / rate:
                sent = messages[number]
                sent_at[_header(sent.message.headers, "ce_id")] = perf_counter()
                sender.send(
                    topic,
                    sent.message.value,
                    key=sent.campaign.encode(),
                    headers=sent.message.headers,
                    partition=sent.partition,
                )
                number += 1
            for records in reader.poll(timeout_ms=1).values():
                read = perf_counter()
                for record in records:
                    cause = _header(record.headers, answer)
                    if cause in wanted and (not source or _header(record.headers, "ce_source") == source):
                        latencies.append(read - sent_at[cause])
            if perf_counter() > began + len(messages) / rate + _PATIENCE:
                raise TimeoutError(f"{len(latencies)} of {len(wanted)} answers came")
    finally:
        reader.close()
        sender.close()
    return latencies


def _header(headers: Sequence[tuple[str, bytes]], name: str) -> str:
    return next((value.decode() for found, value in headers if found == name), "")
