"""Logins: a session per account, refreshed ahead of its end, and calls that are made under it.

Invariants: a passing error (no connection, 5xx, 429) neither discards nor replaces a token. Only the network's word
that a token is invalid does, and then the app password is tried once; where there is none, a person must log in. One
thread at a time logs an account in. Tokens live on the machine's time, whatever the campaign's clock says.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import httpx
from atproto_client.exceptions import RequestErrorBase
from atproto_client.request import Request

from workers.platforms.bluesky.errors import TokenStale, translated
from workers.platforms.protocol import (
    AuthorizationExpired,
    Clock,
    OutcomeUnknown,
    PlatformError,
    ProvenUnsent,
    Rejected,
)

AHEAD: Final = timedelta(minutes=10)
"""How long before its end an access token is refreshed; Bluesky's live for two hours."""


class Credentials(Protocol):
    """What an account logs in with: `identifier` and `password`, and the tokens that came of it (`access`, `refresh`,
    `did`, `handle`, `pds`). `service`, `base_url` and `proxy` say where and how it is reached.
    """

    def get(self, account: str) -> Mapping[str, str]:
        """Raises KeyError for an account that nobody has added."""
        ...

    def replace(self, account: str, new: Mapping[str, str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Session:
    """A login that holds now. `base` is where its data server is."""

    did: str
    handle: str
    access: str
    base: str


class Sessions:
    """Calls of accounts. Safe for threads."""

    def __init__(self, credentials: Credentials, service: str, deadline: float, clock: Clock) -> None:
        self._credentials, self._service, self._deadline, self._clock = credentials, service, deadline, clock
        self._locks: dict[str, threading.Lock] = {}
        self._requests: dict[str, Request] = {}
        self._guard = threading.Lock()
        self._stale: set[str] = set()

    def session(self, account: str) -> Session:
        """A session that holds, logging in or refreshing where need be. Raises PlatformError; nothing was published."""
        with self._lock(account):
            known = self._known(account)
            try:
                return self._current(account, known)
            except OutcomeUnknown as error:
                raise ProvenUnsent(f"not logged in: {error}") from error
            except Rejected as error:
                raise AuthorizationExpired(f"not logged in: {error.reason}") from error

    def query(self, account: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """A read under the account's login. Raises PlatformError."""
        return self._authorized(account, method, lambda base, headers: self._request(account).get(
            f"{base}/xrpc/{method}", params=dict(params), headers=headers,
        ).content)  # fmt: skip

    def procedure(
        self, account: str, method: str, body: Mapping[str, Any] | bytes, kind: str = "application/json"
    ) -> dict[str, Any]:
        """A write under the account's login. Raises PlatformError."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._authorized(account, method, lambda base, headers: self._request(account).post(
            f"{base}/xrpc/{method}", content=content, headers={**headers, "Content-Type": kind},
        ).content)  # fmt: skip

    def _authorized(self, account: str, method: str, call: Any) -> dict[str, Any]:
        session = self.session(account)
        try:
            return self._called(method, lambda: call(session.base, _bearer(session.access)))
        except TokenStale:
            self._stale.add(session.access)
        fresh = self.session(account)
        try:
            return self._called(method, lambda: call(fresh.base, _bearer(fresh.access)))
        except TokenStale as error:
            raise AuthorizationExpired(str(error)) from error

    def _called(self, what: str, call: Any) -> dict[str, Any]:
        try:
            content = call()
        except (RequestErrorBase, httpx.HTTPError) as error:
            raise translated(error, what, self._clock.now()) from error
        except ValueError as error:  # a success whose body is no JSON: whatever was asked may have been done
            raise OutcomeUnknown(f"{what}: unreadable answer") from error
        if not isinstance(content, dict):
            raise OutcomeUnknown(f"{what}: unreadable answer")
        return content

    # -- tokens --

    def _known(self, account: str) -> Mapping[str, str]:
        try:
            return self._credentials.get(account)
        except KeyError as error:
            raise AuthorizationExpired(f"nobody has added the account {account!r}") from error

    def _current(self, account: str, known: Mapping[str, str]) -> Session:
        if "access" not in known:
            return self._log_in(account, known)
        left = expires(known["access"]) - datetime.now(UTC) if known["access"] not in self._stale else timedelta(0)
        if left > AHEAD:
            return _session(known)
        try:
            return self._renew(account, known)
        except AuthorizationExpired:
            raise
        except PlatformError:
            if left > timedelta(0):
                return _session(known)
            raise

    def _renew(self, account: str, known: Mapping[str, str]) -> Session:
        """By the refresh token, else, where the network says that it is no longer good, by the password."""
        try:
            answer = self._called(
                "refreshSession",
                lambda: self._request(account).post(
                    f"{known['pds']}/xrpc/com.atproto.server.refreshSession", headers=_bearer(known["refresh"])
                ).content,
            )  # fmt: skip
        except (AuthorizationExpired, TokenStale):
            return self._log_in(account, known)
        return self._keep(account, known, answer)

    def _log_in(self, account: str, known: Mapping[str, str]) -> Session:
        if not known.get("password"):
            raise AuthorizationExpired(f"the login of {account!r} has ended")
        base = known.get("base_url") or known.get("service") or self._service
        said = {"identifier": known["identifier"], "password": known["password"]}
        try:
            answer = self._called(
                "createSession",
                lambda: self._request(account).post(
                    f"{base.rstrip('/')}/xrpc/com.atproto.server.createSession", json=said
                ).content,
            )  # fmt: skip
        except TokenStale as error:
            raise AuthorizationExpired(str(error)) from error
        return self._keep(account, known, answer)

    def _keep(self, account: str, known: Mapping[str, str], answer: Mapping[str, Any]) -> Session:
        base = (
            known.get("base_url") or _data_server(answer) or known.get("pds") or known.get("service") or self._service
        )
        try:
            tokens = {"access": answer["accessJwt"], "refresh": answer["refreshJwt"], "did": answer["did"]}
            new = {**known, **tokens, "handle": str(answer["handle"]), "pds": base.rstrip("/")}
        except KeyError as error:
            raise OutcomeUnknown(f"a session without {error}") from error
        self._credentials.replace(account, new)
        return _session(new)

    def _request(self, account: str) -> Request:
        with self._guard:
            if account not in self._requests:
                # A connection of its own for each call: one that was kept may die under a call, of which nobody could
                # then say whether it was heard.
                self._requests[account] = Request(
                    timeout=self._deadline,
                    proxy=self._known(account).get("proxy"),
                    limits=httpx.Limits(max_keepalive_connections=0),
                )
            return self._requests[account]

    def _lock(self, account: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(account, threading.Lock())


def expires(token: str) -> datetime:
    """When a JWT ends by its own word; a token that does not say so has ended."""
    try:
        middle = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        return datetime.fromtimestamp(said["exp"], UTC)
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return datetime.fromtimestamp(0, UTC)


def _session(known: Mapping[str, str]) -> Session:
    return Session(known["did"], known["handle"], known["access"], known["pds"])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _data_server(answer: Mapping[str, Any]) -> str | None:
    """The data server that the account's DID document names."""
    document = answer.get("didDoc")
    services = document.get("service", ()) if isinstance(document, dict) else ()
    ends = (one.get("serviceEndpoint") for one in services if str(one.get("id", "")).endswith("#atproto_pds"))
    return next((end for end in ends if isinstance(end, str)), None)
