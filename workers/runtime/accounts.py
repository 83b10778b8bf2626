"""Facts about accounts: kept, copied to every live campaign on the account, and turned into holds.

Invariants: a copy's id follows from the original's and the campaign's; a fact is kept once, in the order of acceptance;
a campaign has read every kept fact of its accounts before its CampaignBriefed, and none that another tenant said.
Everything happens in the caller's transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from events.campaign import (
    AccountConnected,
    AccountPaused,
    AccountResumed,
    AuthorizationExpired,
    AuthorizationRestored,
    PostObserved,
)
from events.envelope import Event, copy_id, outside_id, type_name
from events.execution import MetricObserved
from events.log.protocol import Record
from workers.platforms.protocol import Limits
from workers.runtime.deciding import sealed
from workers.runtime.shell import ACCOUNTS, Shell
from workers.runtime.store.protocol import Transaction, View
from workers.runtime.store.rows import AccountUse, CampaignRow, Hold, HoldKind

AccountFact = (
    AccountConnected
    | AccountPaused
    | AccountResumed
    | AuthorizationExpired
    | AuthorizationRestored
    | PostObserved
    | MetricObserved
)

HOLDS: Final = {AccountPaused: HoldKind.ACCOUNT, AuthorizationExpired: HoldKind.AUTHORIZATION}
RELEASES: Final = {AccountResumed: HoldKind.ACCOUNT, AuthorizationRestored: HoldKind.AUTHORIZATION}


class AccountTaken(Exception):
    """The account is another tenant's, or a live campaign's that does not share it."""


def connected(account: str, channel: str, limits: Limits) -> AccountConnected:
    """What the network says of the account, as the fact that workers read."""
    return AccountConnected(
        account=account,
        channel=channel,
        takes_key=limits.takes_key,
        posts_per_day=limits.posts_per_day,
        text_length=limits.text_length,
        formats=limits.formats,
        counters=limits.counters,
        read_lag_seconds=limits.read_lag.total_seconds(),
    )


def spread(tx: Transaction, shell: Shell, event: Event, fact: AccountFact) -> list[Record]:
    """Keep a sealed account fact, hold or release the account, and copy the fact to each live campaign on it."""
    tx.keep(fact.account, event)
    if type(fact) in HOLDS:
        tx.put_hold(Hold(HOLDS[type(fact)], fact.account))
    if type(fact) in RELEASES:
        tx.drop_hold(Hold(RELEASES[type(fact)], fact.account))
    # Behind a restore, copies may stand on the log of an original that is no longer known.
    rows = (row for row in tx.campaigns_on(fact.account) if tx.log.find(copy_id(event.id, row.campaign)) is None)
    return [_copy(tx, shell, event, row) for row in rows]


def introduce(tx: Transaction, shell: Shell, row: CampaignRow, new: tuple[AccountUse, ...]) -> list[Record]:
    """Copy everything that was kept of these accounts to a campaign that has just begun to use them."""
    return [
        _copy(tx, shell, event, row)
        for use in new
        for event in tx.kept(use.account)
        if event.tenant == row.tenant and tx.log.find(copy_id(event.id, row.campaign)) is None
    ]


def _copy(tx: Transaction, shell: Shell, event: Event, row: CampaignRow) -> Record:
    copied = replace(
        event,
        id=copy_id(event.id, row.campaign),
        subject=row.campaign,
        tenant=row.tenant,
        recordedtime=shell.now(),
        correlationid=row.brief,
    )
    return shell.append(tx, sealed(copied))


def owner(view: View, account: str) -> str | None:
    """The tenant that connected the account, or whose live campaign uses it; None while nobody knows the account."""
    connected = view.last_kept(account, AccountConnected.__name__)
    if connected is not None:
        return connected.tenant
    return next((row.tenant for row in view.campaigns_on(account)), None)


def require_free(view: View, campaign: str, tenant: str, uses: tuple[AccountUse, ...]) -> None:
    """Raise AccountTaken unless each account is the tenant's, and free or shared by everyone who uses it."""
    for use in uses:
        if owner(view, use.account) not in (None, tenant):
            raise AccountTaken(f"account {use.account!r} belongs to another tenant than {tenant!r}")
        for other in view.campaigns_on(use.account):
            if other.campaign == campaign:
                continue
            for owned in other.accounts:
                if owned.account == use.account and not (owned.shared and use.shared):
                    raise AccountTaken(
                        f"account {use.account!r} belongs to the live campaign {other.campaign!r}; "
                        f"end it, or let both briefs say `shared: true` for the account"
                    )


def runtime_fact(shell: Shell, fact: AccountFact, tenant: str, own: str) -> Event:
    """What the runtime itself learned of an account, as a sealed event."""
    now, identity = shell.now(), outside_id(ACCOUNTS, own)
    return sealed(
        Event(
            id=identity,
            source=ACCOUNTS,
            type=type_name(type(fact)),
            subject=fact.account,
            tenant=tenant,
            time=now,
            recordedtime=now,
            data=fact,
            correlationid=identity,
        )
    )
