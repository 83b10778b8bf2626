"""The whole loop on a real Bluesky network: Mowj publishes, 32 seeded accounts answer, Mowj learns.

The owner believes that beginners love lessons on brewing. One in this audience does; nearly all like beans. What
follows must be said by events that follow from each other: readings, a breached KPI, a correction, sales by what was
posted after it, and a report. Posting costs next to nothing here, or a review would leave the plan before it breaches.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from events.runtime import EffectKind
from tests.bluesky import POST, Login, Network, eventually, network
from tests.bluesky_audience import Audience, people
from tests.integration.running import ENVIRONMENT, Running, command, mowj, until
from workers.runtime.store.rows import EffectState
from workers.runtime.store.sqlite import SqliteStore

pytestmark = pytest.mark.bluesky

SPEED: Final = 4_000
"""A campaign's day passes in about twenty-two seconds."""
TASTES: Final = {"beans": 29, "gear": 2, "brewing": 1}
CAMPAIGN: Final = "roastery"
LONGEST: Final = 600.0
"""Seconds within which it must have come to a correction, and to sales of what that led to."""


def written(folder: Path, net: Network, shop: Login) -> None:
    """Settings, brief and content, as an owner would write them."""
    (folder / "mowj.toml").write_text(
        "[platforms.bluesky]\n"
        f'options = {{ service = "{net.pds}", watch_seconds = 1, '
        f'accounts = {{ roastery = {{ identifier = "{shop.handle}" }} }} }}\n'
        f'secrets = {{ password = "{shop.password}" }}\n',
        encoding="utf-8",
    )
    brief = Path("config/briefs/steady.yaml").read_text(encoding="utf-8")
    for old, new in {
        "channel: simulated": "channel: bluesky",
        "posts_per_day: 2": "posts_per_day: 4\n  grace_minutes: 1440",
        "post_cost: 6 EUR": "post_cost: 0.01 EUR",
    }.items():
        assert old in brief
        brief = brief.replace(old, new)
    (folder / "brief.yaml").write_text(brief, encoding="utf-8")
    shutil.copytree("config/content/steady", folder / "content")
    for path in (folder / "content").rglob("*.md"):
        head, text = path.read_text(encoding="utf-8").removeprefix("---\n").split("---\n", 1)
        topic = path.parent.name
        lines = [line for line in head.splitlines() if not line.startswith(("link:", "uses:", "rest_days:"))]
        lines += ["link: https://roastery.example/shop", "uses: 100", "rest_days: 0"]
        if "format: photo" in head:
            Image.new("RGB", (64, 48), "brown").save(path.parent / "cup.png")
            lines.append("media: [{file: cup.png, alt: A cup of coffee}]")
        path.write_text("---\n" + "\n".join(lines) + f"\n---\n{text.rstrip()} #{topic}\n", encoding="utf-8")


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    log = folder / "run.log"
    files = ("--config", folder / "mowj.toml", "--brief", folder / "brief.yaml", "--content", folder / "content")
    with log.open("w", encoding="utf-8") as errors, (folder / "events.jsonl").open("wb") as told:
        process = subprocess.Popen(
            command("run", *files, "--compress", str(SPEED), "--data", folder / "data", "--json"),
            env=ENVIRONMENT | {"OPENBLAS_NUM_THREADS": "1"},
            stdout=told,
            stderr=errors,
            text=True,
        )
    try:
        yield Running(process, folder / "data", log)
    finally:
        process.kill()
        process.wait()


def events(folder: Path) -> list[dict[str, Any]]:
    """What the run has said so far; a line that is still being written is not read."""
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def named(folder: Path, name: str) -> list[dict[str, Any]]:
    return [event for event in events(folder) if event.get("type") == f"mowj.{name}.v1"]


def test_what_an_audience_does_on_bluesky_leads_to_a_breach_and_its_correction(tmp_path: Path) -> None:
    net = network()
    shop = net.account("roastery")
    written(tmp_path, net, shop)
    crowd = people(net, TASTES, seed=5)
    assert len(crowd) >= 30
    till: list[tuple[str, str]] = []
    with running(tmp_path) as process:
        until(lambda: named(tmp_path, "CampaignBriefed"), process)
        briefed = named(tmp_path, "CampaignBriefed")[0]
        anchor, started = datetime.fromisoformat(briefed["recordedtime"]), datetime.now(UTC)

        def now() -> datetime:
            return anchor + (datetime.now(UTC) - started) * SPEED

        audience = Audience(shop, crowd, now, lambda post, order: till.append((post, order)))
        audience.begin()
        by_hand = shop.create(POST, {"text": "Closed on Monday. #gear"})
        said = 0

        def waits(for_what: Callable[[], bool]) -> None:
            nonlocal said
            ends = datetime.now(UTC) + timedelta(seconds=LONGEST)
            while not for_what():
                assert not audience.failures, audience.failures
                assert datetime.now(UTC) < ends, Counter(event.get("type") for event in events(tmp_path))
                assert process.process.poll() is None, process.log.read_text(encoding="utf-8")
                fresh = till[said:]
                said += len(fresh)
                for post, count in Counter(post for post, _ in fresh).items():
                    sold(tmp_path, post, count, f"till-{said}-{post}")
                audience.pause(0.5)

        waits(lambda: sum(post in led_to(tmp_path) for post, _ in till[:said]) >= 3)
        audience.end()
        assert process.stop() == 0
    assert_followed(tmp_path, shop, audience, by_hand)
    report = tmp_path / "report.html"
    mowj("report", CAMPAIGN, "--data", tmp_path / "data", "--out", report)
    assert_reported(tmp_path, report.read_text(encoding="utf-8"))


def led_to(folder: Path) -> set[str]:
    """Posts that were published after a correction, which a breach has led to."""
    answers = [one["time"] for one in named(folder, "CorrectionDecided") if one["data"].get("breach")]
    return {one["data"]["post"] for one in named(folder, "PostPublished") if answers and one["time"] > answers[0]}


def ledger(folder: Path) -> set[str]:
    """What the network took, as the ledger knows it; the log may not have been told of the last of it."""
    store = SqliteStore(folder / "data" / "mowj.sqlite")
    with store.view() as view:
        rows = [row for row in view.effects() if row.kind is EffectKind.PUBLISH and row.state is EffectState.DONE]
    store.close()
    return {str(row.reference) for row in rows}


def assert_reported(folder: Path, page: str) -> None:
    """The page shows the breach, the correction, and as many changes of plan as were decided."""
    assert "bluesky" in page
    assert all(f'class="chapter {name}"' in page for name in ("KPIBreached", "CorrectionDecided"))
    verdicts = Counter(one["data"]["verdict"] for one in named(folder, "CorrectionDecided"))
    assert f"revisions: {verdicts['revise']}, switches: {verdicts['switch']}" in page


def sold(folder: Path, post: str, count: int, own_id: str) -> None:
    """The shop's own system says how many bought since it was last asked, and after which post."""
    mowj(
        *("emit", "ConversionRecorded", "--campaign", CAMPAIGN, "--id", own_id, "--source", "/shops/roastery"),
        *("--fact", json.dumps({"count": count, "post": post}), "--data", folder / "data"),
    )


def assert_followed(folder: Path, shop: Login, audience: Audience, by_hand: dict[str, Any]) -> None:
    said = {event["id"]: event for event in events(folder)}
    published = {event["data"]["reference"] for event in named(folder, "PostPublished")}
    there = {record["uri"] for record in shop.records()} - {by_hand["uri"]}
    assert published <= ledger(folder)
    assert {reference.partition("#")[0] for reference in ledger(folder)} == there, "each once, and nothing else"
    correction = next(one for one in named(folder, "CorrectionDecided") if one["data"].get("breach"))
    breach = next(one for one in named(folder, "KPIBreached") if one["id"] == correction["data"]["breach"])
    promised = {kpi["kpi"] for plan in named(folder, "PlanMade") for kpi in plan["data"]["kpis"]}
    assert "engagements_per_post" in promised
    assert not {"reach_per_post", "engagement_rate"} & promised, "which nobody could see on Bluesky"
    assert breach["data"]["observed"] < breach["data"]["limit"]
    cause = said[breach["causationid"]]
    assert cause["type"] in {"mowj.MetricObserved.v1", "mowj.TimerFired.v1", "mowj.ConversionRecorded.v1"}
    # What was read is what was done: no counter is more than everybody did together, and none was made up.
    likes: Counter[str] = Counter()
    for event in named(folder, "MetricObserved"):
        if event["data"].get("post") and "likes" in event["data"]["counters"]:
            likes[event["data"]["post"]] = event["data"]["counters"]["likes"]
            assert "reach" not in event["data"]["counters"], "Bluesky gives none"
    assert 0 < sum(likes.values()) <= audience.done["like"]
    followers = [
        e["data"]["counters"]["followers"] for e in named(folder, "MetricObserved") if not e["data"].get("post")
    ]
    assert 0 < max(followers) <= audience.done["follow"] == eventually(shop.followers)
    (observed,) = named(folder, "PostObserved")[:1]
    assert observed["data"]["reference"] == by_hand["uri"]
    for person in audience.people:
        whole = (folder / "events.jsonl").read_text(encoding="utf-8")
        assert person.login.did not in whole
        assert person.login.handle not in whole
    report = json.loads(mowj("audit", "--data", folder / "data", "--json"))
    assert report["clean"], report["failures"][:3]
