"""Executors over a real broker, each with queues of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from tests.services import own_name
from workers.runtime.executors.broker import BrokerExecutor, Class


@contextmanager
def broker_executors(kind: str, url: str, **options: Any) -> Iterator[Callable[..., BrokerExecutor]]:
    """Makes executors that share queues, as several processes do; they are stopped, and the queues removed."""
    prefix, made = own_name(), []

    def another(**others: Any) -> BrokerExecutor:
        made.append(broker_executor(kind, url, prefix, **{**options, **others}))
        return made[-1]

    try:
        yield another
    finally:
        for executor in made:
            executor.stop()
        remove(kind, url, prefix)


def broker_executor(kind: str, url: str, prefix: str, **options: Any) -> BrokerExecutor:
    """What is lost is sent again after half a second, unless `resend` is given."""
    from workers.runtime.executors.brokers import Rabbitmq, Redis  # noqa: PLC0415 - optional dependencies

    connect = partial(Rabbitmq, url) if kind == "rabbitmq" else partial(Redis, url, prefix)
    return BrokerExecutor(connect, prefix=prefix, **{"resend": 0.5, "time_limit": timedelta(seconds=90), **options})


def remove(kind: str, url: str, prefix: str) -> None:
    """Delete the queues of one test: the broker may be somebody's."""
    import pika  # noqa: PLC0415
    import redis  # noqa: PLC0415

    if kind == "redis":
        with redis.Redis.from_url(url) as client:
            for key in client.scan_iter(f"{prefix}*"):
                client.delete(key)
        return
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        for each in Class:
            for ending in ("", ".DQ", ".XQ"):
                connection.channel().queue_delete(f"{prefix}.{each.value}{ending}")
