"""`mowj run` and `mowj worker`: all workers in one process, or only some of them beside others on the same store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workers.command.options import Config, Data, JsonLines

NAMES = (
    "Of analyst, strategist, planner, editor, publisher, observer, evaluator and reviser; `executor` carries out "
    "the effects that a broker brings."
)
Brief = Annotated[Path | None, typer.Option("--brief", metavar="YAML", help="The campaign's brief.")]
Content = Annotated[Path | None, typer.Option("--content", metavar="DIR", help="A folder of Markdown posts.")]
History = Annotated[Path | None, typer.Option("--history", metavar="CSV", help="The page's past posts.")]
Mapping = Annotated[Path | None, typer.Option("--mapping", metavar="YAML", help="What the columns of --history mean.")]
Platform = Annotated[
    str | None,
    typer.Option("--platform", metavar="PLUGIN", help="The network for every channel; else as in the settings."),
]
PlatformUrl = Annotated[
    str | None, typer.Option("--platform-url", metavar="URL", help="Where the platform simulated-remote listens.")
]
World = Annotated[str | None, typer.Option("--world", metavar="NAME|FILE", help="The simulated network's world.")]
Seed = Annotated[int | None, typer.Option("--seed", help="The simulated network's luck; 1 by default.")]
Compress = Annotated[float | None, typer.Option("--compress", metavar="N", hidden=True, min=1)]
Names = Annotated[list[str], typer.Argument(metavar="NAME…", help=NAMES)]


def register(app: typer.Typer) -> None:
    """Add `mowj run`, `mowj advise` and `mowj worker`."""
    app.command()(run)
    app.command()(advise)
    app.command()(worker)


def run(  # noqa: PLR0917 - Typer passes what the command line says, by name
    brief: Brief = None,
    content: Content = None,
    history: History = None,
    mapping: Mapping = None,
    platform: Platform = None,
    platform_url: PlatformUrl = None,
    world: World = None,
    seed: Seed = None,
    days: Annotated[
        float | None, typer.Option("--days", min=0.1, help="With --virtual-clock: how long, from its start.")
    ] = None,
    virtual_clock: Annotated[
        bool, typer.Option("--virtual-clock", help="Live the campaign through at once, then print what came of it.")
    ] = False,
    compress: Compress = None,
    config: Config = None,
    data: Data = None,
    json_lines: JsonLines = False,
) -> None:
    """Run all workers in one process; without --brief, go on with everything that is in the data directory.

    With --virtual-clock everything is kept in memory, unless --data names a directory.
    """
    from workers.command.starting import Start, start_run

    start_run(
        Start(
            config, data, brief, content, history, mapping, platform, platform_url, world, seed, compress, json_lines
        ),
        virtual=virtual_clock,
        days=days,
    )


def advise(
    *,
    brief: Annotated[Path, typer.Option("--brief", metavar="YAML", help="The campaign's brief.")],
    content: Annotated[Path, typer.Option("--content", metavar="DIR", help="A folder of Markdown posts.")],
    history: History = None,
    mapping: Mapping = None,
    platform: Platform = None,
    platform_url: PlatformUrl = None,
    compress: Compress = None,
    config: Config = None,
    data: Data = None,
    json_lines: JsonLines = False,
) -> None:
    """Run all workers as `mowj run` does, but only propose: nothing is published, whatever mode the brief names.

    Networks that nothing serves yet are planned for without being read. `mowj status`, `explain` and `report` show what
    is proposed; the same arguments after `mowj run` go over to the brief's own mode.
    """
    from workers.command.starting import Start, start_run

    start_run(
        Start(
            config, data, brief, content, history, mapping, platform, platform_url,
            compress=compress, json_lines=json_lines, advise=True,
        ),
        virtual=False,
        days=None,
    )  # fmt: skip


def worker(
    names: Names,
    platform: Platform = None,
    platform_url: PlatformUrl = None,
    config: Config = None,
    data: Data = None,
    json_lines: JsonLines = False,
) -> None:
    """Run only these workers, on the store that others share."""
    from workers.command.starting import Start, start_workers

    start_workers(Start(config, data, platform=platform, url=platform_url, json_lines=json_lines), names)
