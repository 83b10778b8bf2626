"""What a mail server's replies mean: by the enhanced status, else by the reply code and the command that it answers.

Invariant: a 2xx after the message alone says that it was taken, and any 4xx or 5xx that it was not. Sources: RFC 5321
sections 4.2 and 4.3.2, RFC 3463 and its registry at IANA (enhanced status codes), RFC 4954 (authentication).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from workers.platforms.email.terms import Outcome, Verdict
from workers.platforms.protocol import AuthorizationExpired, PlatformError, ProvenUnsent, RateLimited, Rejected


class Stage(StrEnum):
    """Which command a reply answers."""

    GREETING = "greeting"
    LOGIN = "login"
    SENDER = "MAIL FROM"
    RECIPIENT = "RCPT TO"
    CONTENT = "DATA"


GONE: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Enhanced statuses by which there is no such mailbox, at any stage."""
GONE_CODES: Final = frozenset({550, 551, 553})
"""Replies to RCPT TO that say so where no enhanced status says otherwise."""
NO_LOGIN: Final = frozenset({"5.7.8", "5.7.9", "5.7.11", "5.7.14"})
NO_LOGIN_CODES: Final = frozenset({530, 534, 535, 538})
RETRY: Final[Mapping[Stage, timedelta]] = {
    Stage.GREETING: timedelta(minutes=1),
    Stage.LOGIN: timedelta(minutes=5),
    Stage.SENDER: timedelta(minutes=5),
}
"""When to ask again after a 4xx: no reply says when."""

_ENHANCED: Final = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")


def status(code: int, text: bytes) -> str:
    """The enhanced status of a reply, "" where it gives none that fits its code."""
    found = _ENHANCED.match(text.decode("ascii", "replace"))
    return found[1] if found and found[1][0] == str(code)[0] else ""


def verdict(stage: Stage, code: int, text: bytes) -> Verdict:
    """What a reply to one recipient's message makes of it. 2xx is only asked about after the message."""
    enhanced = status(code, text)
    detail = f"{stage.value}: {code} {enhanced}".rstrip()
    if 200 <= code < 300:
        return Verdict(Outcome.SENT, detail)
    if code == 421 or code in NO_LOGIN_CODES or enhanced in NO_LOGIN or (stage is Stage.SENDER and code >= 500):
        # It speaks of the connection or of us, and of no recipient.
        return Verdict(Outcome.UNSENT, detail)
    if 400 <= code < 500:
        return Verdict(Outcome.LATER, detail)
    if 500 <= code < 600:
        named = enhanced in GONE if enhanced else stage is Stage.RECIPIENT and code in GONE_CODES
        return Verdict(Outcome.GONE if named else Outcome.REFUSED, detail)
    return Verdict(Outcome.UNCERTAIN if stage is Stage.CONTENT else Outcome.UNSENT, detail)


def refusal(stage: Stage, code: int, text: bytes, now: datetime) -> PlatformError:
    """The protocol's error for a reply before any recipient was named: nothing was sent."""
    enhanced = status(code, text)
    detail = f"the mail server answers {stage.value} with {code} {enhanced}".rstrip()
    if 400 <= code < 500:
        return RateLimited(now + RETRY.get(stage, timedelta(minutes=5)), detail)
    if code in NO_LOGIN_CODES or enhanced in NO_LOGIN or stage is Stage.LOGIN:
        return AuthorizationExpired(detail)
    if 500 <= code < 600 and stage is Stage.SENDER:
        return Rejected(detail)
    return ProvenUnsent(detail)
