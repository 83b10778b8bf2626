"""The demo, a simulation and a plan as the command shows them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from config.problems import InputError
from events.correction import KPIMet
from events.execution import KpiName, PlanMade, PostProposed
from events.strategy import AudienceAnalyzed, StrategyProposed
from events.terms import Mode
from tests.unit.views.told import drawn
from workers.command.inputs import read_inputs
from workers.command.laboratory import Laboratory, shipped_brief, simulated
from workers.command.main import application
from workers.command.planning import planned
from workers.command.show import GLANCE, STEP_SECONDS, WATCHED_SECONDS, Pace, Show
from workers.views.proposal import proposal

KPI_MET = KPIMet(kpi=KpiName.OUTCOMES, plan="p", observed=40, target=40)
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
BRIEF = shipped_brief("demo")
CONTENT = BRIEF.parent.parent / "content" / "demo"


def ran(*arguments: str) -> str:
    result = CliRunner().invoke(application(), list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


class Watching:
    """Somebody for whom time passes only while nothing happens, and `late` seconds at every look at the clock."""

    def __init__(self, late: float = 0.0) -> None:
        self.now, self.late = 0.0, late
        self.paused: list[float] = []

    def seconds(self) -> float:
        self.now += self.late
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.paused.append(seconds)


@pytest.mark.parametrize("late", [0.0, 0.02])
def test_a_watched_demo_stops_at_panels_and_ends_within_a_minute(late: float) -> None:
    watch = Watching(late)
    console = Console(file=StringIO(), force_terminal=True, width=100, height=50)
    Show(simulated("demo", 1, 14), console, watch).run()
    assert max(watch.paused) > 1
    assert watch.now < 60


def test_panels_of_the_same_kind_are_looked_at_ever_shorter() -> None:
    watch = Watching()
    pace = Pace(watch, 10)
    for _ in range(9):
        pace.spotlight(KPI_MET)
    assert watch.paused == sorted(watch.paused, reverse=True)
    assert watch.paused[0] > 3 * watch.paused[-1]


def test_however_much_happens_the_days_ahead_keep_their_time() -> None:
    watch = Watching()
    pace = Pace(watch, 120)
    for _ in range(30):
        pace.seen.clear()
        pace.spotlight(KPI_MET)
    assert watch.now < WATCHED_SECONDS - 120 * STEP_SECONDS + 30 * GLANCE
    for _ in range(120):
        pace.step()
    assert watch.now < WATCHED_SECONDS + 30 * GLANCE


def test_the_demo_for_programs_ends_with_an_object_of_its_figures_and_keeps_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "demo.svg"
    said = json.loads(ran("demo", "--json", "--seed", "2", "--svg", str(picture)).splitlines()[-1])
    assert said["events"]["PostPublished"] > 0
    assert said["events"]["AudienceAnalyzed"] > 0
    assert len(said["strategies"]) >= 1
    assert {"execution_revisions", "breaches", "net_value", "net_value_unrevised"} <= set(said)
    drawing = picture.read_text(encoding="utf-8")
    assert drawing.startswith("<svg")
    assert "url(" not in drawing.replace("url(#", "")


def test_without_a_terminal_the_story_the_comparison_and_what_to_type_next_are_printed_at_once() -> None:
    told = StringIO()
    Show(simulated("demo", 1, 8), Console(file=told, width=110), None).run()
    for word in ("AudienceAnalyzed", "StrategyChosen", "Threats", "PlanMade", "never corrected", "plan --brief"):
        assert word in told.getvalue()
    advertised = re.findall(r"demo --world (\S+)", told.getvalue())
    assert advertised
    for world in advertised:
        assert simulated(world, 1).days > 0, "a world that does not ship is refused"


def test_a_simulation_gives_every_figure_and_audits_itself() -> None:
    said = json.loads(ran("simulate", "--world", "steady", "--seed", "4", "--days", "10", "--json"))
    assert (said["world"], said["seed"], said["days"]) == ("steady", 4, 10)
    assert said["audit_clean"] is True
    assert said["posts"] > 0
    assert said["net_value"] == pytest.approx(said["gross_value"] - said["spent_discounted"], abs=0.02)
    assert {"outcomes", "spent", "breaches", "execution_revisions", "strategy_switches"} <= set(said)


def test_a_brief_that_ships_is_simulated_with_its_own_posts() -> None:
    experiment = simulated("open", 1, 5, brief=BRIEF, content=None)
    assert all(not post.content.startswith("stand-in") for post in experiment.inputs.content)


def test_anybodys_own_brief_is_simulated_without_a_post_written_or_approved(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(BRIEF.read_text(encoding="utf-8").replace("mode: automatic", "mode: approve"), encoding="utf-8")
    experiment = simulated("open", 1, 3, brief=own)
    fact = experiment.inputs.brief.fact
    assert len(experiment.inputs.content) == len(fact.topics) * len(fact.appeals) * len(fact.formats)
    events = [event for stretch in Laboratory(experiment).live() for event in stretch.events]
    assert any(event.name == "PostPublished" for event in events)


def test_the_pages_sample_platform_runs_the_whole_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[1] / "contract")
    said = json.loads(ran("simulate", "--platform", "sample_platform:factory", "--days", "10", "--json"))
    assert said["world"] is None
    assert said["posts"] > 0
    assert said["audit_clean"] is True


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--world", "stedy"), "steady"),
        (("--platform", "nothing:here"), "no module"),
        (("--platform", "tests.contract.sample_platform:factory", "--world", "steady"), "--world"),
    ],
)
def test_a_simulation_of_what_does_not_exist_says_what_does(arguments: tuple[str, ...], word: str) -> None:
    result = CliRunner().invoke(application(), ["simulate", *arguments])
    assert result.exit_code == 2
    assert word in result.output


def test_a_plan_shows_every_candidate_with_its_swot_and_publishes_nothing() -> None:
    inputs = read_inputs(BRIEF, CONTENT, None, None, NOW)
    events = planned(inputs, NOW)
    text = drawn(proposal(events, inputs.brief.fact), width=200)
    candidates = [event.data for event in events if isinstance(event.data, StrategyProposed)]
    assert len(candidates) >= 5
    for candidate in candidates:
        assert candidate.strategy in text
        for factor in (*candidate.swot.strengths, *candidate.swot.threats):
            assert " ".join(factor.statement.split()[:3]) in text
    assert "a pilot" in text
    (plan,) = [event.data for event in events if isinstance(event.data, PlanMade)]
    assert all(kpi.kpi.value in text for kpi in plan.kpis)
    assert all(step.step in text for step in plan.steps)
    assert not any(isinstance(event.data, PostProposed) for event in events)


def test_a_plan_that_would_wait_for_approval_is_shown_all_the_same() -> None:
    inputs = read_inputs(BRIEF, CONTENT, None, None, NOW)
    waiting = inputs.brief.fact.model_copy(update={"mode": Mode.APPROVE})
    brief = type(inputs.brief)(inputs.brief.campaign, inputs.brief.tenant, waiting, inputs.brief.document)
    events = planned(type(inputs)(brief, inputs.content, None), NOW)
    assert any(isinstance(event.data, PlanMade) for event in events)
    assert "waits for a person's approval" in drawn(proposal(events, waiting), width=200)


def test_a_plan_for_programs_is_one_object() -> None:
    said = json.loads(ran("plan", "--brief", str(BRIEF), "--content", str(CONTENT), "--json"))
    assert said["analysis"]["pilot"] is True
    assert said["strategy"]["strategy"] in {candidate["strategy"] for candidate in said["candidates"]}
    assert said["plan"]["kpis"]


def test_a_plan_takes_a_line_that_was_written_for_run() -> None:
    more = ("--platform", "simulated", "--days", "30", "--virtual-clock")
    assert "PlanMade" in ran("plan", "--brief", str(BRIEF), "--content", str(CONTENT), *more)


def test_a_plan_from_past_posts_is_no_pilot(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--mapping"):
        read_inputs(BRIEF, CONTENT, tmp_path / "past.csv", None, NOW)
    data = Path(__file__).parents[3] / "shared" / "data" / "facebook" / "dataset_Facebook.csv"
    if not data.exists():
        pytest.skip(f"{data} is not here")
    own = shipped_brief("cosmetics")
    mapping = own.parent.parent / "mappings" / "facebook-page-2014.yaml"
    events = planned(read_inputs(own, own.parent.parent / "content" / "cosmetics", data, mapping, NOW), NOW)
    (analysis,) = [event.data for event in events if isinstance(event.data, AudienceAnalyzed)]
    assert not analysis.pilot
    rates = {level.level: level.engagement_rate.mean for level in analysis.levels if level.factor == "format"}
    assert min(rates["photo"], rates["status"]) > 1.5 * rates["link"]
