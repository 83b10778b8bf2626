"""Where the outside world's facts enter: checked, put in order, once, and durable when `accept` returns.

Invariants: nobody outside speaks from a reserved source or says what only workers or the runtime may say. The window
in which (source, id) is remembered is the life of the log, so history imported twice changes nothing however late.
*Now* of a campaign never follows a fact's own `time`: `recordedtime` is this machine's. The registry of campaigns and
the holds that stop publishing change in the same transaction as the event that changes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import quote

from events.campaign import (
    AccountConnected,
    AccountPaused,
    AccountResumed,
    AudienceObserved,
    AuthorizationRestored,
    CampaignBriefed,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    ContentOffered,
    HistoryImported,
)
from events.envelope import Event, outside_id, type_name
from events.execution import PostApproved, PostRejected
from events.log.protocol import Record
from events.strategy import StrategyApproved, StrategyOverridden, StrategyRejected
from events.terms import Fact
from workers.platforms.protocol import Limits
from workers.runtime.accounts import (
    AccountFact,
    AccountTaken,
    connected,
    introduce,
    owner,
    require_free,
    runtime_fact,
    spread,
)
from workers.runtime.admission import wrong_brief, wrong_moments, wrong_purpose, wrong_source, wrong_voice, wrong_word
from workers.runtime.currency import wrong_currency
from workers.runtime.deciding import Poison, exact, sealed
from workers.runtime.shell import Shell
from workers.runtime.store.protocol import Transaction, View
from workers.runtime.store.rows import AccountUse, CampaignRow, Hold, HoldKind

AHEAD_OF_THE_BRIEF: Final = (CampaignBriefed, AudienceObserved, ContentOffered, HistoryImported)
"""What may be said of a campaign that nobody has briefed yet: what its first analysis and plan build on."""


ABOUT_KNOWN_ACCOUNTS: Final = (AccountPaused, AccountResumed, AuthorizationRestored)
"""What a person says of an account, which would be silently of no effect where the name is mistyped."""

BY_SOMEBODY: Final = (
    CampaignPaused, CampaignResumed, CampaignEnded, StrategyApproved, StrategyRejected, StrategyOverridden,
    PostApproved, PostRejected,
)  # fmt: skip

LONGEST_ID: Final = 1000


class Refused(ValueError):
    """Intake does not take this fact; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A fact as a producer offers it, in the words of `Intake.accept`; `tenant` None: whose the campaign is."""

    fact: Fact
    campaign: str
    tenant: str | None
    source: str
    own_id: str
    time: datetime
    producersequence: str | None = None


class Intake:
    """The door. Safe for threads, and for several processes on one store."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def accept(
        self,
        fact: Fact,
        campaign: str,
        tenant: str,
        source: str,
        own_id: str,
        time: datetime,
        person: bool = False,
        producersequence: str | None = None,
    ) -> Event:
        """Take a fact from outside; returns its event as stored, or as stored earlier where it is a duplicate.

        A fact about an account is not one campaign's: `campaign` is not looked at, and the original is returned, of
        which each live campaign on the account gets a copy. `person` marks an operator. Raises Refused.
        """
        event = self._event(fact, campaign, tenant, source, own_id, time, person, producersequence)
        with self._shell.transaction("intake") as tx:
            stored, records = self._taken(tx, event, fact)
        self._tell(records)
        return stored

    def accept_all(self, offered: Sequence[Offered]) -> None:
        """Take facts of outside producers in their order, all in one transaction, or none of them. Raises Refused."""
        with self._shell.store.view() as view:
            tenants = [one.tenant or _tenant(view, one.fact, one.campaign) for one in offered]
        events = [
            self._event(one.fact, one.campaign, tenant, one.source, one.own_id, one.time, False, one.producersequence)
            for one, tenant in zip(offered, tenants, strict=True)
        ]
        records: list[Record] = []
        with self._shell.transaction("intake") as tx:
            for event, one in zip(events, offered, strict=True):
                records += self._taken(tx, event, one.fact)[1]
        self._tell(records)

    def connect(self, account: str, channel: str, limits: Limits, tenant: str = "default") -> None:
        """Say AccountConnected, unless that is what was said of the account last.

        From then on the account is this tenant's. Raises Refused where it is another's.
        """
        wrong = wrong_word("the account", account) or wrong_word("the tenant", tenant)
        if wrong is not None:
            raise Refused(wrong)
        fact = connected(account, channel, limits)
        with self._shell.transaction("intake") as tx:
            if owner(tx, account) not in (None, tenant):
                raise Refused(f"account {account!r} belongs to another tenant than {tenant!r}")
            said = [event for event in tx.kept(account) if isinstance(event.data, AccountConnected)]
            if said and said[-1].data == fact:
                return
            event = runtime_fact(self._shell, fact, tenant, f"connected\0{account}\0{len(said)}")
            records = spread(tx, self._shell, event, fact)
        self._tell(records)

    def stop_all(self) -> None:
        """The emergency stop: nothing is sent for anybody from the moment that this returns."""
        with self._shell.transaction("stop") as tx:
            tx.put_hold(Hold(HoldKind.STOP, "*"))

    def resume_all(self) -> None:
        """End the emergency stop; campaigns and accounts that were paused stay paused."""
        with self._shell.transaction("stop") as tx:
            tx.drop_hold(Hold(HoldKind.STOP, "*"))

    def say(self, channel: str) -> Callable[[Fact, str, str, datetime], None]:
        """What a platform plug-in is given to publish outside events with.

        What intake refuses is not stored, and nobody's process ends for it: the observer hears of it as a trouble.
        """
        source = f"/platforms/{quote(channel, safe='')}"

        def said(fact: Fact, campaign: str, own_id: str, time: datetime) -> None:
            try:
                self.accept(fact, campaign, self.tenant_of(fact, campaign), source, own_id, time)
            except Refused as error:
                self._shell.observer.troubled("platform", f"{channel}: {error}")

        return said

    def tenant_of(self, fact: Fact, campaign: str) -> str:
        """Whose the campaign, or the account of a fact about one, is."""
        with self._shell.store.view() as view:
            return _tenant(view, fact, campaign)

    def _taken(self, tx: Transaction, event: Event, fact: Fact) -> tuple[Event, list[Record]]:
        """The event as it is stored now or was earlier, and what was put on the log. Raises Refused."""
        known = tx.kept_fact(event.id) or (found.event if (found := tx.log.find(event.id)) else None)
        if known is not None:
            return known, []
        if isinstance(fact, AccountFact):
            return event, self._account_fact(tx, event, fact)
        records = self._campaign_fact(tx, event, fact)
        return records[-1].event, records

    def _event(
        self,
        fact: Fact,
        campaign: str,
        tenant: str,
        source: str,
        own_id: str,
        time: datetime,
        person: bool,
        producersequence: str | None,
    ) -> Event:
        subject = fact.account if isinstance(fact, AccountFact) else campaign
        wrong = (
            wrong_source(source)
            or wrong_voice(source, fact, person=person)
            or wrong_word("the campaign or account", subject)
            or wrong_word("the tenant", tenant)
            or wrong_word("the fact's own id", own_id, LONGEST_ID)
            or (wrong_word("`by`", fact.by) if isinstance(fact, BY_SOMEBODY) else None)
            or wrong_moments(time, fact)
            or wrong_purpose(fact)
            or wrong_brief(fact)
        )
        if wrong is not None:
            raise Refused(wrong)
        identity = outside_id(source, own_id)
        try:
            return sealed(
                Event(
                    id=identity,
                    source=source,
                    type=type_name(type(fact)),
                    subject=subject,
                    tenant=tenant,
                    time=time,
                    recordedtime=self._shell.now(),
                    data=exact(fact),
                    correlationid=identity,
                    producersequence=producersequence,
                )
            )
        except (Poison, ValueError) as error:
            raise Refused(f"{type(fact).__name__}: {error}") from error

    def _account_fact(self, tx: Transaction, event: Event, fact: AccountFact) -> list[Record]:
        tenant = owner(tx, fact.account)
        if tenant not in (None, event.tenant):
            raise Refused(f"account {fact.account!r} belongs to another tenant than {event.tenant!r}")
        if tenant is None and isinstance(fact, ABOUT_KNOWN_ACCOUNTS):
            raise Refused(f"there is no account {fact.account!r}: nobody has connected it, no live campaign uses it")
        return spread(tx, self._shell, event, fact)

    def _campaign_fact(self, tx: Transaction, event: Event, fact: Fact) -> list[Record]:
        row = tx.campaign(event.subject)
        if row is None and not isinstance(fact, AHEAD_OF_THE_BRIEF):
            raise Refused(f"there is no campaign {event.subject!r}")
        if row is not None and row.tenant != event.tenant:
            raise Refused(f"campaign {event.subject!r} does not belong to tenant {event.tenant!r}")
        if row is not None and row.dropped is not None:
            raise Refused(f"campaign {event.subject!r} has ended, and was dropped; a new brief needs a new campaign id")
        if isinstance(fact, CampaignBriefed):
            return self._brief(tx, event, fact, row)
        if row is not None:
            self._require_currency(tx, row, fact)
            obey(tx, fact, row)
            event = sealed(replace(event, correlationid=row.brief))
        return [self._shell.append(tx, event)]

    def _brief(self, tx: Transaction, event: Event, fact: CampaignBriefed, row: CampaignRow | None) -> list[Record]:
        uses = tuple(AccountUse(use.account, use.channel, use.shared) for use in fact.accounts)
        try:
            require_free(tx, event.subject, event.tenant, uses)
        except AccountTaken as error:
            raise Refused(str(error)) from error
        if row is not None and not row.live:
            raise Refused(f"campaign {event.subject} has ended; a new brief needs a new campaign id")
        if row is not None:
            self._require_currency(tx, row, fact)
        elif any(record.event.tenant != event.tenant for record in tx.log.campaign(event.subject)):
            raise Refused(f"of campaign {event.subject!r} another tenant has spoken already; take another id")
        first = row.brief if row is not None else event.id
        briefed = CampaignRow(event.subject, event.tenant, first, uses, live=True)
        tx.put_campaign(briefed)
        records = introduce(tx, self._shell, briefed, uses)
        return [*records, self._shell.append(tx, sealed(replace(event, correlationid=first)))]

    def _require_currency(self, tx: Transaction, row: CampaignRow, fact: Fact) -> None:
        wrong = wrong_currency(tx, row, fact)
        if wrong is not None:
            raise Refused(wrong)

    def _tell(self, records: list[Record]) -> None:
        for record in records:
            self._shell.observer.appended(record.event)


def obey(tx: Transaction, fact: Fact, row: CampaignRow) -> None:
    """What a person's word does to publishing, at once; a resumption also forgives events that were set aside."""
    if isinstance(fact, CampaignPaused):
        tx.put_hold(Hold(HoldKind.CAMPAIGN, row.campaign))
    elif isinstance(fact, CampaignResumed):
        tx.drop_hold(Hold(HoldKind.CAMPAIGN, row.campaign))
        for hold in tx.holds_on({row.campaign}):
            if hold.kind is HoldKind.SET_ASIDE:
                tx.drop_hold(hold)
    elif isinstance(fact, CampaignEnded):
        tx.put_campaign(replace(row, live=False))


def _tenant(view: View, fact: Fact, campaign: str) -> str:
    subject = fact.account if isinstance(fact, AccountFact) else campaign
    if wrong_word("", subject) is not None:
        return "default"  # it is refused for that, and PostgreSQL is not even asked for a name with a NUL in it
    if isinstance(fact, AccountFact):
        return owner(view, subject) or "default"
    row = view.campaign(subject)
    return row.tenant if row is not None else "default"
