"""The page docs/benchmarks.md: medians of the rounds, as tables, below words that say what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

PAGE: Final = Path("docs/benchmarks.md")
_MARK: Final = "<!-- figures: written by make bench -->"

Figure = Mapping[str, Any]


def write(figures: Sequence[Figure]) -> None:
    """Put the tables behind the page's own words, which stay."""
    words = PAGE.read_text(encoding="utf-8").partition(_MARK)[0]
    tables = "\n\n".join("\n".join(table(figures)) for table in TABLES)
    PAGE.write_text(f"{words}{_MARK}\n\n{tables}\n", encoding="utf-8")


def _of(figures: Sequence[Figure], name: str, **wanted: object) -> list[Figure]:
    return [
        figure
        for figure in figures
        if figure["figure"] == name and all(figure[key] == value for key, value in wanted.items())
    ]


def _middle(figures: Sequence[Figure], key: str, base: str | None = None) -> float:
    """The median of a figure, or of its ratio to another of the same round."""
    return float(median(figure[key] / (figure[base] if base else 1.0) for figure in figures))


def _seen(figures: Sequence[Figure], key: str) -> list[Any]:
    return list(dict.fromkeys(figure[key] for figure in figures))


def _throughput(figures: Sequence[Figure]) -> Iterator[str]:
    every = _of(figures, "throughput")
    yield f"## One worker, all of it ({_rounds(every)})\n"
    yield "| worker | events | emits an event | Kafka + PostgreSQL : raw | : raw with as many emits | SQLite : raw |"
    yield "|---|---|---|---|---|---|"
    for worker in _seen(every, "worker"):
        found = _of(every, "throughput", worker=worker)
        one = found[0]
        ratios = (
            _middle(found, "kafka", "raw"),
            _middle(found, "kafka", "raw_same_emits"),
            _middle(found, "sqlite", "raw"),
        )
        columns = " | ".join(f"{ratio:.2f}" for ratio in ratios)
        yield f"| {worker} | {one['events']:,} | {one['emits']:.2f} | {columns} |"


def _costs(figures: Sequence[Figure]) -> Iterator[str]:
    every = _of(figures, "throughput")
    yield "## Transport and decision apart\n"
    yield "CPU is this process's, in units of what raw kafka-python uses for one message in and one out.\n"
    yield (
        "| worker | state, median and p99 | deciding alone | all, Kafka + PostgreSQL | all, SQLite |"
        " wall: deciding | wall: committing |"
    )
    yield "|---|---|---|---|---|---|---|"
    for worker in _seen(every, "worker"):
        found = _of(every, "throughput", worker=worker)
        one = found[0]
        cpu = [_middle(found, key, "raw_cpu") for key in ("decision_cpu", "kafka_cpu", "sqlite_cpu")]
        walls = [_middle(found, key) for key in ("kafka_deciding", "kafka_committing")]
        size = f"{one['state_median'] / 1000:.1f} and {one['state_p99'] / 1000:.1f} KB"
        columns = [*(f"{each:.2f}" for each in cpu), *(f"{each:.0%}" for each in walls)]
        yield f"| {worker} | {size} | {' | '.join(columns)} |"


def _stream(figures: Sequence[Figure]) -> Iterator[str]:
    found = _of(figures, "faststream")
    yield f"## Beside FastStream ({_rounds(found)})\n"
    if found:
        wall, cpu = _middle(found, "kafka", "faststream"), _middle(found, "kafka_cpu", "faststream_cpu")
        yield f"The {found[0]['worker']} does {wall:.1f} times as many events a second, for {cpu:.2f} of the CPU each."


def _latency(figures: Sequence[Figure]) -> Iterator[str]:
    every = _of(figures, "latency")
    yield f"## Event in to emit readable ({_rounds(every)} for each rate)\n"
    yield "| events a second | rounds that held | median : raw median | p99 : raw p99 | raw median | raw p99 |"
    yield "|---|---|---|---|---|---|"
    for rate in _seen(every, "rate"):
        found = _of(every, "latency", rate=rate)
        middle = _middle(found, "median", "raw_median")
        tail = _middle(found, "p99", "raw_p99")
        raw = [1000 * _middle(found, key) for key in ("raw_median", "raw_p99")]
        held = f"{sum(f['held'] for f in found)} of {len(found)}"
        yield f"| {rate} | {held} | {middle:.1f} | {tail:.1f} | {raw[0]:.1f} ms | {raw[1]:.1f} ms |"


def _scale(figures: Sequence[Figure]) -> Iterator[str]:
    titles = {"live": "live campaigns", "log": "events on the log of record", "processes": "processes"}
    yield f"## Growing ({_rounds(_of(figures, 'live'))})\n"
    yield "| what grows | to | CPU an event : at the first | events a second : at the first | memory | start |"
    yield "|---|---|---|---|---|---|"
    for name, title in titles.items():
        every = _of(figures, name)
        for count in _seen(every, "count"):
            cpu, rate = _against_first(every, name, count, "cpu"), _against_first(every, name, count, "rate")
            found = _of(every, name, count=count)
            memory = f"{_middle(found, 'rss') / 1e6:.0f} MB" if "rss" in found[0] else ""
            start = f"{_middle(found, 'seconds'):.1f} s" if "seconds" in found[0] else ""
            yield f"| {title} | {count:,} | {cpu} | {rate} | {memory} | {start} |"
    for one in _of(figures, "touched"):
        yield f"| campaigns that each had an event | {one['count']:,} | | | {one['rss'] / 1e6:.0f} MB | |"


def _against_first(every: Sequence[Figure], name: str, count: object, key: str) -> str:
    first = {f["round"]: f for f in _of(every, name, count=every[0]["count"])}
    ratios = [f[key] / first[f["round"]][key] for f in _of(every, name, count=count) if key in f]
    return f"{median(ratios):.2f}" if ratios else ""


def _back(figures: Sequence[Figure]) -> Iterator[str]:
    found = _of(figures, "back")
    yield f"## Looking back ({_rounds(found)})\n"
    yield "| a campaign from the log of record | events a second | : parsing its JSON alone |"
    yield "|---|---|---|"
    titles = {"rebuild": "rebuilt, one worker", "integrity": "integrity", "decisions": "decisions audited, all workers"}
    for key, title in titles.items() if found else ():
        rate, ratio = _middle(found, key), _middle(found, key, "json")
        yield f"| {title} | {rate:,.0f} | {ratio:.3f} |"


def _rounds(figures: Sequence[Figure]) -> str:
    count = len(_seen(figures, "round"))
    return "not measured" if not count else "one round" if count == 1 else f"median of {count} rounds"


def _ledger(figures: Sequence[Figure]) -> Iterator[str]:
    every = _of(figures, "bluesky")
    yield f"## A real network through the ledger ({_rounds(every)})\n"
    yield "| Bluesky's own server programs on this machine | bare calls a second | ledger : bare |"
    yield "|---|---|---|"
    for what in ("posts", "readings") if every else ():
        bare, ratio = _middle(every, f"bare_{what}"), _middle(every, f"ledger_{what}", f"bare_{what}")
        yield f"| {what} | {bare:.1f} | {ratio:.2f} |"


TABLES: Final = (_throughput, _costs, _stream, _latency, _scale, _back, _ledger)
