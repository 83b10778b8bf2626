"""A process that hands one mailing over and sends it, until nobody waits any more: what the kill tests kill.

python -m tests.crash.letter_sender FOLDER PORT
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.contract.platform_suite import outgoing
from tests.smtp import options
from workers.platforms.email import factory
from workers.platforms.email.mailings import Mailings
from workers.platforms.email.store import open_email_store
from workers.platforms.protocol import PlatformError
from workers.runtime.clock import RealClock

LIST, KEY = "letters", "the key of this mailing"


def settings(port: int) -> dict[str, Any]:
    """Greylisted mailboxes are tried again after seconds, and full ones given up within a minute."""
    return options(port, retry_first_seconds=0.5, give_up_hours=4 / 3600, deadline_seconds=10)


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    clock = RealClock()
    platform: Any = factory(clock=clock, seed=1, say=lambda *_: None, options=settings(port) | {"directory": folder})
    store = open_email_store(folder, make=False)
    assert store is not None
    text = "# Fresh beans\n\n" + "Grind **finer** when the brew runs fast. " * 20
    platform.publish(LIST, outgoing(text=text), KEY)
    while {"queued", "sending"} & set(*Mailings(store).ledger(LIST).values()):
        try:
            platform.advance(datetime.now(UTC))
        except PlatformError as error:
            print(f"waits: {error}", file=sys.stderr, flush=True)  # noqa: T201  (what the test shows where it fails)
        time.sleep(0.05)
    platform.close()
    store.close()


if __name__ == "__main__":
    main()
