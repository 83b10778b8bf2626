"""`mowj subscribers`: who gets the newsletter: taken with their consent, counted, given out, and forgotten.

Invariants: nothing is said of a person but to whom asks for it by name: counts and lines of files are no addresses.
"""

from __future__ import annotations

import csv
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from workers.command.errors import FINDINGS
from workers.command.lists import address_of, consent_of, list_of, require_extra, settings_of, subscribers_store
from workers.command.options import Config, Data, Json

Account = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="Whose list, as briefs name it; the only one where there is one."),
]
Address = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="An email address, or - to read it from standard input.")
]
SHOWN = 20
"""Lines of a file that are told one by one."""


def register(app: typer.Typer) -> None:
    """Add `mowj subscribers`."""
    group = typer.Typer(name="subscribers", help="Who gets the newsletter: take, list, forget.", no_args_is_help=True)
    group.command("import")(take)
    group.command("list")(show)
    group.command("export")(export)
    group.command("mailings")(mailings)
    group.command("suppress")(suppress)
    group.command("erase")(erase)
    group.command("bounces")(bounces)
    app.add_typer(group)


def take(
    file: Annotated[
        Path, typer.Argument(metavar="CSV", help="Columns: address, name, language, consent_source, consent_at.")
    ],
    account: Account = None,
    consent: Annotated[
        str | None, typer.Option("--consent", metavar="SOURCE", help="Where those without a consent_source agreed.")
    ] = None,
    consent_at: Annotated[
        str | None, typer.Option("--consent-at", metavar="DATE", help="When those without a consent_at agreed.")
    ] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take subscribers from a CSV file; again changes nothing. Exit code 1: rows were refused, such as those without
    consent.
    """
    from workers.command.errors import UserError
    from workers.command.output import print_json, say
    from workers.platforms.email.subscribers import Subscribers

    require_extra()
    from workers.platforms.email.reading import read_sheet

    now = datetime.now(UTC)
    settings = settings_of(config, data)
    list_ = list_of(settings, account)
    try:
        sheet = read_sheet(file, consent_of(consent, consent_at, now), now)
    except ValueError as error:
        raise UserError(str(error)) from error
    with subscribers_store(settings, make=True) as store:
        taken = Subscribers(store).take(list_, sheet.rows, now)
    if as_json:
        print_json({
            "account": list_, "new": taken.new, "changed": taken.changed, "known": taken.known,
            "suppressed": taken.suppressed, "refused": [{"line": line, "why": why} for line, why in sheet.problems],
        })  # fmt: skip
    else:
        say(f"{list_}: {taken.new} new, {taken.changed} changed, {taken.known} known already")
        if taken.suppressed:
            say(f"{len(taken.suppressed)} not written to, since they left or do not exist: {_lines(taken.suppressed)}")
        for line, why in sheet.problems[:SHOWN]:
            say(f"line {line} refused: {why}")
        if len(sheet.problems) > SHOWN:
            say(f"and {len(sheet.problems) - SHOWN} more refused")
    if sheet.problems:
        raise typer.Exit(FINDINGS)


def show(
    account: Account = None,
    addresses: Annotated[bool, typer.Option("--show", help="Show who they are, too.")] = False,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Count subscribers by list: who is written to, and who is not and why."""
    from workers.command.output import print_json, print_table
    from workers.platforms.email.subscribers import Subscribers

    with subscribers_store(settings_of(config, data)) as store:
        people = Subscribers(store)
        counts = {name: found for name, found in people.counts().items() if account in (None, name)}
        rows = list(people.rows(account)) if addresses else []
    if as_json:
        print_json({"lists": counts, **({"subscribers": rows} if addresses else {})})
        return
    table = [(name, reason, count) for name, found in counts.items() for reason, count in found.items()]
    print_table("", ("list", "standing", "subscribers"), table, "nobody is on any list")
    if rows:
        shown = [(row["list"], row["standing"], row["consent_source"], row["address"]) for row in rows]
        print_table("\nsubscribers", ("list", "standing", "consent", "address"), shown, "")


def export(
    account: Account = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to; standard output by default.")
    ] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write all that is kept of every subscriber as CSV, which `import` reads."""
    from workers.command.output import print_json
    from workers.platforms.email.subscribers import Subscribers

    with subscribers_store(settings_of(config, data)) as store:
        rows = list(Subscribers(store).rows(account))
    if as_json and out is None:
        print_json(rows)
        return
    columns = ("list", "address", "name", "language", "consent_source", "consent_at", "imported_at", "standing")
    if out is None:
        _write(csv.DictWriter(sys.stdout, columns), rows)
        return
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        _write(csv.DictWriter(file, columns), rows)
    if as_json:
        print_json({"written": len(rows), "file": str(out)})


def mailings(account: Account = None, config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Show how far each mailing has come: its recipients by state."""
    from workers.command.output import print_json, print_table
    from workers.platforms.email.mailings import Mailings

    settings = settings_of(config, data)
    with subscribers_store(settings) as store:
        ledger = Mailings(store).ledger(list_of(settings, account))
    if as_json:
        print_json(ledger)
        return
    rows = [(name, state, count) for name, states in ledger.items() for state, count in states.items()]
    print_table("", ("mailing", "state", "recipients"), rows, "nothing was mailed yet")


def suppress(
    address: Address, account: Account = None, config: Config = None, data: Data = None, as_json: Json = False
) -> None:
    """Write to an address no more, on one list or, without --account, on all."""
    from workers.command.output import print_json, say
    from workers.platforms.email.store import EVERYWHERE
    from workers.platforms.email.subscribers import Subscribers
    from workers.platforms.email.terms import Reason

    settings, given = settings_of(config, data), address_of(address)
    with subscribers_store(settings, make=True) as store:
        list_ = list_of(settings, account) if account is not None else EVERYWHERE
        added = Subscribers(store).suppress(given, list_, Reason.BY_HAND, datetime.now(UTC))
    if as_json:
        print_json({"suppressed": added})
    else:
        say("nothing is sent there any more" if added else "nothing was sent there already")


def erase(address: Address, config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Forget a person on every list. Only a keyed hash of the address stays, so that no file brings them back."""
    from workers.command.output import print_json, say
    from workers.platforms.email.subscribers import Subscribers

    given = address_of(address)
    with subscribers_store(settings_of(config, data), make=True) as store:
        count = Subscribers(store).erase(given, datetime.now(UTC))
    if as_json:
        print_json({"erased": count})
    else:
        say(f"erased from {count} {'list' if count == 1 else 'lists'}; nothing is sent there any more")


def bounces(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="A Maildir, an mbox or one message; - reads standard input.")
    ],
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Read what came back by mail: reports that a message did not arrive, and requests to leave a list."""
    from workers.command.errors import UserError
    from workers.command.output import print_json, say
    from workers.platforms.email.returned import mails
    from workers.platforms.email.returned import take as take_mails

    if source != "-" and not Path(source).exists():
        raise UserError(f"there is no {source}")
    given = sys.stdin.buffer.read() if source == "-" else Path(source)
    with subscribers_store(settings_of(config, data)) as store:
        told = take_mails(store, mails(given), datetime.now(UTC))
    if as_json:
        print_json(told)
        return
    say(f"{told.bounced} bounced, {told.unsubscribed} unsubscribed, {told.known} known already, {told.delayed} delayed")
    if told.others:
        say(f"{told.others} are neither reports of Mowj's messages nor requests: a person has to read them")


def _write(writer: csv.DictWriter[str], rows: list[dict[str, str]]) -> None:
    writer.writeheader()
    writer.writerows(rows)


def _lines(numbers: tuple[int, ...]) -> str:
    more = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return f"{'line' if len(numbers) == 1 else 'lines'} {', '.join(map(str, numbers[:SHOWN]))}{more}"
