"""What Mowj writes into an account's repository for one post: the records of a thread, as they lie there.

Invariants: pure. A record's CID is known before it is sent, so that a thread, whose parts name each other by CID, is
one commit: all of it is there, or none.
Sources: lexicons app.bsky.feed.post and app.bsky.embed.*; atproto.com/specs/data-model.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import libipld

from workers.platforms.bluesky.keys import record_key
from workers.platforms.bluesky.pictures import MOST, Picture
from workers.platforms.bluesky.text import Mark, Resolve, beginning, facet, marks, parts, shown
from workers.platforms.links import tagged
from workers.platforms.protocol import OutgoingPost, Rejected

COLLECTION: Final = "app.bsky.feed.post"
LONGEST: Final = 2500
"""Graphemes of a text that is split into a thread."""
MOST_PARTS: Final = 20
TITLE: Final = 100


@dataclass(frozen=True, slots=True)
class Shape:
    """One content as Bluesky gets it: its parts, and its link with UTM parameters: a `card`, or `written` out in short
    at the end.
    """

    texts: tuple[str, ...]
    link: str | None
    card: bool
    written: bool


def shape(post: OutgoingPost) -> Shape:
    """How a post is laid out; `mowj preview` may show just this. Raises Rejected for what Bluesky never takes."""
    if post.boost is not None:
        raise Rejected("Bluesky sells no reach")
    if len(post.media) > MOST:
        raise Rejected(f"{len(post.media)} pictures, where a post on Bluesky has at most {MOST}")
    if len(post.text) > LONGEST:
        raise Rejected(f"{len(post.text)} characters, where a thread has at most {LONGEST}")
    link = tagged(post.link, post.traits.channel, post.campaign, post.post) if post.link is not None else None
    written = link is not None and bool(post.media) and str(post.link) not in post.text
    text = f"{post.text.rstrip()}\n\n{shown(str(post.link))}" if written else post.text
    texts = parts(text)
    if len(texts) > MOST_PARTS:
        raise Rejected(f"a thread of {len(texts)} posts, where Mowj sends at most {MOST_PARTS}")
    if not texts[0] and not post.media and post.link is None:
        raise Rejected("a post without text, picture and link")
    return Shape(texts, link, card=link is not None and not post.media, written=written)


def thread(
    post: OutgoingPost, key: str, did: str, at: datetime, pictures: Sequence[tuple[Picture, Mapping[str, Any]]],
    resolve: Resolve,
) -> list[tuple[str, dict[str, Any]]]:  # fmt: skip
    """Record keys and records, in order; `pictures` with the blob that the data server gave for each."""
    laid = shape(post)
    made: list[tuple[str, dict[str, Any]]] = []
    references: list[dict[str, str]] = []
    for number, text in enumerate(laid.texts):
        record: dict[str, Any] = {
            "$type": COLLECTION, "text": text, "createdAt": stamp(at), "langs": [post.language],
        }  # fmt: skip
        is_last = number == len(laid.texts) - 1
        found = [_leading(mark, post.link, laid.link) for mark in marks(text, resolve)]
        if is_last and laid.written:
            found.append(_written(text, str(post.link), str(laid.link)))
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


def _written(text: str, link: str, tagged_link: str) -> Mark:
    """The link that stands in short at the end of the last part, which may have been split before it but not in it."""
    short = shown(link)
    return Mark(len(text) - len(short), len(text), "link", tagged_link)


def _embed(
    post: OutgoingPost, laid: Shape, pictures: Sequence[tuple[Picture, Mapping[str, Any]]]
) -> dict[str, Any] | None:
    if pictures:
        images = [
            {"image": blob, "alt": each.alt, "aspectRatio": {"width": each.width, "height": each.height}}
            for each, blob in pictures
        ]
        return {"$type": "app.bsky.embed.images", "images": images}
    if not laid.card:
        return None
    host = shown(str(post.link))
    title = next((line.strip() for line in post.text.splitlines() if line.strip()), host)
    external = {"uri": laid.link, "title": beginning(title, TITLE), "description": host}
    return {"$type": "app.bsky.embed.external", "external": external}
