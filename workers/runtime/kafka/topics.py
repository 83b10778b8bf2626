"""The topics: made as the log needs them, and refused where their settings would lose or merge what was said.

Invariants: a topic that exists is never changed here. What is asked of it: no compaction (it would keep one event a
campaign), no end by size, nothing dropped before the archiver has it with margin, the installation's own number of
partitions (another would tear campaigns from their history), room for the largest event, and no unclean leader.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from workers.runtime.kafka.brokers import Brokers

LARGEST: Final = 1_048_588
"""The bytes of a record batch that a broker must take: an event's content, its headers, and Kafka's own."""

MARGIN: Final = 3
"""How many times the archiver's lag a topic must keep its records."""

_MILLISECOND: Final = timedelta(milliseconds=1)
_UNKNOWN_TOPIC: Final = 3


@dataclass(frozen=True, slots=True)
class Danger:
    """What is wrong with a topic, and how to mend it."""

    topic: str
    found: str
    mend: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic that must be there. `partitions` None: any number."""

    name: str
    partitions: int | None
    retention: timedelta

    def configuration(self) -> dict[str, str]:
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention // _MILLISECOND),
            "retention.bytes": "-1",
            "max.message.bytes": str(LARGEST),
            "message.timestamp.type": "LogAppendTime",
            "unclean.leader.election.enable": "false",
        }


def wanted(brokers: Brokers, producers: Iterable[str]) -> tuple[Wanted, ...]:
    """The topics of an installation, with one for each outside producer."""
    intakes = (Wanted(brokers.intake(producer), None, brokers.retention) for producer in producers)
    return (
        Wanted(brokers.events, brokers.partitions, brokers.retention),
        Wanted(brokers.dead_letters, None, brokers.retention),
        *intakes,
    )


def apply(admin: KafkaAdminClient, brokers: Brokers, producers: Iterable[str]) -> list[str]:
    """Make what is missing; the names of what was made."""
    missing = [topic for topic in wanted(brokers, producers) if topic.name not in set(admin.list_topics())]
    made: dict[str, dict[str, Any]] = {
        topic.name: {"num_partitions": topic.partitions or 1, "configs": topic.configuration()} for topic in missing
    }
    if brokers.replication:
        for options in made.values():
            options["replication_factor"] = brokers.replication
    if made:
        admin.create_topics(made, wait_for_metadata=True)
    return list(made)


def check(
    admin: KafkaAdminClient, brokers: Brokers, producers: Iterable[str] = (), lag: timedelta = timedelta(0)
) -> list[Danger]:
    """What endangers the log. `lag` is how far the archiver is behind; every intake topic that exists is looked at."""
    known = set(admin.list_topics())
    intakes = {name.removeprefix(brokers.intake_prefix) for name in known if name.startswith(brokers.intake_prefix)}
    topics = wanted(brokers, sorted({*producers, *intakes}))
    there = [topic for topic in topics if topic.name in known]
    found = [
        Danger(topic.name, "it does not exist", "mowj topics apply makes it")
        for topic in topics
        if topic.name not in known
    ]
    if there:
        counts = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics([t.name for t in there])}
        resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in there]
        configurations = admin.describe_configs(resources, config_filter="all")["topic"]
        for topic in there:
            given = {name: value["value"] for name, value in configurations[topic.name].items()}
            found += dangers(topic, counts[topic.name], given, lag)
    return found


def dangers(topic: Wanted, partitions: int, given: Mapping[str, str], lag: timedelta) -> Iterator[Danger]:
    """What of one topic's settings endangers the log."""
    if topic.partitions not in (None, partitions):
        text = f"it has {partitions} partitions; this installation has {topic.partitions}"
        yield Danger(topic.name, text, "campaigns would lose their history: name another transport.topics")
    if "compact" in given["cleanup.policy"]:
        text = f"cleanup.policy is {given['cleanup.policy']}: compaction keeps one event a campaign"
        yield Danger(topic.name, text, "set cleanup.policy=delete")
    least, keeps = max(topic.retention, MARGIN * lag), int(given["retention.ms"])
    if 0 <= keeps < least // _MILLISECOND:
        text = f"retention.ms is {keeps}: records may end before the archiver has them"
        yield Danger(topic.name, text, f"set retention.ms={least // _MILLISECOND} or more")
    if given["retention.bytes"] != "-1":
        text = f"retention.bytes is {given['retention.bytes']}: records may end before the archiver has them"
        yield Danger(topic.name, text, "set retention.bytes=-1")
    if int(given["max.message.bytes"]) < LARGEST:
        text = f"max.message.bytes is {given['max.message.bytes']}: the largest events would not fit"
        yield Danger(topic.name, text, f"set max.message.bytes={LARGEST} or more")
    if given["unclean.leader.election.enable"] == "true":
        text = "unclean.leader.election.enable is true: what was acknowledged could be lost"
        yield Danger(topic.name, text, "set unclean.leader.election.enable=false")
