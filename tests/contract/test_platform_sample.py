"""The plug-in that the documentation shows is found as module:factory and keeps the promises of every platform."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from events.terms import Fact
from tests.contract.platform_suite import MovableClock, PlatformSuite, Stage
from workers.platforms import registry

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "write-a-platform.md"


class TestSample(PlatformSuite):
    @pytest.fixture
    def stage(self, monkeypatch: pytest.MonkeyPatch) -> Stage:
        monkeypatch.chdir(HERE)
        monkeypatch.setattr(sys, "path", sys.path[:])
        clock = MovableClock()
        said: list[tuple[Fact, str, str, object]] = []
        platform = registry.load("sample_platform:factory")(
            clock=clock, seed=1, say=lambda *each: said.append(each), options={"passers_by": 120}
        )
        return Stage(platform, clock, "baker")


def test_the_page_shows_the_sample_as_it_is() -> None:
    sample = (HERE / "sample_platform.py").read_text(encoding="utf-8")
    assert f"```python\n{sample}```" in PAGE.read_text(encoding="utf-8")
