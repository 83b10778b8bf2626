"""docs/loop.md: what happens between a metric and a changed strategy, drawn from the workers and their tables.

Invariants: who hears and says what comes from the roster, the lives from their tables; a test compares the page.
Run as `python -m workers.views.loop_page docs/loop.md` to write it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from events.catalogue import ENTRIES
from workers.analysis import AGES
from workers.decision import Worker
from workers.lives import KPI_LIFE, POST_LIFE, mermaid
from workers.roster import ROSTER

PARTS: Final[Mapping[str, str]] = {
    "analyst": "who is out there, what they incline to, when and where",
    "strategist": "candidates, a SWOT of each, one as the next move",
    "planner": "steps, calendar, budget, KPIs; and what of them is revised",
    "editor": "a slot becomes a post",
    "publisher": "sends it, once",
    "observer": "reads posts and accounts back at growing ages",
    "evaluator": "what was observed against the KPIs' pace",
    "reviser": "keep, revise the execution, or switch the strategy",
}

CORRECTING: Final = (
    ("observer", "MetricObserved", "evaluator"),
    ("observer", "MetricObserved", "analyst"),
    ("evaluator", "KPIBreached", "analyst"),
    ("evaluator", "KPIBreached", "reviser"),
    ("analyst", "AudienceAnalyzed", "reviser"),
    ("analyst", "AudienceAnalyzed", "strategist"),
    ("reviser", "CorrectionDecided", "planner"),
    ("reviser", "CorrectionDecided", "strategist"),
    ("reviser", "CorrectionDecided", "evaluator"),
    ("strategist", "StrategyChosen", "planner"),
    ("planner", "ExecutionRevised", "editor"),
    ("planner", "PlanMade", "editor"),
    ("planner", "PlanMade", "evaluator"),
    ("editor", "PostScheduled", "publisher"),
    ("publisher", "PostPublished", "observer"),
)
"""The way from a metric to a changed strategy and back: speaker, event, hearer. Checked against the roster."""

_PAGE: Final = """\
# From a metric to a changed strategy

Generated from the workers and their tables by `python -m workers.views.loop_page docs/loop.md`; a test compares it.

No worker calls another. Each reads the campaign's events in order, keeps what it needs of them in a small state
(`evolve`), and says what follows (`decide`): further events, effects on the network, timers. So the loop is nothing but
who hears what:

{flow}

1. The **observer** reads every published post back {ages} hours after publication: `MetricObserved`. A counter that
   the network did not give is absent, which is not zero; a reading that could not be had is `ObservationMissed`.
2. The **evaluator** judges each post that carries the plan's promise once per KPI, at the KPI's age, against the
   plan's floor or ceiling. Every judgment multiplies the evidence of an anytime-valid test on over-dispersed counts
   (`workers/methods/sequential.py`). At the evidence 1/alpha it says `KPIBreached`, with what was observed, the
   limit and the evidence. Looking often does not make false alarms more frequent.
3. The **analyst** hears the breach, trusts what came before it less, fits the audience's rates anew and says
   `AudienceAnalyzed` for that breach. It also speaks without one, whenever enough has been learned.
4. The **reviser** waits for that analysis. Then it values three options over what is left of the horizon, by the
   one valuation that strategies and plans are made by (`workers/methods/valuation.py`): *keep* the plan's present
   hours and formats, *revise* them, or *switch* to the best other strategy; each minus what the change itself
   costs. The greatest value wins, and of equal values the smaller change: `CorrectionDecided`, with all three. On
   an analysis without a breach it only speaks where the case for a change is strong.
5. *Keep*: the KPIs go on at the pace that is now expected. *Revise*: the **planner** replaces every slot that is
   still ahead: `ExecutionRevised`. *Switch*: the **strategist** values every family along the leading directions,
   except the strategy that was left, and says `StrategyProposed` for each family's best, with a SWOT, and
   `StrategyChosen` for one.
6. In approve mode a switch waits for `StrategyApproved` while the running plan goes on; rejected, or not answered
   in time, it goes back to the reviser, which then keeps or revises. Otherwise the **planner** says `PlanMade` at
   once.
7. The **editor** cancels what the new plan replaces, fills its slots with content and schedules them; the
   **publisher** sends each once; and the observer reads them back.

## Who hears what, and says what

{roster}

Effects (publishing, reading) come back to the worker that asked as `EffectSettled`, timers as `TimerFired`.

## The life of a post

{post}

## The life of a KPI

{kpi}
"""


def page(roster: Sequence[Worker[Any]] = ROSTER) -> str:
    """The whole page. Raises ValueError where the way of correction is not what the workers say and hear."""
    return _PAGE.format(
        flow=_fenced(flow(roster)),
        ages=", ".join(f"{age:g}" for age in AGES[:-1]) + f" and {AGES[-1]:g}",
        roster=_table(roster),
        post=_fenced(mermaid(POST_LIFE)),
        kpi=_fenced(mermaid(KPI_LIFE)),
    )


def flow(roster: Sequence[Worker[Any]]) -> str:
    """The way of correction as a Mermaid flowchart. Raises ValueError for a step that no worker takes."""
    workers = {worker.name: worker for worker in roster}
    lines = ["flowchart LR"]
    for speaker, event, hearer in CORRECTING:
        fact = ENTRIES[event].model
        if fact not in workers[speaker].says or fact not in workers[hearer].hears:
            raise ValueError(f"{hearer} does not hear {event} from {speaker}")
        lines.append(f"    {speaker} -- {event} --> {hearer}")
    return "\n".join(lines)


def _table(roster: Sequence[Worker[Any]]) -> str:
    rows = ["| worker | what it does | hears | says |", "|---|---|---|---|"]
    for worker in roster:
        hears, says = (", ".join(sorted(fact.__name__ for fact in facts)) for facts in (worker.hears, worker.says))
        rows.append(f"| {worker.name} | {PARTS[worker.name]} | {hears} | {says} |")
    return "\n".join(rows)


def _fenced(diagram: str) -> str:
    return f"```mermaid\n{diagram}\n```"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
