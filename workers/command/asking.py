"""Asking the questions of an interview on a terminal, or answering them by flags and defaults.

Invariant: an answer that cannot be understood is said with what is allowed, and asked again; a flag's is refused,
together with every other flag's that cannot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.prompt import Prompt

from config.problems import InputError, Problem, shown
from workers.command.errors import UserError
from workers.command.interview import Question

COMMAND_LINE = "(command line)"


def answered(
    questions: Sequence[Question], flags: Mapping[str, str], start: Mapping[str, Any], *, is_asking: bool
) -> dict[str, Any]:
    """The start, and every question's answer by its name: the flag's, else the person's, else the default.

    Raises InputError with every flag that cannot be understood, UserError where the person leaves.
    """
    console = Console()
    if is_asking:
        console.print("Enter takes the answer in brackets. Nothing is written before the last question.\n", style="dim")
    given: dict[str, Any] = dict(start)
    problems: list[Problem] = []
    for question in questions:
        default = question.default(given)
        try:
            if question.name in flags:
                given[question.name] = question.parse(flags[question.name], given)
            elif is_asking:
                given[question.name] = _asked(console, question, given, default)
            else:
                given[question.name] = question.parse(default, given)
        except ValueError as error:
            written = shown(flags.get(question.name, default))
            problems.append(Problem(COMMAND_LINE, None, question.flag, written, str(error)))
            given[question.name] = question.parse(default, given)
    if problems:
        raise InputError(problems)
    return given


def _asked(console: Console, question: Question, given: Mapping[str, Any], default: str) -> Any:
    console.print(f"[bold]{escape(question.ask(given))}[/bold]  [dim]{escape(question.why)}[/dim]")
    while True:
        try:
            text = Prompt.ask(" ", console=console, default=default)
        except EOFError:
            raise UserError("nothing was written; give --yes for answers that work") from None
        try:
            return question.parse(text, given)
        except ValueError as error:
            console.print(f"  [yellow]{escape(str(error))}[/yellow]", highlight=False)
