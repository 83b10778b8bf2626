"""A client of the simulated network that lives in a process of its own.

Invariants: until the connection stands nothing was sent, and a failure is `ProvenUnsent`; from then on any failure is
`OutcomeUnknown`. A conversion is acknowledged after `say` has returned, and fetched again until then.
"""

from __future__ import annotations

from datetime import datetime
from http.client import HTTPConnection, HTTPException
from typing import Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from pydantic import BaseModel, TypeAdapter, ValidationError

from events.campaign import ConversionRecorded
from workers.platforms.protocol import (
    Clock,
    Limits,
    OutcomeUnknown,
    OutgoingPost,
    ProvenUnsent,
    Published,
    Reading,
    Say,
)
from workers.platforms.simulated import wire

AnswerT = TypeVar("AnswerT")


class RemoteNetwork:
    """The network at `url`. No answer is awaited longer than `deadline` seconds. Safe to call from several threads."""

    def __init__(self, url: str, deadline: float, *, clock: Clock, say: Say) -> None:
        self._address: Final = urlsplit(url).netloc
        self._deadline, self._clock, self._say = deadline, clock, say

    def limits(self, account: str) -> Limits:
        return self._get(f"/limits/{quote(account, safe='')}", wire.LIMITS)

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        request = wire.PublishRequest(account=account, key=key, post=post)
        return _read(wire.PUBLISHED, self._post("/posts", request))

    def find(self, account: str, key: str, fingerprint: str, since: datetime) -> Published | None:
        asked = urlencode({"account": account, "key": key, "fingerprint": fingerprint, "since": since.isoformat()})
        return self._get(f"/find?{asked}", wire.FOUND)

    def read_post(self, account: str, reference: str) -> Reading:
        return self._get(f"/accounts/{quote(account, safe='')}/posts/{quote(reference, safe='')}", wire.READING)

    def read_account(self, account: str) -> Reading:
        return self._get(f"/accounts/{quote(account, safe='')}", wire.READING)

    def advance(self, to: datetime) -> None:
        """Let the network live until `to`, and say every conversion that was not yet acknowledged."""
        answer = self._post("/advance", wire.Advance(to=to))
        bought = _read(TypeAdapter(wire.Conversions), answer).conversions
        for each in bought:
            conversion = ConversionRecorded(count=1, post=each.post, account=each.account)
            self._say(conversion, each.campaign, each.id, each.at)
        if bought:
            self._post("/acknowledge", wire.Acknowledged(ids=tuple(each.id for each in bought)))

    def _get(self, path: str, kind: TypeAdapter[AnswerT]) -> AnswerT:
        return _read(kind, self._call("GET", path, None))

    def _post(self, path: str, content: BaseModel) -> bytes:
        return self._call("POST", path, content.model_dump_json().encode())

    def _call(self, method: str, path: str, body: bytes | None) -> bytes:
        """The body of a good answer. Raises the PlatformError that anything else stands for."""
        connection = HTTPConnection(self._address, timeout=self._deadline)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise ProvenUnsent(f"no connection to {self._address}: {error}") from error
            try:
                headers = {wire.TIME_HEADER: self._clock.now().isoformat(), "Content-Type": "application/json"}
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                status, content = response.status, response.read()
            except (OSError, HTTPException) as error:
                raise OutcomeUnknown(f"{self._address} did not answer {method} {path}: {error!r}") from error
        finally:
            connection.close()
        return wire.read_answer(status, content)


def _read(kind: TypeAdapter[AnswerT], content: bytes) -> AnswerT:
    try:
        return kind.validate_json(content)
    except ValidationError as error:
        raise OutcomeUnknown(f"unreadable answer: {error}") from error
