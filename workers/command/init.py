"""`mowj init`: a folder with a brief, content and a history's mapping, from questions or from flags.

Invariants: nothing is written unless all of it is accepted by the loaders of every later command, and nothing that is
there is overwritten unless --force says so.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from workers.command.errors import UserError
from workers.command.options import Json

if TYPE_CHECKING:
    from config.starter import Answers

FOLDER: Final = Path("campaign")
README: Final = "README.md"
WRITTEN: Final = ("brief.yaml", "content", "history", "brief.schema.json", README)
ANSWERS: Final = frozenset({
    "language", "zone", "goal", "title", "worth", "tomorrow_costs", "budget", "post_cost", "boost_price", "days",
    "accounts", "topics", "formats", "groups", "quiet_hours", "forbidden_topics", "posts_per_day", "pieces_per_week",
})  # fmt: skip
"""The options that answer a question."""


def _flag(name: str, metavar: str, what: str) -> Any:
    return typer.Option(f"--{name}", metavar=metavar, help=what, rich_help_panel="Answers")


def register(app: typer.Typer) -> None:
    """Add `mowj init`."""
    app.command()(init)


def init(  # noqa: PLR0917 - Typer passes what the command line says, by name
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Made if need be.", show_default=True)] = FOLDER,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: flags, and defaults for the rest.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files of an earlier init.")] = False,
    language: Annotated[str | None, _flag("language", "CODE", "Such as en, de or fa; the system's by default.")] = None,
    zone: Annotated[str | None, _flag("zone", "ZONE", "Such as Europe/Berlin; the system's by default.")] = None,
    goal: Annotated[str | None, _flag("goal", "GOAL", "sell, followers or seen.")] = None,
    title: Annotated[str | None, _flag("title", "TEXT", "What it is about.")] = None,
    worth: Annotated[str | None, _flag("worth", "MONEY", "Of one outcome, such as '25 EUR'.")] = None,
    tomorrow_costs: Annotated[
        str | None, _flag("tomorrow-costs", "PERCENT", "Lost by a day's delay, such as 3%.")
    ] = None,
    budget: Annotated[str | None, _flag("budget", "MONEY", "All that may be spent.")] = None,
    post_cost: Annotated[str | None, _flag("post-cost", "MONEY", "Of making one post.")] = None,
    boost_price: Annotated[str | None, _flag("boost-price", "MONEY", "Of boosting one; none for never.")] = None,
    days: Annotated[str | None, _flag("days", "N", "How long.")] = None,
    accounts: Annotated[str | None, _flag("accounts", "LIST", "Such as 'simulated: my-shop'.")] = None,
    topics: Annotated[str | None, _flag("topics", "LIST", "Such as 'products, tips'.")] = None,
    formats: Annotated[str | None, _flag("formats", "LIST", "Such as 'text, photo'.")] = None,
    groups: Annotated[str | None, _flag("groups", "LIST", "Such as 'beginners: tips; regulars'.")] = None,
    quiet_hours: Annotated[str | None, _flag("quiet-hours", "HOURS", "Such as 22-7, or none.")] = None,
    forbidden_topics: Annotated[str | None, _flag("forbidden-topics", "LIST", "Such as 'politics', or none.")] = None,
    posts_per_day: Annotated[str | None, _flag("posts-per-day", "N", "At most.")] = None,
    pieces_per_week: Annotated[str | None, _flag("pieces-per-week", "N", "New posts that you can make.")] = None,
    json: Json = False,
) -> None:
    """Ask what you want, and write a campaign's folder: brief, content, and a mapping for your past posts.

    Every question has an answer that works: Enter takes it. What a flag answers is not asked.
    """
    given = {name: value for name, value in locals().items() if name in ANSWERS and value is not None}
    from config.starter import campaign_of
    from workers.command.asking import answered
    from workers.command.interview import QUESTIONS, starting, understood

    start = starting(campaign_of(folder), system_language(os.environ), system_zone(os.environ))
    existing = _existing(folder)
    if existing and not force:
        raise UserError(f"{folder} has {existing} already: name another folder, or give --force to overwrite")
    is_asking = not yes and not json
    if is_asking and not sys.stdin.isatty():
        missing = " ".join(question.flag for question in QUESTIONS if question.name not in given)
        raise UserError(f"nobody can be asked here: give --yes, and what is not to be as usual by flags: {missing}")
    answers = understood(answered(QUESTIONS, given, start, is_asking=is_asking))
    _write(folder, answers, json=json)


def _existing(folder: Path) -> str:
    """What of an earlier init lies in the folder."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; name a folder")
    return ", ".join(name for name in WRITTEN if (folder / name).exists())


def _write(folder: Path, answers: Answers, *, json: bool) -> None:
    """Raises InputError where the loaders do not take it, UserError where the folder cannot be written."""
    from datetime import UTC, datetime

    from config.starter import checked, starter_files
    from workers.command.output import folded, folding_width, print_json, say

    commands = next_commands(folder, answers)
    files = {**starter_files(answers), README: _readme(folder, answers, commands)}
    checked(files, folder, datetime.now(UTC))
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UserError(f"{path}: {error.strerror}; name a folder that can be written") from error
    if json:
        print_json({"folder": str(folder), "files": sorted(files), "next": [command for _, command in commands]})
        return
    say("")
    say(folded(f"{folder} is ready: {', '.join(sorted(files))}", folding_width(sys.stdout)) + "\n")
    for what, command in commands:
        say(f"{what}:\n  {command}")


def next_commands(folder: Path, answers: Answers) -> list[tuple[str, str]]:
    """What to type next, and why; a network that nothing serves here is stood in for by the simulated one."""
    from workers.command.typed import program
    from workers.platforms import registry

    name = program()
    inputs = f"--brief {shlex.quote(str(folder / 'brief.yaml'))} --content {shlex.quote(str(folder / 'content'))}"
    is_served = set(answers.accounts.values()) <= set(registry.names())
    network = "" if is_served else " --platform simulated"
    return [
        ("See what would be done; nothing is published", f"{name} plan {inputs}{network}"),
        ("Live it through on a simulated network", f"{name} simulate {inputs} --world open"),
        (f"Run it: every post waits for your approval ({name} status says which)", f"{name} run {inputs}{network}"),
    ]


def _readme(folder: Path, answers: Answers, commands: list[tuple[str, str]]) -> str:
    from workers.command.typed import program

    typed = "\n".join(f"{what}:\n\n    {command}\n" for what, command in commands)
    mapping = shlex.quote(str(folder / "history" / "mapping.yaml"))
    checking = f"{program()} history check YOUR.csv --brief {shlex.quote(str(folder / 'brief.yaml'))}"
    return (
        f"# {answers.title}\n\n"
        "- `brief.yaml`: what you want, and what may never happen.\n"
        "- `content/`: your posts. The two in it are examples: replace their words, add more, one file each.\n"
        "- `history/`: for your past posts, if you have an export. `example.csv` shows the form and is not real.\n\n"
        f"{typed}\n"
        "With past posts the first plan is no guess. See what Mowj understands of your export, and keep it:\n\n"
        f"    {checking} --write-mapping {mapping} --force\n\n"
        f"Then add `--history YOUR.csv --mapping {mapping}` to the commands above.\n"
    )


def system_language(environment: Mapping[str, str]) -> str:
    """The language that the machine speaks, as POSIX looks for it; `en` where it says none."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        code = environment.get(variable, "").split(".")[0].split("@")[0].split("_")[0]
        if code and code not in {"C", "POSIX"}:
            return code if code.isalpha() and 2 <= len(code) <= 3 else "en"
    return "en"


def system_zone(environment: Mapping[str, str], etc: Path = Path("/etc")) -> str:
    """The machine's time zone by TZ, `timezone` or `localtime`; `UTC` where none of them says a known one."""
    from zoneinfo import available_timezones

    said = [environment.get("TZ", "").removeprefix(":")]
    try:
        said.append((etc / "timezone").read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError):
        said.append("")
    said.append(str((etc / "localtime").resolve()).rpartition("zoneinfo/")[2])
    known = available_timezones()
    return next((zone for zone in said if zone in known and not zone.startswith("Etc/")), "UTC")
