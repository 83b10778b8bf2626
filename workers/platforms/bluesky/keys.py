"""Record keys that follow from Mowj's own: the same key is the same place in the account's repository.

A post's key must be a TID: 53 bits of microseconds since 1970 and 10 of a clock, in 13 characters. Ours are a hash of
the ledger's key, in the years 1970 to 2000: before any clock made a TID, so that a record's key says whether it is
ours. The parts of a thread follow each other by a microsecond. Source: atproto.com/specs/tid.
"""

from __future__ import annotations

import hashlib
from typing import Final

_ALPHABET: Final = "234567abcdefghijklmnopqrstuvwxyz"
_LENGTH: Final = 13
_YEAR_2000: Final = 946_684_800_000_000
"""Microseconds."""


def record_key(key: str, fingerprint: str, part: int = 0) -> str:
    """Where part `part` of what is published under `key` lies.

    The fingerprint is part of it: a ledger that begins anew may give other content a key that was used before.
    """
    digest = hashlib.sha256(f"mowj\0{key}\0{fingerprint}".encode()).digest()
    micros = int.from_bytes(digest[:8]) % (_YEAR_2000 - 1_000_000)
    clock = int.from_bytes(digest[8:10]) % 1024
    return _tid(micros + part + 1, clock)


def before(record: str) -> str:
    """The key right before a record's, for listing from there."""
    return _tid(*divmod(_number(record) - 1, 1024))


def following(record: str, part: int) -> str:
    """The key of the `part`-th part after a thread's first."""
    micros, clock = divmod(_number(record), 1024)
    return _tid(micros + part, clock)


def is_ours(record: str) -> bool:
    """Whether Mowj published the record, on whatever machine."""
    if len(record) != _LENGTH or not set(record) <= set(_ALPHABET):
        return False
    return _number(record) // 1024 < _YEAR_2000


def _tid(micros: int, clock: int) -> str:
    number, characters = micros * 1024 + clock, []
    for _ in range(_LENGTH):
        number, digit = divmod(number, 32)
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))


def _number(record: str) -> int:
    number = 0
    for character in record:
        number = number * 32 + _ALPHABET.index(character)
    return number
