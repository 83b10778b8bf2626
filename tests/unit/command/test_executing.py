"""Which executor a process has, and what is said where it cannot have it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from config.settings import ExecutorKind, ExecutorSettings, PlatformSettings, Settings, load_settings, masked
from tests.unit.command.house import mowj
from workers.command.errors import UserError
from workers.command.executing import call_limits, make_executor, require_broker
from workers.runtime.executors.in_process import DramatiqExecutor
from workers.runtime.executors.inline import InlineExecutor
from workers.runtime.observing import Observer


def test_without_a_broker_effects_are_carried_out_where_they_are_decided() -> None:
    made = [
        make_executor(ExecutorSettings(kind=kind), Observer(), performs=True)
        for kind in (ExecutorKind.DRAMATIQ, ExecutorKind.INLINE)
    ]
    assert [type(executor) for executor in made] == [DramatiqExecutor, InlineExecutor]


def test_a_process_for_effects_alone_needs_a_broker(tmp_path: Path) -> None:
    said = " ".join(mowj("worker", "executor", "--data", tmp_path, code=2).stderr.split())
    assert "executor.kind is dramatiq, so effects are carried out by whoever decides on them" in said


def test_a_misspelled_executor_is_answered_with_its_name(tmp_path: Path) -> None:
    assert "did you mean 'executor'?" in mowj("worker", "excutor", "--data", tmp_path, code=2).stderr


@pytest.mark.parametrize(("kind", "url"), [(ExecutorKind.RABBITMQ, "redis://x"), (ExecutorKind.REDIS, "amqp://x")])
def test_an_address_of_another_kind_of_broker_is_refused_without_repeating_it(kind: ExecutorKind, url: str) -> None:
    with pytest.raises(UserError, match=r"^executor\.url does not begin with (amqp|redis)://"):
        require_broker(ExecutorSettings(kind=kind, url=SecretStr(url)))


def test_the_brokers_password_is_shown_nowhere(tmp_path: Path) -> None:
    settings = load_settings(None, {"MOWJ_EXECUTOR__KIND": "redis", "MOWJ_EXECUTOR__URL": "redis://:hush@host/0"})
    assert settings.executor.address == "redis://:hush@host/0"
    assert "hush" not in f"{masked(settings)} {settings!r}"


def test_what_an_account_bears_comes_from_its_networks_settings() -> None:
    network = PlatformSettings(calls_at_once=1, calls_per_minute=30, silent_after=2)
    (limits,) = call_limits(Settings(platforms={"net": network})).values()
    assert (limits.at_once, limits.per_minute, limits.failures) == (1, 30, 2)
