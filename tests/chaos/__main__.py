"""`make chaos`: an outgrown Mowj lives while everything under it is killed, frozen and emptied; then it is audited.

    python -m tests.chaos [--kills 50] [--campaigns 200] [--events 20000] [--brokers 3] [--seed 1] [--keyed | --keyless]

Starts services of its own under .run/chaos, prints what happens, writes its figures into docs/reliability.md (--write),
and ends with 1 where anything was lost, repeated, stuck, or not decided as it is decided again.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Signal
from time import monotonic
from typing import Any, Final

from tests.chaos import checking
from tests.chaos.blowing import Blower
from tests.chaos.figures import figures_of, write
from tests.chaos.material import names
from tests.chaos.place import EXECUTORS, RUN, Place, Size
from tests.chaos.pouring import Answered, Commands, Pouring
from tests.chaos.schedule import blows, duration
from tests.chaos.watching import Watching

FOLDER: Final = Path(".run/chaos")
CALM: Final = 45.0
"""Seconds of facts before the first blow, which the rest is held against."""
TELL_EVERY: Final = 10.0
SAY_EVERY: Final = 30.0
"""Seconds between two `mowj emit`."""
_BEGAN: Final = monotonic()


def tell(what: str) -> None:
    sys.stdout.write(f"{monotonic() - _BEGAN:7.1f}  {what}\n")
    sys.stdout.flush()


def main() -> int:
    given = _arguments()
    # Whoever ends the run with SIGTERM ends its services and processes too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    folder = FOLDER / ("keyed" if given.keyed else "keyless")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    size = Size(given.campaigns, given.brokers, given.partitions, given.speed, given.queue, given.keyed)
    place = Place(folder.resolve(), size)
    try:
        figures = _run(place, given)
        for name, value in figures.items():
            tell(f"{name}: {value}")
        if given.write:
            write(figures, Path("docs/reliability.md"))
    finally:
        place.close()
    return 1 if figures["findings"] else 0


def _run(place: Place, given: argparse.Namespace) -> dict[str, Any]:
    tell("services, topics and campaigns")
    place.up()
    blower, answered = Blower(place, tell), Answered()
    began = datetime.now(UTC)
    place.start(place.machines[RUN])
    checking.wait_for("the first `mowj run`", place.machines[RUN].runs, 900, lambda: None)
    tell(f"{given.campaigns} campaigns are briefed")
    blower.settle()
    watching = Watching(place)
    watching.start()
    shops = names(given.campaigns)
    planned = blows(
        given.seed,
        given.kills,
        given.gap,
        list(place.machines),
        EXECUTORS,
        [f"kafka-{number}" for number in range(1, given.brokers + 1)],
    )
    commands = Commands(place, shops, answered, blower.faults.append)
    live = _Living(blower, watching, commands, answered, CALM + duration(planned))
    pouring = Pouring(place, shops, given.events, live.share, answered)
    poured_from = monotonic()
    pouring.start()
    live.through(CALM)
    for number, blow in enumerate(planned, 1):
        live.through(blow.pause)
        tell(f"blow {number} of {len(planned)}")
        blower.strike(blow)
    live.until_poured(pouring)
    tell("everything is mended; waiting until it is at rest")
    hurt = monotonic() - poured_from
    findings = _to_rest(place, blower, watching, answered)
    watching.close()
    tell("all processes have stopped; comparing")
    verdict = checking.checked(place, frozenset(answered.all()), tell)
    return figures_of(
        given,
        machine=f"{platform.machine()}, {os.cpu_count()} cores, Linux, Python {platform.python_version()}",
        began=began,
        hurt=hurt,
        calm=(poured_from, poured_from + CALM),
        blower=blower,
        answered=answered.all(),
        seen=watching.seen,
        again=(pouring.again, commands.again, commands.said),
        verdict=checking.Verdict([*blower.faults, *findings, *verdict.findings], verdict.figures),
    )


class _Living:
    """Time that passes: what ended is started again, somebody says a fact now and then, and progress is told."""

    def __init__(
        self, blower: Blower, watching: Watching, commands: Commands, answered: Answered, planned: float
    ) -> None:
        self._blower, self._watching = blower, watching
        self._commands, self._answered = commands, answered
        self._planned, self._lived = planned, 0.0
        self._told = self._said = monotonic()
        self._pause = Signal()

    def through(self, seconds: float) -> None:
        began, lived = monotonic(), self._lived
        while self._lived < lived + seconds:
            self._turn()
            self._lived = lived + monotonic() - began

    def share(self) -> float:
        """How much of what was planned is over; waiting for a blow's victim does not count."""
        return self._lived / self._planned

    def until_poured(self, pouring: Pouring) -> None:
        """Until every producer was answered and everything that was hurt is back."""
        self._lived = self._planned
        while not pouring.ended.is_set():
            self._turn()
        self._commands.close()
        self._blower.settle()

    def _turn(self) -> None:
        self._blower.look()
        self._pause.wait(0.2)
        now = monotonic()
        if now - self._said > SAY_EVERY:
            self._said = now
            self._commands.say()
        if now - self._told > TELL_EVERY:
            self._told = now
            kills = sum("SIGKILL" in blow.kind for blow in self._blower.struck)
            tell(
                f"{self._watching.events} events ({self._watching.outbox} in the outbox), "
                f"{len(self._answered)} facts answered, {len(self._watching.seen)} facts and purchases decided on, "
                f"{kills} kills among {len(self._blower.struck)} blows"
            )


def _to_rest(place: Place, blower: Blower, watching: Watching, answered: Answered) -> list[str]:
    """Nothing is hurt any more: all that is under way has to come to its end. What did not is a finding."""
    findings: list[str] = []

    def rest(what: str, look: Any) -> None:
        try:
            took = checking.wait_for(what, look, checking.REST_SECONDS, blower.look)
            tell(f"{what}: after {took:.0f} s")
        except checking.NotAtRest as error:
            findings.append(str(error))
            tell(str(error))

    rest("every fact decided on", lambda: not answered.all().keys() - watching.seen.keys())
    rest("no post waits beyond its time", lambda: not checking.overdue(place))
    rest("no effect that nobody sees to", lambda: not checking.stuck(place))
    place.mowj("stop", "--data", place.data)
    rest("no post on its way", lambda: not checking.settling(place))
    blower.stop()
    return findings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--kills", type=int, default=50, help="SIGKILLs of Mowj's processes; other blows in proportion")
    parser.add_argument("--campaigns", type=int, default=200)
    parser.add_argument("--events", type=int, default=20_000, help="outside facts")
    parser.add_argument("--brokers", type=int, default=3, choices=[1, 3])
    parser.add_argument("--partitions", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gap", type=float, default=9.0, help="seconds between two blows, on average")
    parser.add_argument("--speed", type=float, default=600.0, help="how many times as fast campaigns live")
    parser.add_argument("--queue", choices=["rabbitmq", "redis"], default="rabbitmq")
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--keyed", action="store_true", default=True, help="the network takes idempotency keys")
    keys.add_argument("--keyless", dest="keyed", action="store_false")
    parser.add_argument("--write", action="store_true", help="the figures go into docs/reliability.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
