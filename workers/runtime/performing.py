"""One effect, performed: taken in a transaction, called outside of any, and settled in another.

Invariants: the row says `sending` before the network is called. Whoever takes over an expired lease asks the network
first. An answer is written only by who still holds the row: `attempts` fences. A keyless post whose outcome is
unknown is never sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from events.campaign import AuthorizationExpired
from events.log.protocol import Record
from events.runtime import EffectKind
from workers.platforms.protocol import Platform, Published
from workers.runtime import calls, gates
from workers.runtime.accounts import runtime_fact, spread
from workers.runtime.ledger import backoff, holds_of, is_held, is_late, is_live, move, settle, take
from workers.runtime.retrying import tried
from workers.runtime.shell import Shell
from workers.runtime.store.protocol import Transaction
from workers.runtime.store.rows import UNSETTLED, EffectRow, EffectState, Hold, HoldKind

_S = EffectState

ANOTHERS: Final = "the network shows this content only in another post"


@dataclass(frozen=True, slots=True)
class Performer:
    """Performs effects, whatever executor calls it; `platforms` by channel. Safe for threads.

    `pause` sleeps for seconds between quick tries; without it (the virtual clock) each call is made once. `media_at`
    finds the file behind a stored medium; without a store, media are sent as they are named. `limits` says by channel
    what one account bears.
    """

    shell: Shell
    platforms: Mapping[str, Platform]
    pause: Callable[[float], None] | None = None
    media_at: calls.MediaAt = str
    limits: Mapping[str, gates.CallLimits] = field(default_factory=dict)

    def perform(self, key: str) -> None:
        """Bring the effect one step further. Does nothing where it is not due, held, settled, or somebody else's."""
        try:
            self._perform(key)
        except Exception as error:
            # On a broker's thread nobody else would hear of it: the effect stays due, and is offered again.
            self.shell.observer.troubled("effect", f"{key}: {type(error).__name__}: {error}")
            raise

    def _perform(self, key: str) -> None:
        patience, clock = self.shell.patience, self.shell.clock
        with self.shell.transaction("sending") as tx:
            row = take(
                tx, key, clock.now(), clock.machine(), patience.lease, patience.call_deadline, partial(self._limits, tx)
            )
            channel = self._channel(tx, row) if row is not None else None
        if row is None:
            return
        platform = self.platforms.get(channel) if channel is not None else None
        bears = gates.by_channel(self.limits, channel) if platform is not None else None
        for record in self._write(row, self._call(platform, row), bears):
            self.shell.observer.appended(record.event)

    def _call(self, platform: Platform | None, row: EffectRow) -> calls.Answer:
        if platform is None:
            return calls.Unsent(f"no platform here serves the account {row.account!r}")
        self.shell.reach("before call")
        if row.state is _S.SENDING:
            call = partial(calls.send, platform, row, self.media_at)
        else:
            call = partial(calls.read_back, platform, row)
        if self.pause is None:
            answer = call()
        else:
            reading = row.state is _S.ASKING or row.kind is not EffectKind.PUBLISH
            window = self.shell.patience.retry_window
            answer = tried(call, window, self.pause, lambda: self._may_go_on(row), reading=reading)
        self.shell.reach("after call")
        return answer

    def _may_go_on(self, taken: EffectRow) -> bool:
        """Whether what let the row be taken still holds, so that it may be tried again at once."""
        with self.shell.store.view() as view:
            row = view.effect(taken.key)
            if row is None or row.attempts != taken.attempts or row.state is not taken.state:
                return False
            if row.state is _S.ASKING:
                return True
            return not is_held(row, holds_of(view, row)) and is_live(view, row) and not is_late(row, self.shell.now())

    def _channel(self, tx: Transaction, row: EffectRow) -> str | None:
        campaign = tx.campaign(row.campaign)
        uses = campaign.accounts if campaign is not None else ()
        return next((use.channel for use in uses if use.account == row.account), None)

    def _limits(self, tx: Transaction, row: EffectRow) -> gates.CallLimits:
        return gates.by_channel(self.limits, self._channel(tx, row) if self.limits else None)

    def _write(self, taken: EffectRow, answer: calls.Answer, bears: gates.CallLimits | None) -> list[Record]:
        """Write the answer; without `bears` the network was not called."""
        with self.shell.transaction("answer") as tx:
            row = tx.effect(taken.key)
            if row is None or row.attempts != taken.attempts or row.state is not taken.state:
                self._too_late(tx, row, taken, answer)
                return []
            self._pass(tx, row, answer if bears is not None else None, bears or gates.DEFAULT)
            if row.state is _S.SENDING:
                tx.put_effect(self._sent(row, answer))
            elif isinstance(answer, calls.Accepted) and _is_anothers(tx, row, answer.published.reference):
                tx.put_effect(settle(row, _S.UNCERTAIN, self.shell.now(), detail=ANOTHERS))
            else:
                may_send = is_live(tx, row) and not is_late(row, self.shell.now())
                tx.put_effect(self._asked(row, answer, may_send))
            if isinstance(answer, calls.Unauthorized):
                return self._hold_account(tx, row, answer)
        return []

    def _pass(self, tx: Transaction, row: EffectRow, answer: calls.Answer | None, limits: gates.CallLimits) -> None:
        """Let the account's gate know, and say so where it was silent and is no longer, or the other way round."""
        before = tx.gate(row.account)
        gate = gates.ended(before, row.key, answer, self.shell.now(), limits)
        tx.put_gate(gate)
        if gates.is_silent(gate, limits) != gates.is_silent(before, limits):
            self.shell.observer.circuit(row.account, opened=gates.is_silent(gate, limits), detail=gate.last)

    def _too_late(self, tx: Transaction, row: EffectRow | None, taken: EffectRow, answer: calls.Answer) -> None:
        """Somebody else has taken the row since. Only that the network has the post still counts while that is open."""
        if row is None or not isinstance(answer, calls.Accepted):
            return
        open_question = row.state in (_S.ASKING, _S.UNCERTAIN) or (row.state is _S.PLANNED and row.doubtful)
        own = taken.state is _S.SENDING or not _is_anothers(tx, row, answer.published.reference)
        if open_question and own:
            tx.put_effect(_found(row, answer.published, self.shell.now()))
        elif row.state not in UNSETTLED and row.reference != answer.published.reference:
            late = f"{row.key}: accepted as {answer.published.reference}, when it was {row.state} already"
            self.shell.observer.troubled("effect", late)

    def _sent(self, row: EffectRow, answer: calls.Answer) -> EffectRow:
        """What a call's answer makes of a row that was `sending`."""
        now, machine = self.shell.now(), self.shell.clock.machine()
        match answer:
            case calls.Accepted(published):
                return _found(row, published, now)
            case calls.Counted(counters, at):
                return settle(row, _S.DONE, min(at, now), counters=counters, detail="")
            case calls.Refused(reason):
                return settle(row, _S.REJECTED, now, detail=reason)
            case calls.Limited(retry_at):
                return self._again(row, "rate limited", _S.EXPIRED, retry_at)
            case calls.Unauthorized(detail):
                return self._again(row, detail, _S.UNAUTHORIZED)
            case calls.Unsent(detail):
                return self._again(row, detail, _S.UNREACHABLE)
            case calls.Unknown(detail) if row.kind is EffectKind.PUBLISH:
                return move(row, _S.ASKING, doubtful=True, until=machine, deadline=machine, detail=detail)
            case calls.Unknown(detail):
                return self._again(row, detail, _S.UNREACHABLE)
            case calls.Missing():
                raise AssertionError("a send is never answered by Missing")

    def _again(self, row: EffectRow, detail: str, late_as: EffectState, retry_at: datetime | None = None) -> EffectRow:
        now = self.shell.now()
        due = retry_at if retry_at is not None and retry_at > now else now + self._backoff(row)
        return move(row, _S.PLANNED, due=min(due, row.not_after), until=None, late_as=late_as, detail=detail)

    def _asked(self, row: EffectRow, answer: calls.Answer, may_send: bool) -> EffectRow:
        """What reading back makes of a row whose outcome is in doubt."""
        now, machine = self.shell.now(), self.shell.clock.machine()
        called_until = row.deadline or machine
        match answer:
            case calls.Accepted(published):
                return _found(row, published, now)
            case calls.Missing(takes_key, _) if takes_key and may_send:
                # At once the first time; a network that goes on failing after each call is not hammered.
                due = now if row.attempts <= 2 else min(now + self._backoff(row), row.not_after)
                return move(row, _S.PLANNED, due=due, until=None, detail="not found; sent again under its key")
            case calls.Missing(_, read_lag):
                return self._ask_until(row, called_until + read_lag, "not found on the network")
            case calls.Limited(retry_at):
                pause = timedelta(seconds=max(self.shell.clock.seconds_until(retry_at), 1))
                return self._ask_later(row, pause, "rate limited")
            case calls.Unsent(detail) | calls.Unauthorized(detail) | calls.Unknown(detail):
                return self._ask_later(row, self._backoff(row), detail)
            case calls.Refused(reason):
                return settle(row, _S.UNCERTAIN, now, detail=f"the network does not let us look: {reason}")
            case calls.Counted():
                raise AssertionError("a post's read-back is never answered by counters")

    def _ask_until(self, row: EffectRow, last: datetime, detail: str) -> EffectRow:
        """Ask once more at `last`; uncertain if that moment has come."""
        if self.shell.clock.machine() >= last:
            return settle(row, _S.UNCERTAIN, self.shell.now(), detail=detail)
        return move(row, _S.ASKING, until=last, detail=detail)

    def _ask_later(self, row: EffectRow, pause: timedelta, detail: str) -> EffectRow:
        machine = self.shell.clock.machine()
        if machine >= (row.deadline or machine) + self.shell.patience.ask_for:
            return settle(row, _S.UNCERTAIN, self.shell.now(), detail=f"the network could not be asked: {detail}")
        return move(row, _S.ASKING, until=machine + pause, detail=detail)

    def _backoff(self, row: EffectRow) -> timedelta:
        patience = self.shell.patience
        return backoff(row.key, row.attempts, patience.backoff_first, patience.backoff_most)

    def _hold_account(self, tx: Transaction, row: EffectRow, answer: calls.Unauthorized) -> list[Record]:
        if Hold(HoldKind.AUTHORIZATION, row.account) in holds_of(tx, row):
            return []
        fact = AuthorizationExpired(account=row.account, reason=answer.detail)
        event = runtime_fact(self.shell, fact, row.tenant, f"unauthorized\0{row.key}\0{row.attempts}")
        return spread(tx, self.shell, event, fact)


def _is_anothers(tx: Transaction, row: EffectRow, reference: str) -> bool:
    """Whether the account's post is known as another effect's: without keys, content that is used again looks alike."""
    return any(other.key != row.key for other in tx.posts_known_as(row.account, reference))


def _found(row: EffectRow, published: Published, heard: datetime) -> EffectRow:
    """The post is on the network since the moment that it gives, which lies between the call and the answer."""
    at = min(max(published.at, row.first_sent or published.at), heard)
    return settle(row, _S.DONE, at, sent=at, reference=published.reference, url=published.url, detail="")
