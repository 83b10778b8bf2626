"""Links that lead an outcome back to its post."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.platforms.links import tagged

UTM = "utm_source=bluesky&utm_medium=social&utm_campaign=roastery&utm_content=plan-1%3Ateach%2Fbeans.1%23ab"
POST = "plan-1:teach/beans.1#ab"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://shop.example", f"https://shop.example?{UTM}"),
        ("https://shop.example/a?b=c&b=d&e#f", f"https://shop.example/a?b=c&b=d&e&{UTM}#f"),
        ("https://shop.example/قهوه?q=%D9%82+x", f"https://shop.example/قهوه?q=%D9%82+x&{UTM}"),
        (
            "https://shop.example/?utm_source=mail&utm_medium=x&utm_campaign=y",
            "https://shop.example/?utm_source=mail&utm_medium=x&utm_campaign=y&utm_content=plan-1%3Ateach%2Fbeans.1%23ab",
        ),
        ("mailto:me@shop.example", "mailto:me@shop.example"),
    ],
)
def test_a_link_gets_what_it_lacks_and_keeps_what_it_has(link: str, expected: str) -> None:
    assert tagged(link, "bluesky", "roastery", POST) == expected


@given(st.text(), st.text(), st.text())
def test_a_link_is_never_tagged_twice(channel: str, campaign: str, post: str) -> None:
    once = tagged("https://shop.example/?a=1#b", channel, campaign, post)
    assert tagged(once, channel, campaign, post) == once
    assert tagged(once, "other", "other", "other") == once
