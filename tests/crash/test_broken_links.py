"""What stands between Mowj and its servers is slow, resets connections, and swallows what is said: real processes.

Each test breaks one link in three ways, in turn, while a campaign runs; a fact from outside is said under each.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.services import own_services
from tests.toxiproxy import Link, linked

pytestmark = pytest.mark.faults
pytest.importorskip("kafka")
pytest.importorskip("psycopg")

from tests.crash.outgrown import Place, installed  # noqa: E402
from tests.crash.test_outgrown_killed import assert_nothing_lost_and_nothing_twice  # noqa: E402
from tests.integration.running import until  # noqa: E402


def troubles(place: Place, part: str) -> int:
    """How often the run has told of trouble with it."""
    return place.running["run"].log.read_text(encoding="utf-8").count(f'"part": "{part}"')


def outlived(place: Place, link: Link, part: str, milliseconds: int, say: Callable[[], None] = lambda: None) -> None:
    """Publish behind a slow link, and once it was mended after resets and after silence, which were noticed."""
    link.slow(milliseconds)
    say()
    place.publishes(1)
    link.heal()
    for fault in (link.reset, link.silence):
        before = troubles(place, part)
        fault()
        say()
        until(lambda before=before: troubles(place, part) > before, place.running["run"])  # type: ignore[misc]
        link.heal()
        place.publishes(1)
    place.emit()
    place.grows(5)
    place.stop()
    assert_nothing_lost_and_nothing_twice(place)
    assert place.posts("PostPublished") == set(place.accepted()), "exactly once, as the network takes keys"


def test_a_broken_link_to_kafka_loses_nothing_and_repeats_nothing(tmp_path: Path, postgres_url: str) -> None:
    with linked() as link:
        # A broker names itself to its clients: as the link.
        properties = {"advertised.listeners": f"PLAINTEXT://127.0.0.1:{link.port}"}
        with own_services(tmp_path / "services", "kafka", properties=properties) as services:
            link.lead_to(int(services.addresses["kafka"].rpartition(":")[2]))
            with installed(tmp_path, postgres_url, f"127.0.0.1:{link.port}", keyed=True) as place:
                place.start("run")
                place.publishes(1)
                outlived(place, link, "relay", 60, place.emit)


def test_a_broken_link_to_postgresql_loses_nothing_and_repeats_nothing(
    tmp_path: Path, postgres_url: str, kafka_servers: str
) -> None:
    with linked(postgres_url) as link:
        more = {"MOWJ_STORE__URL": link.through(postgres_url), "MOWJ_STORE__ANSWER_SECONDS": "5"}
        with installed(tmp_path, postgres_url, kafka_servers, keyed=True, more=more) as place:
            place.start("run")
            place.publishes(1)
            outlived(place, link, "store", 3)


def test_a_broken_link_to_the_network_loses_nothing_and_repeats_nothing(
    tmp_path: Path, postgres_url: str, kafka_servers: str
) -> None:
    more = {"MOWJ_PLATFORMS__SIMULATED__OPTIONS__DEADLINE_SECONDS": "2"}
    with (
        linked() as link,
        installed(tmp_path, postgres_url, kafka_servers, keyed=True, way=link.through, more=more) as place,
    ):
        link.lead_to(int(urlsplit(place.network.url).port or 0))
        place.start("run")
        place.publishes(1)
        outlived(place, link, "platform", 60, place.emit)
