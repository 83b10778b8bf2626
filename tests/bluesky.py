"""A real Bluesky network for tests: accounts of its own for each, and a door in front of it that can be out of order.

Where it is stands in MOWJ_TEST_BLUESKY, as `make test-bluesky` sets it; without it a test is skipped, which fails under
MOWJ_REQUIRE_SERVICES=1. Nothing here is simulated: data server, AppView and PLC directory are Bluesky's own programs.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from tests.services import address_of

POST: Final = "app.bsky.feed.post"
PATIENCE: Final = 120.0
"""Seconds after which nobody waits any longer for the AppView to show what a data server has accepted; usually one."""


@dataclass(frozen=True)
class Network:
    """Where the parts of a running network are."""

    pds: str
    limited: str
    appview: str
    admin_password: str

    def account(self, stem: str = "shop", server: str | None = None) -> Login:
        """A new account with a random handle, logged in by its password."""
        handle, password = f"{stem}-{secrets.token_hex(4)}.test", secrets.token_hex(8)
        said = {"handle": handle, "email": f"{handle}@example.com", "password": password}
        answer = xrpc(server or self.pds, "com.atproto.server.createAccount", said)
        made = Login(self, handle, password, answer["did"], answer["accessJwt"], server or self.pds)
        if server is None:
            eventually(lambda: made.followers() is not None)
        return made

    def take_down(self, did: str, applied: bool) -> None:
        """What Bluesky's moderators do to an account, and undo."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": did}
        said = {"subject": subject, "takedown": {"applied": applied}}
        self._administer("com.atproto.admin.updateSubjectStatus", said)

    def set_password(self, did: str, password: str) -> None:
        """What ends every login of the account; a login with the password begins another."""
        self._administer("com.atproto.admin.updateAccountPassword", {"did": did, "password": password})

    def _administer(self, method: str, said: Mapping[str, Any]) -> None:
        known = base64.b64encode(f"admin:{self.admin_password}".encode()).decode()
        xrpc(self.pds, method, said, authorization=f"Basic {known}")


@dataclass(frozen=True)
class Login:
    """An account, and what a person does with it by hand."""

    network: Network
    handle: str
    password: str
    did: str
    access: str
    server: str

    def options(self, name: str, **more: Any) -> dict[str, Any]:
        """The plug-in's options for this account under a brief's name."""
        account = {"identifier": self.handle, "password": self.password, "base_url": self.server}
        return {"accounts": {name: account | more}, "service": self.server, "watch_seconds": 0}

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        return xrpc(self.server, method, params=params, authorization=f"Bearer {self.access}")

    def do(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return xrpc(self.server, method, body, authorization=f"Bearer {self.access}")

    def create(self, collection: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record by hand; `createdAt` is now."""
        whole = {"$type": collection, "createdAt": datetime.now(UTC).isoformat().replace("+00:00", "Z"), **record}
        said = {"repo": self.did, "collection": collection, "record": whole}
        return self.do("com.atproto.repo.createRecord", said)

    def like(self, post: Mapping[str, Any]) -> None:
        self.create("app.bsky.feed.like", {"subject": _reference(post)})

    def repost(self, post: Mapping[str, Any]) -> None:
        self.create("app.bsky.feed.repost", {"subject": _reference(post)})

    def reply(self, post: Mapping[str, Any], text: str) -> None:
        self.create(POST, {"text": text, "reply": {"root": _reference(post), "parent": _reference(post)}})

    def quote(self, post: Mapping[str, Any], text: str) -> None:
        embed = {"$type": "app.bsky.embed.record", "record": _reference(post)}
        self.create(POST, {"text": text, "embed": embed})

    def follow(self, other: Login) -> None:
        self.create("app.bsky.graph.follow", {"subject": other.did})

    def followers(self) -> int | None:
        """As the AppView counts them; None while it does not know the account."""
        try:
            return int(self.ask("app.bsky.actor.getProfile", actor=self.did)["followersCount"])
        except HTTPError:
            return None

    def posts(self) -> list[dict[str, Any]]:
        """What the AppView shows of the account, replies and all."""
        feed, cursor = [], None
        while True:
            said = {"actor": self.did, "filter": "posts_with_replies", "limit": 100}
            answer = self.ask("app.bsky.feed.getAuthorFeed", **said, **({"cursor": cursor} if cursor else {}))
            feed += [entry["post"] for entry in answer["feed"] if "reason" not in entry]
            cursor = answer.get("cursor")
            if not cursor:
                return feed

    def records(self) -> list[dict[str, Any]]:
        """What the data server holds of the account's posts."""
        found, cursor = [], None
        while True:
            said = {"repo": self.did, "collection": POST, "limit": 100}
            answer = self.ask("com.atproto.repo.listRecords", **said, **({"cursor": cursor} if cursor else {}))
            found += answer["records"]
            cursor = answer.get("cursor")
            if not cursor:
                return found


def network() -> Network:
    """The running network; skips the test where there is none."""
    with urlopen(address_of("bluesky"), timeout=10) as answer:
        said = json.load(answer)
    return Network(said["pds"], said["limited"], said["appview"], said["admin_password"])


def xrpc(
    server: str, method: str, body: Mapping[str, Any] | None = None, *,
    params: Mapping[str, Any] | None = None, authorization: str = "",
) -> dict[str, Any]:  # fmt: skip
    """A call as XRPC makes it, without the plug-in's client. Raises urllib's HTTPError."""
    asked = f"?{urlencode(params, doseq=True)}" if params else ""
    content = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"} if body is not None else {}
    headers |= {"Authorization": authorization} if authorization else {}
    request = Request(f"{server}/xrpc/{method}{asked}", data=content, headers=headers)
    with urlopen(request, timeout=120) as answer:
        read = answer.read()
    found: dict[str, Any] = json.loads(read) if read else {}
    return found


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` finds as soon as it finds anything: the AppView follows the data server by its stream."""
    end, pause = monotonic() + PATIENCE, threading.Event()
    while not (found := look()):
        assert monotonic() < end, f"the AppView did not show it within {PATIENCE} s"
        pause.wait(0.05)
    return found


def shows(login: Login, uri: str) -> bool:
    """Whether the AppView shows a post."""
    return bool(login.ask("app.bsky.feed.getPosts", uris=[uri])["posts"])


def exists(login: Login, uri: str) -> bool:
    """Whether the data server has a record."""
    did, collection, key = uri.removeprefix("at://").split("/")
    try:
        login.ask("com.atproto.repo.getRecord", repo=did, collection=collection, rkey=key)
    except HTTPError:
        return False
    return True


def _reference(post: Mapping[str, Any]) -> dict[str, str]:
    return {"uri": post["uri"], "cid": post["cid"]}


# -- a door that can be out of order --


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


Act = Callable[["Door", str, Callable[[bytes | None], Answer], bytes], Answer | None]
"""What happens to a request: given the door, the method, how to pass a body on, and the body; None hangs up."""


def passed(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer | None:
    return go(None)


def lost(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer | None:
    """Heard, carried out, and never answered."""
    go(None)
    return None


def unheard(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer | None:
    """Taken and thrown away."""
    return None


def answered(status: int, error: str, **headers: str) -> Act:
    """Answered in the network's place."""

    def act(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer | None:
        said = json.dumps({"error": error, "message": f"scripted {error}"}).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status, {"content-type": "application/json", **named}, said)

    return act


@dataclass
class Door:
    """A reverse proxy before a data server. `rules` say what happens to a method such as `applyWrites`; others pass."""

    behind: str
    rules: dict[str, Act] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None
    _port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Listen, on the port that it had."""
        if self._server is None:
            self._server = ThreadingHTTPServer(("127.0.0.1", self._port), partial(_Porter, self))
            self._server.daemon_threads = True
            self._port = self._server.server_port
            threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        """Listen no more: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Porter(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, door: Door, *rest: Any) -> None:
        self._door = door
        super().__init__(*rest)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (its name in the base class)
        """Nothing: what was asked stands in the door's list."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        method = urlsplit(self.path).path.rpartition(".")[2]
        self._door.asked.append(method)
        act = self._door.rules.get(method, passed)
        answer = act(self._door, method, lambda changed: self._pass(body if changed is None else changed), body)
        self.close_connection = True
        if answer is None:
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def _pass(self, body: bytes) -> Answer:
        connection = HTTPConnection(urlsplit(self._door.behind).netloc, timeout=120)
        kept = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
        connection.request(self.command, self.path, body if self.command == "POST" else None, kept)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        wanted = ("content-type", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy")
        headers = {name: value for name in wanted if (value := response.headers.get(name)) is not None}
        return Answer(response.status, headers, content)


@contextmanager
def door(behind: str) -> Iterator[Door]:
    """An open door before a data server."""
    made = Door(behind)
    made.open()
    try:
        yield made
    finally:
        made.close()
