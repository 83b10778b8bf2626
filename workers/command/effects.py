"""`mowj effects`: the ledger of what was to be done in the world, and a person's word on what is uncertain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workers.command.errors import UserError
from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from workers.command.opening import Opened
    from workers.runtime.store.rows import EffectRow

Key = Annotated[str, typer.Argument(metavar="KEY", help="The effect's key, from `mowj effects list`.")]


def register(app: typer.Typer) -> None:
    """Add `mowj effects`."""
    group = typer.Typer(name="effects", help="What was to be done in the world.", no_args_is_help=True)
    group.command("list")(list_all)
    group.command("resolve")(resolve)
    group.command("cancel")(cancel)
    app.add_typer(group)


def list_all(
    state: Annotated[str | None, typer.Option("--state", help="Only these, such as uncertain or planned.")] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", help="Only this campaign's.")] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List effects with where they stand."""
    from config.problems import listed
    from workers.command.opening import opened
    from workers.command.output import print_json, print_table, short
    from workers.runtime.store.rows import EffectState

    states = {one.value for one in EffectState}
    if state is not None and state not in states:
        raise UserError(f"--state: given {state!r}; allowed: {listed(states)}")
    with opened(config, data) as store:
        rows = [
            row
            for row in store.operator.effects()
            if state in {None, row.state.value} and campaign in {None, row.campaign}
        ]
    if as_json:
        print_json(rows)
        return
    columns = ("key", "kind", "campaign", "account", "state", "attempts", "not after", "detail")
    shown = [
        (
            row.key,
            row.kind.value,
            row.campaign,
            row.account,
            row.state.value,
            row.attempts,
            short(row.not_after),
            row.detail,
        )
        for row in rows
    ]
    print_table("", columns, shown, "No effect.")


def resolve(
    key: Key,
    found: Annotated[str | None, typer.Option("--found", metavar="REF", help="The network's id of the post.")] = None,
    not_there: Annotated[bool, typer.Option("--not-there", help="It is certainly not on the network.")] = False,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Answer for an uncertain effect after looking at the account; it is never sent again."""
    from workers.command.opening import opened
    from workers.command.output import print_json, say
    from workers.runtime.ledger import ForbiddenMove

    if (found is None) is not not_there:
        raise UserError("say what you saw: --found REF, or --not-there")
    with opened(config, data) as store:
        row = _row(store, key)
        try:
            row = store.operator.resolve(key, found)
        except ForbiddenMove as error:
            raise UserError(str(error)) from error
    if as_json:
        print_json(row)
    else:
        say(f"{key} is {row.state.value}")


def cancel(key: Key, config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Cancel an effect that has not been sent."""
    from workers.command.opening import opened
    from workers.command.output import print_json, say

    with opened(config, data) as store:
        row = _row(store, key)
        if not store.operator.cancel(key):
            raise UserError(f"effect {key} is {row.state.value}; only one that was never sent can be cancelled")
        row = _row(store, key)
    if as_json:
        print_json(row)
    else:
        say(f"{key} is {row.state.value}")


def _row(store: Opened, key: str) -> EffectRow:
    """Raises UserError for an unknown key, with the nearest."""
    from config.problems import nearest

    with store.store.view() as view:
        row = view.effect(key)
        known = {one.key for one in view.effects()}
    if row is None:
        near = nearest(key, known)
        hint = f"; did you mean {near!r}?" if near else ""
        raise UserError(f"there is no effect {key!r} among {len(known)}{hint}")
    return row
