"""What only this installation can make: hashes of addresses, and the tokens by which a recipient is known again.

Invariants: the key lies in a file of its own that nobody else may read, so that neither a copy of the subscribers'
store nor a token tells an address. A token names a job and a subscriber by number, and holds nothing of the person.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

KEY_FILE: Final = "subscribers.key"
_KEY_BYTES: Final = 32
_TOKEN: Final = re.compile(r"(?<![0-9a-f])([0-9a-f]{1,12})\.([0-9a-f]{1,12})\.([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")


class KeyUnsafe(Exception):
    """The key's file can be read by others, or is none of ours."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Hashes and signs with one key, which shows itself nowhere."""

    key: bytes = field(repr=False)

    def address_hash(self, address: str) -> bytes:
        """What stands for an address that is no longer kept; equal for every spelling of the same mailbox."""
        return self._sign("address", address.casefold())

    def check_value(self) -> bytes:
        """What a store keeps to notice that its key was replaced by another."""
        return self._sign("check")

    def token(self, purpose: str, job: int, job_key: str, subscriber: int) -> str:
        """Names a recipient of a job; other purposes have other tokens. Letters, digits, `.`, `-` and `_` only."""
        signature = self._sign(purpose, job_key, str(job), str(subscriber))[:16]
        return f"{job:x}.{subscriber:x}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    def _sign(self, *parts: str) -> bytes:
        return hmac.digest(self.key, "\0".join(parts).encode(), hashlib.sha256)


def named_in(text: str) -> list[tuple[str, int, int]]:
    """Whatever looks like a token in a text: as it stands, and the job and subscriber that it claims."""
    return [(found[0], int(found[1], 16), int(found[2], 16)) for found in _TOKEN.finditer(text)]


def same(one: str, other: str) -> bool:
    """Compared without telling by time how much of it is right."""
    return hmac.compare_digest(one.encode(), other.encode())


def signer_of(directory: Path, *, make: bool) -> Signer:
    """The data directory's own; `make` makes a key where there is none. Raises KeyUnsafe, FileNotFoundError."""
    path = directory / KEY_FILE
    if make and not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise KeyUnsafe(f"{path} can be read by others: chmod 600 {path}")
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise KeyUnsafe(f"{path} holds no key of Mowj's")
    return Signer(key)


def _make(path: Path) -> None:
    """Whole or not at all, and never over another process's."""
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
