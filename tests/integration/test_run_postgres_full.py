"""PostgreSQL has no room left: the run waits, says so, and goes on once there is some.

What a full disk makes of a write is said by a trigger, in PostgreSQL's own words and under its own code: to fill a disk
takes rights that a test does not have everywhere.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.integration.running import started, until
from tests.integration.test_run_postgres import SPEED, Database, assert_clean, brief, database, not_ready, runs

pytestmark = pytest.mark.faults
__all__ = ["database"]

WORDS = "could not extend file: No space left on device"
FULL = f"""
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION full_disk();
"""
ROOM = "DROP FUNCTION full_disk CASCADE"


def say(database: Database, statements: str) -> None:
    options = f"-c search_path={database.namespace}"
    with closing(psycopg.connect(database.url, options=options, autocommit=True)) as connection:
        connection.execute(statements.encode())


def test_a_run_without_room_in_postgresql_waits_says_why_and_goes_on(tmp_path: Path, database: Database) -> None:
    data = tmp_path / "data"
    files = ("--brief", brief(tmp_path), "--content", "config/content/steady", "--compress", str(SPEED))
    with started(data, "run", *files, "--platform", "simulated", "--world", "steady") as running:
        runs(running)
        database.grows("PostPublished", 1, running)
        for _ in range(2):
            say(database, FULL)
            assert WORDS in until(lambda: not_ready(running), running)
            say(database, ROOM)
            until(lambda: not_ready(running) is None, running)
            database.grows("PostPublished", 1, running)
        assert running.stop() == 0
    assert_clean(data)
