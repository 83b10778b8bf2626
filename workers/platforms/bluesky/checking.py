"""What Bluesky says of a login: whose it is, what it may do, and which limits apply.

Sources: lexicon com.atproto.server.getSession; the scopes of atproto's data server (packages/pds, auth-scope);
docs.bsky.app/docs/advanced-guides/rate-limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from workers.platforms.bluesky.sessions import Sessions
from workers.platforms.bluesky.tokens import expires, login_ends, scope
from workers.platforms.logins import Allowance, Standing
from workers.platforms.protocol import AuthorizationExpired

_POSTING: Final = ("publish, delete and read posts", "read counters and followers")
_ACCOUNT: Final = "change or delete the account"
_MESSAGES: Final = "read direct messages"
SCOPES: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "com.atproto.appPass": (_POSTING, (_MESSAGES, _ACCOUNT)),
    "com.atproto.appPassPrivileged": ((*_POSTING, _MESSAGES), (_ACCOUNT,)),
    "com.atproto.access": ((*_POSTING, _MESSAGES, _ACCOUNT), ()),
}
"""What a token of each scope may do, and may not."""
DOCUMENTED: Final = (
    Allowance("points an hour (a post costs 3)", 5_000),
    Allowance("points a day", 35_000),
    Allowance("logins in 5 minutes", 30),
    Allowance("logins a day", 300),
)


def standing(sessions: Sessions, account: str) -> Standing:
    """Raises PlatformError. A session is renewed for it: an old one may outlive a password that was revoked."""
    sessions.renew(account)
    said, headers = sessions.asked(account, "com.atproto.server.getSession", {})
    if said.get("active") is False:
        raise AuthorizationExpired(f"the account is {said.get('status', 'not active')}")
    login = sessions.login(account)
    granted = scope(login["access"])
    may, may_not = SCOPES.get(granted, (_POSTING, ()))
    warnings = []
    if granted == "com.atproto.access":
        warnings.append("this is the account's own password, which may do everything: give an app password instead")
    if granted not in SCOPES:
        warnings.append(f"the scope {granted!r} is not known here")
    if granted == "com.atproto.appPassPrivileged":
        warnings.append("this app password also opens direct messages, which Mowj never reads: one without will do")
    return Standing(
        who=f"{said.get('handle', login['handle'])} ({login['did']})",
        may=may,
        may_not=may_not,
        session_ends=expires(login["refresh"]),
        ends=login_ends(login),
        limits=(*_live(headers), *DOCUMENTED),
        warnings=tuple(warnings),
    )


def _live(headers: Mapping[str, str]) -> tuple[Allowance, ...]:
    """The limit that this answer was counted under, if the data server says so."""
    most, left, resets = (headers.get(f"ratelimit-{name}", "") for name in ("limit", "remaining", "reset"))
    if not most.isdigit():
        return ()
    return (
        Allowance(
            f"requests now (policy {headers.get('ratelimit-policy', 'unknown')})",
            int(most),
            int(left) if left.isdigit() else None,
            datetime.fromtimestamp(int(resets), UTC) if resets.isdigit() else None,
        ),
    )
