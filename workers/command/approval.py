"""`mowj approve` and `mowj reject`: a person's answer to a strategy or a post that waits.

Invariants: the answer carries the fingerprint that the log shows at this moment, and what it is about is printed.
Answering twice says it once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from workers.command.options import By, Config, Data, Json

if TYPE_CHECKING:
    from events.execution import PostApproved, PostRejected
    from events.strategy import StrategyApproved, StrategyRejected
    from workers.command.waiting import Waiting

    Answer = StrategyApproved | StrategyRejected | PostApproved | PostRejected

Which = Annotated[str, typer.Argument(metavar="ID", help="A strategy, post or fingerprint, or how it begins.")]


def register(app: typer.Typer) -> None:
    """Add `mowj approve` and `mowj reject`."""
    app.command()(approve)
    app.command()(reject)


def approve(which: Which, by: By = "operator", config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Approve a strategy or a post that waits: exactly the one whose fingerprint the log shows."""
    from events.execution import PostApproved
    from events.strategy import StrategyApproved
    from workers.command.waiting import Kind

    def answer(item: Waiting) -> Answer:
        if item.kind is Kind.STRATEGY:
            return StrategyApproved(strategy=item.id, fingerprint=item.fingerprint, by=by)
        return PostApproved(post=item.id, fingerprint=item.fingerprint, by=by)

    _answered(which, answer, by, config, data, as_json=as_json)


def reject(
    which: Which,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with the event.")] = "",
    by: By = "operator",
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Reject a strategy or a post that waits."""
    from events.execution import PostRejected
    from events.strategy import StrategyRejected
    from workers.command.waiting import Kind

    def answer(item: Waiting) -> Answer:
        if item.kind is Kind.STRATEGY:
            return StrategyRejected(strategy=item.id, fingerprint=item.fingerprint, by=by, reason=reason)
        return PostRejected(post=item.id, fingerprint=item.fingerprint, by=by, reason=reason)

    _answered(which, answer, by, config, data, as_json=as_json)


def _answered(
    which: str,
    answer: Callable[[Waiting], Answer],
    by: str,
    config: Config,
    data: Data,
    *,
    as_json: bool,
) -> None:
    from datetime import UTC
    from zoneinfo import ZoneInfo

    from workers.command.ended import last_briefs
    from workers.command.finding import require_waiting
    from workers.command.opening import opened
    from workers.command.output import print_json, say
    from workers.command.waiting import described
    from workers.runtime.admission import person_source

    with opened(config, data) as store:
        item = require_waiting(store, which)
        fact = answer(item)
        own_id = f"{type(fact).__name__}/{item.campaign}/{item.proposed}"
        event = store.intake.accept(
            fact, item.campaign, item.tenant, person_source(by), own_id, store.shell.now(), person=True
        )
        if as_json:
            print_json({"event": event.id, "type": event.name, "campaign": item.campaign, "answered": item})
            return
        brief = last_briefs(store.store).get(item.campaign)
        for line in described(item, ZoneInfo(brief.zone) if brief is not None else UTC):
            say(line)
        say(f"fingerprint {item.fingerprint}")
        say(f"{event.name} recorded for {item.campaign}")
