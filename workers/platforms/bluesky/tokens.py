"""What Bluesky's tokens say of themselves: JSON Web Tokens, read and not verified: only their issuer takes them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def expires(token: str) -> datetime:
    """When a token ends by its own word; one that does not say so has ended."""
    try:
        return datetime.fromtimestamp(_claims(token)["exp"], UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def scope(token: str) -> str:
    """What the token may be used for; "" where it does not say."""
    return str(_claims(token).get("scope", ""))


def login_ends(login: Mapping[str, str]) -> datetime | None:
    """When a person must log in again: never while there is an app password, else when the refresh token ends."""
    if login.get("password") or "refresh" not in login:
        return None
    return expires(login["refresh"])


def _claims(token: str) -> dict[str, Any]:
    try:
        middle = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    return said if isinstance(said, dict) else {}
