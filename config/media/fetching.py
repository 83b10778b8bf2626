"""A picture fetched from the web: from public addresses only, small and soon, or not at all.

A post's file may be written by somebody who must not make this machine ask its own network (server-side request
forgery). Invariants: the address that was checked is the one that is connected to, so a name that resolves differently
the second time gains nothing; every redirect is checked like the first address; no proxy, no cookie, no password.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from typing import Final
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from config.media.terms import PICTURE_BYTES, Unfit

Address = IPv4Address | IPv6Address

REDIRECTS: Final = 5
SECONDS: Final = 30.0
"""How long a fetch may take in all; each wait on the connection is shorter."""
_WAIT: Final = 10.0
_CHUNK: Final = 64 * 1024
_AGENT: Final = "Mowj (fetches media of posts)"
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""IPv4 behind an IPv6 network's translator (RFC 6052)."""
_REDIRECT: Final = frozenset({301, 302, 303, 307, 308})


def is_public(address: Address) -> bool:
    """Whether anybody on the Internet could ask this address: not this machine, its network, or a way to them."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


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
            except (HTTPError, HTTPException, OSError) as error:
                raise Unfit(f"no answer ({type(error).__name__})", "an address that answers with a picture") from error
            if isinstance(found, bytes):
                return found
            url = found
        raise Unfit(f"more than {REDIRECTS} redirects", "the address of the picture itself")

    def _ask(self, url: str, until: float) -> bytes | str:
        """One request: the bytes, or where to ask instead."""
        scheme, host, port, target = _parts(url)
        address = self._address(host, port)
        timeout = urllib3.Timeout(total=min(_WAIT, max(until - monotonic(), 0.001)))
        if scheme == "https":
            pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(
                address, port, timeout=timeout, server_hostname=host, assert_hostname=host
            )
        else:
            pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout)
        named = f"[{host}]" if ":" in host else host
        headers = {
            "Host": named if port == _PORTS[scheme] else f"{named}:{port}",
            "User-Agent": _AGENT,
            "Accept": "image/*",
            "Accept-Encoding": "identity",
        }
        with pool:
            answer = pool.request("GET", target, headers=headers, preload_content=False, redirect=False, retries=False)
            try:
                if answer.status in _REDIRECT and answer.headers.get("Location"):
                    return urljoin(url, answer.headers["Location"])
                return _body(answer, until)
            finally:
                answer.close()

    def _address(self, host: str, port: int) -> str:
        """The first of the name's addresses, of which every one must be allowed."""
        found = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        for address in found:
            if not self.allowed(ip_address(str(address).partition("%")[0])):
                raise Unfit(f"{host}, an address inside a network ({address})", "a public address")
        return str(found[0])


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
    target = urllib3.util.Url(path=split.path or "/", query=split.query or None).url
    return split.scheme, host, port or _PORTS[split.scheme], target


def _body(answer: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """The whole body, read within the limits whatever its head promises. Raises Unfit."""
    if answer.status != 200:
        raise Unfit(f"the answer {answer.status}", "an address that answers with a picture")
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind and not kind.startswith("image/") and kind != "application/octet-stream":
        raise Unfit(f"an answer of the type {kind}", "an address that answers with a picture; put a film in the folder")
    body = bytearray()
    # `read1` returns with what is there: a server that sends a byte now and then does not get round the limit.
    while chunk := answer.read1(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > PICTURE_BYTES:
            raise Unfit(f"more than {PICTURE_BYTES:,} bytes", f"a picture of at most {PICTURE_BYTES:,} bytes")
        if monotonic() > until:
            raise Unfit("an answer that comes too slowly", "a picture that is there within half a minute")
    return bytes(body)
