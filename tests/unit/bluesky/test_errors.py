"""What Bluesky's refusals mean: by name, else by what the status proves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from atproto_client.exceptions import InvokeTimeoutError, NetworkError, RequestException
from atproto_client.models.common import XrpcError
from atproto_client.request import Response

from workers.platforms.bluesky.errors import UNSTATED_WAIT, Meaning, TokenStale, meaning, translated, wait
from workers.platforms.protocol import AuthorizationExpired, OutcomeUnknown, ProvenUnsent, RateLimited, Rejected

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def answered(status: int, name: str | None, **headers: str) -> RequestException:
    content = XrpcError(error=name, message="so it is") if name else b"<html>"
    return RequestException(Response(False, status, content, headers))


@pytest.mark.parametrize(
    ("status", "name", "expected"),
    [
        (400, "ExpiredToken", TokenStale),
        (400, "InvalidToken", TokenStale),
        (401, "AuthenticationRequired", AuthorizationExpired),
        (401, "AccountTakedown", AuthorizationExpired),
        (401, None, AuthorizationExpired),
        (400, "InvalidRequest", Rejected),
        (400, "SomethingNewInALexicon", Rejected),
        (413, None, Rejected),
        (429, None, RateLimited),
        (400, None, OutcomeUnknown),
        (403, None, OutcomeUnknown),
        (500, "InternalServerError", OutcomeUnknown),
        (502, "UpstreamFailure", OutcomeUnknown),
        (503, None, OutcomeUnknown),
        (500, "SomethingNew", OutcomeUnknown),
    ],
)
def test_an_answer_means_what_is_documented_or_what_its_status_proves(
    status: int, name: str | None, expected: type[Exception]
) -> None:
    assert type(translated(answered(status, name), "applyWrites", NOW)) is expected


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (httpx.ConnectError("refused"), ProvenUnsent),
        (httpx.ConnectTimeout("silent"), ProvenUnsent),
        (httpx.ReadTimeout("slow"), OutcomeUnknown),
        (httpx.WriteTimeout("slow"), OutcomeUnknown),
        (httpx.ReadError("reset"), OutcomeUnknown),
        (httpx.RemoteProtocolError("closed"), OutcomeUnknown),
    ],
)
def test_only_a_connection_that_never_stood_proves_that_nothing_was_sent(
    cause: httpx.HTTPError, expected: type[Exception]
) -> None:
    wrapped = InvokeTimeoutError() if isinstance(cause, httpx.TimeoutException) else NetworkError()
    wrapped.__cause__ = cause
    assert type(translated(wrapped, "applyWrites", NOW)) is expected
    assert type(translated(cause, "applyWrites", NOW)) is expected


def test_a_wait_is_what_the_answer_says_counted_from_the_campaigns_now() -> None:
    assert wait({"retry-after": "30"}, NOW) == timedelta(seconds=30)
    assert wait({"ratelimit-reset": str(int(NOW.timestamp()) + 90)}, NOW) == timedelta(seconds=90)
    assert wait({"ratelimit-reset": str(int(NOW.timestamp()) - 90)}, NOW) == timedelta(seconds=1)
    assert wait({}, NOW) == wait({"retry-after": "soon"}, NOW) == UNSTATED_WAIT
    limited = translated(answered(429, "RateLimitExceeded", **{"retry-after": "30"}), "applyWrites", NOW)
    assert isinstance(limited, RateLimited)
    assert limited.retry_at == NOW + timedelta(seconds=30)


def test_an_unknown_name_proves_a_refusal_only_below_500() -> None:
    assert meaning(422, "New") is Meaning.REJECTED
    assert meaning(500, "New") is Meaning.UNKNOWN
