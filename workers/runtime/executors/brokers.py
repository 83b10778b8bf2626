"""The two brokers that carry effects' keys between processes: RabbitMQ, and Redis. Both through dramatiq.

Invariants: nothing is connected before it is needed. No call waits longer than `ANSWER_SECONDS` for a broker that has
stopped answering, and a connection on which nothing comes any more is given up. Needs the packages of the extra
`outgrown`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

import dramatiq
import pika
import redis
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerError
from dramatiq.middleware import Middleware

ANSWER_SECONDS: Final = 10
BROKER_TROUBLE: Final = (BrokerError, pika.exceptions.AMQPError, redis.RedisError, OSError)
"""What it looks like when a broker is not there, refuses, or goes away."""


def version(url: str) -> str:
    """Which broker answers there. Raises BROKER_TROUBLE."""
    if url.startswith("redis"):
        with redis.Redis.from_url(url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS) as client:
            told: Any = client.info("server")
            return str(told["redis_version"])
    parameters = [pika.URLParameters(one) for one in url.split(";")]
    for one in parameters:
        one.socket_timeout = one.blocked_connection_timeout = one.stack_timeout = ANSWER_SECONDS
    connection: Any = pika.BlockingConnection(parameters)
    with connection:
        return str(connection._impl.server_properties["version"])  # noqa: SLF001  (pika says it nowhere else)


class Link(Protocol):
    """One broker as an executor needs it. Raises BROKER_TROUBLE."""

    @property
    def broker(self) -> dramatiq.Broker: ...

    def waiting(self, queue: str) -> int:
        """How many messages wait in the queue, about; asking keeps the connection alive."""
        ...

    def close(self) -> None: ...


class Rabbitmq:
    """`url` is an amqp:// URI; several, separated by `;`, are tried in turn."""

    def __init__(self, url: str, middleware: Sequence[Middleware]) -> None:
        self.broker: Any = RabbitmqBroker(url=url, middleware=list(middleware))
        known: Any = self.broker.parameters
        for parameters in known if isinstance(known, list) else [known]:
            parameters.heartbeat = parameters.heartbeat or ANSWER_SECONDS
            parameters.blocked_connection_timeout = parameters.blocked_connection_timeout or ANSWER_SECONDS
            parameters.socket_timeout = min(parameters.socket_timeout or ANSWER_SECONDS, ANSWER_SECONDS)

    def waiting(self, queue: str) -> int:
        try:
            self.broker.declare_queue(queue, ensure=True)
            found: Any = self.broker.channel.queue_declare(queue=queue, passive=True)
        except BROKER_TROUBLE:
            # Deleted, or the connection broke: both are made anew by whoever asks next, on this thread.
            del self.broker.connection
            self.broker.queues_pending.add(queue)
            raise
        return int(found.method.message_count)

    def close(self) -> None:
        self.broker.close()


class Redis:
    """`url` is a redis:// or rediss:// URI; all keys begin with `namespace`."""

    def __init__(self, url: str, namespace: str, middleware: Sequence[Middleware]) -> None:
        limits: dict[str, Any] = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
        client = redis.Redis.from_url(url, **limits)
        made: Any = RedisBroker(client=client, namespace=namespace, middleware=list(middleware))  # type: ignore[no-untyped-call]
        self.broker = made

    def waiting(self, queue: str) -> int:
        return int(self.broker.do_qsize(queue))

    def close(self) -> None:
        self.broker.close()
        self.broker.client.connection_pool.disconnect()
