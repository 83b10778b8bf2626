"""Toxiproxy between two processes: a link that a test slows down, resets, silences, or holds and lets go.

One server serves all tests (MOWJ_TEST_TOXIPROXY); each link has a name and a port of its own there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

from tests.services import address_of, own_name

Stream = Literal["upstream", "downstream"]
"""What the client says, or what it is answered."""


@dataclass(frozen=True)
class Link:
    """A port of this machine behind which somebody else's is."""

    server: str
    name: str
    port: int

    def through(self, url: str) -> str:
        """The URL with this port in the place of its own."""
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{self.port}")))

    def lead_to(self, port: int) -> None:
        """Connections from now on go there."""
        self._call("POST", f"/proxies/{self.name}", {"upstream": f"127.0.0.1:{port}"})

    def slow(self, milliseconds: int) -> None:
        """Everything takes longer, both ways."""
        for stream in ("upstream", "downstream"):
            self._poison(f"slow {stream}", "latency", stream, {"latency": milliseconds, "jitter": milliseconds // 2})

    def hold(self, stream: Stream) -> None:
        """What is said is kept back; `heal` lets it go on its way, whole."""
        self._poison("hold", "latency", stream, {"latency": 3_600_000})

    def reset(self) -> None:
        """Whoever says or is told anything finds the connection reset, at once or when it begins."""
        for stream in ("upstream", "downstream"):
            self._poison(f"reset {stream}", "reset_peer", stream, {"timeout": 0})

    def silence(self) -> None:
        """Connections stay open, and can be made; what is said on them is swallowed, both ways."""
        for stream in ("upstream", "downstream"):
            self._poison(f"silence {stream}", "timeout", stream, {"timeout": 0})

    def heal(self) -> None:
        """Nothing is wrong any more. A connection on which something was swallowed or reset is over."""
        for toxic in self._call("GET", f"/proxies/{self.name}/toxics"):
            self._call("DELETE", f"/proxies/{self.name}/toxics/{toxic['name'].replace(' ', '%20')}")

    def _poison(self, name: str, kind: str, stream: str, attributes: dict[str, int]) -> None:
        said = {"name": name, "type": kind, "stream": stream, "toxicity": 1.0, "attributes": attributes}
        self._call("POST", f"/proxies/{self.name}/toxics", said)

    def _call(self, method: str, path: str, said: object = None) -> Any:
        return call(self.server, method, path, said)


def call(server: str, method: str, path: str, said: object = None) -> Any:
    """Toxiproxy's own interface. A browser's words are refused there, so it is told who asks."""
    body = None if said is None else json.dumps(said).encode()
    request = Request(server + path, data=body, method=method, headers={"User-Agent": "mowj"})
    with urlopen(request, timeout=30) as answer:
        content = answer.read()
    return json.loads(content) if content else None


@contextmanager
def linked(port: int | str | None = None) -> Iterator[Link]:
    """A link to this port, or to the port of this URL; without one, `lead_to` says it later."""
    server, name = address_of("toxiproxy"), own_name()
    behind = urlsplit(port).port if isinstance(port, str) else port
    made = call(
        server, "POST", "/proxies", {"name": name, "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{behind or 1}"}
    )
    try:
        yield Link(server, name, int(made["listen"].rpartition(":")[2]))
    finally:
        call(server, "DELETE", f"/proxies/{name}")
