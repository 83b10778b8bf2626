"""Record keys: TIDs that follow from the ledger's keys, in order, and known as ours again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workers.platforms.bluesky.keys import before, following, is_ours, record_key

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"


def tid(at: datetime, clock: int = 5) -> str:
    """As every other client makes one."""
    number, text = (int(at.timestamp() * 1_000_000) << 10) | clock, ""
    for _ in range(13):
        number, digit = divmod(number, 32)
        text = ALPHABET[digit] + text
    return text


@given(st.text(), st.text(), st.integers(0, 19))
def test_a_key_is_a_valid_tid_of_ours_and_the_parts_follow_each_other(key: str, fingerprint: str, part: int) -> None:
    first, made = record_key(key, fingerprint), record_key(key, fingerprint, part)
    assert len(made) == 13
    assert made[0] in "234567abcdefghij"
    assert set(made) <= set(ALPHABET)
    assert is_ours(made)
    assert following(first, part) == made
    assert before(made) < made
    assert made >= first


def test_the_same_key_and_content_is_the_same_record_and_nothing_else_is() -> None:
    assert record_key("key", "print") == record_key("key", "print")
    assert len({record_key(key, mark) for key in ("a", "b") for mark in ("a", "b")}) == 4


@given(st.integers(0, 34_000))
def test_what_other_clients_make_is_not_ours(days: int) -> None:
    assert not is_ours(tid(datetime(2005, 1, 1, tzinfo=UTC) + timedelta(days=days)))


def test_what_is_no_tid_is_not_ours() -> None:
    assert not any(map(is_ours, ("", "self", "2222222222222222", "111111111111!")))
