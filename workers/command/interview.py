"""What `mowj init` asks: each question with why it matters, an answer that works, and what an answer must be.

Invariants: prompts and flags go through the same questions, so that they accept the same words; a question may look at
the answers before it, never after it; every default is an acceptable answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final

from config.starter import Answers
from config.starter_words import StarterWords, starter_words
from events.terms import Goal
from workers.command.answers import (
    Given,
    currency_of,
    parse_accounts,
    parse_amount,
    parse_boost,
    parse_cost,
    parse_forbidden,
    parse_formats,
    parse_goal,
    parse_groups,
    parse_language,
    parse_quiet,
    parse_share,
    parse_title,
    parse_topics,
    parse_worth,
    parse_zone,
    whole_number,
)

_WORTH: Final = {Goal.CONVERT: "25 EUR", Goal.FOLLOW: "1 EUR", Goal.REACH: "0.01 EUR"}
_POST_COST: Final = {Goal.CONVERT: 5, Goal.FOLLOW: 0, Goal.REACH: 1}
"""What a post of somebody may cost who reaches a few hundred people: what a pilot expects it to bring, at most."""
_OUTCOME: Final = {Goal.CONVERT: "customer", Goal.FOLLOW: "follower", Goal.REACH: "person who sees you"}


@dataclass(frozen=True, slots=True)
class Question:
    """`name` is the flag with underscores. `parse` raises ValueError, whose text says what an answer may be."""

    name: str
    ask: Callable[[Given], str]
    why: str
    default: Callable[[Given], str]
    parse: Callable[[str, Given], Any]

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"


def understood(given: Given) -> Answers:
    """The answers to all questions."""
    return Answers(**{field.name: given[field.name] for field in fields(Answers)})


def starting(campaign: str, language: str, zone: str) -> dict[str, Any]:
    """What is known before the first question; `language` and `zone` are what the machine seems to be set to."""
    return {"campaign": campaign, "system_language": language, "system_zone": zone}


def _words(given: Given) -> StarterWords:
    return starter_words(given["language"])


def _says(text: str) -> Callable[[Given], str]:
    return lambda _: text


QUESTIONS: Final = (
    Question(
        "language",
        _says("Which language do you write in?"),
        "posts and reports are in it",
        lambda g: g["system_language"],
        parse_language,
    ),
    Question(
        "zone",
        _says("Which time zone do your people live in?"),
        "hours are hours there",
        lambda g: g["system_zone"],
        parse_zone,
    ),
    Question(
        "goal",
        _says("What do you want: to sell or get sign-ups (sell), to be followed (followers), or to be seen (seen)?"),
        "it decides what counts as a success",
        _says("sell"),
        parse_goal,
    ),
    Question(
        "title",
        _says("What is it about, in a few words?"),
        "for you to recognize it",
        lambda g: _words(g).titles[g["goal"]],
        parse_title,
    ),
    Question(
        "worth",
        lambda g: f"What is one {_OUTCOME[g['goal']]} worth to you?",
        "every decision weighs money against it; a rough guess will do",
        lambda g: _WORTH[g["goal"]],
        parse_worth,
    ),
    Question(
        "tomorrow_costs",
        _says("How much less is it worth if it comes a day later?"),
        "the more it is, the more Mowj hurries",
        _says("3%"),
        parse_share,
    ),
    Question(
        "budget",
        _says("How much may be spent in all?"),
        "nothing beyond it is ever spent",
        lambda g: f"300 {currency_of(g)}",
        parse_amount,
    ),
    Question(
        "post_cost",
        _says("… of it, what does making one post cost?"),
        "0 if it is only your time",
        lambda g: f"{min(_POST_COST[g['goal']], float(g['budget'].split()[0])):g} {currency_of(g)}",
        parse_cost,
    ),
    Question(
        "boost_price",
        _says("… and for paid reach, how much a post at most?"),
        "none: nothing is ever boosted",
        _says("none"),
        parse_boost,
    ),
    Question(
        "days", _says("For how many days?"), "a plan needs an end to be judged by", _says("60"), whole_number(1, 730)
    ),
    Question(
        "accounts",
        _says("Which networks, and what are you called there?"),
        "simulated is a made-up network to try it all on; others need a plug-in",
        lambda g: f"simulated: {g['campaign']}",
        parse_accounts,
    ),
    Question(
        "topics",
        _says("What do you write about?"),
        "topics are compared with each other",
        lambda g: ", ".join(_words(g).topics),
        parse_topics,
    ),
    Question("formats", _says("What can you make?"), "formats are compared too", _says("text, photo"), parse_formats),
    Question(
        "groups",
        _says("Who are they, in a few words, and which of your topics do they like?"),
        "1 to 4 groups, such as beginners: tips; regulars; only a first guess, evidence overrides it",
        lambda g: _words(g).everybody,
        parse_groups,
    ),
    Question(
        "quiet_hours",
        _says("When may we never post?"),
        "local hours, such as 22-7, or none",
        _says("22-7"),
        parse_quiet,
    ),
    Question(
        "forbidden_topics",
        _says("What may we never write about?"),
        "nothing on these topics is published, whatever it would bring",
        _says("none"),
        parse_forbidden,
    ),
    Question(
        "posts_per_day",
        _says("How many posts a day at most?"),
        "too many tire people",
        _says("1"),
        whole_number(1, 50),
    ),
    Question(
        "pieces_per_week",
        _says("How many new posts can you make a week?"),
        "a plan counts on no more, and asks you for them",
        _says("2"),
        whole_number(0, 100),
    ),
)
