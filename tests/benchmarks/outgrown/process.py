"""A worker as a process of its own: URL NAMESPACE SERVERS PREFIX WORKER. It says "holds" once all partitions are its.

It runs until its input ends, and then says what it used: {"rss": bytes, "decided": events, "cpu": seconds}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from time import process_time
from typing import Any

from tests.benchmarks.outgrown.material import PARTITIONS
from tests.benchmarks.outgrown.throughput import Carried, Counting, Still
from workers.roster import ROSTER
from workers.runtime.assembly import assemble
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.store.postgres import PostgresStore


@contextmanager
def running(url: str, namespace: str, brokers: Brokers, worker: str) -> Iterator[subprocess.Popen[str]]:
    """The process, from its start until the block ends."""
    words = [sys.executable, "-m", __name__, url, namespace, brokers.servers, brokers.prefix, worker]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def said(process: subprocess.Popen[str]) -> str:
    """The next line that it says. Raises RuntimeError where it has ended."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the worker's process ended with {process.wait()}")
    return line.strip()


def ended(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Have it end, and give what it used."""
    assert process.stdin is not None
    process.stdin.close()
    used: dict[str, Any] = json.loads(said(process))
    return used


def main(url: str, namespace: str, servers: str, prefix: str, name: str) -> None:
    (worker,) = (worker for worker in ROSTER if worker.name == name)
    store = PostgresStore(url, namespace, PARTITIONS, outbox=True)
    observer, stop = Counting(), Signal()
    transport = Carried(store, Brokers(servers, prefix=prefix, partitions=PARTITIONS))
    member = f"bench-{os.getpid()}"
    runtime = assemble(
        [worker], store, Still(), observer=observer, member=member, partitions=PARTITIONS, transport=transport
    )
    thread = Thread(target=runtime.run_forever, args=(stop,), daemon=True)
    thread.start()
    while thread.is_alive() and not runtime.loop.holdings.places():
        time.sleep(0.01)
    print("holds", flush=True)
    sys.stdin.read()
    stop.set()
    thread.join()
    assert not observer.troubles, observer.troubles
    print(json.dumps({"rss": _most_resident(), "decided": observer.decided_events, "cpu": process_time()}), flush=True)


def _most_resident() -> int:
    """Bytes. What getrusage says is at least what the parent had when it made this process."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (most,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return 1024 * int(most)


if __name__ == "__main__":
    main(*sys.argv[1:])
