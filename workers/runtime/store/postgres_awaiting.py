"""Connections that give up waiting: a link that swallows everything looks like a server that is slow, for good.

TCP's own limits see a machine that is gone, but not a proxy on the way that takes everything and passes nothing on.
"""

from __future__ import annotations

from collections.abc import Generator
from time import monotonic
from typing import Any

import psycopg
from psycopg import Connection


def awaiting(seconds: float) -> type[Connection[Any]]:
    """Connections on which nothing is awaited longer; what takes longer ends them, with OperationalError."""

    class Awaiting(Connection[Any]):
        def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
            return super().wait(_ended_after(self, gen, seconds), *args, **options)

    return Awaiting


def _ended_after(connection: Connection[Any], steps: Any, seconds: float) -> Generator[Any, Any, Any]:
    """The same steps; the connection is closed and an error raised where they are not over by then."""
    end = monotonic() + seconds
    try:
        asked = next(steps)
        while True:
            found = yield asked
            if monotonic() > end:
                connection.pgconn.finish()
                raise psycopg.OperationalError(f"no answer came for {seconds:.0f} seconds: the connection is given up")
            asked = steps.send(found)
    except StopIteration as done:
        return done.value
