"""What holds for every test: how Hypothesis searches, and that nothing may be skipped where services are required."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# Fixtures for every test that is marked `services`.
from tests.services import (  # noqa: F401
    kafka_servers,
    namespace,
    postgres_url,
    rabbitmq_url,
    redis_url,
    topic_prefix,
)

# Two shared cores: a slow example says nothing about the code. In CI the examples are the same every time.
settings.register_profile(
    "mowj",
    deadline=None,
    max_examples=50,
    derandomize="CI" in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("mowj")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under MOWJ_REQUIRE_SERVICES=1 a skipped test fails: what was to be proved was not."""
    report = yield
    _refuse_a_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same where a whole file is skipped."""
    report = yield
    _refuse_a_skip(report)
    return report


def _refuse_a_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    expected = hasattr(report, "wasxfail")
    if report.skipped and not expected and os.environ.get("MOWJ_REQUIRE_SERVICES") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped, though MOWJ_REQUIRE_SERVICES=1: {report.longrepr}"
