"""What a run's campaigns are made of: briefs and posts on disk, and a small world for them to be read in."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

STEADY: Final = Path("config/briefs/steady.yaml")
WORLD: Final = Path("config/worlds/steady.yaml")
CONTENT: Final = Path("config/content/steady")
TAKEN: Final = ("*/teach-text.md", "*/offer-video.md")
"""Of the shipped posts: eight, so that two hundred campaigns' folders are read within a minute."""


def names(count: int) -> list[str]:
    return [f"shop-{number:03}" for number in range(count)]


def world(path: Path) -> None:
    """The steady world with a tenth of its people, whom two hundred shops share."""
    shipped = WORLD.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(people|followers): (\d+)0\b", r"\1: \2", shipped), encoding="utf-8")


def campaign_files(folder: Path, count: int) -> dict[str, dict[str, str]]:
    """A brief for each campaign, and one folder of posts for all of them; as `run.json` names them."""
    content = folder / "content"
    for pattern in TAKEN:
        for path in sorted(CONTENT.glob(pattern)):
            (content / path.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, content / path.parent.name)
    shipped = STEADY.read_text(encoding="utf-8")
    found = {}
    for name in names(count):
        path = folder / f"{name}.yaml"
        path.write_text(brief(shipped, name), encoding="utf-8")
        found[name] = {"brief": str(path.resolve()), "content": str(content.resolve())}
    return found


def brief(shipped: str, name: str) -> str:
    """The shipped brief for one campaign on an account of its name, with time to publish what was due in an outage."""
    for before, after in (
        ("campaign: roastery", f"campaign: {name}"),
        ("  roastery: {channel: simulated}", f"  {name}: {{channel: simulated}}"),
        ("posts_per_day: 2", "posts_per_day: 3\n  grace_minutes: 1440"),
    ):
        if before not in shipped:
            raise ValueError(f"{STEADY} has no {before!r} any more")
        shipped = shipped.replace(before, after)
    return shipped
