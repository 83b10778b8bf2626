"""A person's brief, posts and history: read from files, and offered to a running Mowj under ids of their own.

Invariants: nothing is offered unless all of it could be read; the ids follow from the files' content, so that offering the
same files again changes nothing, a changed post is offered anew and a changed brief amends.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from config.brief import Brief, load_brief
from config.content import load_content
from config.history import HistoryImport, import_history
from config.problems import InputError, Problem
from events.campaign import ContentOffered
from workers.runtime.running import Runtime

OWNER: Final = "/people/owner"
FOLDER: Final = "/content/folder"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a campaign starts from. `brief_id` changes with the brief's file and with nothing else."""

    brief: Brief
    brief_id: str
    content: tuple[ContentOffered, ...]
    history: HistoryImport | None = None


def read_inputs(brief: Path, content: Path, history: Path | None, mapping: Path | None, now: datetime) -> Inputs:
    """Everything that the files say, as of `now`. Raises InputError with every problem of the first file that has any."""
    briefed = load_brief(brief, now)
    if (history is None) != (mapping is None):
        missing, given = ("--mapping", "--history") if mapping is None else ("--history", "--mapping")
        raise InputError([Problem("(command line)", None, missing, "nothing", f"a file, since {given} is given")])
    imported = None
    if history is not None and mapping is not None:
        imported = import_history(history, mapping, briefed, now)
        briefed = briefed.awaiting(imported.history)
    posts = tuple(load_content(content, briefed))
    return Inputs(briefed, f"{briefed.campaign}/brief/{_digest(brief.read_bytes())}", posts, imported)


def offer_content(runtime: Runtime, inputs: Inputs, now: datetime) -> int:
    """Offer every post that is new or has changed; returns how many there are."""
    brief = inputs.brief
    for post in inputs.content:
        own_id = f"{brief.campaign}/{post.content}/{_digest(post.model_dump_json().encode())}"
        runtime.intake.accept(post, brief.campaign, brief.tenant, FOLDER, own_id, now)
    return len(inputs.content)


def offer(runtime: Runtime, inputs: Inputs, now: datetime) -> None:
    """Connect the accounts, then offer the posts, the brief and its history. Raises intake.Refused.

    The posts come before the brief, so that the first plan knows them; the history after it, since the brief waits.
    """
    brief = inputs.brief
    for account in brief.fact.accounts:
        runtime.connect(account.account, account.channel, brief.tenant)
    offer_content(runtime, inputs, now)
    runtime.intake.accept(brief.fact, brief.campaign, brief.tenant, OWNER, inputs.brief_id, now, person=True)
    if inputs.history is not None:
        for past in inputs.history.facts:
            runtime.intake.accept(
                past.fact, brief.campaign, brief.tenant, inputs.history.source, past.id, past.time, person=True
            )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]
