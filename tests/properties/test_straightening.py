"""A topic that repeats and reorders, put straight: the same events in the same order for every reader."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.log import straightening
from events.log.straightening import LaneTrouble, Straightener, follow

Sent = tuple[str, int]
"""A writer, and the number of one of its events."""


@dataclass
class Reader:
    """Reads a topic, and keeps what was released at which offset."""

    straightener: Straightener[Sent]
    released: list[tuple[int, Sent]] = field(default_factory=list)

    def read(self, topic: list[Sent], end: int) -> None:
        for place in range(self.straightener.read_to, end):
            writer, number = topic[place]
            assert self.straightener.take(place, writer, number, f"{writer}{number}", topic[place], self._release)

    def _release(self, offset: int, item: Sent) -> bool:
        self.released.append((offset, item))
        return True


@st.composite
def topics(draw: st.DrawFn) -> list[Sent]:
    """Every event of some lanes at least once, repeated and reordered in any way."""
    ends = draw(st.dictionaries(st.sampled_from(["analyst", "intake", "editor"]), st.integers(1, 8), min_size=1))
    once = [(writer, number) for writer, end in ends.items() for number in range(1, end + 1)]
    again = draw(st.lists(st.sampled_from(once), max_size=12))
    return draw(st.permutations(once + again))


@given(topics())
def test_every_event_is_released_once_and_each_lane_in_its_order(topic: list[Sent]) -> None:
    reader = Reader(Straightener())
    reader.read(topic, len(topic))
    assert [offset for offset, _ in reader.released] == list(range(1, len(set(topic)) + 1))
    for writer in {writer for writer, _ in topic}:
        numbers = [number for _, (who, number) in reader.released if who == writer]
        assert numbers == sorted({number for who, number in topic if who == writer})
    assert reader.straightener.place == len(topic)


@given(topics(), st.data())
def test_a_reader_that_stops_anywhere_and_resumes_at_its_place_releases_what_one_that_never_stopped_does(
    topic: list[Sent], data: st.DataObject
) -> None:
    steady = Reader(Straightener())
    steady.read(topic, len(topic))
    broken = Reader(Straightener())
    for stop in sorted(data.draw(st.lists(st.integers(0, len(topic)), max_size=4))):
        broken.read(topic, stop)
        straightener = broken.straightener
        broken.straightener = Straightener(straightener.offset, straightener.lanes, straightener.place)
    broken.read(topic, len(topic))
    assert broken.released == steady.released
    assert broken.straightener.lanes == steady.straightener.lanes


@given(topics(), st.data())
def test_a_relay_that_resends_from_its_lowest_unacknowledged_row_changes_no_readers_order(
    topic: list[Sent], data: st.DataObject
) -> None:
    """What is sent again comes behind; first occurrences decide alone."""
    tail = data.draw(st.lists(st.sampled_from(topic), max_size=6))
    short, long = Reader(Straightener()), Reader(Straightener())
    short.read(topic, len(topic))
    long.read(topic + tail, len(topic) + len(tail))
    assert long.released == short.released


@given(topics(), st.data())
def test_a_record_that_cannot_be_released_stops_reading_in_front_of_it(topic: list[Sent], data: st.DataObject) -> None:
    bad = data.draw(st.sampled_from(topic))
    straightener: Straightener[Sent] = Straightener()
    before: list[Sent] = []

    def release(offset: int, item: Sent) -> bool:
        assert offset == len(before) + 1
        if item != bad:
            before.append(item)
        return item != bad

    for place, (writer, number) in enumerate(topic):
        if not straightener.take(place, writer, number, f"{writer}{number}", (writer, number), release):
            break
    else:
        pytest.fail("it was released")
    after = Reader(Straightener(straightener.offset, straightener.lanes, straightener.place))
    after.read(topic, len(topic))
    whole = Reader(Straightener())
    whole.read(topic, len(topic))
    assert after.released[0][1] == bad
    assert [(offset + 1, item) for offset, item in enumerate(before)] + after.released == whole.released


def _never(offset: int, item: str) -> bool:
    raise AssertionError((offset, item))


def _yes(offset: int, item: str) -> bool:
    return True


def test_the_last_number_under_another_id_is_trouble() -> None:
    straightener: Straightener[str] = Straightener(1, {"analyst": (1, "a")}, 1)
    with pytest.raises(LaneTrouble, match="number 1 is both a and b"):
        straightener.take(1, "analyst", 1, "b", "item", _never)
    assert straightener.read_to == 1


def test_a_held_number_under_another_id_is_trouble() -> None:
    straightener: Straightener[str] = Straightener()
    straightener.take(0, "analyst", 3, "c", "item", _never)
    with pytest.raises(LaneTrouble, match="number 3 is both c and d"):
        straightener.take(1, "analyst", 3, "d", "item", _never)


def test_an_event_without_a_number_is_trouble() -> None:
    with pytest.raises(LaneTrouble, match="has no number"):
        Straightener[str]().take(0, "analyst", 0, "a", "item", _yes)


def test_what_waits_for_a_missing_event_is_bounded_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(straightening, "MOST_HELD", 2)
    straightener: Straightener[str] = Straightener()
    for place, number in enumerate((2, 3)):
        straightener.take(place, "editor", number, f"e{number}", "item", _never)
    assert straightener.missing() == ["lane editor: 1 is missing, 2 wait behind it"]
    with pytest.raises(LaneTrouble, match="editor: 1 is missing, 2 wait behind it: more cannot be held"):
        straightener.take(2, "editor", 4, "e4", "item", _never)
    assert straightener.place == 0


def test_a_topic_is_not_read_backwards() -> None:
    straightener: Straightener[str] = Straightener(0, {}, 5)
    with pytest.raises(ValueError, match="at 4 comes after those up to 5"):
        straightener.take(4, "analyst", 1, "a", "item", _never)


def test_a_log_that_cannot_fill_a_gap_halts_at_it() -> None:
    lanes: dict[str, tuple[int, str]] = {}
    assert follow(lanes, "analyst", 1, "a")
    assert not follow(lanes, "analyst", 1, "a")
    with pytest.raises(LaneTrouble, match="2 is missing before 3"):
        follow(lanes, "analyst", 3, "c")
