"""Bluesky keeps the promises of every platform: the plug-in against a real data server and AppView, through a door that
loses, refuses and delays. What the network itself can be made to say, it says; the rest is scripted at the door.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from config.problems import InputError
from events.campaign import PostObserved
from events.execution import MetricObserved
from events.terms import Fact
from tests.bluesky import (
    Act,
    Answer,
    Door,
    Login,
    Network,
    answered,
    door,
    eventually,
    exists,
    lost,
    network,
    shows,
    unheard,
)
from tests.contract.platform_suite import MovableClock, Stage, Trouble, TroubleSuite, outgoing
from workers.platforms.bluesky import factory
from workers.platforms.bluesky.options import given
from workers.platforms.credentials import GivenCredentials
from workers.platforms.links import tagged
from workers.platforms.protocol import (
    AuthorizationExpired,
    OutcomeUnknown,
    OutgoingPost,
    Platform,
    ProvenUnsent,
    Published,
    RateLimited,
    Rejected,
)

pytestmark = pytest.mark.bluesky

ACCOUNT = "roastery"
WRITES = ("applyWrites", "getPosts", "getProfile")


@pytest.fixture(scope="module")
def net() -> Network:
    return network()


@pytest.fixture
def login(net: Network) -> Login:
    return net.account()


@pytest.fixture
def way(net: Network) -> Iterator[Door]:
    with door(net.pds) as made:
        yield made


def made(way: Door, login: Login, clock: Any = None, say: Any = lambda *_: None, **more: Any) -> Platform:
    options = login.options(ACCOUNT, base_url=way.url) | more
    return factory(clock=clock or MovableClock(), seed=1, say=say, options=options)


class Awaited:
    """A plug-in that returns from publishing once the AppView shows the post: the suite reads at once."""

    def __init__(self, platform: Platform, login: Login) -> None:
        self._platform, self._login = platform, login

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        published = self._platform.publish(account, post, key)
        eventually(lambda: shows(self._login, published.reference.partition("#")[0]))
        return published


def invalid(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer:
    """The network itself refuses: the record that arrives breaks the lexicon."""
    said = json.loads(body)
    for write in said["writes"]:
        write["value"]["createdAt"] = "yesterday"
    return go(json.dumps(said).encode())


def without_likes(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer:
    answer = go(None)
    said = json.loads(answer.body)
    for post in said["posts"]:
        del post["bookmarkCount"]
    return Answer(answer.status, answer.headers, json.dumps(said).encode())


class TestBluesky(TroubleSuite):
    @pytest.fixture
    def stage(self, net: Network, login: Login, way: Door) -> Stage:
        clock = MovableClock()
        platform: Any = Awaited(made(way, login, clock), login)

        def cause(trouble: Trouble) -> None:
            way.rules.clear()
            way.open()
            net.set_password(login.did, "another" if trouble is Trouble.EXPIRED else login.password)
            if trouble is Trouble.EXPIRED:
                # In place of the two hours that an access token lives; that nothing renews it, the network says.
                way.rules.update(dict.fromkeys((*WRITES, "listRecords"), answered(400, "ExpiredToken")))
            if trouble in {Trouble.OUTAGE, Trouble.PROVEN_UNSENT}:
                way.close()
            act = {
                Trouble.TIMEOUT_AFTER_SUCCESS: lost,
                Trouble.TIMEOUT_BEFORE: unheard,
                Trouble.RATE_LIMITED: answered(429, "RateLimitExceeded", retry_after="30"),
                Trouble.REJECTED: invalid,
            }.get(trouble)
            if act is not None:
                way.rules.update(dict.fromkeys(WRITES, act))
            if trouble is Trouble.NO_REACH:
                way.rules["getPosts"] = without_likes

        # Logged in before the trouble begins.
        platform.find(ACCOUNT, "nothing", outgoing().fingerprint, clock.now())
        return Stage(platform, clock, ACCOUNT, cause=cause, scarce="saves")


def test_an_account_that_moderators_take_down_is_an_expired_authorization_until_they_restore_it(
    net: Network, way: Door, login: Login
) -> None:
    platform = made(way, login)
    platform.publish(ACCOUNT, outgoing(), "key")
    net.take_down(login.did, applied=True)
    with pytest.raises(AuthorizationExpired):
        platform.publish(ACCOUNT, outgoing("next", "Next."), "next")
    with pytest.raises(AuthorizationExpired):
        platform.find(ACCOUNT, "key", outgoing().fingerprint, datetime.now(UTC))
    net.take_down(login.did, applied=False)
    assert platform.publish(ACCOUNT, outgoing("next", "Next."), "next").reference
    assert len(login.records()) == 2


def test_what_is_put_twice_at_once_under_one_key_is_one_record(way: Door, login: Login) -> None:
    """Both look and find nothing; the second commit fails as a whole, and is then found."""
    both = threading.Barrier(2, timeout=20)

    def together(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer:
        both.wait()
        return go(None)

    way.rules["applyWrites"] = together
    results: list[object] = []

    def publish() -> None:
        try:
            results.append(made(way, login).publish(ACCOUNT, outgoing(), "key"))
        except OutcomeUnknown as error:
            results.append(error)

    threads = [threading.Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    published = [result for result in results if isinstance(result, Published)]
    assert len(results) == 2
    assert len(published) == 1
    assert made(way, login).find(ACCOUNT, "key", outgoing().fingerprint, datetime.now(UTC)) == published[0]
    assert len(login.records()) == 1


def test_a_thread_is_one_commit_and_read_as_one_post(net: Network, way: Door, login: Login) -> None:
    platform = made(way, login)
    # The AppView counts quotes by content: equal posts of two accounts at one moment would share theirs.
    sentence = f"A grinder that is clean makes {login.handle[-13:]} clean, every day. "
    published = platform.publish(ACCOUNT, outgoing(text=sentence * 14), "key")
    records = {record["uri"]: record for record in login.records()}
    first = published.reference.partition("#")[0]
    chain = [first]
    while following := [
        uri
        for uri, record in records.items()
        if record["value"].get("reply", {}).get("parent", {}).get("uri") == chain[-1]
    ]:
        chain += following
    assert len(chain) == len(records) == int(published.reference.rpartition("#")[2]) == 4
    assert "".join(records[uri]["value"]["text"] + " " for uri in chain) == sentence * 14
    assert all(records[uri]["value"]["reply"]["root"]["uri"] == first for uri in chain[1:])
    assert all(
        records[uri]["value"]["reply"]["parent"]["cid"] == records[before]["cid"] for before, uri in pairwise(chain)
    )
    eventually(lambda: all(shows(login, uri) for uri in chain))
    friend = net.account("friend")
    friend.like(records[chain[2]])
    friend.reply(records[chain[0]], "Mine is not.")
    friend.quote(records[chain[0]], "Look!")
    wanted = {"likes": 1, "comments": 1, "shares": 1, "engagements": 3, "saves": 0}
    eventually(lambda: platform.read_post(ACCOUNT, published.reference).counters == wanted)


def test_what_a_second_account_does_is_counted(net: Network, way: Door, login: Login) -> None:
    platform = made(way, login)
    published = platform.publish(ACCOUNT, outgoing(), "key")
    (record,) = login.records()
    friend = net.account("friend")
    friend.like(record)
    friend.repost(record)
    friend.follow(login)
    wanted = {"likes": 1, "comments": 0, "shares": 1, "engagements": 2, "saves": 0}

    def counted() -> bool:
        return shows(login, record["uri"]) and platform.read_post(ACCOUNT, published.reference).counters == wanted

    eventually(counted)
    eventually(lambda: platform.read_account(ACCOUNT).counters == {"followers": 1})


def test_pictures_are_shown_with_their_alt_texts_and_a_link_beside_them_is_kept_whole(
    way: Door, login: Login, tmp_path: Path
) -> None:
    paths = []
    for number, size in enumerate([(640, 480), (4000, 3000)]):
        paths.append(str(tmp_path / f"{number}.png"))
        Image.effect_noise(size, 90).save(paths[-1])
    link = "https://roastery.example/beans/guji/washed/2026?utm_source=bluesky#order"
    post = replace(outgoing(), media=tuple(paths), alt_texts=("A grinder", ""), link=link)
    uri = made(way, login).publish(ACCOUNT, post, "key").reference
    eventually(lambda: shows(login, uri))
    (view,) = login.ask("app.bsky.feed.getPosts", uris=[uri])["posts"]
    assert [image["alt"] for image in view["embed"]["images"]] == ["A grinder", ""]
    assert view["embed"]["images"][0]["aspectRatio"] == {"width": 640, "height": 480}
    assert view["record"]["text"] == f"{post.text}\n\nroastery.example/beans/guji/w…"
    (facet,) = view["record"]["facets"]
    span = slice(facet["index"]["byteStart"], facet["index"]["byteEnd"])
    assert view["record"]["text"].encode()[span].decode() == "roastery.example/beans/guji/w…"
    assert facet["features"][0]["uri"] == tagged(link, "simulated", "roastery", "first")


def test_links_tags_and_mentions_are_marked_to_the_byte_in_persian_and_among_emoji(
    net: Network, way: Door, login: Login
) -> None:
    friend = net.account("friend")
    text = f"👨‍👩‍👧 سلام @{friend.handle} و @nobody.test: قهوه می‌خواهید؟ #قهوه_تازه https://example.com/قهوه?a=1."
    post = replace(outgoing(text=text), language="fa", link="https://roastery.example/")
    uri = made(way, login).publish(ACCOUNT, post, "key").reference
    eventually(lambda: shows(login, uri))
    (view,) = login.ask("app.bsky.feed.getPosts", uris=[uri])["posts"]
    marked = {
        text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(): one["features"][0]
        for one in view["record"]["facets"]
    }
    mention, tag, link = (
        "app.bsky.richtext.facet#mention",
        "app.bsky.richtext.facet#tag",
        "app.bsky.richtext.facet#link",
    )
    assert marked == {
        f"@{friend.handle}": {"$type": mention, "did": friend.did},
        "#قهوه_تازه": {"$type": tag, "tag": "قهوه_تازه"},
        "https://example.com/قهوه?a=1": {"$type": link, "uri": "https://example.com/قهوه?a=1"},
    }
    assert view["record"]["langs"] == ["fa"]
    assert view["embed"]["external"]["uri"] == tagged("https://roastery.example/", "simulated", "roastery", "first")


def test_a_film_and_a_fifth_picture_are_refused_before_anything_is_sent(
    way: Door, login: Login, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"\0\0\0\x18ftypmp42")
    platform = made(way, login)
    for media in ((str(film),), (str(film),) * 5, (str(tmp_path / "gone.jpg"),)):
        with pytest.raises(Rejected):
            platform.publish(ACCOUNT, replace(outgoing(), media=media), "key")
    assert way.asked == []


def test_a_deleted_post_cannot_be_read_and_is_not_found(way: Door, login: Login) -> None:
    platform = made(way, login)
    uri = platform.publish(ACCOUNT, outgoing(), "key").reference
    eventually(lambda: shows(login, uri))
    said = {"repo": login.did, "collection": "app.bsky.feed.post", "rkey": uri.rpartition("/")[2]}
    login.do("com.atproto.repo.deleteRecord", said)
    eventually(lambda: not shows(login, uri))
    with pytest.raises(Rejected):
        platform.read_post(ACCOUNT, uri)
    assert platform.find(ACCOUNT, "key", outgoing().fingerprint, datetime.now(UTC)) is None


def test_a_post_that_the_appview_does_not_show_yet_is_unknown_and_not_zero(way: Door, login: Login) -> None:
    platform = made(way, login)
    uri = platform.publish(ACCOUNT, outgoing(), "key").reference

    def empty(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer:
        return Answer(200, {"content-type": "application/json"}, b'{"posts": []}')

    way.rules["getPosts"] = empty
    with pytest.raises(OutcomeUnknown, match="yet"):
        platform.read_post(ACCOUNT, uri)


def test_answers_without_counters_are_readings_without_counters(way: Door, login: Login) -> None:
    platform = made(way, login)
    uri = platform.publish(ACCOUNT, outgoing(), "key").reference

    def bare(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer:
        said = {"posts": [{"uri": uri, "likeCount": None, "viewCount": 9}], "followersCount": "many"}
        return Answer(200, {"content-type": "application/json"}, json.dumps(said).encode())

    way.rules |= {"getPosts": bare, "getProfile": bare}
    assert platform.read_post(ACCOUNT, uri).counters == {}
    assert platform.read_account(ACCOUNT).counters == {}


def test_a_slow_network_leaves_the_outcome_unknown_in_time(way: Door, login: Login) -> None:
    let_go = threading.Event()

    def slow(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer:
        let_go.wait(20)
        return go(None)

    way.rules["applyWrites"] = slow
    platform = made(way, login, deadline_seconds=4)
    begun = datetime.now(UTC)
    with pytest.raises(OutcomeUnknown):
        platform.publish(ACCOUNT, outgoing(), "key")
    assert datetime.now(UTC) - begun < timedelta(seconds=10)
    let_go.set()
    way.rules.clear()
    eventually(lambda: platform.find(ACCOUNT, "key", outgoing().fingerprint, begun))
    assert platform.publish(ACCOUNT, outgoing(), "key").reference == login.records()[0]["uri"]
    assert len(login.records()) == 1


@pytest.mark.parametrize("before", ["listRecords", "uploadBlob", "createSession"])
def test_what_fails_before_the_post_is_sent_is_proven_unsent(
    way: Door, login: Login, tmp_path: Path, before: str
) -> None:
    picture = tmp_path / "cup.png"
    Image.new("RGB", (8, 8), "brown").save(picture)
    post = replace(outgoing(), media=(str(picture),))
    for act in (lost, unheard, answered(502, "UpstreamFailure"), answered(500, "InternalServerError")):
        way.rules[before] = act
        with pytest.raises(ProvenUnsent):
            made(way, login).publish(ACCOUNT, post, "key")
    assert "applyWrites" not in way.asked
    assert login.records() == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_after_sending_leaves_the_outcome_unknown(way: Door, login: Login, status: int) -> None:
    way.rules["applyWrites"] = answered(status, "InternalServerError")
    with pytest.raises(OutcomeUnknown):
        made(way, login).publish(ACCOUNT, outgoing(), "key")


def test_a_limited_server_says_when_to_come_back(net: Network) -> None:
    """The data server's own limit, 30 logins in five minutes, as bsky.social has it."""
    login = net.account(server=net.limited)
    clock = MovableClock()
    with door(net.limited) as way:
        with pytest.raises(RateLimited) as raised:
            deque(
                (made(way, login, clock).find(ACCOUNT, "key", outgoing().fingerprint, clock.now()) for _ in range(40)),
                maxlen=0,
            )
        assert way.asked.count("createSession") == 31
    wait = raised.value.retry_at - clock.now()
    assert timedelta(0) < wait <= timedelta(minutes=5, seconds=1)


class TestTokens:
    """The data server's own words about tokens that it no longer takes."""

    @pytest.mark.parametrize("word", ["ExpiredToken", "InvalidToken"])
    def test_an_access_token_that_has_ended_is_refreshed_and_the_call_made_again(
        self, way: Door, login: Login, word: str
    ) -> None:
        kept, platform = self._kept(way, login)
        platform.find(ACCOUNT, "key", outgoing().fingerprint, datetime.now(UTC))
        first = dict(kept.get(ACCOUNT))
        way.rules["applyWrites"] = self._once(answered(400, word), way)
        assert platform.publish(ACCOUNT, outgoing(), "key").reference
        assert way.asked.count("refreshSession") == 1
        assert kept.get(ACCOUNT)["refresh"] != first["refresh"]
        assert len(login.records()) == 1

    def test_a_passing_error_while_refreshing_keeps_the_refresh_token(self, way: Door, login: Login) -> None:
        kept, platform = self._kept(way, login)
        platform.find(ACCOUNT, "key", outgoing().fingerprint, datetime.now(UTC))
        first = dict(kept.get(ACCOUNT))
        for act in (lost, unheard, answered(503, "NotEnoughResources"), answered(429, "RateLimitExceeded")):
            way.rules |= {"applyWrites": answered(400, "ExpiredToken"), "refreshSession": act}
            with pytest.raises((ProvenUnsent, RateLimited)):
                platform.publish(ACCOUNT, outgoing(), "key")
            assert dict(kept.get(ACCOUNT)) == first
        way.rules.clear()
        assert platform.publish(ACCOUNT, outgoing(), "key").reference

    def test_a_revoked_app_password_expires_the_authorization_until_there_is_another(
        self, net: Network, way: Door, login: Login
    ) -> None:
        first = login.do("com.atproto.server.createAppPassword", {"name": "mowj"})
        kept, platform = self._kept(way, replace(login, password=first["password"]))
        platform.find(ACCOUNT, "key", outgoing().fingerprint, datetime.now(UTC))
        login.do("com.atproto.server.revokeAppPassword", {"name": "mowj"})
        way.rules["applyWrites"] = answered(400, "ExpiredToken")
        with pytest.raises(AuthorizationExpired):
            platform.publish(ACCOUNT, outgoing(), "key")
        way.rules.clear()
        second = login.do("com.atproto.server.createAppPassword", {"name": "mowj again"})
        kept.put(ACCOUNT, {**kept.get(ACCOUNT), "password": second["password"]})
        assert platform.publish(ACCOUNT, outgoing(), "key").reference
        assert len(login.records()) == 1

    def test_a_wrong_password_is_an_expired_authorization(self, way: Door, login: Login) -> None:
        with pytest.raises(AuthorizationExpired):
            made(way, replace(login, password="wrong")).publish(ACCOUNT, outgoing(), "key")

    @staticmethod
    def _kept(way: Door, login: Login) -> tuple[Any, Platform]:
        options = login.options(ACCOUNT, base_url=way.url)
        kept = GivenCredentials(given(options))
        return kept, made(way, login, credentials=kept)

    @staticmethod
    def _once(act: Act, way: Door) -> Act:
        def first(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer | None:
            del way.rules[method]
            return act(door, method, go, body)

        return first


def test_posts_made_by_hand_are_said_with_what_was_counted_of_them_and_own_ones_are_not(
    net: Network, way: Door, login: Login
) -> None:
    said: list[tuple[Fact, str, str, datetime]] = []
    clock = MovableClock(datetime.now(UTC))
    platform = made(way, login, clock, lambda *each: said.append(each), watch_seconds=0.001)
    own = platform.publish(ACCOUNT, outgoing(), "key").reference
    by_hand = login.create("app.bsky.feed.post", {"text": "We are closed today."})
    login.reply(by_hand, "And tomorrow.")
    net.account("friend").reply(by_hand, "A pity!")
    login.repost(by_hand)
    eventually(lambda: shows(login, by_hand["uri"]) and shows(login, own))
    platform.advance(clock.move(seconds=5))
    (observed,) = [fact for fact, *_ in said]
    assert isinstance(observed, PostObserved)
    assert (observed.reference, observed.text, observed.traits.format) == (
        by_hand["uri"],
        "We are closed today.",
        "text",
    )
    net.account("fan").like(by_hand)
    eventually(lambda: login.ask("app.bsky.feed.getPosts", uris=[by_hand["uri"]])["posts"][0]["likeCount"])
    for hours in (2, 2, 30):
        platform.advance(clock.move(hours=hours))
    counted = [fact for fact, *_ in said[1:]]
    assert [fact.counters["likes"] for fact in counted if isinstance(fact, MetricObserved)] == [1, 1]
    assert len(said) == 3
    again: list[Any] = []
    made(way, login, clock, lambda *each: again.append(each), watch_seconds=0.001).advance(clock.now())
    assert {each[2] for each in again} <= {each[2] for each in said}, "said again after a restart, under the same ids"


def test_an_account_that_cannot_log_in_hides_no_other_account_s_posts(way: Door, login: Login) -> None:
    said: list[Any] = []
    by_hand = login.create("app.bsky.feed.post", {"text": "Hello"})
    eventually(lambda: shows(login, by_hand["uri"]))
    options = login.options(ACCOUNT)
    lost = {"lost": {**options["accounts"][ACCOUNT], "password": "wrong"}}
    options |= {"accounts": lost | options["accounts"], "watch_seconds": 0.001}
    clock = MovableClock(datetime.now(UTC))
    platform = factory(clock=clock, seed=1, say=lambda *each: said.append(each), options=options)
    with pytest.raises(AuthorizationExpired):
        platform.advance(clock.move(seconds=5))
    assert [fact.reference for fact, *_ in said] == [by_hand["uri"]]


def test_what_is_said_holds_nobody_elses_name(net: Network, way: Door, login: Login) -> None:
    said: list[Any] = []
    clock = MovableClock(datetime.now(UTC))
    friend = net.account("friend")
    by_hand = login.create("app.bsky.feed.post", {"text": f"Hello @{friend.handle}, (@{friend.handle})"})
    friend.reply(by_hand, "Hello yourself")
    friend.quote(by_hand, "They said hello")
    eventually(lambda: shows(login, by_hand["uri"]))
    made(way, login, clock, lambda *each: said.append(each), watch_seconds=0.001).advance(clock.move(hours=200))
    assert said[0][0].text == "Hello @…, (@…)"
    told = " ".join(fact.model_dump_json() + own_id for fact, _, own_id, _ in said)
    assert len(said) == 2
    assert friend.did not in told
    assert friend.handle not in told


def test_an_unknown_option_is_refused_with_its_name(login: Login) -> None:
    with pytest.raises(InputError, match="pasword"):
        factory(clock=MovableClock(), seed=1, say=lambda *_: None, options={"pasword": "x"})


def test_the_record_is_the_same_after_putting_it_again_in_another_process(way: Door, login: Login) -> None:
    made(way, login).publish(ACCOUNT, outgoing(), "key")
    (before,) = login.records()
    later = MovableClock()
    later.move(hours=3)
    made(way, login, later).publish(ACCOUNT, outgoing(), "key")
    (after,) = login.records()
    assert (after["uri"], after["cid"]) == (before["uri"], before["cid"])
    assert exists(login, before["uri"])
