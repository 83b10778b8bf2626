"""Bluesky as a platform: one commit a post, under a record key that follows from the ledger's.

Invariants: a post is one `applyWrites` that creates all its records or none; a key that is taken fails it as a whole,
so putting again, however late, never makes a second post. Everything before that call certainly sent nothing. What the
AppView does not count stays absent. Sources: lexicons com.atproto.repo.applyWrites, com.atproto.repo.listRecords,
app.bsky.feed.getPosts, app.bsky.actor.getProfile; docs.bsky.app/docs/advanced-guides/rate-limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final, TypeVar
from urllib.parse import quote

from workers.platforms.bluesky import keys, pictures, records
from workers.platforms.bluesky.checking import standing
from workers.platforms.bluesky.handmade import Handmade
from workers.platforms.bluesky.records import COLLECTION, LONGEST, MOST_PARTS, stamp, thread
from workers.platforms.bluesky.sessions import Session, Sessions
from workers.platforms.logins import Standing
from workers.platforms.protocol import (
    AuthorizationExpired,
    Clock,
    Limits,
    OutcomeUnknown,
    OutgoingPost,
    ProvenUnsent,
    Published,
    Reading,
    Rejected,
)
from workers.platforms.variants import Shape

ValueT = TypeVar("ValueT")

POSTS_PER_DAY: Final = 35_000 // 3
"""35,000 points a day and account; a new record costs three."""
PREPARING: Final = 15.0
"""Seconds: a call that took longer until the post itself was to be sent gives up, well within the runtime's lease."""
COUNTERS: Final = ("likes", "comments", "shares", "saves", "engagements", "followers")
"""Bluesky counts no reach, no impressions and no clicks."""


class BlueskyNetwork:
    """Safe to call from several threads."""

    def __init__(self, sessions: Sessions, handmade: Handmade, clock: Clock) -> None:
        self._sessions, self._handmade, self._clock = sessions, handmade, clock

    def limits(self, account: str) -> Limits:  # noqa: ARG002  (the same for everybody, and said before any login)
        return Limits(
            takes_key=True,
            posts_per_day=POSTS_PER_DAY,
            text_length=LONGEST,
            formats=(),
            counters=COUNTERS,
            # `find` asks the data server itself, which shows what it has accepted at once.
            read_lag=timedelta(0),
        )

    def shape(self, post: OutgoingPost) -> Shape:
        return records.shape(post)

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        self.shape(post)
        read = [pictures.read(path, alt) for path, alt in _with_alt(post)]
        begun = monotonic()
        session = self._sessions.session(account)
        earlier = _unsent(lambda: self._found(account, session, keys.record_key(key, post.fingerprint)))
        if earlier is not None:
            return earlier
        blobs = [_unsent(lambda one=one: self._upload(account, one)) for one in read]  # type: ignore[misc]
        at = _milliseconds(self._clock.now())
        made = thread(
            post, key, session.did, at, list(zip(read, blobs, strict=True)),
            lambda handle: _unsent(lambda: self._did(account, handle)),
        )  # fmt: skip
        create = "com.atproto.repo.applyWrites#create"
        if monotonic() - begun > PREPARING:
            raise ProvenUnsent(f"preparing the post took longer than {PREPARING:g} s")
        writes = [{"$type": create, "collection": COLLECTION, "rkey": name, "value": record} for name, record in made]
        self._sessions.procedure(account, "com.atproto.repo.applyWrites", {"repo": session.did, "writes": writes})
        return _published(session, made[0][0], len(made), at)

    def find(self, account: str, key: str, fingerprint: str, since: datetime) -> Published | None:  # noqa: ARG002
        return self._found(account, self._sessions.session(account), keys.record_key(key, fingerprint))

    def read_post(self, account: str, reference: str) -> Reading:
        uris = _uris(reference)
        answer = self._sessions.query(account, "app.bsky.feed.getPosts", {"uris": uris})
        given = {view.get("uri"): view for view in answer.get("posts", ()) if isinstance(view, dict)}
        if uris[0] not in given:
            raise self._unseen(account, uris[0])
        views = [given[uri] for uri in uris if uri in given]
        # Each further part of a thread is a reply of ours to the part before.
        return Reading(self._clock.now(), counted(views, own_replies=len(views) - 1))

    def read_account(self, account: str) -> Reading:
        did = self._sessions.session(account).did
        try:
            profile = self._sessions.query(account, "app.bsky.actor.getProfile", {"actor": did})
        except Rejected as error:
            raise OutcomeUnknown(f"the AppView does not show the account yet: {error.reason}") from error
        followers = profile.get("followersCount")
        return Reading(self._clock.now(), {"followers": followers} if isinstance(followers, int) else {})

    def check(self, account: str) -> Standing:
        return standing(self._sessions, account)

    def advance(self, to: datetime) -> None:
        self._handmade.look(to)

    def _found(self, account: str, session: Session, first: str) -> Published | None:
        """The post whose first record this is, whole: the data server lists records in the order of their keys."""
        asked = {"repo": session.did, "collection": COLLECTION, "cursor": keys.before(first), "reverse": "true"}
        try:
            answer = self._sessions.query(account, "com.atproto.repo.listRecords", {**asked, "limit": MOST_PARTS})
        except Rejected as error:
            raise self._without_repository(account, error) from error
        records = {str(one["uri"]).rpartition("/")[2]: one["value"] for one in answer.get("records", ())}
        if first not in records:
            return None
        count = next(number for number in range(1, MOST_PARTS + 1) if keys.following(first, number) not in records)
        return _published(session, first, count, datetime.fromisoformat(records[first]["createdAt"]))

    def _without_repository(self, account: str, refusal: Rejected) -> Rejected | AuthorizationExpired:
        """Of an account that is taken down or deactivated the data server says only that it has no repository."""
        try:
            state = self._sessions.query(account, "com.atproto.server.getSession", {})
        except Rejected as error:
            return AuthorizationExpired(f"the account is not active: {error.reason}")
        if state.get("active") is False:
            return AuthorizationExpired(f"the account is {state.get('status', 'not active')}")
        return refusal

    def _upload(self, account: str, picture: pictures.Picture) -> Mapping[str, Any]:
        answer = self._sessions.procedure(account, "com.atproto.repo.uploadBlob", picture.content, picture.kind)
        blob = answer.get("blob")
        if not isinstance(blob, dict):
            raise OutcomeUnknown("uploadBlob: an answer without a blob")
        return blob

    def _did(self, account: str, handle: str) -> str | None:
        """Raises PlatformError; None where nobody has the handle."""
        try:
            answer = self._sessions.query(account, "com.atproto.identity.resolveHandle", {"handle": handle})
        except Rejected:
            return None
        did = answer.get("did")
        return did if isinstance(did, str) else None

    def _unseen(self, account: str, uri: str) -> Rejected | OutcomeUnknown:
        """Why the AppView does not show a post: it is gone, or it is not indexed yet."""
        did, _, key = uri.removeprefix("at://").split("/", 2)
        asked = {"repo": did, "collection": COLLECTION, "rkey": key}
        try:
            self._sessions.query(account, "com.atproto.repo.getRecord", asked)
        except Rejected as error:
            return Rejected(f"the account does not have {uri}: {error.reason}")
        return OutcomeUnknown(f"the AppView does not show {uri} yet")


def _with_alt(post: OutgoingPost) -> list[tuple[str, str]]:
    alts = (*post.alt_texts, *("" for _ in post.media))
    return list(zip(post.media, alts, strict=False))


def _unsent(call: Callable[[], ValueT]) -> ValueT:
    """A call before the post itself: whatever became of it, the post was not sent."""
    try:
        return call()
    except OutcomeUnknown as error:
        raise ProvenUnsent(f"before the post was sent: {error}") from error


def _published(session: Session, first: str, count: int, at: datetime) -> Published:
    more = f"#{count}" if count > 1 else ""
    url = f"https://bsky.app/profile/{quote(session.handle)}/post/{first}"
    return Published(f"at://{session.did}/{COLLECTION}/{first}{more}", at, url)


def _uris(reference: str) -> list[str]:
    """The records of a post. Raises Rejected for what is no reference of ours."""
    uri, _, count = reference.partition("#")
    place, _, first = uri.rpartition("/")
    if not place.startswith("at://") or not place.endswith(f"/{COLLECTION}"):
        raise Rejected(f"{reference!r} is no post on Bluesky")
    if not count:
        return [uri]
    if not count.isdigit() or not keys.is_ours(first) or not 1 < int(count) <= MOST_PARTS:
        raise Rejected(f"{reference!r} is no thread of Mowj's")
    return [f"{place}/{keys.following(first, number)}" for number in range(int(count))]


def counted(views: list[dict[str, Any]], own_replies: int) -> dict[str, int]:
    """The counters of a post's parts together; one that any part lacks is unknown."""

    def total(*names: str) -> int | None:
        counts = [view.get(name) for view in views for name in names]
        return sum(counts) if all(isinstance(count, int) for count in counts) else None  # type: ignore[arg-type]

    replies = total("replyCount")
    found = {
        "likes": total("likeCount"),
        "comments": max(replies - own_replies, 0) if replies is not None else None,
        "shares": total("repostCount", "quoteCount"),
    }
    known = {name: count for name, count in found.items() if count is not None}
    if len(known) == len(found):
        known["engagements"] = sum(known.values())
    saves = total("bookmarkCount")
    return known if saves is None else known | {"saves": saves}


def _milliseconds(at: datetime) -> datetime:
    """As precise as a record says it."""
    return datetime.fromisoformat(stamp(at)).astimezone(UTC)
