"""What is told to a person without a traceback, and with which exit code.

Invariants: 2 is input that cannot be used, 1 is a finding or a failure of the machine, 0 is that everything was done.
An error that nobody expected keeps its traceback: it is a defect, and hiding it would help nobody.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final

import typer
from typer.core import TyperGroup, TyperOption

BAD_INPUT: Final = 2
FINDINGS: Final = 1


class UserError(Exception):
    """Something that the person at the keyboard can mend; the message says how."""


class MachineError(Exception):
    """Something outside Mowj failed; the message says what to do."""


class Group(TyperGroup):
    """The command: says expected errors in one line each, on standard error."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Refuses an option that is given more often than it is taken: all but its last value would be lost unseen."""
        name, command, rest = super().resolve_command(ctx, args)
        words = rest[: rest.index("--")] if "--" in rest else rest
        for parameter in command.params if command is not None else ():
            if not isinstance(parameter, TyperOption) or parameter.multiple or parameter.is_flag:
                continue
            given = [word for word in words if word.split("=")[0] in parameter.opts and word.startswith("--")]
            if len(given) > 1:
                ctx.fail(f"{parameter.opts[0]} is given {len(given)} times, and only one is taken.")
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (UserError, MachineError, ValueError, LookupError, OSError, sqlite3.Error) as error:
            code = exit_code(error)
            if code is None:
                raise
            from workers.command.output import hint
            from workers.runtime.store.protocol import StoreUnavailable

            hint(f"{error}; `mowj doctor` says what to do" if isinstance(error, StoreUnavailable) else str(error))
            raise typer.Exit(code) from error


def exit_code(error: Exception) -> int | None:
    """The exit code of an error that a person can do something about; None for a defect."""
    # Here, so that `mowj --help` is quick.
    from config.problems import InputError
    from workers.platforms.registry import UnknownPlatform
    from workers.platforms.sealing import CredentialsUnusable
    from workers.platforms.simulated.record import OtherWorld
    from workers.runtime.intake import Refused
    from workers.runtime.operating import NotThere
    from workers.runtime.store.protocol import StoreMoved, StoreUnavailable

    if isinstance(error, (UserError, InputError, UnknownPlatform, OtherWorld, Refused, NotThere, StoreMoved)):
        return BAD_INPUT
    if isinstance(error, (MachineError, StoreUnavailable, CredentialsUnusable, sqlite3.Error)):
        return FINDINGS
    return None
