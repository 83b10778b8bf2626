"""`mowj explain` and `mowj report` on a campaign that was really lived, as a person and as a program meet them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

import pytest

from tests.unit.command.house import answer, brief, content, live, mowj
from tests.unit.views.report.pages import by_id, elements, parsed, words

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
NARROW: Final = 360


def lived(folder: Path, *changes: tuple[str, str], days: float = 3) -> Path:
    """The data directory of a campaign's first days on the virtual clock."""
    data = folder / "data"
    live(data, ("--brief", brief(folder, *changes), "--content", content(folder)), days)
    return data


def test_a_campaign_that_was_lived_is_explained_and_reported(tmp_path: Path) -> None:
    data = lived(tmp_path)
    (campaign,) = answer("status", "--data", data)["campaigns"]
    name = campaign["campaign"]

    story = answer("explain", name, "--data", data)
    kinds = [chapter["kind"] for chapter in story["chapters"]]
    assert kinds[:3] == ["CampaignBriefed", "StrategyChosen", "PlanMade"]
    plan = story["chapters"][2]
    assert plan["otherwise"]
    told = mowj("explain", name, "--data", data).stdout
    assert all(len(line) <= 80 for line in told.splitlines())
    assert plan["event"][:8] in told

    short = plan["event"][:8]
    whole = answer("explain", name, "--event", short, "--data", data)
    assert whole["event"]["id"] == plan["event"]
    assert [cause["type"] for cause in whole["causes"]] == [
        "mowj.CampaignBriefed.v1",
        "mowj.AudienceAnalyzed.v1",
        "mowj.StrategyChosen.v1",
    ]
    assert "How it came about" in mowj("explain", name, "--event", short, "--data", data).stdout
    assert "begins with 'zz'" in mowj("explain", name, "--event", "zz", "--data", data, code=2).stderr
    assert "give more of it" in mowj("explain", name, "--event", "", "--data", data, code=2).stderr

    out = tmp_path / "report.html"
    written = answer("report", name, "--data", data, "--out", out)
    assert written["file"] == str(out)
    root = parsed(out.read_text(encoding="utf-8"))
    assert words(next(elements(root, "b"))) == f"{campaign['outcomes']:,.0f}"
    sent = [row for row in elements(by_id(root, "posts"), "tr") if row.get("class") == "published"]
    assert len(sent) == campaign["posts"] > 0
    assert not list(tmp_path.glob("*.new"))
    again = mowj("report", name, "--data", data, "--out", tmp_path)
    assert Path(again.stdout.strip()).read_bytes() == out.read_bytes()


def test_what_cannot_be_explained_or_written_is_said_in_a_line(tmp_path: Path) -> None:
    data = lived(tmp_path, days=0.5)
    (campaign,) = answer("status", "--data", data)["campaigns"]
    name = campaign["campaign"]
    assert "there is no campaign" in mowj("explain", f"{name}x", "--data", data, code=2).stderr
    assert "--out FILE" in mowj("report", name, "--data", data, "--out", tmp_path / "no" / "x.html", code=2).stderr


def measured(page: Path, width: int) -> dict[str, Any]:
    """What a real browser makes of the page in a frame of this width: how wide it is, and whether anything ran."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser is installed here ({', '.join(BROWSERS)}); apt install chromium")
    # A tag's end within the words of a script would end the script.
    text = json.dumps(page.read_text(encoding="utf-8")).replace("</", r"<\u002f")
    frame = page.with_name("frame.html")
    # The page forbids scripts, so the frame around it measures.
    frame.write_text(
        f"<!DOCTYPE html><body style='margin:0'><iframe id=f style='border:0;width:{width}px;height:800px'></iframe>"
        f"<pre id=o></pre><script>const f=document.getElementById('f');f.onload=()=>{{const d=f.contentDocument;"
        "const wide=[...d.querySelectorAll('body *')].filter(e=>!e.closest('.wide,svg,.hidden')&&"
        "(e.getBoundingClientRect().right>f.clientWidth+1||e.getBoundingClientRect().left<-1)).map(e=>e.outerHTML.slice(0,80));"
        "document.getElementById('o').textContent=JSON.stringify({width:d.documentElement.scrollWidth,wide,"
        "hacked:window.hacked===undefined?false:true,dir:getComputedStyle(d.body).direction})};"
        f"f.srcdoc={text};</script>",
        encoding="utf-8",
    )
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
        done = subprocess.run(
            [found, *options, "--virtual-time-budget=5000", "--dump-dom", frame.as_uri()],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
    said = done.stdout.split('<pre id="o">', 1)[1].split("</pre>", 1)[0]
    return dict(json.loads(said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")))


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_real_browser_shows_it_as_wide_as_a_telephone_and_runs_nothing(tmp_path: Path, language: str) -> None:
    title = "<script>top.hacked=1</script>"
    data = lived(tmp_path, ("title: ", f"language: {language}\ntitle: '{title}' #"))
    (campaign,) = answer("status", "--data", data)["campaigns"]
    out = tmp_path / "report.html"
    mowj("report", campaign["campaign"], "--data", data, "--out", out)
    assert title not in out.read_text(encoding="utf-8")
    seen = measured(out, NARROW)
    # A scroll bar may take its part.
    assert NARROW - 20 <= seen.pop("width") <= NARROW
    assert seen == {"wide": [], "hacked": False, "dir": "rtl" if language == "fa" else "ltr"}
