"""A new campaign's folder from a person's answers: what `mowj init` writes.

Invariants: pure; what is written is accepted by the loaders of brief, content, mapping and history (`checked` asks
them). Nothing in it is invented evidence: the example history says that it is one, and no command takes it unasked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from config.brief import load_brief
from config.brief_file import brief_schema
from config.content import load_content
from config.history import import_history
from config.problems import InputError
from config.starter_words import starter_words
from config.yaml_words import yaml_word, yaml_words
from events.terms import Appeal, Goal

BRIEF: Final = "brief.yaml"
CONTENT: Final = "content"
MAPPING: Final = "history/mapping.yaml"
EXAMPLE: Final = "history/example.csv"
SCHEMA: Final = "brief.schema.json"

_ASKING: Final = {Goal.CONVERT: Appeal.OFFER, Goal.FOLLOW: Appeal.COMMUNITY, Goal.REACH: Appeal.ENTERTAIN}
"""What a post appeals with that asks for the goal's outcome."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person wants, in the words that a brief is written in.

    Money is `25 EUR`, a share `3%`, hours `22-7`; `boost_price` and `quiet_hours` may be empty. `accounts` gives
    the channel by account, `groups` what each group likes.
    """

    campaign: str
    language: str
    zone: str
    goal: Goal
    title: str
    worth: str
    tomorrow_costs: str
    budget: str
    post_cost: str
    boost_price: str
    days: int
    accounts: Mapping[str, str]
    topics: tuple[str, ...]
    formats: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    quiet_hours: str
    forbidden_topics: tuple[str, ...]
    posts_per_day: int
    pieces_per_week: int


def starter_files(answers: Answers) -> dict[str, str]:
    """The folder's files by their path in it."""
    topics = [topic for topic in answers.topics if topic not in answers.forbidden_topics] or list(answers.topics)
    words = starter_words(answers.language)
    form = "text" if "text" in answers.formats else answers.formats[0]
    first, second = topics[0], topics[-1]
    return {
        BRIEF: _brief(answers),
        SCHEMA: json.dumps(brief_schema(), indent=2, ensure_ascii=False) + "\n",
        f"{CONTENT}/first.md": _post(first, form, Appeal.TEACH, words.first),
        f"{CONTENT}/second.md": _post(second, form, _ASKING[answers.goal], words.second[answers.goal]),
        MAPPING: _mapping(answers),
        EXAMPLE: _example(first, second, answers.formats),
    }


def checked(files: Mapping[str, str], folder: Path, now: datetime) -> None:
    """Read the files by the loaders that every later command uses.

    Raises InputError, whose problems name the files as they would lie in `folder`.
    """
    with TemporaryDirectory() as made:
        trial = Path(made)
        for name, text in files.items():
            path = trial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        try:
            brief = load_brief(trial / BRIEF, now)
            load_content(trial / CONTENT, brief)
            import_history(trial / EXAMPLE, trial / MAPPING, brief, now)
        except InputError as error:
            raise InputError(
                replace(problem, file=problem.file.replace(str(trial), str(folder))) for problem in error.problems
            ) from error


def campaign_of(folder: Path) -> str:
    """A campaign's id from its folder's name."""
    return re.sub(r"[^\w-]+", "-", folder.resolve().name).strip("-_").lower() or "campaign"


def _brief(answers: Answers) -> str:
    constraints = [f"posts_per_day: {answers.posts_per_day}", f"pieces_per_week: {answers.pieces_per_week}"]
    if answers.quiet_hours:
        constraints.append(f"quiet_hours: {yaml_word(answers.quiet_hours)}")
    if answers.forbidden_topics:
        constraints.append(f"forbidden_topics: {yaml_words(answers.forbidden_topics)}")
    accounts = [f"{yaml_word(name)}: {{channel: {yaml_word(channel)}}}" for name, channel in answers.accounts.items()]
    currency = answers.worth.split()[-1]
    boost = f"boost_price: {answers.boost_price}" if answers.boost_price else f"# boost_price: 10 {currency}"
    lines = [
        f"# yaml-language-server: $schema={SCHEMA}",
        "# What you want, and what may never happen. Lines that begin with # are only notes.",
        f"campaign: {yaml_word(answers.campaign):24}# its id; it never changes",
        f"title: {yaml_word(answers.title)}",
        f"goal: {answers.goal.value:28}# convert (sales, sign-ups), follow, or reach (people who see you)",
        f"worth: {answers.worth:27}# what one outcome is worth",
        f"tomorrow_costs: {answers.tomorrow_costs:18}# how much less it is worth a day later",
        f"budget: {answers.budget:26}# all that may be spent",
        f"post_cost: {answers.post_cost:23}# what making one post costs",
        f"days: {answers.days:<28}# how long it lasts",
        f"zone: {yaml_word(answers.zone)}",
        f"language: {yaml_word(answers.language)}",
        f"accounts: {{{', '.join(accounts)}}}",
        f"topics: {yaml_words(answers.topics)}",
        f"formats: {yaml_words(answers.formats)}",
        "segments:",
        *(f"  {yaml_word(name)}: {_liking(likes)}" for name, likes in answers.groups.items()),
        f"constraints: {{{', '.join(constraints)}}}",
        "",
        "# Optional (`mowj schema brief` has every field):",
        "# mode: approve                    # the default: a person approves; automatic publishes, advise never does",
        f"{boost:35}# what paying for one post's reach costs; without it nothing is boosted",
        f"# audience_worth: 0.50 {currency}         # what one more follower is worth when it ends",
        "# target: 40                       # how many outcomes you wish for",
        "# starts: 2027-03-01               # a day or a time; without it, now",
    ]
    return "\n".join(lines) + "\n"


def _liking(likes: tuple[str, ...]) -> str:
    """Twice as responsive as others to what they like: a belief that evidence overrides."""
    return f"{{interests: {{{', '.join(f'{yaml_word(topic)}: 2' for topic in likes)}}}}}" if likes else "{}"


def _post(topic: str, form: str, appeal: Appeal, text: str) -> str:
    return (
        "---\n"
        f"topic: {yaml_word(topic)}\n"
        f"format: {yaml_word(form)}\n"
        f"appeal: {appeal.value}\n"
        "uses: 20          # how often it may be published; 1 without this line\n"
        "rest_days: 3      # and how far apart\n"
        "# media: [{file: picture.jpg, alt: What it shows}]    # a file beside this one\n"
        "# valid_until: 2027-05-01                             # the last day of an offer\n"
        "---\n"
        f"{text.format(topic=topic)}\n"
    )


def _mapping(answers: Answers) -> str:
    return (
        "# What the columns of your past posts' CSV mean. This one fits example.csv beside it;\n"
        "# `mowj history check YOUR.csv --write-mapping FILE` writes one for the file that you have.\n"
        f"history: {yaml_word(answers.campaign + '-past')}\n"
        f"account: {yaml_word(next(iter(answers.accounts)))}\n"
        "order: oldest first\n"
        f"zone: {yaml_word(answers.zone)}\n"
        "published_at: {column: published}      # such as 2026-01-31 18:05\n"
        "id: id                                 # the network's own id of the post\n"
        "text: text\n"
        "format: {column: format}\n"
        "topic: {column: topic}\n"
        "counters: {reach: reach, engagements: engagements, clicks: clicks}\n"
        "# An empty cell is unknown, never 0.\n"
    )


def _example(first: str, second: str, formats: tuple[str, ...]) -> str:
    rows = [
        ("id", "published", "format", "topic", "text", "reach", "engagements", "clicks"),
        ("example-1", "2025-03-03 18:05", formats[0], first, "An invented post", "1200", "85", "12"),
        ("example-2", "2025-03-06 08:30", formats[-1], second, "Another one", "940", "41", ""),
    ]
    return "".join(",".join(f'"{cell}"' if "," in cell else cell for cell in row) + "\n" for row in rows)
