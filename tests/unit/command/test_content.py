"""Posts looked at before they are offered: what is wrong, what is missing, and what a network would get."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from events.execution import ContentRequested
from events.terms import Appeal, PostTraits
from tests.unit.command.house import answer, brief, content, live, mowj
from tests.unit.config.pictures import exif, jpeg
from workers.platforms.bluesky.records import thread
from workers.platforms.protocol import OutgoingPost

AT: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)

POST: Final = """\
---
topic: beans
format: photo
appeal: teach
---
Rinse the filter first. #coffee #slow
"""


def folder(tmp_path: Path, **posts: str) -> Path:
    found = tmp_path / "posts"
    found.mkdir()
    for name, text in posts.items():
        (found / f"{name}.md").write_text(text, encoding="utf-8")
    return found


def with_field(line: str, post: str = POST) -> str:
    return post.replace("appeal: teach\n", f"appeal: teach\n{line}\n")


def test_the_shipped_posts_carry_their_brief_and_nothing_is_wrong_with_them() -> None:
    found = answer("content", "check", "config/content/steady", "--brief", "config/briefs/steady.yaml")
    assert len(found["content"]) == 72
    assert (found["problems"], found["lacking"], found["broken"]) == ([], [], [])


def test_every_post_is_told_and_every_mistake_with_its_file_line_and_field(tmp_path: Path) -> None:
    posts = folder(tmp_path, good=POST, bad=POST.replace("teach", "teech"), worse=POST.replace("topic", "tpic"))
    found = answer("content", "check", posts, code=1)
    assert [one["content"] for one in found["content"]] == ["good"]
    assert found["broken"] == ["bad", "worse"]
    assert [(Path(one["file"]).name, one["line"], one["field"], one["hint"]) for one in found["problems"]] == [
        ("bad.md", 4, "appeal", "teach"),
        ("worse.md", 2, "topic", None),
        ("worse.md", 2, "tpic", "topic"),
    ]
    said = mowj("content", "check", posts, code=1).stdout
    assert "did you mean 'teach'?" in said
    assert "1 can be offered, 2 cannot; 3 problems." in said


def test_files_that_nobody_looks_at_are_named(tmp_path: Path) -> None:
    posts = folder(tmp_path, good=POST)
    for name in ("second.MD", "third.markdown", "fourth.txt", "picture.jpg", "film.mp4", ".hidden.txt"):
        (posts / name).write_text(POST, encoding="utf-8")
    assert answer("content", "check", posts)["ignored"] == ["fourth.txt", "second.MD", "third.markdown"]
    said = mowj("content", "check", posts).stdout
    assert "Not looked at, since a post's name ends in .md: fourth.txt, second.MD, third.markdown" in said
    (posts / "good.md").unlink()
    assert "second.MD" in mowj("content", "check", posts, code=2).stderr


def test_a_table_fits_eighty_columns_whatever_the_posts(tmp_path: Path) -> None:
    posts = content(tmp_path)
    stage = with_field("funnel_stage: consideration\nlanguage: fa\nuses: 3\nvalid_until: 2099-01-01")
    (posts / "beans" / "a-post-with-a-rather-long-name-for-an-id.md").write_text(stage, encoding="utf-8")
    said = mowj("content", "check", posts, "--brief", brief(tmp_path), env={"COLUMNS": "80"}).stdout
    table, _ = said.split("\nWorth a look:")
    assert max(map(len, table.splitlines())) <= 80
    for word in ("consideration", "fa", "2099-01-01", "a-post-with-a-rather-long-name-for-an-id"):
        assert word in said


def test_what_the_brief_asks_for_and_nobody_wrote_is_named(tmp_path: Path) -> None:
    posts = content(tmp_path)
    for path in posts.glob("gear/proof-*.md"):
        path.unlink()
    (posts / "beans" / "teach-video.md").unlink()
    over = posts / "beans" / "offer-text.md"
    text = over.read_text(encoding="utf-8").replace("uses:", "valid_until: 2020-01-01\nuses:")
    over.write_text(text, encoding="utf-8")
    found = answer("content", "check", posts, "--brief", brief(tmp_path))
    assert [(one["topic"], one["appeal"], one["formats"], one["offered"]) for one in found["lacking"]] == [
        ("gear", "proof", ["photo", "video", "text"], 0),
        ("beans", "offer", ["text"], 2),
        ("beans", "teach", ["video"], 2),
    ]


def test_two_files_with_the_same_text_are_told_and_so_are_dates_that_have_passed(tmp_path: Path) -> None:
    words = POST.replace("photo", "words")
    again = words.replace("Rinse the filter", "rinse  the\nfilter")
    over = with_field("valid_until: 2020-01-01", words).replace("Rinse", "Wet")
    posts = folder(tmp_path, first=words, second=again, third=over)
    found = answer("content", "check", posts)
    assert [(Path(one["file"]).name, one["field"]) for one in found["warnings"]] == [
        ("second.md", "(text)"),
        ("third.md", "valid_until"),
    ]
    assert "first says and shows the same" in found["warnings"][0]["allowed"]


def test_posts_that_show_different_pictures_are_not_the_same(tmp_path: Path) -> None:
    posts = folder(tmp_path, **{name: with_field(f"media: [{{file: {name}.jpg, alt: A cup}}]") for name in "ab"})
    (posts / "a.jpg").write_bytes(jpeg())
    (posts / "b.jpg").write_bytes(jpeg(quality=10))
    assert answer("content", "check", posts)["warnings"] == []


def test_a_post_that_no_account_can_show_is_a_problem(tmp_path: Path) -> None:
    posts = folder(tmp_path, long=POST.replace("Rinse", "Rinse " * 500))
    found = answer("content", "check", posts, "--brief", brief(tmp_path), code=1)
    (problem,) = found["problems"]
    assert "where roastery takes 2200" in problem["given"]


def test_a_channel_without_a_plug_in_is_named_and_nothing_is_guessed(tmp_path: Path) -> None:
    path = brief(tmp_path, ("{channel: simulated}", "{channel: instagram}"))
    words = ("content", "check", folder(tmp_path, good=POST), "--brief", path)
    (channel,) = answer(*words)["channels"]
    assert channel["limits"] is None
    assert "no plug-in serves instagram yet" in mowj(*words).stdout


def test_checking_keeps_nothing_and_writes_nothing(tmp_path: Path) -> None:
    posts = folder(tmp_path, good=with_field("media: [{file: cup.jpg, alt: A cup}]"))
    (posts / "cup.jpg").write_bytes(jpeg())
    before = sorted(tmp_path.rglob("*"))
    mowj("content", "check", posts)
    assert sorted(tmp_path.rglob("*")) == before


class TestPreview:
    def test_it_shows_what_would_be_sent(self, tmp_path: Path) -> None:
        fields = "link: https://roastery.example/\nmedia: [{file: cup.jpg, alt: A cup}]"
        posts = folder(tmp_path, one=with_field(fields))
        (posts / "cup.jpg").write_bytes(jpeg(exif=exif(orientation=6)))
        found = answer("preview", posts / "one.md", "--channel", "simulated")
        assert found["text"] == "Rinse the filter first. #coffee #slow"
        assert (found["characters"], found["link"]) == (37, "https://roastery.example/")
        assert found["hashtags"] == ["#coffee", "#slow"]
        (media,) = found["media"]
        assert (media["width"], media["height"], media["alt"]) == (20, 40, "A cup")
        assert found["channel"]["limits"]["text_length"] == 2200
        said = mowj("preview", posts / "one.md", "--channel", "simulated").stdout
        for part in ("37 characters, at most 2200", "20 × 40 pixels", "alt: A cup", "metadata", "would take it"):
            assert part in said

    def test_what_the_channel_would_not_take_is_a_finding(self, tmp_path: Path) -> None:
        posts = folder(tmp_path, long=POST.replace("Rinse", "Rinse " * 500), other=with_field("channels: [letters]"))
        assert "NOT TAKEN" in mowj("preview", posts / "long.md", "--channel", "simulated", code=1).stdout
        said = mowj("preview", posts / "other.md", "--channel", "simulated", code=1).stdout
        assert "not for simulated" in said

    def test_a_channel_without_a_plug_in_is_called_so(self, tmp_path: Path) -> None:
        said = mowj("preview", folder(tmp_path, one=POST) / "one.md", "--channel", "instagram").stdout
        assert "limit not known" in said
        assert "would take it" not in said
        assert "no plug-in serves instagram yet" in " ".join(said.split())

    @pytest.mark.parametrize("picture", [False, True])
    def test_what_is_shown_is_what_bluesky_s_plug_in_sends(self, tmp_path: Path, picture: bool) -> None:
        link = with_field("link: https://roastery.example/beans\nlanguage: fa")
        text = link.replace("Rinse the filter first. ", "قهوه‌ای که امروز دم می‌کنیم از یرگاچفه است؛ شیرین. " * 12)
        posts = folder(tmp_path, one=with_field("media: [{file: cup.jpg, alt: A cup}]", text) if picture else text)
        (posts / "cup.jpg").write_bytes(jpeg())
        found = answer("preview", posts / "one.md", "--channel", "bluesky")
        post = OutgoingPost(
            post="one",
            campaign="CAMPAIGN",
            text=found["text"],
            fingerprint="seen",
            traits=PostTraits(channel="bluesky"),
            language="fa",
            link=found["link"],
            media=("cup.jpg",) if picture else (),
        )
        records = [record for _, record in thread(post, "key", "did:plc:shop", AT, [], lambda handle: None)]
        assert len(records) > 1
        assert found["sent"]["parts"] == [record["text"] for record in records]
        assert found["sent"]["link"] in json.dumps(records), "the link of the card, or of what is written out"
        said = " ".join(mowj("preview", posts / "one.md", "--channel", "bluesky").stdout.split())
        assert f"{len(records)} of {len(records)}" in said
        assert found["sent"]["link"] in said

    def test_a_network_that_nothing_serves_yet_is_shown_by_its_habits(self, tmp_path: Path) -> None:
        long = with_field("link: https://roastery.example/").replace("Rinse", "Rinse it. " * 400)
        posts = folder(tmp_path, one=long)
        sent = answer("preview", posts / "one.md", "--channel", "instagram")["sent"]
        assert sent["shortened"]
        assert sent["parts"][0].endswith(f"…\n\n{sent['link']}")
        assert len(sent["parts"][0]) <= 2200
        assert len(answer("preview", posts / "one.md", "--channel", "mastodon")["sent"]["parts"]) == 9
        said = mowj("preview", posts / "one.md", "--channel", "instagram").stdout
        assert "no room for the whole text" in " ".join(said.split())

    def test_what_the_plug_in_would_refuse_is_a_finding(self, tmp_path: Path) -> None:
        posts = folder(tmp_path, one=POST.replace("Rinse", "https://roastery.example/" + "a" * 400))
        said = mowj("preview", posts / "one.md", "--channel", "bluesky", code=1).stdout
        assert "NOT TAKEN" in said
        assert "no post holds it" in " ".join(said.split())

    def test_media_lie_in_the_folder_that_run_is_given(self, tmp_path: Path) -> None:
        posts = folder(tmp_path)
        (posts / "tea").mkdir()
        (posts / "cup.jpg").write_bytes(jpeg())
        path = posts / "tea" / "one.md"
        path.write_text(with_field("media: [{file: ../cup.jpg, alt: A cup}]"), encoding="utf-8")
        assert "a file inside" in mowj("preview", path, "--channel", "simulated", code=2).stderr
        assert answer("preview", path, "--channel", "simulated", "--content", posts)["content"] == "tea/one"
        said = mowj("preview", path, "--channel", "simulated", "--content", tmp_path / "posts" / "tea" / "deep", code=2)
        assert "is not below" in said.stderr


class TestRequests:
    @pytest.fixture
    def data(self, tmp_path: Path) -> Path:
        """A campaign that asks for content: there is one post, and it is used up at once."""
        posts = folder(tmp_path, one=POST)
        data = tmp_path / "data"
        live(data, ("--brief", brief(tmp_path), "--content", posts), 8)
        return data

    def test_what_is_missing_is_said_with_all_that_its_maker_must_know(self, data: Path) -> None:
        found = answer("requests", "--data", data)
        assert found
        assert set(found[0]) == {"campaign", *ContentRequested.model_fields}
        said = mowj("requests", "roastery", "--data", data).stdout
        for part in (found[0]["topic"], found[0]["format"], found[0]["channel"], found[0]["funnel_stage"], "why: "):
            assert part in said

    def test_the_written_head_is_one_that_a_post_may_have(self, data: Path, tmp_path: Path) -> None:
        lines = mowj("requests", "--data", data).stdout.splitlines()
        start = lines.index("    ---")
        head = "\n".join(line.strip() for line in lines[start : start + 5])
        posts = tmp_path / "more"
        posts.mkdir()
        (posts / "new.md").write_text(f"{head}\nWords.\n", encoding="utf-8")
        (one,) = answer("content", "check", posts, "--brief", tmp_path / "brief.yaml")["content"]
        assert one["appeal"] in set(Appeal)

    def test_nothing_missing_is_said_too(self, tmp_path: Path) -> None:
        waits = brief(tmp_path, ("mode: automatic", "mode: approve"))
        live(tmp_path / "data", ("--brief", waits, "--content", "config/content/steady"), 0.1)
        assert mowj("requests", "--data", tmp_path / "data").stdout == "no content is missing\n"


class TestWorthALook:
    def test_a_post_that_is_called_a_photo_and_has_no_picture_is_remarked(self, tmp_path: Path) -> None:
        shown = with_field("media: [{file: cup.jpg, alt: A cup}]").replace("Rinse", "Wash")
        posts = folder(tmp_path, bare=POST, film=shown.replace("photo", "reel"), shown=shown.replace("Wash", "Clean"))
        (posts / "cup.jpg").write_bytes(jpeg())
        found = answer("content", "check", posts)["warnings"]
        assert [(Path(one["file"]).name, one["field"], one["allowed"]) for one in found] == [
            ("bare.md", "media", "a picture, since its format is photo"),
            ("film.md", "media", "a film, since its format is reel"),
        ]
        assert "a picture, since its format is photo" in mowj("content", "check", posts).stdout
        assert "a picture" in mowj("preview", posts / "bare.md", "--channel", "simulated").stdout

    def test_many_posts_without_pictures_are_one_remark(self, tmp_path: Path) -> None:
        posts = folder(tmp_path, **{f"p{number}": POST.replace("first", f"{number}") for number in range(6)})
        (found,) = answer("content", "check", posts)["warnings"]
        assert found["allowed"].endswith("; so with p1, p2, p3 and 2 more")

    def test_a_persian_word_for_photo_wants_a_picture_too(self, tmp_path: Path) -> None:
        (found,) = answer("content", "check", folder(tmp_path, one=POST.replace("photo", "عکس")))["warnings"]
        assert found["allowed"] == "a picture, since its format is عکس"

    def test_without_a_brief_nobody_claims_to_know_the_language(self, tmp_path: Path) -> None:
        posts = folder(tmp_path, one=POST, two=with_field("language: fa", POST.replace("first", "again")))
        said = mowj("content", "check", posts).stdout
        assert "the brief's" in said
        assert " en " not in said
        assert "the brief's" in mowj("preview", posts / "one.md", "--channel", "simulated").stdout
