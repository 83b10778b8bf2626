"""The simulated network keeps the promises of every platform: in process, and as a client of a real server process."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from events.terms import Fact
from tests.contract.platform_suite import MovableClock, Stage, Trouble, TroubleSuite
from tests.contract.simulated_server import RunningServer, running_server
from workers.platforms.simulated import factory, remote_factory
from workers.platforms.simulated.faults import Fault
from workers.platforms.simulated.wire import DemandedFaults
from workers.platforms.simulated.world import OutageKind

TOWN = """
brief: steady
network: {text_length: 300, formats: [photo], find_lag_minutes: 5}
segments:
  townspeople:
    people: 120
    followers: 60
    interests: {brewing: 1}
    appeals: {teach: 1}
    formats: {photo: 1}
    peaks: [10]
"""


def demanded(trouble: Trouble, account: str) -> DemandedFaults:
    if trouble is Trouble.NONE:
        return DemandedFaults()
    if trouble is Trouble.OUTAGE:
        return DemandedFaults(outage=OutageKind.REFUSED)
    if trouble is Trouble.EXPIRED:
        return DemandedFaults(expired=frozenset({account}))
    if trouble is Trouble.NO_REACH:
        return DemandedFaults(missing=frozenset({"reach"}))
    fault = Fault(trouble.value)
    return DemandedFaults(next_publish=fault, next_find=fault, next_read=fault)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "town.yaml"
    path.write_text(TOWN, encoding="utf-8")
    return path


class _InProcess(TroubleSuite):
    keyed: bool

    @pytest.fixture
    def stage(self, town: Path) -> Stage:
        clock = MovableClock()
        said: list[tuple[Fact, str, str, object]] = []
        network = factory(
            clock=clock,
            seed=1,
            say=lambda *each: said.append(each),
            options={"world": str(town), "keyed": self.keyed},
        )
        return Stage(network, clock, "roastery", cause=lambda it: demanded(it, "roastery").apply(network.faults))


class TestInProcessKeyed(_InProcess):
    keyed = True


class TestInProcessKeyless(_InProcess):
    keyed = False


class _Remote(TroubleSuite):
    """One server for all tests of a class: each has an account of its own, and time goes on between them."""

    keyed: bool
    accounts = count(1)
    clock = MovableClock()

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, town: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
        file = tmp_path_factory.mktemp("server") / "network.sqlite"
        with running_server(file, world=str(town), keyed=cls.keyed) as running:
            yield running

    @pytest.fixture
    def stage(self, server: RunningServer) -> Stage:
        account = f"roastery-{next(self.accounts)}"
        platform = remote_factory(clock=self.clock, seed=1, say=lambda *_: None, options={"url": server.url})
        platform.advance(self.clock.now())
        server.demand(DemandedFaults())
        return Stage(platform, self.clock, account, cause=lambda it: server.demand(demanded(it, account)))


class TestRemoteKeyed(_Remote):
    keyed = True


class TestRemoteKeyless(_Remote):
    keyed = False
