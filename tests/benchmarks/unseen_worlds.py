"""What correcting is worth in worlds that nobody has looked at: `python tests/benchmarks/unseen_worlds.py [WORLDS]`.

Worlds and briefs are drawn by number: people, tastes, hours, sizes, luck, what the owner believes (right on average,
off by half), and in two of three a change on some day (hours shift, or what was liked best falls). Every campaign is
lived twice with the same luck, by all workers and by all but the reviser. No constant of Mowj was set by these; should
one ever be, draw others (`OFFSET`).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any, Final

import numpy as np
from ruamel.yaml import YAML

from events.terms import Appeal
from workers.command.laboratory import UNREVISED, lived, simulated
from workers.views.figures import Figures, figures

OFFSET: Final = 70_000
TOPICS: Final = ("care", "craft", "offers", "people")
FORMATS: Final = ("photo", "video", "text")
KINDS: Final = ("nothing changes", "hours shift", "a taste falls")


def main(arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else 24
    found: dict[str, list[tuple[Figures, Figures]]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            found[KINDS[number % 3]].append(_pair(Path(folder), number))
    print(
        f"By `python tests/benchmarks/unseen_worlds.py {count}`: 60 days; net value in EUR, mean and standard error.\n"
    )
    print("| worlds where | number | corrected | never corrected | difference | corrected wins | corrections |")
    print("|---|---|---|---|---|---|---|")
    for kind, pairs in found.items():
        print(_row(kind, pairs))
    print(_row("all", [pair for pairs in found.values() for pair in pairs]))


def _pair(folder: Path, number: int) -> tuple[Figures, Figures]:
    rng = np.random.Generator(np.random.PCG64(OFFSET + number))
    world, brief = drawn(rng, KINDS[number % 3])
    paths = folder / f"world-{number}.yaml", folder / f"brief-{number}.yaml"
    for path, document in zip(paths, (world, brief), strict=True):
        YAML(typ="safe").dump(document, path)
    experiment = simulated(str(paths[0]), number, 60, paths[1])
    return figures(lived(experiment)), figures(lived(experiment, UNREVISED))


def _row(kind: str, pairs: Sequence[tuple[Figures, Figures]]) -> str:
    corrected, never = [one.net_value for one, _ in pairs], [other.net_value for _, other in pairs]
    gains = [a - b for a, b in zip(corrected, never, strict=True)]
    wins, ties = sum(gain > 0 for gain in gains), sum(gain == 0 for gain in gains)
    corrections = median(one.execution_revisions + one.strategy_switches for one, _ in pairs)
    cells = [str(len(pairs)), _mean(corrected), _mean(never), _mean(gains), f"{wins}, {ties} ties", f"{corrections:g}"]
    return f"| {kind} | " + " | ".join(cells) + " |"


def _mean(values: Sequence[float]) -> str:
    error = stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{mean(values):,.0f} ± {error:,.0f}"


def drawn(rng: np.random.Generator, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A world and a brief for it, as their files say them."""
    people = {f"group-{n}": _people(rng) for n in range(1, int(rng.integers(2, 5)))}
    world: dict[str, Any] = {
        "brief": "steady",
        "zone": "Europe/Berlin",
        "network": {"keyed": True, "formats": list(FORMATS)},
        "segments": people,
        "luck": {"tail": float(rng.uniform(1.8, 4.0)), "moods": float(rng.uniform(0.3, 0.8))},
        "changes": _changes(rng, kind, people),
    }
    brief = {
        "campaign": "unseen",
        "title": "a campaign in a world that nobody has seen",
        "goal": "convert",
        "worth": f"{int(rng.choice([25, 60]))} EUR",
        "tomorrow_costs": f"{int(rng.integers(1, 8))}%",
        "budget": "900 EUR",
        "post_cost": f"{int(rng.integers(3, 10))} EUR",
        "days": 60,
        "zone": "Europe/Berlin",
        "mode": "automatic",
        "accounts": {"shop": {"channel": "simulated"}},
        "topics": list(TOPICS),
        "formats": list(FORMATS),
        "segments": {name: _believed(rng, one) for name, one in people.items()},
        "constraints": {"posts_per_day": 2, "quiet_hours": "0-6"},
    }
    return world, brief


def _people(rng: np.random.Generator) -> dict[str, Any]:
    peaks = sorted({int(hour) for hour in rng.integers(7, 24, int(rng.integers(1, 4)))})
    return {
        "people": int(rng.integers(300, 1400)),
        "followers": int(rng.integers(20, 200)),
        "interests": {topic: _taste(rng) for topic in TOPICS},
        "appeals": {appeal.value: _taste(rng) for appeal in Appeal},
        "formats": {form: _taste(rng) for form in FORMATS},
        "peaks": peaks,
        "propensities": {"engage": float(rng.uniform(0.08, 0.3)), "buy": float(rng.uniform(0.06, 0.2))},
    }


def _taste(rng: np.random.Generator) -> float:
    return round(float(rng.uniform(0.15, 1.0)), 2)


def _changes(rng: np.random.Generator, kind: str, people: Mapping[str, Any]) -> list[dict[str, Any]]:
    day = int(rng.integers(12, 30))
    if kind == "hours shift":
        return [{"day": day, "hours_shift": int(rng.choice([-7, -5, 5, 7, 9]))}]
    if kind == "a taste falls":
        loved = {max(one["appeals"], key=one["appeals"].__getitem__) for one in people.values()}
        topics = {max(one["interests"], key=one["interests"].__getitem__) for one in people.values()}
        return [
            {"day": day, "appeals": dict.fromkeys(sorted(loved), 0.15)},
            {"day": day, "interests": dict.fromkeys(sorted(topics), 0.15)},
        ]
    return []


def _believed(rng: np.random.Generator, one: Mapping[str, Any]) -> dict[str, Any]:
    """What the owner thinks of a group: relative to its mean, and off by half, up or down."""

    def about(tastes: Mapping[str, float]) -> dict[str, float]:
        ordinary = mean(tastes.values())
        return {
            word: round(float(np.clip(taste / ordinary * rng.lognormal(0.0, 0.5), 0.1, 5.0)), 2)
            for word, taste in tastes.items()
        }

    return {"people": one["people"], "interests": about(one["interests"]), "appeals": about(one["appeals"])}


if __name__ == "__main__":
    main(sys.argv[1:])
