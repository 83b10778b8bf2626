"""The runtime is crashed at every moment that it names, restarted under the halted clock, and compared."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from tests.unit.runtime.toys import START, World
from workers.runtime.shell import SimulatedCrash
from workers.runtime.store.rows import EffectState

END = START + timedelta(hours=30)


class CrashAt:
    """Dies at the n-th moment; remembers which one it was."""

    def __init__(self, moment: int) -> None:
        self.left = moment
        self.name: str | None = None

    def __call__(self, name: str) -> None:
        if self.left == 0:
            self.left -= 1
            self.name = name
            raise SimulatedCrash(name)
        self.left -= 1


def live(world: World, **options: Any) -> None:
    runtime = world.runtime(**options)
    world.briefed(runtime)
    runtime.advance_to(END)


@cache
def undisturbed(keyed: bool) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    world, moments = World(), list[str]()
    world.network.keyed = keyed
    live(world, fault=moments.append)
    return world.log(), tuple(moments)


def crashed(keyed: bool, moment: int) -> tuple[World, bool]:
    """The world after a crash at a moment and a restart, and whether the crash came inside a call."""
    world, crash = World(), CrashAt(moment)
    world.network.keyed = keyed
    with pytest.raises(SimulatedCrash):
        live(world, fault=crash)
    with world.store.view() as view:
        inside = any(row.state in {EffectState.SENDING, EffectState.ASKING} for row in view.open_effects())
    live(world)
    return world, inside


def moments_of(keyed: bool) -> int:
    return len(undisturbed(keyed)[1])


def test_the_undisturbed_run_names_every_kind_of_moment() -> None:
    log, moments = undisturbed(keyed=True)
    kinds = {"intake", "claim", "batch", "settled", "timers", "sending", "answer"}
    assert {f"{side} {kind} commit" for side in ("before", "after") for kind in kinds} <= set(moments)
    assert {"before append", "after append", "before call", "after call"} <= set(moments)
    names = Counter(event["type"].split(".")[1] for event in log)
    assert names["PostPublished"] == 5
    assert names["MetricObserved"] >= 3
    assert names["ConversionRecorded"] >= 4


@pytest.mark.parametrize("keyed", [True, False])
def test_a_crash_anywhere_outside_a_call_leaves_the_same_log(keyed: bool) -> None:
    expected, moments = undisturbed(keyed)
    checked = 0
    for moment in range(len(moments)):
        world, inside = crashed(keyed, moment)
        if not inside:
            checked += 1
            assert world.log() == expected, f"crashed {moments[moment]} ({moment})"
    assert checked > len(moments) // 2


@pytest.mark.parametrize("keyed", [True, False])
def test_a_crash_inside_a_call_never_makes_a_second_post(keyed: bool) -> None:
    expected, moments = undisturbed(keyed)
    posts = [event["data"]["post"] for event in expected if event["type"] == "mowj.PostPublished.v1"]
    seen = 0
    for moment, name in enumerate(moments):
        if name not in {"after sending commit", "before call", "after call", "before answer commit"}:
            continue
        world, inside = crashed(keyed, moment)
        assert inside
        seen += 1
        prints = Counter(fingerprint for _, fingerprint, _ in world.network.accepted)
        assert set(prints.values()) == {1}
        said = Counter(event["data"]["post"] for event in world.log() if event["type"] in ENDINGS)
        assert set(said.values()) == {1}
        assert set(posts[:-1]) <= set(said)
        uncertain = [event["data"]["post"] for event in world.log() if event["type"] == "mowj.PostUncertain.v1"]
        absent = [post for post in said if f"print of {post}" not in prints]
        assert uncertain == absent, "a post is uncertain exactly where the network cannot show it"
        assert not (keyed and uncertain)
    assert seen > 20


ENDINGS = {"mowj.PostPublished.v1", "mowj.PostUncertain.v1", "mowj.PostFailed.v1"}
