"""The `mowj` command: every subcommand registers itself here.

Invariants: the mathematics runs on one thread per process, decided before numpy is imported; subcommands import what is
heavy inside their functions, so that `mowj --help` is quick.
"""

from __future__ import annotations

import os
from typing import Final

SINGLE_THREADED: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
"""On matrices as small as ours, one BLAS thread is about ten times as fast as many."""

for _variable in SINGLE_THREADED:
    os.environ.setdefault(_variable, "1")

import typer  # noqa: E402 - nothing that could import numpy may come before the variables

from workers.command import (  # noqa: E402
    accounts,
    approval,
    archive,
    audit,
    claims,
    configuration,
    content,
    demo,
    doctor,
    effects,
    emit,
    explain,
    history,
    init,
    move,
    plan,
    preview,
    report,
    requests,
    restore,
    run,
    schema,
    set_aside,
    simulate,
    status,
    steering,
    store,
    subscribers,
    timers,
    topics,
)
from workers.command.errors import Group  # noqa: E402

REGISTERED: Final = (
    demo, init, history, content, preview, plan, run, status, requests, explain, report, approval, steering, accounts,
    subscribers, emit, simulate, audit, archive, set_aside, effects, timers, schema, store, move, restore, topics,
    claims, configuration, doctor,
)  # fmt: skip
"""In the order in which `mowj --help` shows them."""


HELP: Final = "Runs social-media marketing as a closed loop: analyze, choose, plan, publish, measure, correct."
RULES: Final = (
    "--json prints one JSON document; run and worker print one event a line, as it happens. "
    "Times are in the campaign's own zone, which stands beside them; else, and in JSON, in UTC. "
    "Exit code 2: mend what was given; 1: a finding, or a failure of the machine."
)


def application() -> typer.Typer:
    """The command with all its subcommands."""
    app = typer.Typer(
        name="mowj",
        help=HELP,
        epilog=RULES,
        no_args_is_help=True,
        cls=Group,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for module in REGISTERED:
        module.register(app)
    return app


def main() -> None:
    application()()


if __name__ == "__main__":
    main()
