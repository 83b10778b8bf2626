"""What a chaos run must find: each kind of loss, repetition and stillness, and nothing where there is none."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.chaos.counting import Facts, Published, worst_after, wrong_facts, wrong_ledger, wrong_posts

ONE, TWO = ("shop-1", "a"), ("shop-2", "a")


def test_facts_that_stand_once_each_are_well() -> None:
    assert wrong_facts(Facts(frozenset({"x", "y"}), Counter(["x", "y"]))) == []


def test_a_fact_that_was_answered_and_is_not_on_the_log_is_found() -> None:
    assert wrong_facts(Facts(frozenset({"x", "y"}), Counter(["x"]))) == [
        "1 outside facts were answered and are not on the log, such as ['y']"
    ]


def test_a_fact_that_stands_twice_is_found() -> None:
    assert wrong_facts(Facts(frozenset({"x"}), Counter(["x", "x"]))) == [
        "1 outside facts stand on the log more than once, such as ['x']"
    ]


@pytest.mark.parametrize("keyed", [True, False])
def test_posts_of_one_name_in_two_campaigns_are_two_posts(keyed: bool) -> None:
    posts = Published(Counter([ONE, TWO]), Counter([ONE, TWO]), {ONE: "done", TWO: "done"})
    assert wrong_posts(posts, keyed=keyed) == []


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize(
    ("posts", "said"),
    [
        (Published(Counter([ONE, ONE]), Counter([ONE]), {ONE: "done"}), "the network has 1 posts more than once"),
        (Published(Counter([ONE]), Counter([ONE, ONE]), {ONE: "done"}), "the log says of 1 posts more than once"),
        (Published(Counter(), Counter(), {ONE: "expired"}), "no post is on the network"),
        (Published(Counter([TWO]), Counter([ONE]), {ONE: "done", TWO: "done"}), "1 posts are said to be published and"),
        (Published(Counter([TWO]), Counter(), {ONE: "done", TWO: "done"}), "1 posts are said to be published and are"),
        (Published(Counter([ONE]), Counter(), {ONE: "expired"}), "1 posts are on the network and are not done"),
        (Published(Counter([ONE]), Counter(), {}), "1 posts are on the network and are not done"),
    ],
)
def test_a_post_twice_or_on_one_side_only_is_found(posts: Published, said: str, keyed: bool) -> None:
    (found,) = wrong_posts(posts, keyed=keyed)
    assert found.startswith(said)


def test_only_a_network_without_keys_may_leave_it_to_a_person_whether_a_post_is_out() -> None:
    posts = Published(Counter([ONE]), Counter(), {ONE: "uncertain"})
    assert wrong_posts(posts, keyed=False) == []
    assert wrong_posts(posts, keyed=True) != []


def test_a_post_still_on_its_way_is_found() -> None:
    assert wrong_ledger({ONE: "done", TWO: "uncertain"}) == []
    assert wrong_ledger({ONE: "asking"}) == ["1 posts are still on their way, such as ['shop-1/a: asking']"]


def test_what_a_blow_did_is_the_longest_wait_of_what_was_said_within_some_seconds_after_it() -> None:
    spans = [(0.0, 1.0), (10.0, 14.0), (12.0, 13.0), (25.0, 99.0)]
    assert worst_after(9.0, 10.0, spans) == 4.0
    assert worst_after(40.0, 10.0, spans) is None
