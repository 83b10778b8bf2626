"""What answers to the questions of `mowj init` may be, and what they become.

Invariants: an answer becomes what a brief may say, in its own notation, or a ValueError that says what is allowed. What
a brief would be refused for is refused here already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from zoneinfo import available_timezones

from config.brief_file import parse_hours, parse_money, parse_percent
from config.problems import listed, nearest, shown
from config.refusals import Refusal, refused_group, refused_purpose
from events.terms import Goal, Money

Given = Mapping[str, Any]
"""The answers so far, understood, by the question's name."""

NOTHING: Final = frozenset({"", "-", "none", "never", "nothing", "no", "keine", "nie", "nichts", "هیچ", "هرگز"})
_BETWEEN: Final = re.compile(r"\s*[,،]\s*")
_LABEL: Final = re.compile(r"[^/|#{}\[\]]{1,80}")
_GOALS: Final[Mapping[str, Goal]] = {
    "sell": Goal.CONVERT, "sales": Goal.CONVERT, "sign up": Goal.CONVERT, "sign-ups": Goal.CONVERT, "1": Goal.CONVERT,
    "followers": Goal.FOLLOW, "be followed": Goal.FOLLOW, "2": Goal.FOLLOW,
    "be seen": Goal.REACH, "seen": Goal.REACH, "3": Goal.REACH,
    **{goal.value: goal for goal in Goal},
}  # fmt: skip


def parse_goal(text: str, _: Given) -> Goal:
    found = _GOALS.get(text.strip().casefold())
    if found is None:
        hint = nearest(text, _GOALS)
        raise ValueError(f"sell, followers or seen{f'; did you mean {hint!r}?' if hint else ''}")
    return found


def parse_title(text: str, _: Given) -> str:
    if not 0 < len(text.strip()) <= 200:
        raise ValueError("a few words, at most 200 characters")
    return _permitted(text.strip(), refused_purpose(text))


def parse_amount(text: str, given: Given) -> str:
    """An amount; without a currency, in the one that was given first."""
    written = text.strip().replace("€", " EUR").replace("  ", " ")
    if re.fullmatch(r"\d+(\.\d+)?", written):
        written = f"{written} {currency_of(given)}"
    written = re.sub(r"(?i)(?<=\d)\s*([a-z]{3})$", lambda found: f" {found[1].upper()}", written)
    amount = parse_money(written)
    if isinstance(amount, Money) and "worth" in given and amount.currency != currency_of(given):
        raise ValueError(
            f"an amount in {currency_of(given)}, the currency of the first answer: one brief, one currency"
        )
    return written


def parse_worth(text: str, given: Given) -> str:
    written = parse_amount(text, given)
    if not float(written.split()[0]):
        raise ValueError("more than nothing: what is worth nothing is not worth a post")
    return written


def parse_cost(text: str, given: Given) -> str:
    """What one post costs: where that is more than everything that may be spent, no plan can have a post."""
    written = parse_amount(text, given)
    if float(written.split()[0]) > float(given["budget"].split()[0]):
        raise ValueError(f"at most {given['budget']}, all that may be spent: else no post can be paid")
    return written


def parse_boost(text: str, given: Given) -> str:
    return "" if text.strip().casefold() in NOTHING else parse_amount(text, given)


def currency_of(given: Given) -> str:
    return str(given["worth"]).split()[-1] if "worth" in given else "EUR"


def parse_share(text: str, _: Given) -> str:
    written = text.strip()
    written = f"{written}%" if re.fullmatch(r"\d+(\.\d+)?", written) else written
    share = parse_percent(written)
    if not isinstance(share, float) or share >= 1:
        raise ValueError("a percentage from 0% to 99%")
    return written


def whole_number(low: int, high: int) -> Callable[[str, Given], int]:
    def parse(text: str, _: Given) -> int:
        if not text.strip().isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return parse


def parse_accounts(text: str, _: Given) -> dict[str, str]:
    """`instagram: my_shop, x: myshop` as channels by account."""
    found: dict[str, str] = {}
    for part in _parts(text):
        channel, mark, account = (piece.strip() for piece in part.partition(":"))
        if not mark or not channel or not account:
            raise ValueError("network: account, such as simulated: my-shop, or several between commas")
        if account in found:
            raise ValueError(f"each account by a name of its own; {account!r} is there twice: {account}-{channel}")
        found[account.removeprefix("@")] = channel.lower()
    if not found:
        raise ValueError("at least one network: account, such as simulated: my-shop")
    return found


def parse_topics(text: str, _: Given) -> tuple[str, ...]:
    topics = _labels(text, "topic")
    for topic in topics:
        _permitted(topic, refused_purpose(topic))
    return topics


def parse_formats(text: str, _: Given) -> tuple[str, ...]:
    return _labels(text, "format")


def parse_groups(text: str, given: Given) -> dict[str, tuple[str, ...]]:
    """`beginners: tips; regulars: products, tips` as what each likes."""
    found: dict[str, tuple[str, ...]] = {}
    for part in re.split(r"\s*[;؛]\s*", text.strip().strip(";؛")):
        name, _, liked = (piece.strip() for piece in part.partition(":"))
        if not _LABEL.fullmatch(name) or name in found:
            raise ValueError("groups between semicolons, each with what it likes, such as beginners: tips; regulars")
        _permitted(name, refused_purpose(name) or refused_group(name))
        likes = tuple(dict.fromkeys(_parts(liked)))
        for like in likes:
            if like not in given["topics"]:
                hint = nearest(like, given["topics"])
                known = listed(given["topics"])
                raise ValueError(f"likes among your topics, {known}{f'; did you mean {hint!r}?' if hint else ''}")
        found[name] = likes
    if not 1 <= len(found) <= 4:
        raise ValueError("one to four groups: more than that cannot be told apart by a few hundred posts")
    return found


def parse_quiet(text: str, _: Given) -> str:
    if text.strip().casefold() in NOTHING:
        return ""
    hours = parse_hours(text.strip())
    if isinstance(hours, tuple) and len(hours) == 24:
        raise ValueError("an hour left to publish in")
    return text.strip()


def parse_forbidden(text: str, given: Given) -> tuple[str, ...]:
    if text.strip().casefold() in NOTHING:
        return ()
    forbidden = _labels(text, "topic")
    if set(given["topics"]) <= set(forbidden):
        raise ValueError("fewer than all of your topics")
    for topic in forbidden:
        hint = nearest(topic, given["topics"])
        if topic not in given["topics"] and hint is not None:
            raise ValueError(f"a topic as you wrote it, {hint!r}, or one that is not so near to it")
    return forbidden


def parse_language(text: str, _: Given) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", text.strip()):
        raise ValueError("a language code, such as en, de or fa")
    return text.strip().replace("_", "-")


def parse_zone(text: str, _: Given) -> str:
    if text.strip() not in available_timezones():
        hint = nearest(text.strip(), available_timezones())
        raise ValueError(f"an IANA time zone, such as Europe/Berlin{f'; did you mean {hint!r}?' if hint else ''}")
    return text.strip()


def _parts(text: str) -> list[str]:
    return [part for part in _BETWEEN.split(text.strip().strip(",،")) if part]


def _labels(text: str, kind: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(_parts(text)))
    for label in found:
        if not _LABEL.fullmatch(label):
            raise ValueError(f"words between commas without / | # in them; given {shown(label)}")
    if not found:
        raise ValueError(f"at least one {kind}")
    return found


def _permitted(text: str, refusal: Refusal | None) -> str:
    if refusal is not None:
        raise ValueError(f"{refusal.allowed} (found: {refusal.found})")
    return text
