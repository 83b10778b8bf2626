"""Pictures from the web: from public addresses, of a bearable size, in bearable time, once."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from time import monotonic
from typing import Any, Final

import pytest

from config.media import fetching
from config.media.fetching import Address, Fetcher, is_public
from config.media.taking import Taker, WrittenMedia
from config.media.terms import Unfit
from tests.unit.config.pictures import film, jpeg
from workers.runtime.media import MediaStore

PICTURE: Final = jpeg()


class Site:
    """What a server on this machine answers with, and what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.slow = Signal()
        self.port = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def shows(self, path: str, body: bytes = PICTURE, status: int = 200, **headers: str) -> str:
        self.pages[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
        return self.url(path)


@contextmanager
def serving(site: Site, context: ssl.SSLContext | None = None) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, self.headers["Host"]))
            status, headers, body = site.pages[self.path]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                if self.path == "/slow":
                    while not site.slow.wait(0.05):
                        self.wfile.write(b"x")
                self.wfile.write(body)
            except OSError:
                pass  # the client has had enough

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.port = server.server_address[1]
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield
        finally:
            site.slow.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    with serving(found):
        yield found


def here(address: Address) -> bool:
    """Only the tests' own server may be asked."""
    return str(address) == "127.0.0.1"


def test_a_picture_is_fetched_also_through_a_redirect(site: Site) -> None:
    site.shows("/cup.jpg", Content_Type="image/jpeg")
    start = site.shows("/moved?size=2", b"", 302, Location="/cup.jpg")
    assert Fetcher(here).fetch(start) == PICTURE
    assert site.asked == [("/moved?size=2", f"127.0.0.1:{site.port}"), ("/cup.jpg", f"127.0.0.1:{site.port}")]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::",
        "64:ff9b:1::a00:1", "64:ff9b:1::5db8:d70e", "64:ff9b:2::1", "fec0::1", "feff::1", "::10.0.0.1",
        "::93.184.215.14", "::ffff:0:10.0.0.1", "2001:0:0a00:1::a247:28f1", "2001:0:5db8:d70e::f5ff:fffe", "100::1",
        "3fff::1", "5f00::1", "2001:db8::1", "192.0.0.8", "192.88.99.1", "198.18.0.1", "240.0.0.1",
    ],
)  # fmt: skip
def test_an_address_inside_a_network_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "2606:4700::1111", "64:ff9b::5db8:d70e", "::ffff:93.184.215.14",
     "2002:5db8:d70e::1", "2001:0:5db8:d70e::a247:28f1", "2a00:1450:4001::1"],
)  # fmt: skip
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0"])
def test_this_machine_is_never_asked_however_it_is_called(site: Site, host: str) -> None:
    site.shows("/cup.jpg")
    with pytest.raises(Unfit, match="a public address"):
        Fetcher().fetch(f"http://{host}:{site.port}/cup.jpg")
    assert site.asked == []


@pytest.mark.parametrize(
    ("target", "refused"),
    [
        ("http://10.0.0.1/cup.jpg", "inside a network"),
        ("http://169.254.169.254/latest/meta-data/", "inside a network"),
        ("file:///etc/hostname", "begins with file"),
        ("gopher://127.0.0.1/", "begins with gopher"),
        ("http://user:word@127.0.0.1/", "name or password"),
    ],
)
def test_a_redirect_leads_nowhere_where_the_first_address_could_not(site: Site, target: str, refused: str) -> None:
    with pytest.raises(Unfit, match=refused):
        Fetcher(here).fetch(site.shows("/moved", b"", 302, Location=target))


def test_a_name_that_resolves_to_a_public_and_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(0, 0, 0, "", (address, 80)) for address in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: both)
    with pytest.raises(Unfit, match=r"rebind\.example.*10\.0\.0\.1"):
        Fetcher().fetch("http://rebind.example/cup.jpg")


def test_the_address_that_was_checked_is_the_one_that_is_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.shows("/cup.jpg")
    answers = iter([[(0, 0, 0, "", ("127.0.0.1", site.port))]])
    real = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **more: Any) -> Any:
        return next(answers) if host == "pictures.example" else real(host, *rest, **more)

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    assert Fetcher(here).fetch(f"http://pictures.example:{site.port}/cup.jpg") == PICTURE
    assert site.asked == [("/cup.jpg", f"pictures.example:{site.port}")], "the server is told the name"
    assert next(answers, None) is None, "the name was resolved once"


def test_endless_redirects_end(site: Site) -> None:
    with pytest.raises(Unfit, match="redirects"):
        Fetcher(here).fetch(site.shows("/round", b"", 302, Location="/round"))
    assert len(site.asked) == fetching.REDIRECTS + 1


def test_what_is_no_picture_is_refused(site: Site) -> None:
    with pytest.raises(Unfit, match="text/html"):
        Fetcher(here).fetch(site.shows("/page", b"<html>", Content_Type="text/html; charset=utf-8"))
    with pytest.raises(Unfit, match="the answer 404"):
        Fetcher(here).fetch(site.shows("/gone", b"", 404))
    page = site.shows("/lie", b"<html>", Content_Type="image/png")
    with pytest.raises(Unfit, match="by its content"):
        Taker(Path(), fetcher=Fetcher(here)).take(Path("post.md"), WrittenMedia(url=page))
    moving = site.shows("/film", film(), Content_Type="image/png")
    with pytest.raises(Unfit, match="content folder"):
        Taker(Path(), fetcher=Fetcher(here)).take(Path("post.md"), WrittenMedia(url=moving))


def test_an_answer_that_is_too_large_is_cut_off_whatever_it_says_of_its_size(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PICTURE_BYTES", 1000)
    with pytest.raises(Unfit, match="more than 1,000 bytes"):
        Fetcher(here).fetch(site.shows("/large", bytes(1_000_000)))


def test_an_answer_that_drips_is_given_up(site: Site) -> None:
    with pytest.raises(Unfit, match="too slowly"):
        Fetcher(here, seconds=0.3).fetch(site.shows("/slow"))


@contextmanager
def dripping(*drops: bytes) -> Iterator[int]:
    """A server that says these at once, and then the last again and again, each long before anybody loses patience."""
    enough = Signal()

    def drip(line: socket.socket) -> None:
        with contextlib.suppress(OSError), line:
            for drop in itertools.chain(drops, itertools.repeat(drops[-1])):
                line.sendall(drop)
                if enough.wait(0.02):
                    return

    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(10)
        thread = Thread(target=lambda: drip(door.accept()[0]))
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            enough.set()
            thread.join()


@pytest.mark.parametrize(
    ("scheme", "drops"),
    [
        ("http", [b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"]),
        ("http", [b"HTTP/1.1 200 OK\r\nX: ", b"y"]),
        ("http", [b"H", b"T", b"T", b"P", b"/", b"1", b"1"]),
        ("http", [b"HTTP/1.1 100 Continue\r\n\r\n"]),
        ("http", [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"]),
        ("http", [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"]),
        ("https", [b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb", b"\0"]),
    ],
)
def test_a_server_that_drips_anything_is_given_up_when_the_fetch_has_taken_its_time(
    scheme: str, drops: list[bytes]
) -> None:
    with dripping(*drops) as port:
        began = monotonic()
        with pytest.raises(Unfit, match="too slowly"):
            Fetcher(here, seconds=0.3).fetch(f"{scheme}://127.0.0.1:{port}/cup.jpg")
        assert 0.25 < monotonic() - began < 2


def test_redirects_share_one_deadline(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    now = itertools.count(step=0.2)
    monkeypatch.setattr(fetching, "monotonic", lambda: next(now))
    with pytest.raises(Unfit, match="too slowly"):
        Fetcher(here, seconds=3).fetch(site.shows("/round", b"", 302, Location="/round"))
    assert 0 < len(site.asked) < fetching.REDIRECTS + 1


def test_a_resolver_that_never_answers_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Signal()

    def resolve(*_: object, **__: object) -> list[object]:
        answer.wait(10)
        return []

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    try:
        with pytest.raises(Unfit, match="too slowly"):
            Fetcher(seconds=0.1).fetch("http://pictures.example/cup.jpg")
    finally:
        answer.set()


def test_a_picture_comes_over_tls_from_whoever_proves_to_have_the_name(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    key, proof = tmp_path / "key.pem", tmp_path / "proof.pem"
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    named = ["-subj", "/CN=pictures.example", "-addext", "subjectAltName=DNS:pictures.example"]
    subprocess.run(
        [openssl, *made, *named, "-keyout", str(key), "-out", str(proof)], check=True, capture_output=True, timeout=60
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(proof, key)
    at = [(socket.AF_INET, 0, 0, "", ("127.0.0.1", 0))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: at)
    site.shows("/cup.jpg")
    with serving(site, context):
        url = f"https://pictures.example:{site.port}/cup.jpg"
        with pytest.raises(Unfit, match="SSLCertVerificationError"):
            Fetcher(here).fetch(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(proof))
        assert Fetcher(here).fetch(url) == PICTURE
        assert site.asked == [("/cup.jpg", f"pictures.example:{site.port}")]
        with pytest.raises(Unfit, match="SSLCertVerificationError"):
            Fetcher(here).fetch(url.replace("pictures", "others"))


def test_nobody_there_is_answered_and_no_crash(site: Site) -> None:
    for url in (f"http://127.0.0.1:{site.port + 1}/", "http://nowhere.invalid/", "http://[::1", "https:///cup.jpg"):
        with pytest.raises(Unfit):
            Fetcher(here).fetch(url)


def test_an_address_is_asked_once_and_what_was_kept_stays_what_it_is(site: Site, tmp_path: Path) -> None:
    item = WrittenMedia(url=site.shows("/cup.jpg"))
    store = MediaStore(tmp_path)
    first = Taker(tmp_path, store, Fetcher(here)).take(tmp_path / "post.md", item)
    site.shows("/cup.jpg", b"", 404)
    assert Taker(tmp_path, store, Fetcher(here)).take(tmp_path / "post.md", item) == first
    assert len(site.asked) == 1
