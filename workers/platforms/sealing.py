"""Secrets at rest: sealed by AES-256-GCM with a key from a file that nobody else may read.

Invariants: what is sealed for one account opens for no other. A key is made once and never replaced: where it is
missing or open to others, nothing is read or written, and the error says what to do. No error repeats a secret.
Source: NIST SP 800-38D; `cryptography`'s AEAD interface.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


class CredentialsUnusable(OSError):
    """What is kept cannot be read or written; the message says how to mend it."""


class KeyFile:
    """The key to everything that one installation keeps. `path` need not exist before the first secret is sealed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def seal(self, fields: Mapping[str, str], bound_to: str) -> bytes:
        """Raises CredentialsUnusable."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + bytes(self._cipher().encrypt(nonce, json.dumps(dict(fields)).encode(), bound_to.encode()))

    def open(self, sealed: bytes, bound_to: str) -> dict[str, str]:
        """Raises CredentialsUnusable, also for what another key has sealed."""
        cipher = self._cipher()
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  (an optional dependency)

        try:
            opened = cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())
        except InvalidTag:
            raise CredentialsUnusable(
                f"the key in {self.path} does not open what is kept of {bound_to!r}: bring back the key that it was "
                f"kept with, or `mowj accounts remove {bound_to}` and add it again"
            ) from None
        fields: dict[str, str] = json.loads(opened)
        return fields

    def exists(self) -> bool:
        return self.path.exists()

    def make(self) -> None:
        """A new key, unless there is one: whole, for this user alone, and on the disk before anything is sealed."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            # A link is made where nothing is, or not at all: of two processes the first one's key stays.
            with contextlib.suppress(FileExistsError):
                self.path.hardlink_to(draft)
            _flush_folder(self.path.parent)
        except OSError as error:
            raise CredentialsUnusable(f"{self.path}: {error.strerror}; name another credentials.key_file") from error
        finally:
            draft.unlink(missing_ok=True)

    def read(self) -> bytes:
        """The key. Raises CredentialsUnusable where it is missing, is none, or can be read by others."""
        try:
            with self.path.open("rb") as file:
                about, content = os.fstat(file.fileno()), file.read(4096)
        except OSError as error:
            raise CredentialsUnusable(
                f"the key to the kept logins, {self.path}: {error.strerror}; bring it back, or name it in "
                "credentials.key_file; without it every account has to be removed and added again"
            ) from error
        if stat.S_IMODE(about.st_mode) & 0o077:
            raise CredentialsUnusable(f"others can read the key {self.path}: chmod 600 {self.path}")
        try:
            key = base64.b64decode(content.strip(), validate=True)
        except binascii.Error:
            key = b""
        if len(key) != KEY_BYTES:
            raise CredentialsUnusable(f"{self.path} is no key: it has to hold {KEY_BYTES} bytes in base64")
        return key

    def _cipher(self) -> Any:
        try:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  (an optional dependency)
        except ModuleNotFoundError as error:
            raise CredentialsUnusable(
                "keeping logins needs the package cryptography: pip install 'mowj[accounts]'"
            ) from error
        return AESGCM(self.read())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
