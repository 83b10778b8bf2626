"""Whatever two campaigns send over a bad network: what the account shows never exceeds what it bears."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from events.execution import Pacing
from tests.unit.runtime.test_pacing import CAMPAIGNS, Shared
from tests.unit.runtime.toys import ScriptedNetwork
from workers.platforms.protocol import OutcomeUnknown, PlatformError, ProvenUnsent, Rejected
from workers.runtime.ledger import due_effects
from workers.runtime.store.rows import UNSETTLED

MINUTE = timedelta(minutes=1)
TEHRAN = ZoneInfo("Asia/Tehran")
BEARS = Pacing(posts_per_day=3, zone="Asia/Tehran", apart_minutes=90, rest_days=1)

ERRORS: dict[str, PlatformError] = {
    "unknown": OutcomeUnknown("reset"),
    "unsent": ProvenUnsent("refused"),
    "rejected": Rejected("no"),
}
ANSWERS = st.sampled_from([None, None, ("before", "unknown"), ("after", "unknown"), ("before", "unsent"),
                           ("before", "rejected")])  # fmt: skip
POSTS = st.tuples(
    st.integers(0, 400),  # minutes since the post before
    st.sampled_from(CAMPAIGNS),
    st.integers(0, 3),  # which words it shows
    st.integers(30, 20 * 60),  # minutes for which it may be sent
)


def live(shared: Shared, span: timedelta) -> None:
    """Perform whatever is due, wherever in the span it is."""
    clock = shared.world.clock
    end = clock.now() + span
    while True:
        with shared.world.store.view() as view:
            due = due_effects(view, clock.now(), clock.machine(), {"publisher"})
        for row in due:
            shared.perform(row.key)
        if not due and clock.now() >= end:
            return
        if not due:
            clock.advance(min(clock.now() + 5 * MINUTE, end))


@given(
    posts=st.lists(POSTS, max_size=14),
    answers=st.lists(ANSWERS, max_size=30),
    keyed=st.booleans(),
    cap=st.sampled_from([None, 2]),
)
@settings(max_examples=60)
def test_what_an_account_shows_never_exceeds_what_it_bears(
    posts: list[tuple[int, str, int, int]], answers: list[tuple[str, str] | None], keyed: bool, cap: int | None
) -> None:
    shared, left = Shared(keyed=keyed, networks_cap=cap), list(answers)
    answer: list[tuple[str, str] | None] = [None]

    def before(_network: ScriptedNetwork, _operation: str) -> None:
        answer[0] = left.pop() if left else None
        if answer[0] is not None and answer[0][0] == "before":
            raise ERRORS[answer[0][1]]

    def after(_network: ScriptedNetwork, _operation: str) -> None:
        if answer[0] is not None and answer[0][0] == "after":
            raise ERRORS[answer[0][1]]

    shared.network.trouble, shared.network.aftermath = before, after
    for number, (pause, campaign, words, lasts) in enumerate(posts):
        live(shared, pause * MINUTE)
        shared.plan(f"{campaign}-{number}", campaign, f"words {words}", lasts * MINUTE, BEARS)
    live(shared, timedelta(days=3))
    moments = [at for _, _, at in shared.network.accepted]
    days = Counter(at.astimezone(TEHRAN).date() for at in moments)
    assert max(days.values(), default=0) <= BEARS.posts_per_day
    assert all(later - earlier >= 90 * MINUTE for earlier, later in pairwise(moments))
    windows = zip(moments, moments[cap:] if cap is not None else (), strict=False)
    assert all(last - first >= timedelta(hours=24) for first, last in windows)
    for print_ in {shows for _, shows, _ in shared.network.accepted}:
        same = [at for _, shows, at in shared.network.accepted if shows == print_]
        assert all(later - earlier >= timedelta(days=1) for earlier, later in pairwise(same))
    with shared.world.store.view() as view:
        assert not [row.key for row in view.effects() if row.state in UNSETTLED], "and every post came to an end"
