"""A FastStream handler that validates and republishes, in an environment of its own: SERVERS SOURCE TARGET COUNT.

It validates by Mowj's own models. Prints one JSON line with the messages a second, from the first to the last.
"""

from __future__ import annotations

import asyncio
import json
import sys
from time import perf_counter, process_time
from typing import Any

from faststream import FastStream
from faststream.confluent import KafkaBroker, KafkaResponse
from faststream.confluent.annotations import KafkaMessage

from events.catalogue import read_fact_text


async def main(servers: str, source: str, target: str, count: int) -> None:
    broker = KafkaBroker(servers, logger=None)
    done = asyncio.Event()
    seen: list[tuple[float, float]] = []

    @broker.subscriber(source, group_id=f"{source}-group", auto_offset_reset="earliest")  # type: ignore[untyped-decorator]
    @broker.publisher(target)  # type: ignore[untyped-decorator]
    async def handle(message: KafkaMessage) -> Any:
        seen.append((perf_counter(), process_time()))
        fact = read_fact_text(message.headers["ce_type"], message.body)
        if len(seen) >= count:
            done.set()
        headers = {name: value for name, value in message.headers.items() if name.startswith("ce_")}
        return KafkaResponse(
            fact.model_dump_json(exclude_none=True).encode(), headers=headers, key=message.raw_message.key()
        )

    app = FastStream(broker, logger=None)
    running = asyncio.create_task(app.run())
    waiting = asyncio.create_task(done.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    seconds, cpu = perf_counter() - seen[0][0], process_time() - seen[0][1]
    app.exit()
    await running
    print(json.dumps({"a_second": len(seen) / seconds, "cpu": 1e6 * cpu / len(seen)}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
