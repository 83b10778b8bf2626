"""What `mowj doctor` says of the executor: whether the broker of the settings is there, and lets us in.

Invariants: it connects and asks for the version; nothing is declared, and no secret is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workers.command.doctor import Check

if TYPE_CHECKING:
    from config.settings import ExecutorSettings, Settings


def executor(settings: Settings) -> Check:
    """Who carries effects out, and whether it can."""
    from workers.command.errors import UserError
    from workers.command.executing import require_broker

    chosen = settings.executor
    if not chosen.kind.is_broker:
        return Check("executor", f"{chosen.kind.value}: effects are carried out by the process that decides on them")
    try:
        require_broker(chosen)
    except UserError as error:
        return Check("executor", str(error), "set [executor] in mowj.toml right, and install what is missing")
    return _asked(chosen)


def _asked(chosen: ExecutorSettings) -> Check:
    from workers.runtime.executors.brokers import BROKER_TROUBLE, version

    kind, where = chosen.kind.value, _place(chosen.address)
    try:
        found = version(chosen.address)
    except BROKER_TROUBLE as error:
        said = str(error) or type(error).__name__
        mend = (
            f"start {kind} there, or set executor.url (`python deploy/services.py up {kind}` starts one to try); "
            "until then nothing is sent"
        )
        return Check("executor", f"{kind} at {where}: {said}", mend)
    classes = ", ".join(each.value for each in chosen.classes)
    return Check("executor", f"{kind} {found} at {where}, for {classes}; `mowj worker executor` carries out")


def _place(url: str) -> str:
    """Host and port, without user and password."""
    return ", ".join(part.rpartition("@")[2] for part in (urlsplit(one).netloc for one in url.split(";")))
