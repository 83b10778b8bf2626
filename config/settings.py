"""How an installation of Mowj runs: typed settings from `mowj.toml` and the environment.

Invariants: nothing is read at import; a variable `MOWJ_SECTION__KEY` outweighs the file; a key that nobody knows is
refused with the nearest known one; every problem is reported at once; a secret shows itself only to whom asks for it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from config.document import Document, FieldPath
from config.problems import InputError
from config.toml_text import read_toml
from config.validation import validate

DEFAULT_FILE: Final = Path("mowj.toml")
PREFIX: Final = "MOWJ_"
NOT_SETTINGS: Final = ("MOWJ_TESTING", "MOWJ_REQUIRE_SERVICES", "MOWJ_TEST_")
"""How variables of the test suite begin: they loosen or tighten checks, name services, and configure nothing."""
MASK: Final = "**********"
_SECRET: Final = re.compile(r"(?i)password|secret|token|credential|(^|_)key$")
_USER_IN_URL: Final = re.compile(r"(\w://)[^/@\s]+@")


class StoreKind(StrEnum):
    """The first is one process's, the second one machine's, the third as many machines' as there are."""

    MEMORY = "memory"
    SQLITE = "sqlite"
    POSTGRES = "postgres"


class TransportKind(StrEnum):
    """`STORE`: the store's own log table; `KAFKA` needs a store that an outbox can be in."""

    STORE = "store"
    KAFKA = "kafka"


class ExecutorKind(StrEnum):
    """The first two perform in the process that decides; the others wherever an executor runs."""

    INLINE = "inline"
    DRAMATIQ = "dramatiq"
    RABBITMQ = "rabbitmq"
    REDIS = "redis"

    @property
    def is_broker(self) -> bool:
        return self in {ExecutorKind.RABBITMQ, ExecutorKind.REDIS}


class EffectClass(StrEnum):
    """What has a queue of its own at a broker."""

    PUBLISH = "publish"
    READ = "read"


class SecurityProtocol(StrEnum):
    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"


class SaslMechanism(StrEnum):
    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


class ClockKind(StrEnum):
    """`COMPRESSED` makes a campaign's time run `speed` times as fast; the runtime refuses it outside tests."""

    REAL = "real"
    VIRTUAL = "virtual"
    COMPRESSED = "compressed"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    CONSOLE = "console"
    JSON = "json"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSettings(_Section):
    """Where everything durable lies."""

    directory: Path = Path(".mowj")


class StoreSettings(_Section):
    """Log, states, ledger and timers. `path` is SQLite's file, relative to the data directory.

    `url` is PostgreSQL's, with the password in it if there is one; `namespace` is this installation's schema there. No
    statement is awaited longer than `answer_seconds`.
    """

    kind: StoreKind = StoreKind.SQLITE
    path: Path = Path("mowj.sqlite")
    url: SecretStr | None = None
    namespace: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")] = "mowj"
    answer_seconds: Annotated[float, Field(ge=1, le=3600)] = 120


class TransportSettings(_Section):
    """What carries events from worker to worker. All but `kind` is for Kafka.

    `topics` is what the topics' names begin with. `replication` 0 leaves it to the brokers. What is not set of the
    security settings is the client's default.
    """

    kind: TransportKind = TransportKind.STORE
    bootstrap_servers: Annotated[str, Field(min_length=1)] = "127.0.0.1:9092"
    topics: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,80}$")] = "mowj"
    replication: Annotated[int, Field(ge=0, le=9)] = 0
    retention_days: Annotated[int, Field(ge=1, le=36500)] = 30
    session_seconds: Annotated[float, Field(ge=1, le=600)] = 10
    security_protocol: SecurityProtocol = SecurityProtocol.PLAINTEXT
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    ssl_password: SecretStr | None = None
    sasl_mechanism: SaslMechanism | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None


class ExecutorSettings(_Section):
    """Who carries effects out, and with how many threads. All else is for a broker.

    `url` is amqp:// or redis://; what is not set is the broker on this machine. `namespace` begins the names of queues
    and keys. `classes` are the queues that this process empties. What was not seen done is sent again after
    `resend_seconds`. Who takes an effect has it for `lease_seconds`, which must be more than `answer_seconds`, the
    longest that any network's plug-in awaits one answer, and 7 for its quick tries again. A lease that is too short
    costs readings and questions to people, never a second post.
    """

    kind: ExecutorKind = ExecutorKind.DRAMATIQ
    threads: Annotated[int, Field(ge=1, le=64)] = 4
    url: SecretStr | None = None
    namespace: Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9._-]{0,79}$")] = "mowj"
    classes: Annotated[tuple[EffectClass, ...], Field(min_length=1)] = tuple(EffectClass)
    resend_seconds: Annotated[float, Field(ge=1, le=600)] = 15
    answer_seconds: Annotated[float, Field(ge=1, le=300)] = 30
    lease_seconds: Annotated[float, Field(ge=9, le=3600)] = 60

    @property
    def address(self) -> str:
        """The broker's, in the clear."""
        if self.url is not None:
            return self.url.get_secret_value()
        return "redis://127.0.0.1:6379/0" if self.kind is ExecutorKind.REDIS else "amqp://guest:guest@127.0.0.1:5672/"


class CredentialSettings(_Section):
    """Logins that are kept. `key_file` opens them; without it, `credentials.key` in the data directory."""

    key_file: Path | None = None


class HttpSettings(_Section):
    """Metrics and health. Port 0 takes any that is free."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8470


class LogSettings(_Section):
    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.CONSOLE


class ClockSettings(_Section):
    kind: ClockKind = ClockKind.REAL
    speed: Annotated[float, Field(gt=0, le=1_000_000)] = 1


class RuntimeSettings(_Section):
    """`partitions` is fixed at installation: another number would tear campaigns from their history."""

    partitions: Annotated[int, Field(ge=1, le=4096)] = 64


class PlatformSettings(_Section):
    """One network. `plugin` is an entry point's name or module:factory; without it, the section's own name.

    `options` and `secrets` go to the plug-in, which validates them. The calls are those to one account, of all
    processes together; where nothing is set they keep no number, and no rate but what the network's refusals ask for.
    After `silent_after` calls in a row of which nothing was heard, the account's network is only tried now and then.
    """

    plugin: str | None = None
    options: Mapping[str, Any] = {}
    secrets: Mapping[str, SecretStr] = {}
    calls_at_once: Annotated[int, Field(ge=1, le=64)] | None = None
    calls_per_minute: Annotated[float, Field(gt=0, le=60_000)] | None = None
    silent_after: Annotated[int, Field(ge=1, le=1000)] = 5

    def revealed(self) -> dict[str, Any]:
        """Options and secrets together, in the clear, for the plug-in alone."""
        return {**self.options, **{name: secret.get_secret_value() for name, secret in self.secrets.items()}}


class Settings(_Section):
    """All settings; each section has defaults that run on one machine with nothing installed."""

    data: DataSettings = DataSettings()
    store: StoreSettings = StoreSettings()
    transport: TransportSettings = TransportSettings()
    executor: ExecutorSettings = ExecutorSettings()
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()
    clock: ClockSettings = ClockSettings()
    runtime: RuntimeSettings = RuntimeSettings()
    credentials: CredentialSettings = CredentialSettings()
    platforms: Mapping[str, PlatformSettings] = {}

    @property
    def key_path(self) -> Path:
        """The file with the key to the kept logins."""
        return self.credentials.key_file or self.data.directory / "credentials.key"

    @property
    def store_path(self) -> Path:
        """The SQLite file."""
        return self.data.directory / self.store.path


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of the file at `path`, or of `mowj.toml` here if there is one, and of the environment.

    Raises InputError with every problem; a named file that is missing is one.
    """
    if path is None and DEFAULT_FILE.is_file():
        path = DEFAULT_FILE
    document = read_toml(path) if path is not None else Document("(defaults)", {}, {})
    return validate(Settings, _with_environment(document, environ))


def masked(settings: Settings) -> dict[str, Any]:
    """The settings as plain data, secrets as asterisks: what `mowj config show` prints."""
    shown = settings.model_dump(mode="json")
    for name, network in shown["platforms"].items():
        shown["platforms"][name] = {**network, "options": _without_secrets(network["options"])}
    return shown


def _without_secrets(options: Any) -> Any:
    """A plug-in's own options without what is called like a secret, and without what a URL says of a user."""
    if isinstance(options, dict):
        return {
            name: MASK if _SECRET.search(str(name)) and isinstance(value, str) else _without_secrets(value)
            for name, value in options.items()
        }
    if isinstance(options, list):
        return [_without_secrets(value) for value in options]
    return without_user(options) if isinstance(options, str) else options


def without_user(address: str) -> str:
    """An address without what it says of a user: `http://**********@proxy.example:3128`."""
    return _USER_IN_URL.sub(rf"\g<1>{MASK}@", address)


def _with_environment(document: Document, environ: Mapping[str, str]) -> Document:
    """The document with the environment's values laid over it, each remembering its variable."""
    data: dict[str, Any] = copy.deepcopy(dict(document.data))
    elsewhere: dict[FieldPath, str] = {}
    problems = []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name.startswith(NOT_SETTINGS):
            continue
        parts = tuple(name.removeprefix(PREFIX).lower().split("__"))
        elsewhere[parts] = f"environment variable {name}"
        place: Any = data
        for part in parts[:-1]:
            place = place.setdefault(part, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            around = Document(document.file, data, document.lines, elsewhere)
            problems.append(around.problem(parts, "a value inside a value", "MOWJ_SECTION__KEY"))
            continue
        place[parts[-1]] = environ[name]
    if problems:
        raise InputError(problems)
    return Document(document.file, data, document.lines, elsewhere)
