"""What every platform plug-in promises, as suites to inherit. A plug-in's tests give a `stage`; the tests are here.

`PlatformSuite` needs nothing but the plug-in; `TroubleSuite` also needs a network that can be put into trouble.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest

from events.terms import COUNTER_NAMES, Appeal, Fact, PostTraits
from workers.platforms.protocol import (
    AuthorizationExpired,
    OutcomeUnknown,
    OutgoingPost,
    Platform,
    PlatformError,
    ProvenUnsent,
    RateLimited,
    Rejected,
)

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class MovableClock:
    """Stands still until a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, **by: float) -> datetime:
        self._now += timedelta(**by)
        return self._now


class Trouble(StrEnum):
    """What a test can ask a network for. It lasts for one call at the least, and until `NONE` is asked for at most."""

    TIMEOUT_AFTER_SUCCESS = "timeout after success"
    TIMEOUT_BEFORE = "timeout before"
    PROVEN_UNSENT = "proven unsent"
    RATE_LIMITED = "rate limited"
    REJECTED = "rejected"
    OUTAGE = "outage"
    EXPIRED = "authorization expired"
    NO_REACH = "readings lack reach"
    """Or whichever counter the stage calls `scarce`: not every network gives a reach."""
    NONE = "none"


@dataclass
class Stage:
    """A plug-in ready to be called. `cause` puts the network into trouble; `said` is what the plug-in has said;
    `scarce` is the counter that a reading lacks in the trouble NO_REACH.
    """

    platform: Platform
    clock: MovableClock
    account: str
    said: list[tuple[Fact, str, str, datetime]] = field(default_factory=list)
    cause: Callable[[Trouble], None] | None = None
    scarce: str = "reach"

    def trouble(self, trouble: Trouble) -> None:
        assert self.cause is not None, "a TroubleSuite needs a stage that can cause trouble"
        self.cause(trouble)

    def pass_read_lag(self) -> None:
        lag = self.platform.limits(self.account).read_lag
        self.platform.advance(self.clock.move(seconds=lag.total_seconds()))


def outgoing(post: str = "first", text: str = "Grind finer when the brew runs fast.") -> OutgoingPost:
    traits = PostTraits(channel="simulated", topic="brewing", format="photo", appeal=Appeal.TEACH, hour=10)
    return OutgoingPost(post=post, campaign="roastery", text=text, fingerprint=f"hash of {text}", traits=traits)


class PlatformSuite:
    @pytest.fixture
    def stage(self) -> Stage:
        raise NotImplementedError("the inheriting class gives a `stage` fixture")

    def test_a_plug_in_is_a_platform(self, stage: Stage) -> None:
        assert isinstance(stage.platform, Platform)

    def test_the_limits_speak_of_known_counters_only(self, stage: Stage) -> None:
        limits = stage.platform.limits(stage.account)
        assert set(limits.counters) <= COUNTER_NAMES
        assert limits.read_lag >= timedelta(0)

    def test_a_published_post_is_found_once_the_read_lag_is_over(self, stage: Stage) -> None:
        post, since = outgoing(), stage.clock.now()
        published = stage.platform.publish(stage.account, post, "key")
        stage.pass_read_lag()
        found = stage.platform.find(stage.account, "key", post.fingerprint, since)
        assert found is not None
        assert (found.reference, found.at) == (published.reference, published.at)

    def test_nothing_is_found_of_what_nobody_published(self, stage: Stage) -> None:
        since = stage.clock.now()
        stage.platform.publish(stage.account, outgoing(), "key")
        stage.pass_read_lag()
        assert stage.platform.find(stage.account, "another key", "another hash", since) is None

    def test_one_key_is_one_post_where_keys_are_taken_and_two_posts_where_not(self, stage: Stage) -> None:
        first = stage.platform.publish(stage.account, outgoing(), "key")
        stage.clock.move(minutes=1)
        second = stage.platform.publish(stage.account, outgoing(), "key")
        assert (first.reference == second.reference) is stage.platform.limits(stage.account).takes_key

    def test_two_keys_are_two_posts(self, stage: Stage) -> None:
        first = stage.platform.publish(stage.account, outgoing("first", "One."), "key 1")
        second = stage.platform.publish(stage.account, outgoing("second", "Two."), "key 2")
        assert first.reference != second.reference

    def test_a_post_is_read_with_the_promised_counters_which_only_rise(self, stage: Stage) -> None:
        reference = stage.platform.publish(stage.account, outgoing(), "key").reference
        promised = set(stage.platform.limits(stage.account).counters)
        earlier: dict[str, int] = {}
        for _ in range(4):
            stage.platform.advance(stage.clock.move(hours=8))
            reading = stage.platform.read_post(stage.account, reference)
            assert set(reading.counters) <= promised
            assert reading.counters
            assert all(reading.counters[name] >= count for name, count in earlier.items())
            earlier = dict(reading.counters)

    def test_reading_again_changes_nothing(self, stage: Stage) -> None:
        reference = stage.platform.publish(stage.account, outgoing(), "key").reference
        stage.platform.advance(stage.clock.move(hours=5))
        readings = [stage.platform.read_post(stage.account, reference).counters for _ in range(3)]
        assert readings == [readings[0]] * 3

    def test_an_account_is_read_with_the_promised_counters(self, stage: Stage) -> None:
        counters = stage.platform.read_account(stage.account).counters
        assert counters
        assert set(counters) <= set(stage.platform.limits(stage.account).counters)

    def test_a_post_that_the_account_does_not_have_cannot_be_read(self, stage: Stage) -> None:
        with pytest.raises(Rejected):
            stage.platform.read_post(stage.account, "nobody's")

    def test_a_text_beyond_the_stated_length_is_rejected_and_not_there(self, stage: Stage) -> None:
        allowed = stage.platform.limits(stage.account).text_length
        if allowed is None:
            return
        long, since = outgoing(text="x" * (allowed + 1)), stage.clock.now()
        with pytest.raises(Rejected):
            stage.platform.publish(stage.account, long, "key")
        stage.pass_read_lag()
        assert stage.platform.find(stage.account, "key", long.fingerprint, since) is None


class TroubleSuite(PlatformSuite):
    def test_a_timeout_after_success_leaves_one_post_that_can_be_found(self, stage: Stage) -> None:
        post, since = outgoing(), stage.clock.now()
        stage.trouble(Trouble.TIMEOUT_AFTER_SUCCESS)
        with pytest.raises(OutcomeUnknown):
            stage.platform.publish(stage.account, post, "key")
        stage.trouble(Trouble.NONE)
        stage.pass_read_lag()
        found = stage.platform.find(stage.account, "key", post.fingerprint, since)
        assert found is not None
        if stage.platform.limits(stage.account).takes_key:
            assert stage.platform.publish(stage.account, post, "key").reference == found.reference

    def test_a_timeout_before_success_leaves_nothing(self, stage: Stage) -> None:
        self._leaves_nothing(stage, Trouble.TIMEOUT_BEFORE, OutcomeUnknown)

    def test_what_is_proven_unsent_is_not_there(self, stage: Stage) -> None:
        self._leaves_nothing(stage, Trouble.PROVEN_UNSENT, ProvenUnsent)

    def test_what_is_rejected_is_not_there_and_says_why(self, stage: Stage) -> None:
        error = self._leaves_nothing(stage, Trouble.REJECTED, Rejected)
        assert isinstance(error, Rejected)
        assert error.reason

    def test_a_rate_limit_says_when_to_ask_again_and_asking_then_works(self, stage: Stage) -> None:
        error = self._leaves_nothing(stage, Trouble.RATE_LIMITED, RateLimited)
        assert isinstance(error, RateLimited)
        assert error.retry_at.tzinfo is not None
        wait = max((error.retry_at - stage.clock.now()).total_seconds(), 0.0)
        stage.platform.advance(stage.clock.move(seconds=wait))
        assert stage.platform.publish(stage.account, outgoing(), "key").reference

    def test_an_expired_authorization_stops_every_call_until_it_returns(self, stage: Stage) -> None:
        reference = stage.platform.publish(stage.account, outgoing(), "key").reference
        stage.trouble(Trouble.EXPIRED)
        for call in self._calls(stage, reference):
            with pytest.raises(AuthorizationExpired):
                call()
        stage.trouble(Trouble.NONE)
        for call in self._calls(stage, reference):
            call()

    def test_an_outage_proves_that_nothing_was_sent_and_ends(self, stage: Stage) -> None:
        reference = stage.platform.publish(stage.account, outgoing(), "key").reference
        stage.trouble(Trouble.OUTAGE)
        for call in self._calls(stage, reference):
            with pytest.raises(ProvenUnsent):
                call()
        stage.trouble(Trouble.NONE)
        for call in self._calls(stage, reference):
            call()

    def test_a_counter_that_is_not_given_is_absent_and_not_zero(self, stage: Stage) -> None:
        reference = stage.platform.publish(stage.account, outgoing(), "key").reference
        stage.trouble(Trouble.NO_REACH)
        lacking = stage.platform.read_post(stage.account, reference).counters
        stage.trouble(Trouble.NONE)
        whole = stage.platform.read_post(stage.account, reference).counters
        assert stage.scarce not in lacking
        assert dict(lacking) == {name: count for name, count in whole.items() if name != stage.scarce}
        assert stage.scarce in whole

    def test_a_reading_that_timed_out_can_be_had_again(self, stage: Stage) -> None:
        reference = stage.platform.publish(stage.account, outgoing(), "key").reference
        stage.trouble(Trouble.TIMEOUT_BEFORE)
        with pytest.raises(OutcomeUnknown):
            stage.platform.read_post(stage.account, reference)
        stage.trouble(Trouble.NONE)
        assert stage.platform.read_post(stage.account, reference).counters

    @staticmethod
    def _leaves_nothing(stage: Stage, trouble: Trouble, expected: type[PlatformError]) -> PlatformError:
        post, since = outgoing(), stage.clock.now()
        stage.trouble(trouble)
        with pytest.raises(expected) as raised:
            stage.platform.publish(stage.account, post, "key")
        stage.trouble(Trouble.NONE)
        stage.pass_read_lag()
        assert stage.platform.find(stage.account, "key", post.fingerprint, since) is None
        return raised.value

    @staticmethod
    def _calls(stage: Stage, reference: str) -> list[Callable[[], object]]:
        platform, account, since = stage.platform, stage.account, stage.clock.now()
        return [
            lambda: platform.publish(account, outgoing("next", "Next."), "next"),
            lambda: platform.find(account, "key", outgoing().fingerprint, since),
            lambda: platform.read_post(account, reference),
            lambda: platform.read_account(account),
        ]
