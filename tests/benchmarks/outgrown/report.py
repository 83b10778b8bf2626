"""`make bench`: measures everything in rounds, prints JSON lines, and writes the tables of docs/benchmarks.md.

`python -m tests.benchmarks.outgrown.report [--rounds 3] [--events 2500] [--only throughput,latency,scale]`. A round
measures a baseline and what is held against it one after the other; a figure is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import bluesky
from tests.benchmarks.outgrown import latency, scale
from tests.benchmarks.outgrown.baselines import faststream, plain_python, postgres_commits, raw_kafka, sqlite_commits
from tests.benchmarks.outgrown.decisions import deciding
from tests.benchmarks.outgrown.material import as_sent, campaigns, enough, heard
from tests.benchmarks.outgrown.page import write
from tests.benchmarks.outgrown.throughput import on_kafka, on_sqlite
from workers.roster import ROSTER

FIGURES: Final = Path(".run/bench/figures.jsonl")
CAMPAIGNS: Final = 8

Figure = Mapping[str, Any]


def throughput(rounds: int, events: int) -> Iterator[Figure]:
    """Every worker kind, beside raw kafka-python over the same messages."""
    servers, histories = os.environ["MOWJ_TEST_KAFKA"], campaigns(CAMPAIGNS)
    for worker in ROSTER:
        lived = enough(worker, histories, events)
        given = heard(worker, lived)
        messages, alone = as_sent(given), deciding(worker, lived)
        gc.collect()
        gc.freeze()
        for number in range(rounds):
            raw, same = raw_kafka(servers, messages), raw_kafka(servers, messages, alone.emits)
            kafka = on_kafka(servers, worker, lived)
            with tempfile.TemporaryDirectory() as folder:
                embedded = on_sqlite(Path(folder), worker, lived)
            # The first time warmed what is computed once in a process.
            alone = deciding(worker, lived)
            yield {
                "figure": "throughput",
                "worker": worker.name,
                "round": number,
                "events": len(given),
                "campaigns": len({event.subject for event in given}),
                "emits": alone.emits,
                "state_median": alone.state_median,
                "state_p99": alone.state_p99,
                "decision_cpu": alone.cpu,
                "raw": raw.a_second,
                "raw_cpu": raw.cpu,
                "raw_same_emits": same.a_second,
                "raw_same_emits_cpu": same.cpu,
                "kafka": kafka.a_second,
                "kafka_cpu": kafka.cpu_each,
                "kafka_deciding": kafka.deciding / kafka.seconds,
                "kafka_committing": kafka.committing / kafka.seconds,
                "kafka_commits": kafka.commits,
                "sqlite": embedded.a_second,
                "sqlite_cpu": embedded.cpu_each,
            }
        gc.unfreeze()


def validating(rounds: int, events: int) -> Iterator[Figure]:
    """FastStream, beside the worker that is given the most."""
    servers, histories = os.environ["MOWJ_TEST_KAFKA"], campaigns(CAMPAIGNS)
    (worker,) = (worker for worker in ROSTER if worker.name == "observer")
    lived = enough(worker, histories, events)
    messages = as_sent(heard(worker, lived))
    for number in range(rounds):
        stream, kafka = faststream(servers, messages), on_kafka(servers, worker, lived)
        yield {
            "figure": "faststream",
            "round": number,
            "worker": worker.name,
            "faststream": stream.a_second,
            "faststream_cpu": stream.cpu,
            "kafka": kafka.a_second,
            "kafka_cpu": kafka.cpu_each,
        }


def machine(rounds: int, _: int) -> Iterator[Figure]:
    for number in range(rounds):
        yield {
            "figure": "machine",
            "round": number,
            "postgres_commits": postgres_commits(os.environ["MOWJ_TEST_POSTGRES"]),
            "sqlite_commits": sqlite_commits(),
            "additions": plain_python(),
            "load": os.getloadavg()[0],
        }


PARTS: Final[Mapping[str, Callable[[int, int], Iterator[Figure]]]] = {
    "machine": machine,
    "throughput": throughput,
    "faststream": validating,
    "latency": latency.figures,
    "scale": scale.figures,
    "bluesky": bluesky.figures,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=2500, help="for a worker in a round, at least")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between them")
    given = parser.parse_args()
    wanted = given.only.split(",")
    known = [] if not FIGURES.exists() else [json.loads(line) for line in FIGURES.read_text("utf-8").splitlines()]
    figures = [figure for figure in known if figure["part"] not in wanted]
    for part in wanted:
        for figure in PARTS[part](given.rounds, given.events):
            figures.append({"part": part, **figure})
            print(json.dumps(figures[-1]), flush=True)
            FIGURES.parent.mkdir(parents=True, exist_ok=True)
            FIGURES.write_text("".join(f"{json.dumps(each)}\n" for each in figures), encoding="utf-8")
    write(figures)
    print(f"written: docs/benchmarks.md, {FIGURES}; median of {given.rounds} rounds")


if __name__ == "__main__":
    main()
