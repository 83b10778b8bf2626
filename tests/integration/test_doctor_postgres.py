"""`mowj doctor` and `mowj store migrate` on PostgreSQL: what they say where it is good, missing, or of other code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.contract.stores import postgres_schema
from tests.integration.running import ENVIRONMENT, command

pytestmark = pytest.mark.services


def told(data: Path, url: str, namespace: str, *words: str) -> tuple[int, str]:
    """Exit code, and what was said."""
    environment = {**ENVIRONMENT, "MOWJ_STORE__KIND": "postgres", "MOWJ_STORE__NAMESPACE": namespace}
    environment |= {"MOWJ_STORE__URL": url} if url else {}
    done = subprocess.run(
        command(*words, "--data", data), env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def looked(data: Path, url: str, namespace: str) -> tuple[str, str | None]:
    """What doctor found of the store, and how to mend it."""
    _, said = told(data, url, namespace, "doctor", "--json")
    (check,) = [check for check in json.loads(said) if check["name"] == "postgres"]
    return check["found"], check["mend"]


def test_a_database_is_looked_at_before_and_after_it_was_laid_out(tmp_path: Path) -> None:
    with postgres_schema() as (url, namespace):
        found, mend = looked(tmp_path, url, namespace)
        assert found.endswith("no tables yet; the first start makes them")
        assert mend is None
        assert told(tmp_path, url, namespace, "status")[0] == 2, "nobody has started anything there"
        code, said = told(tmp_path, url, namespace, "store", "migrate")
        assert (code, said.strip()) == (
            0, f"schema '{namespace}' of the database in store.url: layout (none) became 0001",
        )  # fmt: skip
        assert "nothing to do" in told(tmp_path, url, namespace, "store", "migrate")[1]
        found, mend = looked(tmp_path, url, namespace)
        assert found.endswith(f"schema {namespace}: laid out")
        assert mend is None


def test_a_database_that_does_not_answer_is_said_without_its_password(tmp_path: Path) -> None:
    away = "postgresql://mowj:secret@127.0.0.1:1/mowj"
    found, mend = looked(tmp_path, away, "mowj")
    assert "refused" in found
    assert mend is not None
    code, said = told(tmp_path, away, "mowj", "status")
    assert (code, len(said.strip().splitlines())) == (1, 1), "a line, and no traceback"
    assert said.startswith('PostgreSQL: connection failed: connection to server at "127.0.0.1"')
    assert "mowj doctor" in said
    assert "secret" not in f"{found}{mend}{said}"
    found, mend = looked(tmp_path, "", "mowj")
    assert mend is not None
    assert "MOWJ_STORE__URL" in mend
