"""What a mail server's replies mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workers.platforms.email.replies import Stage, refusal, verdict
from workers.platforms.email.terms import Outcome
from workers.platforms.protocol import AuthorizationExpired, PlatformError, ProvenUnsent, RateLimited, Rejected


@pytest.mark.parametrize(
    ("stage", "code", "text", "outcome"),
    [
        (Stage.CONTENT, 250, b"2.0.0 queued", Outcome.SENT),
        (Stage.RECIPIENT, 450, b"4.7.1 greylisted", Outcome.LATER),
        (Stage.RECIPIENT, 452, b"4.2.2 mailbox full", Outcome.LATER),
        (Stage.CONTENT, 451, b"try again", Outcome.LATER),
        (Stage.SENDER, 451, b"4.3.0 busy", Outcome.LATER),
        (Stage.RECIPIENT, 550, b"5.1.1 no such user", Outcome.GONE),
        (Stage.RECIPIENT, 550, b"no such user", Outcome.GONE),
        (Stage.RECIPIENT, 550, b"5.7.1 policy", Outcome.REFUSED),
        (Stage.RECIPIENT, 552, b"5.2.2 mailbox full", Outcome.REFUSED),
        (Stage.RECIPIENT, 554, b"5.7.1 listed", Outcome.REFUSED),
        (Stage.CONTENT, 550, b"looks like spam", Outcome.REFUSED),
        (Stage.CONTENT, 550, b"5.1.1 no such user", Outcome.GONE),
        (Stage.SENDER, 550, b"5.7.1 not from you", Outcome.UNSENT),
        (Stage.RECIPIENT, 421, b"4.3.2 shutting down", Outcome.UNSENT),
        (Stage.RECIPIENT, 530, b"5.7.0 log in first", Outcome.UNSENT),
        (Stage.CONTENT, 999, b"what", Outcome.UNCERTAIN),
        (Stage.CONTENT, -1, b"", Outcome.UNCERTAIN),
    ],
)
def test_a_reply_to_a_message_says_what_became_of_it(stage: Stage, code: int, text: bytes, outcome: Outcome) -> None:
    found = verdict(stage, code, text)
    assert found.outcome is outcome
    assert text.decode().split(" ", 1)[-1] not in found.detail or not text, "a server's words may name somebody"


@pytest.mark.parametrize(
    ("stage", "code", "text", "error"),
    [
        (Stage.LOGIN, 535, b"5.7.8 wrong", AuthorizationExpired),
        (Stage.LOGIN, 454, b"4.7.0 later", RateLimited),
        (Stage.SENDER, 530, b"5.7.0 log in first", AuthorizationExpired),
        (Stage.SENDER, 550, b"5.7.1 not from you", Rejected),
        (Stage.SENDER, 451, b"too much", RateLimited),
        (Stage.GREETING, 421, b"too many", RateLimited),
        (Stage.GREETING, 554, b"no service", ProvenUnsent),
    ],
)
def test_a_refusal_before_any_message_is_one_of_the_protocols_errors(
    stage: Stage, code: int, text: bytes, error: type[PlatformError]
) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    found = refusal(stage, code, text, now)
    assert type(found) is error
    assert not isinstance(found, RateLimited) or found.retry_at > now
