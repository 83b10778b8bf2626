"""Which executor a process has: as the settings say, and whether it performs effects or only has others do it.

Invariants: in this process's own memory, effects are performed by whoever decides on them; over a broker, by `mowj run`
and by `mowj worker executor`, and by nobody else.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from config.settings import ExecutorKind, ExecutorSettings, Settings
from workers.command.errors import UserError
from workers.runtime.executors.in_process import DramatiqExecutor
from workers.runtime.executors.inline import InlineExecutor
from workers.runtime.executors.protocol import Executor
from workers.runtime.gates import CallLimits
from workers.runtime.observing import Observer
from workers.runtime.shell import Patience

EXECUTOR: Final = "executor"
"""What stands beside the workers' names for a process that performs effects."""

TIME_LIMIT: Final = 1.5
"""After so many leases, and 90 seconds at least, a call that has not ended is interrupted."""

SCHEMES: Final = {
    ExecutorKind.RABBITMQ: ("amqp://", "amqps://"),
    ExecutorKind.REDIS: ("redis://", "rediss://"),
}


def call_limits(settings: Settings) -> dict[str, CallLimits]:
    """What one account of each network bears, as the settings say."""
    return {
        channel: CallLimits(network.calls_at_once, network.calls_per_minute, network.silent_after)
        for channel, network in settings.platforms.items()
    }


def require_broker(settings: ExecutorSettings) -> None:
    """Raises UserError where a broker's address is another kind's, and where its packages are not installed."""
    if not settings.address.startswith(SCHEMES[settings.kind]):
        raise UserError(f"executor.url does not begin with {' or '.join(SCHEMES[settings.kind])}")
    try:
        import workers.runtime.executors.brokers  # noqa: F401
    except ModuleNotFoundError as error:
        raise UserError(
            f"{settings.kind.value} needs the package {error.name}: pip install 'mowj[outgrown]'"
        ) from error


def patience_of(settings: ExecutorSettings) -> Patience:
    """How long calls and leases last. Raises UserError where a lease would end before the call that it is for."""
    lease = timedelta(seconds=settings.lease_seconds)
    limit = max(Patience().time_limit, lease * TIME_LIMIT)
    try:
        return Patience(http_deadline=timedelta(seconds=settings.answer_seconds), lease=lease, time_limit=limit)
    except ValueError as error:
        least = settings.answer_seconds + Patience().retry_window.total_seconds()
        raise UserError(
            f"executor.lease_seconds is {settings.lease_seconds:g}: it must be more than {least:g}, which are "
            "executor.answer_seconds and 7 for quick tries again"
        ) from error


def make_executor(settings: ExecutorSettings, observer: Observer, *, performs: bool) -> Executor:
    """Raises UserError for an address of another kind of broker, and where its packages are not installed."""
    time_limit = patience_of(settings).time_limit
    if settings.kind is ExecutorKind.INLINE:
        return InlineExecutor()
    if settings.kind is ExecutorKind.DRAMATIQ:
        return DramatiqExecutor(settings.threads, time_limit)
    require_broker(settings)
    from workers.runtime.executors.broker import BrokerExecutor, Class
    from workers.runtime.executors.brokers import Rabbitmq, Redis

    url, namespace = settings.address, settings.namespace
    connect = partial(Rabbitmq, url) if settings.kind is ExecutorKind.RABBITMQ else partial(Redis, url, namespace)
    return BrokerExecutor(
        connect,
        threads=settings.threads if performs else 0,
        time_limit=time_limit,
        prefix=namespace,
        classes=[Class(each.value) for each in settings.classes],
        resend=settings.resend_seconds,
        observer=observer,
    )
