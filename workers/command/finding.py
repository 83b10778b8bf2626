"""Finding what a person names, and saying what there is where it is not found."""

from __future__ import annotations

from config.problems import listed, nearest
from workers.command.errors import UserError
from workers.command.opening import Opened
from workers.command.waiting import Waiting, meant, waiting
from workers.runtime.store.rows import CampaignRow


def require_campaign(store: Opened, campaign: str) -> CampaignRow:
    """Raises UserError that names the nearest campaign; also for one that was dropped."""
    with store.store.view() as view:
        row = view.campaign(campaign)
        known = {other.campaign for other in view.campaigns()}
    if row is None:
        near = nearest(campaign, known)
        hint = f"; did you mean {near!r}?" if near else ""
        raise UserError(f"there is no campaign {campaign!r}; there are {listed(known)}{hint}")
    if row.dropped is not None:
        raise UserError(
            f"{campaign} was dropped at {row.dropped.at:%Y-%m-%d %H:%M} UTC: all {row.dropped.events} events of it are "
            "in the file that it was exported to; `mowj audit --file FILE` reads that"
        )
    return row


def everything_waiting(store: Opened) -> list[Waiting]:
    """What waits for a person in all live campaigns."""
    now = store.shell.now()
    with store.store.view() as view:
        histories = [
            [record.event for record in view.log.campaign(row.campaign)] for row in view.campaigns() if row.live
        ]
    return [item for events in histories for item in waiting(events, now)]


def require_waiting(store: Opened, word: str) -> Waiting:
    """The one thing that waits and is meant. Raises UserError, listing what does wait."""
    items = everything_waiting(store)
    found = meant(items, word)
    if len(found) == 1:
        return found[0]
    problem = f"nothing that waits is called {word!r}" if not found else f"{word!r} may mean {len(found)} things"
    shown = found or items
    lines = [f"  {item.kind.value}  {item.id}  fingerprint {item.fingerprint}" for item in shown]
    raise UserError("\n".join([f"{problem}; {'these do wait:' if shown else 'nothing waits for you now'}", *lines]))
