"""The link between executor and broker is slow, resets, and swallows what is said: every effect settles, once."""

from __future__ import annotations

import pytest

from tests.contract.broker_executors import broker_executor, remove
from tests.integration.test_brokers_lost import Ledger, slow
from tests.services import address_of, own_name
from tests.toxiproxy import linked

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("kind", ["rabbitmq", "redis"])
def test_a_broken_link_to_the_broker_delays_and_repeats_nothing(kind: str) -> None:
    ledger, prefix, address = Ledger(120), own_name(), address_of(kind)
    ledger.world.network.trouble = slow
    with linked(address) as link:
        executor = broker_executor(kind, link.through(address), prefix, threads=2)
        executor.start(ledger.perform)
        try:
            with ledger.offered_by(executor):
                ledger.wait_for(lambda: ledger.settled() >= 5, "nothing began")
                link.slow(40)
                ledger.wait_for(lambda: ledger.settled() >= 20, "a slow link stops everything")
                link.heal()
                for fault in (link.reset, link.silence):
                    before = ledger.settled()
                    fault()
                    ledger.wait_for(lambda: executor.trouble() is not None, "it was not noticed")
                    assert before < 120, "there is something left to do"
                    link.heal()
                    ledger.wait_for(lambda: executor.trouble() is None, "its end was not noticed")
                ledger.assert_all_once()
        finally:
            executor.stop()
            remove(kind, address, prefix)
