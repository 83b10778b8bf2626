"""One connection to a mail server: encrypted and logged in, over which messages go one after another.

Invariants: a password is only sent encrypted, or to this machine. Whatever fails before the end of the message was
sent proves that it was not taken; whatever fails after it, but a reply, leaves that uncertain. No server's words are
passed on: they may hold an address. Sources: RFC 5321, RFC 3207 (STARTTLS), RFC 8314 (implicit TLS), RFC 4954 (AUTH).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from workers.platforms.email.replies import Stage, refusal, verdict
from workers.platforms.email.terms import Outcome, Verdict
from workers.platforms.protocol import AuthorizationExpired, PlatformError, ProvenUnsent, Rejected

ValueT = TypeVar("ValueT")

PER_CONNECTION: Final = 100
"""Messages after which a fresh connection is taken: servers end longer ones, at a moment of their own."""
_DOT: Final = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how mail is handed over. `security` is starttls, tls or none; `envelope` is where bounces go.

    Seconds: `deadline` for each answer, `last_deadline` for the one after the message.
    """

    host: str
    port: int
    security: str
    envelope: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    name: str | None = None
    deadline: float = 8.0
    last_deadline: float = 60.0


class Connection:
    """Opened by making it. Raises PlatformError."""

    def __init__(self, server: Server, now: Callable[[], datetime]) -> None:
        self._server, self._now, self._sent = server, now, 0
        self._is_lost = False
        self._smtp = self._unsent(self._opened)
        try:
            self._unsent(self._log_in)
        except PlatformError:
            self.close()
            raise

    @property
    def is_worn(self) -> bool:
        return self._sent >= PER_CONNECTION

    @property
    def largest(self) -> int | None:
        """Bytes that the server takes in one message (RFC 1870); None where it does not say."""
        said = self._smtp.esmtp_features.get("size", "")
        return int(said) if said.isdigit() and int(said) > 0 else None

    def check(self, size: int) -> None:
        """See that the server takes mail of this sender, without sending any. Raises PlatformError."""
        largest = self.largest
        if largest is not None and largest < size:
            raise Rejected(f"the message has {size:,} bytes, and the mail server takes {largest:,}")
        code, text = self._unsent(lambda: self._smtp.mail(self._server.envelope))
        if code != 250:
            raise refusal(Stage.SENDER, code, text, self._now())
        self._unsent(lambda: self._smtp.docmd("RSET"))

    def send(self, address: str, message: bytes) -> Verdict:
        """Hand one message over to one recipient. After UNSENT and UNCERTAIN the connection is of no use."""
        self._sent += 1
        commands: tuple[tuple[Stage, Callable[[], tuple[int, bytes]], set[int]], ...] = (
            (Stage.SENDER, lambda: self._smtp.mail(self._server.envelope), {250}),
            (Stage.RECIPIENT, lambda: self._smtp.rcpt(address), {250, 251, 252}),
            (Stage.CONTENT, lambda: self._smtp.docmd("DATA"), {354}),
        )
        for stage, command, wanted in commands:
            try:
                code, text = command()
            except (OSError, smtplib.SMTPException) as error:
                self._is_lost = True
                return Verdict(Outcome.UNSENT, f"{stage.value}: {type(error).__name__}")
            if code not in wanted:
                return self._turned_away(verdict(stage, code, text))
        return self._handed_over(message)

    def close(self) -> None:
        if not self._is_lost:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._smtp.close()

    def _handed_over(self, message: bytes) -> Verdict:
        stuffed = _DOT.sub(b"..", message.removesuffix(b"\r\n"))
        try:
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(self._server.last_deadline)
            self._smtp.send(stuffed + b"\r\n.\r\n")
            code, text = self._smtp.getreply()
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(self._server.deadline)
        except (OSError, smtplib.SMTPException) as error:
            self._is_lost = True
            return Verdict(Outcome.UNCERTAIN, f"no answer to the message ({type(error).__name__})")
        found = verdict(Stage.CONTENT, code, text)
        # The server will have no more of this connection, and has taken nothing.
        return Verdict(Outcome.LATER, found.detail) if found.outcome is Outcome.UNSENT else found

    def _turned_away(self, found: Verdict) -> Verdict:
        """Before the message: whatever else was answered, it was not sent. The next recipient begins anew."""
        if found.outcome in {Outcome.SENT, Outcome.UNCERTAIN}:
            return Verdict(Outcome.UNSENT, found.detail)
        if found.outcome is not Outcome.UNSENT:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.rset()
        return found

    def _opened(self) -> smtplib.SMTP:
        server = self._server
        name = server.name or socket.gethostname()
        context = ssl.create_default_context(cafile=server.ca_file)
        if server.security == "tls":
            return smtplib.SMTP_SSL(server.host, server.port, name, timeout=server.deadline, context=context)
        smtp = smtplib.SMTP(server.host, server.port, name, timeout=server.deadline)
        if server.security == "starttls":
            try:
                self._encrypt(smtp, context)
            except BaseException:
                smtp.close()
                raise
        return smtp

    def _encrypt(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        smtp.ehlo()
        code, text = smtp.starttls(context=context)
        if code != 220:
            raise refusal(Stage.GREETING, code, text, self._now())

    def _log_in(self) -> None:
        code, text = self._smtp.ehlo()
        if code != 250:
            raise refusal(Stage.GREETING, code, text, self._now())
        if self._server.user is None:
            return
        if not self._server.password:
            raise AuthorizationExpired("no password is known for the mail server")
        try:
            self._smtp.login(self._server.user, self._server.password)
        except smtplib.SMTPAuthenticationError as error:
            raise refusal(Stage.LOGIN, error.smtp_code, _bytes(error.smtp_error), self._now()) from None
        except smtplib.SMTPNotSupportedError:
            raise AuthorizationExpired("the mail server offers no way to log in that is known here") from None

    def _unsent(self, call: Callable[[], ValueT]) -> ValueT:
        """A call before any message: whatever becomes of it, nothing was sent. `from None`: errors quote the server."""
        try:
            return call()
        except PlatformError:
            raise
        except smtplib.SMTPNotSupportedError:
            raise ProvenUnsent("the mail server offers no STARTTLS; set security to tls, or mend the server") from None
        except smtplib.SMTPResponseException as error:
            raise refusal(Stage.GREETING, error.smtp_code, _bytes(error.smtp_error), self._now()) from None
        except (OSError, smtplib.SMTPException) as error:
            where = f"{self._server.host}:{self._server.port}"
            raise ProvenUnsent(f"no talk with the mail server at {where} ({type(error).__name__})") from None


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()
