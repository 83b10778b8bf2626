"""How much of a plan the offered content carries, and what rests."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from events.campaign import AccountConnected, CampaignAccount
from events.terms import Appeal
from tests.unit.workers.material import START, content, published
from workers.inventory import Inventory, Piece

DAY = timedelta(days=1)
END = START + 60 * DAY


def stocked(**changes: object) -> Inventory:
    return Inventory().offered(content("lesson", **changes), "e1")


@given(uses=st.integers(1, 20), rest=st.floats(0, 30), used=st.integers(0, 20), last=st.none() | st.integers(-30, 30))
def test_openings_keep_every_rest_and_never_exceed_the_uses(
    uses: int, rest: float, used: int, last: int | None
) -> None:
    piece = Piece(
        topic="grammar",
        format="photo",
        appeal=Appeal.TEACH,
        offered_by="e1",
        uses=uses,
        rest_days=rest,
        used=used,
        last=None if last is None else START + last * DAY,
    )
    openings = piece.openings(START, END)
    assert len(openings) <= max(0, uses - used)
    assert all(START <= moment <= END for moment in openings)
    moments = [piece.last, *openings] if piece.last is not None else list(openings)
    assert all(b - a >= timedelta(days=rest) for a, b in pairwise(moments))


def test_content_that_runs_out_carries_nothing_after_its_day() -> None:
    kept = stocked(uses=9, rest_days=10, valid_until=START + 25 * DAY)
    assert kept.stock("grammar", Appeal.TEACH, START, END) == {"photo": (0.0, 10.0, 20.0)}
    assert kept.stock("grammar", Appeal.TEACH, START + 26 * DAY, END) == {}


def test_only_content_of_the_topic_and_appeal_counts() -> None:
    kept = stocked()
    assert kept.stock("travel", Appeal.TEACH, START, END) == {}
    assert kept.stock("grammar", Appeal.OFFER, START, END) == {}
    assert kept.evidence("grammar", Appeal.TEACH) == ("e1",)
    assert kept.evidence("travel", Appeal.TEACH) == ()


def test_offering_again_replaces_the_content_and_not_the_count_of_its_uses() -> None:
    used = stocked(uses=2, rest_days=0).published(published("p.1", START))
    again = used.offered(content("lesson", uses=2, rest_days=0, format="video"), "e2")
    assert again.stock("grammar", Appeal.TEACH, START, END) == {"video": (0.0,)}
    assert again.evidence("grammar", Appeal.TEACH) == ("e2",)


def test_what_nobody_offered_can_neither_be_used_nor_given_back() -> None:
    empty = Inventory()
    assert empty.published(published("p.1", START)) == empty
    assert empty.released("lesson", START) == empty


def test_a_released_use_is_there_again_once() -> None:
    kept = stocked(uses=1, rest_days=0)
    reserved = kept.reserved("lesson", START)
    assert reserved.stock("grammar", Appeal.TEACH, START, END) == {}
    assert reserved.released("lesson", START).stock("grammar", Appeal.TEACH, START, END) == {"photo": (0.0,)}
    assert reserved.released("lesson", START).released("lesson", START) == kept


@given(order=st.permutations([1, 2, 3]), rest=st.floats(0, 30))
def test_what_was_only_promised_leaves_no_rest_behind_in_whatever_order_it_is_given_back(
    order: list[int], rest: float
) -> None:
    kept = stocked(uses=9, rest_days=rest).published(published("p.1", START - DAY))
    held = kept
    for day in (1, 2, 3):
        held = held.reserved("lesson", START + day * DAY)
    for day in order:
        held = held.released("lesson", START + day * DAY)
    assert held == kept


def test_content_that_no_account_can_show_carries_nothing() -> None:
    shop, blog = CampaignAccount(account="shop", channel="net"), CampaignAccount(account="blog", channel="other")
    small = AccountConnected(account="shop", channel="net", takes_key=True, text_length=5)
    photos = AccountConnected(account="blog", channel="other", takes_key=True, formats=("video",))
    kept = stocked(text="six ch")
    assert kept.usable_on((shop,), {}) == kept
    assert kept.usable_on((shop,), {"shop": small}).pieces == {}
    assert kept.usable_on((shop, blog), {"shop": small}) == kept
    assert kept.usable_on((shop, blog), {"shop": small, "blog": photos}).pieces == {}
    assert stocked(channels=("other",)).usable_on((shop,), {}).pieces == {}
    assert stocked(text="5 ch.").usable_on((shop,), {"shop": small}).pieces.keys() == {"lesson"}
