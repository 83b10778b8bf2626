"""A folder of posts: what a file means, and how each mistake is answered."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.brief import load_brief
from config.content import load_content, read_folder
from config.front_matter import APPEAL_OF_STAGE
from config.problems import InputError, Problem
from events.campaign import ContentOffered
from events.terms import Appeal, FunnelStage
from tests.unit.config.pictures import jpeg
from tests.unit.config.test_brief import MINIMAL, NOW
from workers.runtime.media import MediaStore

POST = """\
---
topic: tea
format: photo
appeal: teach
---
Water first, then milk.
"""


def offer(folder: Path, text: str, name: str = "post.md") -> ContentOffered:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (content,) = load_content(folder)
    return content


def problems(folder: Path, text: str) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        offer(folder, text)
    return list(caught.value.problems)


def with_field(line: str) -> str:
    return POST.replace("appeal: teach\n", f"appeal: teach\n{line}\n")


def test_the_text_below_the_front_matter_is_what_people_will_see(tmp_path: Path) -> None:
    content = offer(tmp_path, POST.replace("milk.", "milk.\n\n---\n\nNever the other way.\n"))
    assert content.text == "Water first, then milk.\n\n---\n\nNever the other way."
    assert (content.topic, content.format, content.appeal, content.uses) == ("tea", "photo", Appeal.TEACH, 1)


def test_the_content_id_is_the_path_below_the_folder(tmp_path: Path) -> None:
    assert offer(tmp_path, POST, "tea/first steps.md").content == "tea/first steps"


def test_content_comes_in_the_order_of_its_ids_whatever_the_disk_says(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.md", "c.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(POST, encoding="utf-8")
    assert [content.content for content in load_content(tmp_path)] == ["a/z", "b", "c"]


def test_hidden_files_and_other_files_are_no_posts(tmp_path: Path) -> None:
    (tmp_path / ".drafts").mkdir()
    (tmp_path / ".drafts" / "draft.md").write_text("no front matter", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no post", encoding="utf-8")
    assert offer(tmp_path, POST).content == "post"


@pytest.mark.parametrize("stage", FunnelStage)
def test_the_appeal_follows_from_the_funnel_stage_where_it_is_not_given(tmp_path: Path, stage: FunnelStage) -> None:
    content = offer(tmp_path, POST.replace("appeal: teach", f"funnel_stage: {stage.value}"))
    assert (content.appeal, content.funnel_stage) == (APPEAL_OF_STAGE[stage], stage)


def test_an_appeal_outweighs_what_the_funnel_stage_suggests(tmp_path: Path) -> None:
    assert offer(tmp_path, with_field("funnel_stage: conversion")).appeal is Appeal.TEACH


def test_without_appeal_and_stage_both_are_offered(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, POST.replace("appeal: teach\n", ""))
    assert found.field == "appeal"
    assert "proof" in found.allowed
    assert "awareness" in found.allowed


def test_a_mistake_in_front_matter_is_answered_with_the_line_in_the_file(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, POST.replace("teach", "teech"))
    assert (found.line, found.field, found.hint) == (4, "appeal", "teach")


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("", 1, "(front matter)"),
        ("Just words.\n", 1, "(front matter)"),
        ("---\ntopic: tea\n", 1, "(front matter)"),
        (POST.replace("Water first, then milk.", ""), 6, "(text)"),
        (POST.replace("Water first, then milk.", "x" * 20_001), 6, "(text)"),
        (with_field("uses: 0"), 5, "uses"),
        (with_field("valid_until: soon"), 5, "valid_until"),
        (with_field("media: [{file: ../secret.jpg}]"), 5, "media[0].file"),
        (with_field("media: [{file: missing.jpg}]"), 5, "media[0].file"),
        (with_field("media: [{file: https://example.org/cup.jpg}]"), 5, "media[0].file"),
        (with_field("media: [{url: 'ftp://example.org/cup.jpg'}]"), 5, "media[0].url"),
        (with_field("media: [{url: 'http://127.0.0.1/cup.jpg'}]"), 5, "media[0].url"),
        (with_field("media: [{url: https://example.org/cup.jpg, file: cup.jpg}]"), 5, "media[0].file"),
        (with_field("media: [{alt: A cup}]"), 5, "media[0].file"),
        (with_field("media: cup.jpg"), 5, "media"),
        (with_field("link: spring"), 5, "link"),
        (with_field("link: javascript:alert(1)"), 5, "link"),
        (with_field("language: English"), 5, "language"),
        (with_field("funnel_stage: buying"), 5, "funnel_stage"),
        (with_field("rest_days: -1"), 5, "rest_days"),
        (with_field("cost: 5"), 5, "cost"),
        (with_field("author: me"), 5, "author"),
    ],
)
def test_each_mistake_names_its_line_and_field(tmp_path: Path, text: str, line: int, field: str) -> None:
    (found,) = problems(tmp_path, text)
    assert (found.line, found.field) == (line, field)


def test_the_mistakes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(POST.replace("teach", "teech"), encoding="utf-8")
    (tmp_path / "b.md").write_text("---\ntopic: tea\n---\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_content(tmp_path)
    assert [(Path(found.file).name, found.field) for found in caught.value.problems] == [
        ("a.md", "appeal"),
        ("b.md", "format"),
    ]


def test_a_folder_without_posts_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no post"):
        load_content(tmp_path)


def test_media_are_known_by_the_hash_of_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "cup.JPG").write_bytes(jpeg())
    (media,) = offer(tmp_path, with_field("media: [{file: cup.JPG, alt: A cup}]")).media
    assert (media.kind, media.alt) == ("image/jpeg", "A cup")
    assert media.path == f"media/{media.sha256[:2]}/{media.sha256}.jpg"


def test_what_is_offered_lies_on_the_shelf_and_stays_when_the_file_is_gone(tmp_path: Path) -> None:
    store, folder = MediaStore(tmp_path / "data"), tmp_path / "posts"
    folder.mkdir()
    (folder / "cup.jpg").write_bytes(jpeg())
    (folder / "post.md").write_text(with_field("media: [{file: cup.jpg}]"), encoding="utf-8")
    (media,) = load_content(folder, shelf=store)[0].media
    (folder / "cup.jpg").unlink()
    path = store.path(media.path)
    assert path is not None
    assert hashlib.sha256(path.read_bytes()).hexdigest() == media.sha256


def test_media_without_alt_text_are_taken_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "cup.jpg").write_bytes(jpeg())
    (tmp_path / "post.md").write_text(with_field("media: [{file: cup.jpg}]"), encoding="utf-8")
    (piece,) = read_folder(tmp_path).pieces
    assert [(one.line, one.field) for one in piece.warnings] == [(5, "media[0].alt")]
    (tmp_path / "post.md").write_text(with_field("media: [{file: cup.jpg, alt: A cup}]"), encoding="utf-8")
    assert read_folder(tmp_path).pieces[0].warnings == ()


def test_a_broken_file_is_named_and_keeps_no_other_from_being_read(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text(POST, encoding="utf-8")
    (tmp_path / "tea").mkdir()
    (tmp_path / "tea" / "bad.md").write_text("---\ntopic: tea\n", encoding="utf-8")
    found = read_folder(tmp_path)
    assert [piece.content.content for piece in found.pieces] == ["good"]
    assert found.broken == {"tea/bad"}
    assert [problem.field for problem in found.problems] == ["(front matter)"]


def test_a_path_too_long_for_an_id_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 120) / ("b" * 120)
    deep.mkdir(parents=True)
    (deep / "post.md").write_text(POST, encoding="utf-8")
    with pytest.raises(InputError, match="at most 200"):
        load_content(tmp_path)


def test_media_may_lie_elsewhere_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "cup.png").write_bytes(jpeg())
    content = offer(tmp_path, with_field("media: [{file: ../pictures/cup.png}]"), "tea/post.md")
    assert len(content.media) == 1


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(b"private")
    folder = tmp_path / "posts"
    folder.mkdir()
    (folder / "cup.jpg").symlink_to(outside)
    (found,) = problems(folder, with_field("media: [{file: cup.jpg}]"))
    assert "a file inside" in found.allowed


def test_empty_media_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cup.jpg").touch()
    (found,) = problems(tmp_path, with_field("media: [{file: cup.jpg}]"))
    assert found.given == "an empty file"


def test_media_without_words_are_a_post(tmp_path: Path) -> None:
    (tmp_path / "cup.jpg").write_bytes(jpeg())
    text = with_field("media: [{file: cup.jpg}]").replace("Water first, then milk.\n", "")
    assert offer(tmp_path, text).text == ""


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-05-01", datetime(2026, 5, 2, tzinfo=UTC)),
        ("2026-05-01T18:00", datetime(2026, 5, 1, 18, tzinfo=UTC)),
        ("2026-05-01T18:00+02:00", datetime(2026, 5, 1, 16, tzinfo=UTC)),
    ],
)
def test_content_is_valid_until_the_end_of_the_day_or_the_moment(tmp_path: Path, written: str, utc: datetime) -> None:
    assert offer(tmp_path, with_field(f"valid_until: {written}")).valid_until == utc


def test_a_brief_checks_topics_formats_channels_and_currency_and_gives_zone_and_language(tmp_path: Path) -> None:
    path = tmp_path / "brief.yaml"
    path.write_text(f"{MINIMAL}language: de\n", encoding="utf-8")
    brief = load_brief(path, NOW)
    folder = tmp_path / "posts"
    folder.mkdir()
    good = with_field("valid_until: 2026-07-01")
    (folder / "post.md").write_text(good, encoding="utf-8")
    (content,) = load_content(folder, brief)
    assert (content.language, content.valid_until) == ("de", datetime(2026, 7, 1, 22, tzinfo=UTC))

    wrong = good.replace("topic: tea", "topic: tee").replace("photo", "foto")
    wrong = wrong.replace("appeal: teach", "appeal: teach\ncost: 3 USD\nchannels: [simulatd]")
    (folder / "post.md").write_text(wrong, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_content(folder, brief)
    assert [(found.line, found.field, found.hint) for found in caught.value.problems] == [
        (2, "topic", "tea"),
        (3, "format", "photo"),
        (5, "cost", None),
        (6, "channels[0]", "simulated"),
    ]
