"""What Mowj writes into an account's repository for one post: the records of a thread, as they lie there.

Invariants: pure. A record's CID is known before it is sent, so that a thread, whose parts name each other by CID, is
one commit: all of it is there, or none.
Sources: lexicons app.bsky.feed.post and app.bsky.embed.*; atproto.com/specs/data-model.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import libipld

from workers.platforms import variants
from workers.platforms.bluesky.keys import record_key
from workers.platforms.bluesky.pictures import MOST, Picture
from workers.platforms.bluesky.text import Mark, Resolve, facet, marks
from workers.platforms.habits import BLUESKY
from workers.platforms.protocol import OutgoingPost, Rejected
from workers.platforms.variants import Shape, beginning, shown

COLLECTION: Final = "app.bsky.feed.post"
LONGEST: Final = 2500
"""Characters of a text that is split into a thread, as briefs and calendars count them."""
MOST_PARTS: Final = BLUESKY.threads
TITLE: Final = 100


def shape(post: OutgoingPost) -> Shape:
    """How a post is laid out, as `mowj preview` shows it too. Raises Rejected for what Bluesky never takes."""
    if post.boost is not None:
        raise Rejected("Bluesky sells no reach")
    if len(post.media) > MOST:
        raise Rejected(f"{len(post.media)} pictures, where a post on Bluesky has at most {MOST}")
    if len(post.text) > LONGEST:
        raise Rejected(f"{len(post.text)} characters, where a thread has at most {LONGEST}")
    laid = variants.shape(post, BLUESKY)
    if not laid.parts[0] and not post.media and post.link is None:
        raise Rejected("a post without text, picture and link")
    return laid


def thread(
    post: OutgoingPost, key: str, did: str, at: datetime, pictures: Sequence[tuple[Picture, Mapping[str, Any]]],
    resolve: Resolve,
) -> list[tuple[str, dict[str, Any]]]:  # fmt: skip
    """Record keys and records, in order; `pictures` with the blob that the data server gave for each."""
    laid = shape(post)
    made: list[tuple[str, dict[str, Any]]] = []
    references: list[dict[str, str]] = []
    for number, text in enumerate(laid.parts):
        record: dict[str, Any] = {
            "$type": COLLECTION, "text": text, "createdAt": stamp(at), "langs": [post.language],
        }  # fmt: skip
        is_last = number == len(laid.parts) - 1
        found = [_leading(mark, post.link, laid.link) for mark in marks(text, resolve)]
        if is_last and laid.shown is not None:
            found.append(Mark(len(text) - len(laid.shown), len(text), "link", str(laid.link)))
        if found:
            record["facets"] = [facet(text, mark) for mark in sorted(found, key=lambda mark: mark.start)]
        if number == 0 and (embed := _embed(post, laid, pictures)) is not None:
            record["embed"] = embed
        if references:
            record["reply"] = {"root": references[0], "parent": references[-1]}
        name = record_key(key, post.fingerprint, number)
        made.append((name, record))
        references.append({"uri": f"at://{did}/{COLLECTION}/{name}", "cid": cid(record)})
    return made


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cid(record: Mapping[str, Any]) -> str:
    """The content identifier of a record: CIDv1, DAG-CBOR, SHA-256."""
    digest = hashlib.sha256(libipld.encode_dag_cbor(_linked(record))).digest()
    raw = b"\x01\x71\x12\x20" + digest
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def _linked(value: Any) -> Any:
    """JSON's form of the data model as DAG-CBOR's: a `$link` is a CID, which the encoder takes as bytes."""
    if isinstance(value, Mapping):
        if set(value) == {"$link"}:
            text = str(value["$link"])[1:].upper()
            return base64.b32decode(text + "=" * (-len(text) % 8))
        return {name: _linked(inner) for name, inner in value.items()}
    return [_linked(inner) for inner in value] if isinstance(value, list | tuple) else value


def _leading(mark: Mark, link: str | None, tagged_link: str | None) -> Mark:
    """The post's own link leads back to it, also where the text itself has it."""
    own = mark.kind == "link" and mark.value == link and tagged_link is not None
    return Mark(mark.start, mark.end, "link", str(tagged_link)) if own else mark


def _embed(
    post: OutgoingPost, laid: Shape, pictures: Sequence[tuple[Picture, Mapping[str, Any]]]
) -> dict[str, Any] | None:
    if pictures:
        images = [
            {"image": blob, "alt": each.alt, "aspectRatio": {"width": each.width, "height": each.height}}
            for each, blob in pictures
        ]
        return {"$type": "app.bsky.embed.images", "images": images}
    if not laid.beside:
        return None
    host = shown(str(post.link))
    title = next((line.strip() for line in post.text.splitlines() if line.strip()), host)
    external = {"uri": laid.link, "title": beginning(title, TITLE), "description": host}
    return {"$type": "app.bsky.embed.external", "external": external}
