"""Logins: a session per account, refreshed ahead of its end, and calls that are made under it.

Invariants: a passing error (no connection, 5xx, 429) neither discards nor replaces a token. Only the network's word
that a token is invalid does, and then the app password is tried once; where there is none, a person must log in. Of all
processes one at a time renews an account's login; the others go on under the old one while it holds. Tokens live on the
machine's time, whatever the campaign's clock says. A refresh token is used once: for two hours the data server answers
an old one with the same successor, so that an answer which was lost costs nothing (packages/pds, rotateRefreshToken).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from atproto_client.exceptions import RequestErrorBase
from atproto_client.request import Request, Response

from workers.platforms.bluesky.errors import TokenStale, translated
from workers.platforms.bluesky.tokens import expires
from workers.platforms.credentials import Credentials, Fields
from workers.platforms.protocol import (
    AuthorizationExpired,
    Clock,
    OutcomeUnknown,
    PlatformError,
    ProvenUnsent,
    Rejected,
)
from workers.platforms.sealing import CredentialsUnusable

AHEAD: Final = timedelta(minutes=10)
"""How long before its end an access token is refreshed; Bluesky's live for two hours."""
PATIENCE: Final = 10.0
"""Seconds to wait for another process that is logging the account in, where there is no session that holds."""
TOKENS: Final = {"access": "accessJwt", "refresh": "refreshJwt", "did": "did", "handle": "handle"}
"""What is kept of a session, by the names of com.atproto.server.createSession."""


@dataclass(frozen=True, slots=True)
class Session:
    """A login that holds now. `base` is where its data server is, `proxy` what carries its calls."""

    did: str
    handle: str
    access: str = field(repr=False)
    base: str
    proxy: str | None = field(repr=False)


class Sessions:
    """Calls of accounts. Safe for threads."""

    def __init__(self, credentials: Credentials, service: str, deadline: float, clock: Clock) -> None:
        self._credentials, self._service, self._deadline, self._clock = credentials, service, deadline, clock
        self._locks: dict[str, threading.Lock] = {}
        self._requests: dict[str | None, Request] = {}
        self._guard = threading.Lock()
        self._stale: set[str] = set()

    def session(self, account: str) -> Session:
        """A session that holds, logging in or refreshing where need be. Raises PlatformError; nothing was published."""
        with self._lock(account):
            try:
                return self._current(account, self._known(account))
            except CredentialsUnusable as error:
                raise ProvenUnsent(f"not logged in: {error}") from error
            except OutcomeUnknown as error:
                raise ProvenUnsent(f"not logged in: {error}") from error

    def renew(self, account: str) -> Session:
        """A session that the network has just given. Raises PlatformError."""
        known = self._known(account)
        if "access" in known:
            self._stale.add(known["access"])
        return self.session(account)

    def login(self, account: str) -> Fields:
        """What is known of the account's login, tokens and all."""
        return self._known(account)

    def query(self, account: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """A read under the account's login. Raises PlatformError."""
        return self.asked(account, method, params)[0]

    def asked(self, account: str, method: str, params: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, str]]:
        """A read's answer, and its headers. Raises PlatformError."""
        return self._authorized(account, method, lambda login: self._request(login.proxy).get(
            f"{login.base}/xrpc/{method}", params=dict(params), headers=_bearer(login.access),
        ))  # fmt: skip

    def procedure(
        self, account: str, method: str, body: Mapping[str, Any] | bytes, kind: str = "application/json"
    ) -> dict[str, Any]:
        """A write under the account's login. Raises PlatformError."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._authorized(account, method, lambda login: self._request(login.proxy).post(
            f"{login.base}/xrpc/{method}", content=content, headers={**_bearer(login.access), "Content-Type": kind},
        ))[0]  # fmt: skip

    def _authorized(
        self, account: str, method: str, call: Callable[[Session], Response]
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        session = self.session(account)
        try:
            return self._called(method, lambda: call(session))
        except TokenStale:
            self._stale.add(session.access)
        fresh = self.session(account)
        try:
            return self._called(method, lambda: call(fresh))
        except TokenStale as error:
            raise AuthorizationExpired(str(error)) from error

    def _called(self, what: str, call: Callable[[], Response]) -> tuple[dict[str, Any], Mapping[str, str]]:
        try:
            response = call()
        except (RequestErrorBase, httpx.HTTPError) as error:
            raise translated(error, what, self._clock.now()) from error
        except ValueError as error:  # a success whose body is no JSON: whatever was asked may have been done
            raise OutcomeUnknown(f"{what}: unreadable answer") from error
        if not isinstance(response.content, dict):
            raise OutcomeUnknown(f"{what}: unreadable answer")
        return response.content, response.headers

    # -- tokens --

    def _known(self, account: str) -> Fields:
        try:
            return self._credentials.get(account)
        except CredentialsUnusable as error:
            raise ProvenUnsent(f"not logged in: {error}") from error
        except KeyError as error:
            raise AuthorizationExpired(
                f"nobody has added the account {account!r}: mowj accounts add {account}"
            ) from error

    def _current(self, account: str, known: Fields) -> Session:
        left = timedelta(0)
        if "access" in known and known["access"] not in self._stale:
            left = expires(known["access"]) - datetime.now(UTC)
        if left > AHEAD:
            return _session(known)
        holds = left > timedelta(0)
        try:
            # While the old token holds, nobody waits for who is renewing it.
            new = self._credentials.renewed(
                account, known, lambda latest: self._newer(account, latest), patience=0 if holds else PATIENCE
            )
        except KeyError as error:
            raise AuthorizationExpired(f"somebody has removed the account {account!r}") from error
        except AuthorizationExpired:
            raise
        except PlatformError:
            if holds:
                return _session(known)
            raise
        return _session(new)

    def _newer(self, account: str, known: Fields) -> Fields:
        """By the refresh token, else, where the network says that it is no longer good, by the password."""
        try:
            if "refresh" in known:
                return self._renewed(known)
        except (AuthorizationExpired, Rejected, TokenStale):
            pass
        try:
            return self._logged_in(account, known)
        except (Rejected, TokenStale) as error:
            raise AuthorizationExpired(f"not logged in: {error}") from error

    def _renewed(self, known: Fields) -> Fields:
        answer, _ = self._called(
            "refreshSession",
            lambda: self._request(known.get("proxy")).post(
                f"{_base(known)}/xrpc/com.atproto.server.refreshSession", headers=_bearer(known["refresh"])
            ),
        )  # fmt: skip
        return self._with_tokens(known, answer)

    def _logged_in(self, account: str, known: Fields) -> Fields:
        if not known.get("password"):
            raise AuthorizationExpired(f"the login of {account!r} has ended")
        base = known.get("base_url") or known.get("service") or self._service
        said = {"identifier": known["identifier"], "password": known["password"]}
        answer, _ = self._called(
            "createSession",
            lambda: self._request(known.get("proxy")).post(
                f"{base.rstrip('/')}/xrpc/com.atproto.server.createSession", json=said
            ),
        )  # fmt: skip
        return self._with_tokens(known, answer)

    def _with_tokens(self, known: Fields, answer: Mapping[str, Any]) -> Fields:
        base = _data_server(answer) or known.get("pds") or known.get("service") or self._service
        try:
            tokens = {name: str(answer[said]) for name, said in TOKENS.items()}
        except KeyError as error:
            raise OutcomeUnknown(f"a session without {error}") from error
        return {**known, **tokens, "pds": base.rstrip("/")}

    def _request(self, proxy: str | None) -> Request:
        with self._guard:
            if proxy not in self._requests:
                # A connection of its own for each call: one that was kept may die under a call, of which nobody could
                # then say whether it was heard.
                self._requests[proxy] = Request(
                    timeout=self._deadline, proxy=proxy, limits=httpx.Limits(max_keepalive_connections=0)
                )
            return self._requests[proxy]

    def _lock(self, account: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(account, threading.Lock())


def _session(known: Fields) -> Session:
    return Session(known["did"], known["handle"], known["access"], _base(known), known.get("proxy"))


def _base(known: Fields) -> str:
    """Where the account's data server is asked; its `base_url` is asked instead of any other."""
    return (known.get("base_url") or known["pds"]).rstrip("/")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _data_server(answer: Mapping[str, Any]) -> str | None:
    """The data server that the account's DID document names."""
    document = answer.get("didDoc")
    services = document.get("service", ()) if isinstance(document, dict) else ()
    ends = (one.get("serviceEndpoint") for one in services if str(one.get("id", "")).endswith("#atproto_pds"))
    return next((end for end in ends if isinstance(end, str)), None)
