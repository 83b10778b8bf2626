"""`mowj pause|resume --account A` and `--platform P`: what a person says of accounts, whatever campaigns use them.

Invariant: a platform's pause is that of the accounts on it that live campaigns use then; one that comes later is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from config.problems import listed, nearest
from events.campaign import AccountPaused, AccountResumed
from workers.command.errors import UserError
from workers.command.opening import Opened
from workers.runtime.admission import person_source
from workers.runtime.store.rows import Hold, HoldKind


def pause_accounts(store: Opened, account: str | None, platform: str | None, reason: str, by: str) -> list[str]:
    """Publish nothing more on them; says what became of each. Raises UserError."""
    said = []
    for name in _meant(store, account, platform):
        if _is_paused(store, name):
            said.append(f"{name} is paused already")
            continue
        _say(store, AccountPaused(account=name, reason=reason), by)
        said.append(f"{name} is paused: nothing more is published on it until `mowj resume --account {name}`")
    return said


def resume_accounts(store: Opened, account: str | None, platform: str | None, reason: str, by: str) -> list[str]:
    """Let them go on from now; says what became of each. Raises UserError."""
    said = []
    for name in _meant(store, account, platform):
        if not _is_paused(store, name):
            said.append(f"{name} is not paused")
            continue
        _say(store, AccountResumed(account=name, reason=reason), by)
        lost = _holds(store, HoldKind.AUTHORIZATION, name)
        waits = f"; it still waits for its login: mowj accounts check {name}" if lost else ""
        said.append(f"{name} goes on from now{waits}")
    return said


def _meant(store: Opened, account: str | None, platform: str | None) -> Sequence[str]:
    with store.store.view() as view:
        uses = {use.account: use.channel for row in view.campaigns() if row.live for use in row.accounts}
    if account is not None:
        # Intake knows the accounts that no campaign uses now, and refuses those that nobody knows.
        return (account,)
    found = sorted(name for name, channel in uses.items() if channel == platform)
    if not found:
        near = nearest(str(platform), set(uses.values()))
        hint = f"; did you mean {near!r}?" if near else ""
        raise UserError(f"no live campaign is on {platform!r}, but on {listed(set(uses.values()))}{hint}")
    return found


def _is_paused(store: Opened, account: str) -> bool:
    return _holds(store, HoldKind.ACCOUNT, account)


def _holds(store: Opened, kind: HoldKind, account: str) -> bool:
    with store.store.view() as view:
        return Hold(kind, account) in view.holds()


def _say(store: Opened, fact: AccountPaused | AccountResumed, by: str) -> None:
    tenant = store.intake.tenant_of(fact, "")
    store.intake.accept(fact, "", tenant, person_source(by), str(uuid4()), store.shell.now(), person=True)
