"""A process that logs a Bluesky account in, by what is kept in a data directory.

    python -m tests.crash.bluesky_login FOLDER OPTIONS_JSON

It says `ready`, waits for a line, looks for a post that is not there, and says what came of it.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from workers.platforms.bluesky import factory
from workers.platforms.credentials import KeptCredentials
from workers.platforms.protocol import PlatformError
from workers.platforms.sealing import KeyFile
from workers.platforms.vault import FILE, SqliteVault
from workers.runtime.clock import RealClock

ACCOUNT: Final = "roastery"


def kept(folder: Path, options: dict[str, Any], lease: float = 45.0) -> KeptCredentials:
    """As `mowj run` makes it."""
    given = factory.given(options)
    key = KeyFile(folder / "credentials.key")
    return KeptCredentials(SqliteVault(folder / FILE), key, "bluesky", given, factory.places, lease=lease)


def main() -> None:
    folder, said = Path(sys.argv[1]), json.loads(sys.argv[2])
    lease = said.pop("lease", 45.0)
    options = {**said, "credentials": kept(folder, said, lease)}
    platform = factory(clock=RealClock(), seed=1, say=lambda *_: None, options=options)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    try:
        platform.find(ACCOUNT, "nothing", "print", datetime.now(UTC))
        came = "found nothing"
    except PlatformError as error:
        came = f"{type(error).__name__}: {error}"
    sys.stdout.write(f"{came}\n")


if __name__ == "__main__":
    main()
