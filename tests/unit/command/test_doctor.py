"""The doctor says what it found, and how to mend what is bad."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from pydantic import SecretStr

from config.settings import (
    DataSettings,
    ExecutorKind,
    ExecutorSettings,
    PlatformSettings,
    RuntimeSettings,
    Settings,
    TransportKind,
    TransportSettings,
)
from tests.services import address_of
from tests.unit.command.house import answer, mowj
from workers.command import doctor


def settings(directory: Path, **platforms: PlatformSettings) -> Settings:
    return Settings(data=DataSettings(directory=directory), platforms=platforms)


def test_a_good_installation_has_nothing_to_mend(tmp_path: Path) -> None:
    checks = answer("doctor", "--data", tmp_path / "new")
    assert {check["name"] for check in checks} == {
        "python", "packages", "data directory", "sqlite", "executor", "platforms", "accounts", "interfaces",
        "time zones", "clock",
    }  # fmt: skip
    assert [check for check in checks if check["mend"]] == []
    assert not (tmp_path / "new").exists()


def test_a_folder_of_the_same_name_in_front_of_ours_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = importlib.util.find_spec

    def shadowed(name: str, package: str | None = None) -> ModuleSpec | None:
        if name != "config":
            return real(name, package)
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(tmp_path / "config")]
        return spec

    monkeypatch.setattr(importlib.util, "find_spec", shadowed)
    check = doctor.packages()
    assert check.mend is not None
    assert f"config from {tmp_path}" in check.found


def test_a_data_directory_that_cannot_be_made_is_bad(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", encoding="utf-8")
    check = doctor.data_directory(settings(in_the_way / "data"))
    assert check.mend == "name one that you may write: --data DIR"
    assert "data directory" in mowj("doctor", "--data", in_the_way / "data", code=1).stdout


def test_a_file_that_is_no_store_is_bad(tmp_path: Path) -> None:
    (tmp_path / "mowj.sqlite").write_bytes(b"not a database, whatever its name says" * 100)
    check = doctor.sqlite(settings(tmp_path))
    assert check.mend is not None
    assert "backup" in check.mend


def test_a_plug_in_that_cannot_be_loaded_is_bad(tmp_path: Path) -> None:
    check = doctor.platforms(settings(tmp_path, instagram=PlatformSettings(plugin="simulatd")))
    assert check.mend is not None
    assert "simulatd" in check.found


@pytest.mark.parametrize(
    ("kind", "url", "found"),
    [
        ("rabbitmq", "amqp://olivia:secret@127.0.0.1:1/", "rabbitmq at 127.0.0.1:1: "),
        ("redis", "redis://:secret@127.0.0.1:1/0", "redis at 127.0.0.1:1: "),
        ("redis", "amqp://127.0.0.1/", "executor.url does not begin with redis:// or rediss://"),
    ],
)
def test_a_broker_that_is_not_there_is_bad_and_its_password_is_not_shown(
    kind: str, url: str, found: str, tmp_path: Path
) -> None:
    broker = settings(tmp_path).model_copy(
        update={"executor": ExecutorSettings(kind=ExecutorKind(kind), url=SecretStr(url))}
    )
    check = doctor.executor(broker)
    assert check.found.startswith(found)
    assert check.mend
    assert "secret" not in f"{check}"


@pytest.mark.services
@pytest.mark.parametrize("kind", ["rabbitmq", "redis"])
def test_a_broker_that_answers_is_named_with_its_version(kind: str, tmp_path: Path) -> None:
    broker = settings(tmp_path).model_copy(
        update={"executor": ExecutorSettings(kind=ExecutorKind(kind), url=SecretStr(address_of(kind)))}
    )
    check = doctor.executor(broker)
    assert check.mend is None
    assert check.found.startswith(f"{kind} ")


@pytest.mark.services
def test_kafka_without_topics_is_found_and_mended_by_the_command_that_it_names(topic_prefix: str) -> None:
    from workers.command.doctor_kafka import kafka  # noqa: PLC0415 - an optional dependency
    from workers.command.transporting import administered  # noqa: PLC0415
    from workers.runtime.kafka import topics  # noqa: PLC0415

    transport = TransportSettings(
        kind=TransportKind.KAFKA, bootstrap_servers=address_of("kafka"), topics=topic_prefix.rstrip(".")
    )
    wanted = Settings(transport=transport, runtime=RuntimeSettings(partitions=2))
    bad = kafka(wanted)
    assert "does not exist" in bad.found
    assert bad.mend == "mowj topics apply makes it"
    with administered(wanted) as (admin, brokers):
        made = topics.apply(admin, brokers, ())
        good = kafka(wanted)
        admin.delete_topics(made)
    assert good.mend is None
