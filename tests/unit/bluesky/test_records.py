"""Records for Bluesky: what one content becomes, and CIDs as the network reckons them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.platform_suite import outgoing
from workers.platforms.bluesky.keys import record_key
from workers.platforms.bluesky.records import cid, shape, thread
from workers.platforms.links import tagged
from workers.platforms.protocol import OutgoingPost, Rejected

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LINK = "https://roastery.example/a/long/way/to/the/beans?size=2#order"
TAGGED = tagged(LINK, "simulated", "roastery", "first")


def made(post: OutgoingPost) -> list[dict[str, Any]]:
    return [record for _, record in thread(post, "key", "did:plc:shop", AT, [], lambda handle: None)]


def test_a_cid_is_the_network_s_own() -> None:
    """Computed by a data server (@atproto/dev-env 0.3.215) for this record."""
    record = {
        "$type": "app.bsky.feed.post", "text": "Grind finer when the brew runs fast.",
        "createdAt": "2026-03-02T09:00:00.000Z", "langs": ["en"],
    }  # fmt: skip
    assert cid(record) == "bafyreiedne6masp5byrtzhddb2ugv6o34l5mdloqiz4pen3oo5fxzrrjzu"


def test_the_records_of_a_thread_name_the_first_and_the_one_before() -> None:
    post = outgoing(text="Now a sentence of nine words is said again. " * 18)
    first, second, third = made(post)
    root, next_one = (
        {"uri": f"at://did:plc:shop/app.bsky.feed.post/{record_key('key', post.fingerprint, part)}", "cid": cid(record)}
        for part, record in enumerate((first, second))
    )
    assert "reply" not in first
    assert second["reply"] == {"root": root, "parent": root}
    assert third["reply"] == {"root": root, "parent": next_one}


def test_the_same_post_is_the_same_records_whenever_it_is_made() -> None:
    assert made(outgoing()) == made(outgoing())


def test_a_link_is_a_card_without_pictures_and_written_out_beside_them() -> None:
    (record,) = made(replace(outgoing(), link=LINK))
    assert record["embed"]["external"]["uri"] == TAGGED
    assert LINK not in record["text"]
    (record,) = made(replace(outgoing(), link=LINK, media=("cup.jpg",)))
    assert "embed" not in record, "the pictures are given apart"
    assert record["text"].endswith("\n\nroastery.example/a/long/way/t…")
    assert record["facets"][0]["features"][0]["uri"] == TAGGED


def test_a_link_that_the_text_has_already_is_not_written_twice() -> None:
    post = replace(outgoing(text=f"Beans: {LINK}"), link=LINK, media=("cup.jpg",))
    assert shape(post).parts == (f"Beans: {LINK}",)
    (record,) = made(post)
    assert record["facets"][0]["features"][0]["uri"] == TAGGED, "it leads back to the post all the same"


@pytest.mark.parametrize(
    "post",
    [
        replace(outgoing(), boost=Decimal(5)),
        replace(outgoing(), media=("a.jpg",) * 5),
        outgoing(text="x" * 2501),
        outgoing(text="👨‍👩‍👧" * 500 * 8),
        outgoing(text=" \n"),
    ],
)
def test_what_bluesky_never_takes_is_rejected_with_a_reason(post: OutgoingPost) -> None:
    with pytest.raises(Rejected) as raised:
        shape(post)
    assert raised.value.reason
