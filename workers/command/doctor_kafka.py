"""What `mowj doctor` asks of Kafka: that it answers, and that its topics are fit to hold the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.command.doctor import Check

if TYPE_CHECKING:
    from config.settings import Settings


def kafka(settings: Settings) -> Check:
    """Look without making or changing anything."""
    from workers.command.errors import MachineError, UserError
    from workers.command.transporting import administered

    try:
        with administered(settings) as (admin, brokers):
            from workers.runtime.kafka import topics

            dangers = topics.check(admin, brokers)
    except UserError as error:
        return Check("kafka", "cannot be used", str(error))
    except MachineError as error:
        return Check("kafka", str(error), "start Kafka, or mend [transport] in the settings")
    if dangers:
        found = "; ".join(f"{danger.topic}: {danger.found}" for danger in dangers)
        return Check("kafka", found, "; ".join(dict.fromkeys(danger.mend for danger in dangers)))
    return Check("kafka", f"{brokers.servers}: the topics {brokers.prefix}.… are fit to hold the log")
