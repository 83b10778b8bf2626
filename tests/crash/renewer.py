"""A process that renews a kept login at a token office, or dies between its answer and the saving of it.

    python -m tests.crash.renewer JSON

It says `ready`, waits for a line, and says what came of it as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from workers.platforms.credentials import Fields, KeptCredentials
from workers.platforms.protocol import AuthorizationExpired, OutcomeUnknown, PlatformError, ProvenUnsent
from workers.platforms.sealing import KeyFile
from workers.platforms.vault import FILE, PostgresVault, SqliteVault, Vault

ACCOUNT: Final = "shop"
CHANNEL: Final = "net"


@dataclass(frozen=True)
class Task:
    folder: str
    postgres: str | None
    office: str
    lease: float = 45.0
    dies: bool = False

    def said(self) -> str:
        return json.dumps(asdict(self))


def kept(folder: Path, postgres: str | None, lease: float) -> KeptCredentials:
    vault: Vault = PostgresVault(postgres, "mowj") if postgres is not None else SqliteVault(folder / FILE)
    return KeptCredentials(vault, KeyFile(folder / "credentials.key"), CHANNEL, lease=lease)


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    task = Task(**json.loads(sys.argv[1]))
    store = kept(Path(task.folder), task.postgres, task.lease)
    seen = store.get(ACCOUNT)

    def renew(known: Fields) -> Fields:
        try:
            with urlopen(Request(task.office, data=known["refresh"].encode()), timeout=120) as answer:
                new = json.load(answer)
        except HTTPError as error:
            if error.code == 400:
                raise AuthorizationExpired("invalid_grant") from error
            raise OutcomeUnknown(f"{error.code}") from error
        except URLError as error:
            raise ProvenUnsent("no connection") from error
        if task.dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return {**known, **new}

    tell("ready")
    sys.stdin.readline()
    try:
        tell(json.dumps({"refresh": store.renewed(ACCOUNT, seen, renew, patience=120)["refresh"]}))
    except PlatformError as error:
        tell(json.dumps({"error": type(error).__name__}))


if __name__ == "__main__":
    main()
