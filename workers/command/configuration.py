"""`mowj config`: the settings as they hold, with secrets masked."""

from __future__ import annotations

import typer

from workers.command.options import Config, Data, Json


def register(app: typer.Typer) -> None:
    """Add `mowj config`."""
    group = typer.Typer(name="config", help="The settings as they hold.", no_args_is_help=True)
    group.command("show")(show)
    group.command("check")(check)
    app.add_typer(group)


def show(config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Print every setting as it holds, from defaults, mowj.toml and MOWJ_SECTION__KEY; secrets are masked."""
    from config.settings import masked
    from workers.command.opening import read_settings
    from workers.command.output import print_json, print_table

    settings = masked(read_settings(config, data))
    if as_json:
        print_json(settings)
        return
    rows = [(name, value) for section, fields in settings.items() for name, value in _flat(section, fields)]
    print_table("", ("setting", "value"), rows, "")


def check(config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Check the settings, and that every platform in them is installed; exit code 2 with every mistake."""
    from workers.command.networks import plugin_of
    from workers.command.opening import read_settings
    from workers.command.output import print_json, say
    from workers.command.remembered import NetworkChoice
    from workers.platforms import registry

    settings = read_settings(config, data)
    plugins = {channel: plugin_of(channel, settings, NetworkChoice()) for channel in settings.platforms}
    for plugin in plugins.values():
        registry.load(plugin)
    if as_json:
        print_json({"ok": True, "platforms": plugins})
    else:
        say(f"the settings are good; platforms: {', '.join(sorted(plugins)) or 'those of the installed plug-ins'}")


def _flat(name: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict) and value:
        return [row for key, inner in value.items() for row in _flat(f"{name}.{key}", inner)]
    return [(name, "(none)" if value in ({}, None) else value)]
