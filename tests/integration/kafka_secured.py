"""A broker of a test's own that asks who is there: TLS under a certificate authority made here, SASL, and ACLs."""

from __future__ import annotations

import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from tests.services import own_services

_PLAIN: Final = "org.apache.kafka.common.security.plain.PlainLoginModule required"
_SCRAM: Final = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


@dataclass(frozen=True)
class Secured:
    """`servers` asks for SASL over TLS; `ca` is the file of the authority that signed for it.

    `passwords` are those of the users, by whom; over SCRAM-SHA-512 and PLAIN the same.
    """

    servers: str
    ca: Path
    passwords: dict[str, str]
    admin: KafkaAdminClient

    def allow(self, user: str, kind: ResourceType, name: str, *operations: ACLOperation, begins: bool = False) -> None:
        """What the broker lets a user do; `begins`: with all whose names begin so."""
        how = ACLResourcePatternType.PREFIXED if begins else ACLResourcePatternType.LITERAL
        where = ResourcePattern(kind, name, how)
        rules = [ACL(f"User:{user}", "*", each, ACLPermissionType.ALLOW, where) for each in operations]
        assert not self.admin.create_acls(rules)["failed"]

    def client(self, user: str, mechanism: str) -> dict[str, Any]:
        """What a client of Mowj's kind is made with."""
        return {
            "bootstrap_servers": self.servers,
            "security_protocol": "SASL_SSL",
            "ssl_cafile": str(self.ca),
            "sasl_mechanism": mechanism,
            "sasl_plain_username": user,
            "sasl_plain_password": self.passwords[user],
        }


@contextmanager
def secured(folder: Path, *users: str) -> Iterator[Secured]:
    """Nobody may do anything on it but by ACLs; whoever makes it goes past them, over a port without TLS."""
    ca, keys = _certified(folder)
    passwords = {user: secrets.token_hex(8) for user in users}
    port = _free_port()
    logins = " ".join(f'user_{user}="{password}"' for user, password in passwords.items())
    properties = {
        "listeners": f"PLAINTEXT://127.0.0.1:{{port}},CONTROLLER://127.0.0.1:{{inner}},SASL_SSL://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "listener.name.sasl_ssl.plain.sasl.jaas.config": f"{_PLAIN} {logins};",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": _SCRAM,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keys),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    with own_services(folder / "services", "kafka", properties=properties) as services:
        admin = KafkaAdminClient(bootstrap_servers=services.addresses["kafka"])
        try:
            made = [
                UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, password, iterations=4096)
                for user, password in passwords.items()
            ]
            assert not any(admin.alter_user_scram_credentials(made).values())
            yield Secured(f"127.0.0.1:{port}", ca, passwords, admin)
        finally:
            admin.close()


def _certified(folder: Path) -> tuple[Path, Path]:
    """An authority's certificate, and a broker's key with the certificate that it signed for 127.0.0.1."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Mowj test"),
        *("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        *("-keyout", "ca.key", "-out", "ca.pem"),
    )
    openssl(
        *("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"),
        *("-keyout", "broker.key", "-out", "broker.csr"),
    )
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n", encoding="utf-8")
    openssl(
        *("x509", "-req", "-days", "2", "-in", "broker.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-extfile", "names", "-out", "broker.pem"),
    )
    keys = folder / "broker-with-key.pem"
    keys.write_text((folder / "broker.key").read_text() + (folder / "broker.pem").read_text(), encoding="utf-8")
    return folder / "ca.pem", keys


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
