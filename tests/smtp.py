"""A real SMTP server for tests (aiosmtpd), which greylists, refuses, is full, and hangs up when it is told to.

What it has taken it remembers, so that a ledger can be compared with it. It listens on loopback, on a port that was
free, in a thread of the test's own process; a sender that is to be killed is another process.
"""

from __future__ import annotations

import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from time import monotonic
from typing import Any, Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "roastery", "beans and water"
PATIENCE: Final = 60.0
"""Seconds within which anything that is waited for happens, also on a busy machine."""


@dataclass
class Taken:
    """One message that the server has said yes to, or would have."""

    recipient: str
    content: bytes = field(repr=False)

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)


@dataclass
class Manners:
    """How the server behaves. Sets hold recipients; a greylisted one is taken from its second try on.

    `before_answer` is called when a message was taken and before that is said, and says whether it may be.
    """

    greylisted: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    full: set[str] = field(default_factory=set)
    spam: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    sender: str | None = None
    password: str = PASSWORD
    before_answer: Callable[[Taken], bool] | None = None


class Handler:
    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.taken: list[Taken] = []
        self.tried: Counter[str] = Counter()
        self.senders: list[str] = []
        self.connections = 0

    async def handle_EHLO(  # noqa: N802  (aiosmtpd calls them so)
        self, server: SMTP, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += not session.host_name
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.manners.sender is not None:
            return self.manners.sender
        self.senders.append(address)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.tried[address] += 1
        if address in self.manners.unknown:
            return f"550 5.1.1 <{address}>: no such user"
        if address in self.manners.full:
            return f"452 4.2.2 <{address}>: mailbox full"
        if address in self.manners.greylisted and self.tried[address] == 1:
            return f"450 4.7.1 <{address}>: greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        (recipient,) = envelope.rcpt_tos
        if recipient in self.manners.spam:
            return "554 5.7.1 looks like spam"
        one = Taken(recipient, envelope.original_content)
        self.taken.append(one)
        may = self.manners.before_answer
        said = may is None or may(one)
        if recipient in self.manners.dropped or not said:
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
        return "250 2.0.0 taken"


@dataclass
class Mail:
    """A running server."""

    handler: Handler
    port: int
    controller: Any

    @property
    def manners(self) -> Manners:
        return self.handler.manners

    @property
    def recipients(self) -> list[str]:
        return [one.recipient for one in list(self.handler.taken)]

    def stop(self) -> None:
        if self.controller is not None:
            self.controller.stop()
        self.controller = None

    def start(self, **how: Any) -> None:
        """On the same port; nothing where it runs."""
        if self.controller is not None:
            return
        self.controller = Controller(
            self.handler,
            hostname="127.0.0.1",
            port=self.port,
            authenticator=self._login,
            auth_required="tls_context" in how,
            auth_require_tls="tls_context" in how,
            ready_timeout=PATIENCE,
            **how,
        )
        self.controller.start()
        self.port = self.controller.server.sockets[0].getsockname()[1]

    def _login(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and data.password.decode() == self.manners.password
        return AuthResult(success=right and data.login.decode() == USER, handled=False)


@contextmanager
def mail_server(manners: Manners | None = None, **how: Any) -> Iterator[Mail]:
    mail = Mail(Handler(manners or Manners()), free_port(), None)
    mail.start(**how)
    try:
        yield mail
    finally:
        mail.stop()


def free_port() -> int:
    """One that was free a moment ago; aiosmtpd asks for a number."""
    import socket  # noqa: PLC0415

    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """For `localhost`, by an authority of its own: the server's context, and what a client must trust."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    whole = made.public_bytes(serialization.Encoding.PEM)
    file.write_bytes(private + whole)
    trusted = folder / "trusted.pem"
    trusted.write_bytes(whole)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, trusted


def options(port: int, **more: Any) -> dict[str, Any]:
    """The plug-in's, for the list `letters` on a server without encryption on this machine."""
    account = {
        "host": "127.0.0.1", "port": port, "security": "none", "from": "letters@roastery.example",
        "sender_name": "Corner Roastery", "footer": "Corner Roastery, 1 Mill Lane, Smalltown",
        "unsubscribe_url": "https://news.roastery.example/unsubscribe", "unsubscribe_mailto": "leave@roastery.example",
        "user": USER, "password": PASSWORD, "per_domain_per_minute": 60_000, "helo": "test.example",
    }  # fmt: skip
    return {"accounts": {"letters": account | more}}


def eventually(true: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until something holds."""
    ends, again = monotonic() + patience, threading.Event()
    while not true():
        assert monotonic() < ends, "it never came true"
        again.wait(0.02)
