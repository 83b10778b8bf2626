"""`mowj run` and `mowj worker` in real (or, in tests, compressed) time: the runtime, its networks, gateway and input.

Invariants: one process of a kind works on a data directory; whatever was started is stopped in the reverse order, on
any way out. What the directory was started with is remembered before anything of it is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from threading import Event as Signal
from typing import Any, Final

from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from config.problems import InputError
from config.settings import Settings, StoreKind
from events.terms import Mode
from workers.command.errors import MachineError, UserError
from workers.command.executing import EXECUTOR, call_limits, make_executor, patience_of
from workers.command.inputs import Inputs, offer, read_inputs
from workers.command.logs import LogObserver
from workers.command.networks import REMOTE, SIMULATED, Held, makers, plugin_of, unserved
from workers.command.opening import make_clock, make_directory, open_store
from workers.command.process import alone, identity, stopping
from workers.command.progress import Everyone
from workers.command.remembered import InputFiles, Remembered, remembering
from workers.command.transporting import make_transport
from workers.command.watching import Brake, Watch, watched
from workers.decision import Worker
from workers.gateway.server import Gateway, Health
from workers.platforms.email.leaving import LeavingPage
from workers.platforms.protocol import PlatformError
from workers.runtime.assembly import PlatformMaker, assemble
from workers.runtime.clock import Clock
from workers.runtime.ledger import holds_posts
from workers.runtime.media import MediaStore
from workers.runtime.metrics import PrometheusObserver
from workers.runtime.observing import Observer
from workers.runtime.running import Runtime
from workers.runtime.store.protocol import Store, StoreUnavailable

LEAVING: Final = "/unsubscribe"
"""The page on which somebody leaves a newsletter's list."""
REACHING_OUT: Final = frozenset({"publisher", "observer"})
"""The workers whose effects need a network."""


@dataclass(frozen=True, slots=True)
class Life:
    """What is to be run: by whom, on what, and with which lines on standard output.

    `files` are those of the remembered that this process reads; `given` is the campaign whose files stand on the
    command line, if any. `member` is unique in the data directory. `performs`: effects are carried out here, if need be
    for others.
    """

    settings: Settings
    remembered: Remembered
    files: Mapping[str, InputFiles]
    given: str | None
    roster: Sequence[Worker[Any]]
    member: str
    lines: Observer
    log: FilteringBoundLogger
    performs: bool = True

    @property
    def directory(self) -> Path:
        return self.settings.data.directory

    @property
    def performs_for_others(self) -> bool:
        return self.performs and self.settings.executor.kind.is_broker

    @property
    def names(self) -> list[str]:
        """Of the workers, and `executor` where effects of other processes are carried out."""
        return [worker.name for worker in self.roster] + [EXECUTOR] * self.performs_for_others

    @property
    def member_everywhere(self) -> str:
        """The member's name where several directories, on several machines, share one store."""
        if self.settings.store.kind is not StoreKind.POSTGRES:
            return self.member
        return f"{self.member}@{gethostname()}/{identity(self.directory)}"

    @property
    def media(self) -> MediaStore:
        return MediaStore(self.directory)


def live(life: Life) -> None:
    """Run until somebody stops it. Raises UserError, InputError, Refused; MachineError for what failed on the way."""
    clock = make_clock(life.remembered.clock, None)
    lock = make_directory(life.settings) / f"{life.member}.lock"
    with alone(lock), stopping() as stop, _stored(life.settings) as store:
        registry = CollectorRegistry()
        observer = Everyone((PrometheusObserver(registry), LogObserver(life.log), life.lines))
        inputs = _inputs(life, store, clock)
        runtime = assemble(
            life.roster,
            store,
            clock,
            platforms=_networks(life, store, inputs.values()),
            executor=make_executor(life.settings.executor, observer, performs=life.performs),
            observer=observer,
            limits=call_limits(life.settings),
            member=life.member_everywhere,
            partitions=life.settings.runtime.partitions,
            patience=patience_of(life.settings.executor),
            media=life.media,
            transport=make_transport(life.settings, store),
        )
        try:
            with _gateway(life, runtime, registry) as running:
                _connect_all(runtime, inputs.values(), life.log)
                with remembering(life.directory, life.remembered):
                    _offer_all(runtime, inputs.values(), life.log)
                looks = (Watch(runtime, life.files, life.log, life.media).look, Brake(store, life.log).look)
                with watched(looks, stop):
                    life.log.info("running", workers=life.names, data=str(life.directory))
                    running.set()
                    runtime.run_forever(stop)
        finally:
            runtime.executor.stop()
        life.log.info("stopped", data=str(life.directory))


def _inputs(life: Life, store: Store, clock: Clock) -> dict[str, Inputs]:
    """What the files say now, by campaign. Raises InputError for the files that were given.

    Files that are only remembered may have moved since: their campaigns go on without them.
    """
    found: dict[str, Inputs] = {}
    for campaign, files in life.files.items():
        try:
            read = read_inputs(files.brief, files.content, files.history, files.mapping, clock.now(), store, life.media)
            found[campaign] = read.advised() if files.advise else read
        except InputError as error:
            if campaign == life.given:
                raise
            life.log.warning("files of an earlier start not taken", campaign=campaign, problems=str(error).splitlines())
    return found


def _networks(life: Life, store: Store, inputs: Collection[Inputs]) -> Mapping[str, PlatformMaker]:
    """Those of the live campaigns and of the new ones. Raises UserError where workers would see different networks."""
    reaching = REACHING_OUT & {worker.name for worker in life.roster}
    if not (life.performs_for_others if life.settings.executor.kind.is_broker else reaching):
        return {}
    with store.view() as view:
        channels = {use.channel for row in view.campaigns() if row.live for use in row.accounts}
    channels |= {account.channel for given in inputs for account in given.brief.fact.accounts}
    if life.performs_for_others:
        # Others may brief a campaign at any time: whatever is set can be served.
        channels |= set(life.settings.platforms)
    choice = life.remembered.networks
    missing = unserved(channels, life.settings, choice)
    if missing and life.files and all(files.advise for files in life.files.values()):
        life.log.warning("nothing serves these networks: advising without reading from them", channels=missing)
        channels -= set(missing)
    if reaching != REACHING_OUT and SIMULATED in {plugin_of(channel, life.settings, choice) for channel in channels}:
        raise UserError(
            f"the network {SIMULATED} lives inside one process, so {' and '.join(sorted(REACHING_OUT))} must be in the "
            f"same: run them together, or use {REMOTE}"
        )
    return makers(channels, life.settings, choice, life.directory, _held(store))


def _held(store: Store) -> Held:
    """What a network asks before each further message of a post. Raises StoreUnavailable."""

    def held(campaign: str, account: str) -> bool:
        with store.view() as view:
            return holds_posts(view, campaign, account)

    return held


def _connect_all(runtime: Runtime, inputs: Collection[Inputs], log: FilteringBoundLogger) -> None:
    """Connect what is known already and what the files name. A known account need not answer now."""
    with runtime.shell.store.view() as view:
        rows = [row for row in view.campaigns() if row.live]
    for row in rows:
        for use in row.accounts:
            if use.channel in runtime.platforms:
                try:
                    runtime.connect(use.account, use.channel, row.tenant)
                except PlatformError as error:
                    log.warning("account not reached", account=use.account, channel=use.channel, detail=str(error))
    known = {use.account for row in rows for use in row.accounts}
    for given in inputs:
        for account in given.brief.fact.accounts:
            unread = given.brief.fact.mode is Mode.ADVISE and account.channel not in runtime.platforms
            if account.account not in known and not unread:
                _connect(runtime, account.account, account.channel, given.brief.tenant)


def _offer_all(runtime: Runtime, inputs: Collection[Inputs], log: FilteringBoundLogger) -> None:
    """Say what is new in the files."""
    for given in inputs:
        if offer(given, runtime.intake, runtime.shell.store, runtime.shell.now()):
            log.info("offered what is new", campaign=given.brief.campaign)


def _connect(runtime: Runtime, account: str, channel: str, tenant: str) -> None:
    if channel not in runtime.platforms:
        raise UserError(f"account {account!r} is on {channel!r}, which this process does not serve")
    try:
        runtime.connect(account, channel, tenant)
    except PlatformError as error:
        raise MachineError(
            f"{channel} does not say what account {account!r} may do: {error}; start again later"
        ) from error


@contextmanager
def _stored(settings: Settings) -> Iterator[Store]:
    store = open_store(settings)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _gateway(life: Life, runtime: Runtime, registry: CollectorRegistry) -> Iterator[Signal]:
    """The gateway around a loop; the signal given says whether it runs."""
    running = Signal()
    names = {worker.name for worker in life.roster}

    def troubles() -> list[str]:
        try:
            with runtime.shell.store.view() as view:
                halts = [halt for halt in view.halts() if halt.worker in names]
        except StoreUnavailable as error:
            return [str(error)]
        lost = runtime.executor.trouble()
        halted = [f"{halt.worker} has halted on partition {halt.partition}: {halt.reason}" for halt in halts]
        return [*halted, *runtime.held_up, *([lost] if lost is not None else [])]

    http, leaving = life.settings.http, LeavingPage(life.directory, runtime.shell.now)
    try:
        gateway = Gateway(http.host, http.port, registry, Health(running.is_set, troubles), {LEAVING: leaving})
    except OSError as error:
        raise UserError(
            f"{http.host}:{http.port}: {error.strerror}; if another program or `mowj` listens there, end it or take "
            "another port: http.port in mowj.toml, or MOWJ_HTTP__PORT=0 for any that is free"
        ) from error
    life.log.info("listening", url=gateway.url)
    try:
        yield running
    finally:
        running.clear()
        gateway.close()
        leaving.close()
