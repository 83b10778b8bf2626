"""In approve mode nothing is planned or published before a person has said so, about exactly what was shown."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.unit.command.house import answer, brief, live, mowj
from workers.command.news import ASKED_AGAIN


@pytest.fixture(scope="module")
def proposed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign whose first strategy waits."""
    folder = tmp_path_factory.mktemp("proposed")
    path = brief(folder, ("mode: automatic", "mode: approve"))
    live(folder / "data", ("--brief", path, "--content", "config/content/steady"), 0.1)
    return folder / "data"


@pytest.fixture
def data(proposed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(proposed, tmp_path / "data"))


def waiting(data: Path) -> list[Any]:
    return list(answer("status", "--data", data)["campaigns"][0]["waiting"])


def test_a_strategy_waits_until_it_is_approved_and_then_its_posts_do(data: Path) -> None:
    (strategy,) = waiting(data)
    assert strategy["kind"] == "strategy"
    assert f"strategy  {strategy['id']}" in mowj("approve", "nonsense", "--data", data, code=2).stderr

    said = mowj("approve", strategy["fingerprint"][:6], "--data", data).stdout
    assert strategy["what"]["why"] in said
    assert waiting(data) == []

    live(data, (), 2)
    posts = waiting(data)
    assert posts
    assert {post["kind"] for post in posts} == {"post"}
    assert answer("status", "--data", data)["campaigns"][0]["posts"] == 0
    said = mowj("approve", posts[0]["id"], "--by", "colleague-7", "--data", data).stdout
    assert posts[0]["what"]["variant"]["text"].splitlines()[0] in said

    live(data, (), 3)
    assert answer("status", "--data", data)["campaigns"][0]["posts"] == 1


def test_whoever_resumes_a_planned_campaign_is_told_that_its_posts_are_proposed_again(data: Path) -> None:
    def resumed() -> str:
        mowj("pause", "roastery", "--data", data)
        return mowj("resume", "roastery", "--data", data).stdout

    assert "proposed" not in resumed(), "nothing is planned yet"
    (strategy,) = waiting(data)
    mowj("approve", strategy["id"], "--data", data)
    live(data, (), 2)
    assert f"planned anew; {ASKED_AGAIN}" in resumed()


def test_what_was_answered_no_longer_waits(data: Path) -> None:
    (strategy,) = waiting(data)
    mowj("reject", strategy["id"], "--reason", "not our voice", "--data", data)
    assert "nothing that waits is called" in mowj("approve", strategy["id"], "--data", data, code=2).stderr
    live(data, (), 0.2)
    (other,) = waiting(data)
    assert other["id"] != strategy["id"], "the rejected one is not proposed again without new evidence"


def test_in_advise_mode_nothing_waits_and_nothing_is_published(tmp_path: Path) -> None:
    path = brief(tmp_path, ("mode: automatic", "mode: advise"))
    live(tmp_path / "data", ("--brief", path, "--content", "config/content/steady"), 2)
    (campaign,) = answer("status", "--data", tmp_path / "data")["campaigns"]
    assert campaign["plan"] is not None
    assert (campaign["waiting"], campaign["posts"]) == ([], 0)


def test_status_shows_what_is_to_be_approved_before_anybody_answers(data: Path) -> None:
    (strategy,) = waiting(data)
    assert f"strategy {strategy['id']}: {strategy['what']['why']}" in mowj("status", "--data", data).stdout
    mowj("approve", strategy["id"], "--data", data)
    live(data, (), 2)
    post = waiting(data)[0]["what"]
    said = mowj("status", "--data", data).stdout
    assert f"post {post['content']}, {post['traits']['format']} about {post['traits']['topic']}, on " in said
    for line in post["variant"]["text"].splitlines():
        assert f"  | {line}" in said


def test_whoever_goes_on_is_told_where_and_how_days_are_counted(data: Path) -> None:
    assert "It goes on" not in live(data, (), 0.1).stderr
    (strategy,) = waiting(data)
    mowj("approve", strategy["id"], "--data", data)
    live(data, (), 2)
    said = live(data, (), 2).stderr
    assert "of 2: --days counts from the start." in said
