"""A picture fetched from the web: from public addresses only, small and soon, or not at all.

A post's file may be written by somebody who must not make this machine ask its own network (server-side request
forgery). Invariants: the address that was checked is the one that is connected to, so a name that resolves differently
the second time gains nothing; every redirect is checked like the first address; one deadline stands over all of it,
from the name's resolution to the last byte of the last redirect; no proxy, no cookie, no password.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urljoin, urlsplit

from urllib3.util import Url

from config.media.terms import PICTURE_BYTES, Unfit

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Address = IPv4Address | IPv6Address

REDIRECTS: Final = 5
SECONDS: Final = 30.0
"""How long a fetch may take in all, redirects included."""
_CHUNK: Final = 64 * 1024
_AGENT: Final = "Mowj (fetches media of posts)"
_REDIRECT: Final = frozenset({301, 302, 303, 307, 308})

_UNICAST: Final = IPv6Network("2000::/3")
"""What of IPv6 is given out to the Internet (RFC 4291, IANA): whatever lies outside leads into some network."""
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator's well-known prefix (RFC 6052); its local-use sibling 64:ff9b:1::/48 (RFC 8215) is local."""
_SPECIAL: Final = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"), IPv6Network("3fff::/20"))
"""Special-purpose blocks of IANA's registries that not every Python knows: protocols, old relays, documentation."""


def is_public(address: Address) -> bool:
    """Whether anybody on the Internet could ask this address: not this machine, its network, or a way to them.

    An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4, Teredo) is as public as that. IPv4-compatible (::/96)
    and site-local (fec0::/10) addresses are of no use on the Internet, and never public.
    """
    if isinstance(address, IPv6Address):
        carried = _carried(address)
        if carried:
            return all(map(is_public, carried))
        if address not in _UNICAST:
            return False
    known = not any(address in block for block in _SPECIAL if block.version == address.version)
    return known and address.is_global and not address.is_multicast


def _carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that packets to this one are handed on to, by some gateway on their way."""
    if address in _TRANSLATED:
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    if address.teredo is not None:
        return address.teredo  # the server and the client behind it
    inner = address.ipv4_mapped or address.sixtofour
    return (inner,) if inner is not None else ()


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches pictures. `allowed` says which addresses may be asked, `seconds` how long one picture may take."""

    allowed: Callable[[Address], bool] = is_public
    seconds: float = SECONDS

    def fetch(self, url: str) -> bytes:
        """The bytes behind the URL, not yet checked for what they are. Raises Unfit."""
        until = monotonic() + self.seconds
        for _ in range(REDIRECTS + 1):
            try:
                found = self._ask(url, until)
            except TimeoutError as error:
                within = f"a picture that is there within {self.seconds:g} seconds"
                raise Unfit("an answer that comes too slowly", within) from error
            except (HTTPException, OSError, ValueError) as error:
                raise Unfit(f"no answer ({type(error).__name__})", "an address that answers with a picture") from error
            if isinstance(found, bytes):
                return found
            url = found
        raise Unfit(f"more than {REDIRECTS} redirects", "the address of the picture itself")

    def _ask(self, url: str, until: float) -> bytes | str:
        """One request: the bytes, or where to ask instead. Raises TimeoutError when `until` comes first."""
        scheme, host, port, target = _parts(url)
        address = self._address(host, port, until)
        with closing(_connected(address, port, host if scheme == "https" else None, until)) as line:
            connection = (HTTPSConnection if scheme == "https" else HTTPConnection)(host, port)
            connection.sock = line
            headers = {"User-Agent": _AGENT, "Accept": "image/*", "Accept-Encoding": "identity", "Connection": "close"}
            connection.request("GET", target, headers=headers)
            with closing(connection.getresponse()) as answer:
                where = answer.getheader("Location")
                return urljoin(url, where) if answer.status in _REDIRECT and where else _body(answer)

    def _address(self, host: str, port: int, until: float) -> str:
        """The first of the name's addresses, of which every one must be allowed."""
        found = _resolved(host, port, until)
        for address in found:
            if not self.allowed(ip_address(address.partition("%")[0])):
                raise Unfit(f"{host}, an address inside a network ({address})", "a public address")
        return found[0]


def _resolved(host: str, port: int, until: float) -> list[str]:
    """All addresses of the name. Raises OSError, UnicodeError; TimeoutError when time is up."""
    answers: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def resolve() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(place[0]) for *_, place in found])
        except (OSError, UnicodeError) as error:
            answers.put(error)

    # The system's resolver cannot be interrupted, so it is left behind where it takes too long.
    Thread(target=resolve, name="mowj-resolving", daemon=True).start()
    try:
        answer = answers.get(timeout=_left(until))
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer


class _Line(socket.socket):
    """A connection, every wait on which ends when the fetch has to: also where it is answered byte by byte."""

    until = 0.0

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(_left(self.until))
        return super().recv_into(buffer, nbytes, flags)


class _SealedLine(ssl.SSLSocket):
    """The same under TLS."""

    until = 0.0

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        self.settimeout(_left(self.until))
        return super().recv_into(buffer, nbytes, flags)


def _connected(address: str, port: int, name: str | None, until: float) -> _Line | _SealedLine:
    """A connection to exactly this address, under TLS with whoever proves to be `name`."""
    line = _Line(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        line.until = until
        line.settimeout(_left(until))
        line.connect((address, port))
        line.settimeout(_left(until))
        if name is None:
            return line
        context = ssl.create_default_context()
        context.sslsocket_class = _SealedLine
        # The time limit of a socket holds for its handshake as a whole.
        sealed = cast(_SealedLine, context.wrap_socket(line, server_hostname=name))
        sealed.until = until
        sealed.settimeout(_left(until))
    except BaseException:
        line.close()
        raise
    return sealed


def _left(until: float) -> float:
    """Seconds until then, more than none. Raises TimeoutError."""
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


_PORTS: Final = {"http": 80, "https": 443}


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and what is asked for. Raises Unfit."""
    allowed = "a web address such as https://example.org/cup.jpg"
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as error:
        raise Unfit("no address that can be read", allowed) from error
    if split.scheme not in _PORTS or not split.hostname:
        raise Unfit(f"an address that begins with {split.scheme or 'nothing'}:", allowed)
    if split.username is not None or split.password is not None:
        raise Unfit("an address with a name or password in it", allowed)
    try:
        host = split.hostname.encode("idna").decode() if not split.hostname.isascii() else split.hostname
    except UnicodeError as error:
        raise Unfit("a name that no address can have", allowed) from error
    target = Url(path=split.path or "/", query=split.query or None).url
    return split.scheme, host, port or _PORTS[split.scheme], target


def _body(answer: HTTPResponse) -> bytes:
    """The whole body, read within the limits whatever its head promises. Raises Unfit, TimeoutError."""
    if answer.status != 200:
        raise Unfit(f"the answer {answer.status}", "an address that answers with a picture")
    kind = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if kind and not kind.startswith("image/") and kind != "application/octet-stream":
        raise Unfit(f"an answer of the type {kind}", "an address that answers with a picture; put a film in the folder")
    body = bytearray()
    while chunk := answer.read1(_CHUNK):
        body += chunk
        if len(body) > PICTURE_BYTES:
            raise Unfit(f"more than {PICTURE_BYTES:,} bytes", f"a picture of at most {PICTURE_BYTES:,} bytes")
    return bytes(body)
