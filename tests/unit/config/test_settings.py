"""Settings from file and environment: what outweighs what, what is refused, what is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.problems import InputError, Problem
from config.settings import ExecutorKind, Settings, StoreKind, load_settings, masked


def write(folder: Path, text: str) -> Path:
    path = folder / "mowj.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path | None, **environ: str) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        load_settings(path, environ)
    return list(caught.value.problems)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `mowj.toml` of the developer's counts."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def test_without_file_and_environment_mowj_runs_on_one_machine() -> None:
    settings = load_settings(None, {"PATH": "/bin"})
    assert settings == Settings()
    assert (settings.store.kind, settings.executor.kind) == (StoreKind.SQLITE, ExecutorKind.DRAMATIQ)
    assert settings.store_path == Path(".mowj/mowj.sqlite")
    assert settings.runtime.partitions == 64


def test_a_file_in_the_working_directory_is_found() -> None:
    write(Path.cwd(), "[http]\nport = 9000\n")
    assert load_settings(None, {}).http.port == 9000


def test_the_environment_outweighs_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[http]\nport = 9000\nhost = "::1"\n')
    http = load_settings(path, {"MOWJ_HTTP__PORT": "9001"}).http
    assert (http.port, http.host) == (9001, "::1")


def test_a_named_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    (found,) = problems(tmp_path / "nowhere.toml")
    assert found.given == "No such file or directory"


def test_an_unknown_key_is_refused_with_the_nearest_and_its_line(tmp_path: Path) -> None:
    (found,) = problems(write(tmp_path, '# Store\n[store]\nkind = "sqlite"\npaht = "x"\n'))
    assert (found.line, found.field, found.hint) == (4, "store.paht", "path")


def test_an_unknown_section_is_refused_with_the_nearest_and_its_line(tmp_path: Path) -> None:
    (found,) = problems(write(tmp_path, "\n[htpp]\nport = 1\n"))
    assert (found.line, found.field, found.hint) == (2, "htpp", "http")


def test_a_mistake_in_the_environment_names_its_variable() -> None:
    first, second = problems(None, MOWJ_HTTP__PROT="1", MOWJ_LOG__LEVEL="inof")
    assert (first.file, first.line, first.hint) == ("environment variable MOWJ_HTTP__PROT", None, "port")
    assert (second.file, second.hint) == ("environment variable MOWJ_LOG__LEVEL", "info")


def test_a_misspelled_section_in_the_environment_is_not_ignored() -> None:
    (found,) = problems(None, MOWJ_STROE__KIND="memory")
    assert (found.field, found.hint) == ("stroe", "store")


def test_the_test_suites_own_variables_are_no_settings() -> None:
    assert load_settings(None, {"MOWJ_TESTING": "1", "MOWJ_REQUIRE_SERVICES": "1"}) == Settings()


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, '[store]\nkind = "sqlit"\n[executor]\nthreads = 0\n')
    found = problems(path, MOWJ_HTTP__PORT="70000")
    assert {(problem.field, problem.line) for problem in found} == {
        ("store.kind", 2),
        ("executor.threads", 4),
        ("http.port", None),
    }


def test_a_file_that_is_no_toml_is_answered_with_its_line(tmp_path: Path) -> None:
    (found,) = problems(write(tmp_path, "[store]\nkind = \n"))
    assert (found.line, found.field) == (2, "(syntax)")


def test_dotted_keys_and_inline_tables_have_lines_too(tmp_path: Path) -> None:
    path = write(tmp_path, 'http.prot = 1\n\nlog = {level = "loud"}\n[platforms."my net"]\nplugn = "x"\n')
    assert [(found.line, found.field) for found in problems(path)] == [
        (1, "http.prot"),
        (3, "log.level"),
        (5, "platforms.my net.plugn"),
    ]


def test_a_value_in_place_of_a_section_is_refused() -> None:
    (found,) = problems(None, MOWJ_STORE="memory", MOWJ_STORE__KIND="memory")
    assert found.file == "environment variable MOWJ_STORE__KIND"


def test_secrets_are_masked_and_given_to_the_plug_in_alone(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[platforms.net]\nplugin = "net:factory"\noptions = {region = "eu"}\n[platforms.net.secrets]\ntoken = "hush"\n',
    )
    settings = load_settings(path, {"MOWJ_PLATFORMS__NET__SECRETS__KEY": "whisper"})
    assert settings.platforms["net"].revealed() == {"region": "eu", "token": "hush", "key": "whisper"}
    shown = f"{masked(settings)} {settings!r}"
    assert "region" in shown
    assert "hush" not in shown
    assert "whisper" not in shown


def test_what_is_called_like_a_secret_among_a_plug_ins_options_is_masked_too(tmp_path: Path) -> None:
    accounts = """
[platforms.net.options.accounts.shop]
identifier = "shop.example"
password = "hush"
apps = [{api_key = "whisper"}]
proxy = "http://olivia:quiet@proxy.example:3128"
"""
    shown = masked(load_settings(write(tmp_path, accounts), {}))["platforms"]["net"]["options"]["accounts"]["shop"]
    assert shown["identifier"] == "shop.example"
    assert shown["proxy"] == "http://**********@proxy.example:3128"
    assert not [word for word in ("hush", "whisper", "olivia", "quiet") if word in f"{shown}"]


@pytest.mark.parametrize("text", ["[platforms.net.secrets]\ntoken = 4711\n", '[platforms.net]\nsecrets = "x4711"\n'])
def test_a_mistaken_secret_is_not_repeated_in_the_message(tmp_path: Path, text: str) -> None:
    (found,) = problems(write(tmp_path, text))
    assert found.line == 2
    assert "4711" not in str(found)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().http.port = 1


def test_the_environment_does_not_change_the_file_that_was_read(tmp_path: Path) -> None:
    path = write(tmp_path, "[platforms.net.options]\na = 1\n")
    assert load_settings(path, {"MOWJ_PLATFORMS__NET__OPTIONS__A": "2"}).platforms["net"].options == {"a": "2"}
    assert load_settings(path, {}).platforms["net"].options == {"a": 1}
