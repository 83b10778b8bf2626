"""The content that a plan lacks: what is asked for, and what of that has not come yet.

Invariants: nothing is asked for twice: a plan asks for what it lacks beyond what is open. New content closes as much
of an open request as it may be published; a known content that is offered again closes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from events.campaign import ContentOffered
from events.execution import ContentRequested
from workers.candidates import Candidate, Known
from workers.families import BY_APPEAL
from workers.inventory import Inventory, Piece

Open = Mapping[str, int]
"""Pieces by what they are to be."""


def requests(known: Known, candidate: Candidate, plan: str, open_still: Open) -> tuple[ContentRequested, ...]:
    """What the plan lacks and nobody has been asked for, one request a format."""
    family = BY_APPEAL[candidate.aim.appeal]
    missing = candidate.draft.missing
    made = (
        ContentRequested(
            request=f"{plan}:{form}",
            topic=candidate.aim.topic,
            format=form,
            appeal=candidate.aim.appeal,
            funnel_stage=family.funnel_stage,
            channel=known.brief.accounts[0].channel,
            pieces=missing[form],
            needed_by=known.now + timedelta(days=candidate.lead_days),
            why=f"{missing[form]} of the plan's {len(candidate.draft.placements)} posts have no content yet",
        )
        for form in sorted(missing)
    )
    return tuple(
        request.model_copy(update={"pieces": request.pieces - open_still.get(wanted(request), 0)})
        for request in made
        if request.pieces > open_still.get(wanted(request), 0)
    )


def asked(open_still: Open, request: ContentRequested) -> Open:
    return {**open_still, wanted(request): open_still.get(wanted(request), 0) + request.pieces}


def delivered(open_still: Open, content: ContentOffered, before: Inventory) -> Open:
    """What is open once the content has come; `before` is what was known until then."""
    key, known = wanted(content), before.pieces.get(content.content)
    if key not in open_still or (known is not None and wanted(known) == key):
        return open_still
    rest = {name: pieces for name, pieces in open_still.items() if name != key}
    pieces = open_still[key] - content.uses
    return {**rest, key: pieces} if pieces > 0 else rest


def wanted(one: ContentRequested | ContentOffered | Piece) -> str:
    """What a piece of content is to be, or is."""
    return f"{one.topic}|{one.format}|{one.appeal.value}"
