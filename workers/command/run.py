"""`mowj run` and `mowj worker`: all workers in one process, or only some of them beside others on the same store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workers.command.errors import UserError
from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from config.settings import Settings
    from workers.command.remembered import InputFiles, NetworkChoice, Remembered, RememberedClock

Brief = Annotated[Path | None, typer.Option("--brief", metavar="YAML", help="The campaign's brief.")]
Content = Annotated[Path | None, typer.Option("--content", metavar="DIR", help="A folder of Markdown posts.")]
History = Annotated[Path | None, typer.Option("--history", metavar="CSV", help="The page's past posts.")]
Mapping = Annotated[Path | None, typer.Option("--mapping", metavar="YAML", help="What the columns of --history mean.")]
Platform = Annotated[
    str | None, typer.Option("--platform", metavar="PLUGIN", help="The network for every channel; else as in the settings.")
]
PlatformUrl = Annotated[str | None, typer.Option("--platform-url", metavar="URL", help="Of simulated-remote.")]
World = Annotated[str | None, typer.Option("--world", metavar="NAME|FILE", help="The simulated network's world.")]
Seed = Annotated[int | None, typer.Option("--seed", help="The simulated network's luck; 1 by default.")]
Compress = Annotated[float | None, typer.Option("--compress", metavar="N", hidden=True, min=1)]
Names = Annotated[list[str], typer.Argument(metavar="NAME…", help="analyst, strategist, planner, editor, …")]


def register(app: typer.Typer) -> None:
    """Add `mowj run` and `mowj worker`."""
    app.command()(run)
    app.command()(worker)


def run(
    brief: Brief = None,
    content: Content = None,
    history: History = None,
    mapping: Mapping = None,
    platform: Platform = None,
    platform_url: PlatformUrl = None,
    world: World = None,
    seed: Seed = None,
    days: Annotated[float | None, typer.Option("--days", min=0.1, help="With --virtual-clock: for how long.")] = None,
    virtual_clock: Annotated[
        bool, typer.Option("--virtual-clock", help="Live the campaign through at once, then print what came of it.")
    ] = False,
    compress: Compress = None,
    config: Config = None,
    data: Data = None,
    json_lines: Json = False,
) -> None:
    """Run all workers in one process; without --brief, go on with everything that is in the data directory.

    With --virtual-clock everything is kept in memory, unless --data names a directory.
    """
    from workers.command.opening import read_settings

    settings = read_settings(config, data)
    files = _files(brief, content, history, mapping)
    choice = _Choice(platform, platform_url, world, seed)
    if virtual_clock:
        from workers.command.rehearsal import rehearse

        keep = data is not None
        remembered = _remembered(settings if keep else None, choice, None, virtual=True)
        rehearse(settings if keep else _in_memory(settings), remembered, files, days, json_lines)
        return
    if days is not None:
        raise UserError("--days is for --virtual-clock; in real time the brief says how long a campaign lasts")
    _live(settings, _remembered(settings, choice, compress, virtual=False), files, [], json_lines)


def worker(
    names: Names,
    platform: Platform = None,
    platform_url: PlatformUrl = None,
    config: Config = None,
    data: Data = None,
    json_lines: Json = False,
) -> None:
    """Run only these workers, on the store that others share."""
    from workers.command.opening import read_settings

    settings = read_settings(config, data)
    choice = _Choice(platform, platform_url, None, None)
    _live(settings, _remembered(settings, choice, None, virtual=False), None, names, json_lines)


class _Choice:
    """What the command line says about networks; None where it says nothing."""

    def __init__(self, platform: str | None, url: str | None, world: str | None, seed: int | None) -> None:
        self._given = {"platform": platform, "url": url, "world": world, "seed": seed}

    def over(self, earlier: NetworkChoice) -> NetworkChoice:
        """The earlier choice with what is said now laid over it."""
        return earlier.model_copy(update={name: value for name, value in self._given.items() if value is not None})


def _files(
    brief: Path | None, content: Path | None, history: Path | None, mapping: Path | None
) -> InputFiles | None:
    from workers.command.remembered import InputFiles

    if brief is not None and content is not None:
        return InputFiles(brief=brief, content=content, history=history, mapping=mapping)
    if brief is None and (content, history, mapping) == (None, None, None):
        return None
    missing = "--brief" if brief is None else "--content"
    raise UserError(f"{missing} is missing: a campaign is given by --brief YAML and --content DIR together")


def _remembered(settings: Settings | None, choice: _Choice, compress: float | None, *, virtual: bool) -> Remembered:
    """What the directory was started with, and the command line's wishes over it; `settings` None keeps nothing."""
    from workers.command.remembered import NetworkChoice, Remembered, recall

    earlier = recall(settings.data.directory) if settings is not None else None
    clock = _clock(settings, earlier, compress, virtual=virtual)
    if earlier is None:
        return Remembered(clock=clock, networks=choice.over(NetworkChoice()))
    return earlier.model_copy(update={"clock": clock, "networks": choice.over(earlier.networks)})


def _clock(
    settings: Settings | None, earlier: Remembered | None, compress: float | None, *, virtual: bool
) -> RememberedClock:
    from config.settings import ClockKind
    from workers.command.remembered import RememberedClock

    kind, speed = ClockKind.VIRTUAL if virtual else ClockKind.REAL, 1.0
    if compress is not None:
        kind, speed = ClockKind.COMPRESSED, compress
    elif settings is not None and settings.clock.kind is not ClockKind.REAL and not virtual:
        kind, speed = settings.clock.kind, settings.clock.speed
    if kind is ClockKind.VIRTUAL and not virtual:
        raise UserError("clock.kind is virtual in the settings: give --virtual-clock, or set it to real")
    if earlier is not None and settings is not None:
        if earlier.clock.kind is ClockKind.COMPRESSED and compress is None and not virtual:
            return earlier.clock
        if (earlier.clock.kind, earlier.clock.speed) != (kind, speed):
            raise UserError(
                f"{settings.data.directory} lives on the {earlier.clock.kind.value} clock, not on the {kind.value} one; "
                f"give another --data directory"
            )
        return earlier.clock
    anchor = datetime.now(UTC) if kind is ClockKind.COMPRESSED else None
    return RememberedClock(kind=kind, speed=speed, anchor=anchor)


def _in_memory(settings: Settings) -> Settings:
    from config.settings import StoreKind, StoreSettings

    return settings.model_copy(update={"store": StoreSettings(kind=StoreKind.MEMORY)})


def _live(
    settings: Settings, remembered: Remembered, files: InputFiles | None, names: list[str], json_lines: bool
) -> None:
    from config.brief import load_brief
    from workers.command.living import Life, live
    from workers.command.logs import make_logger
    from workers.command.progress import standard_lines

    given = None
    if files is not None:
        given = load_brief(files.brief, datetime.now(UTC)).campaign
        remembered = remembered.model_copy(update={"files": {**remembered.files, given: files.absolute()}})
    member = "worker-" + "-".join(sorted(names)) if names else "run"
    live(
        Life(
            settings=settings,
            remembered=remembered if not names else remembered.model_copy(update={"files": {}}),
            given=given,
            roster=_roster(names),
            member=member,
            lines=standard_lines(json_lines),
            log=make_logger(settings.log),
        )
    )


def _roster(names: list[str]) -> list[Any]:
    """The named workers, or all of them. Raises UserError."""
    from config.problems import listed, nearest
    from workers.roster import ROSTER

    known = {one.name: one for one in ROSTER}
    for name in names:
        if name not in known:
            near = nearest(name, known)
            raise UserError(f"no worker {name!r}; there are {listed(known)}{f'; did you mean {near!r}?' if near else ''}")
    return [one for one in ROSTER if not names or one.name in names]
