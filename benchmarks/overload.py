"""Requests at a fixed rate, whether or not there are answers: twice what a server can do."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.common import print_table
from benchmarks.processes import family_of, resident_gigabytes

SECONDS = 180
CALM_SECONDS = 20
CALM_SHARE = 0.05
"""Of the capacity, to see how fast answers are where hardly anybody asks."""


Tally = dict[int, list[float]]
"""Seconds from when a request was due to its answer, by status; 0 where no answer came."""


class Callers:
    """As many connections as it takes to send at a fixed rate; each is used again.

    Args:
        port: of the server on this machine.
        bodies: what is sent, in turn.
    """

    def __init__(self, port: int, bodies: Sequence[str]) -> None:
        self._port = port
        self._requests = itertools.cycle(map(_request, bodies))
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, rate: float, seconds: float) -> Tally:
        """Sends requests at a rate per second, and waits for all answers."""
        tally: Tally = defaultdict(list)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as calls:
            for due in _times(started, rate, seconds):
                await asyncio.sleep(due - time.perf_counter())
                calls.create_task(self._call(next(self._requests), due, tally))
        return tally

    def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection that was used before, unless the server has closed it as idle since."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    async def _call(self, request: bytes, due: float, tally: Tally) -> None:
        status = 0
        try:
            reader, writer = self._open() or await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            assert length
            await reader.readexactly(int(length[1]))
            status = int(head[9:12])
            self._idle.append((reader, writer))
        except (OSError, EOFError):
            pass
        tally[status].append(time.perf_counter() - due)


def overload(pid: int, port: int, bodies: Sequence[str], capacity: float) -> None:
    """Prints how a server does at twice its capacity, in products a second."""
    callers = Callers(port, bodies)
    memory: list[float] = []

    async def run() -> tuple[Tally, Tally]:
        calm = await callers.send(capacity * CALM_SHARE, CALM_SECONDS)
        watch = asyncio.create_task(_watch(pid, memory))
        flooded = await callers.send(2 * capacity, SECONDS)
        watch.cancel()
        return calm, flooded

    before = _answered(port)
    calm, flooded = asyncio.run(run())
    answered = _answered(port) - before - len(calm[200])
    third = len(memory) // 3
    parts = memory[:third], memory[third:-third], memory[-third:]
    p99, calm_p99 = (np.percentile(one[200], 99) * 1000 for one in (flooded, calm))
    rows = [
        ("sent a second", f"{2 * capacity:.0f}"),
        ("answered a second", f"{answered / SECONDS:.0f}"),
        ("answers by status (0: none)", {status: len(each) for status, each in flooded.items()}),
        ("accepted by the server", answered),
        ("p50 of 200, ms", f"{np.median(flooded[200]) * 1000:.0f}"),
        ("p99 of 200, ms", f"{p99:.0f}"),
        (f"p99 at {CALM_SHARE:.0%} of the capacity, ms", f"{calm_p99:.0f}"),
        ("times as long", f"{p99 / calm_p99:.1f}"),
        ("memory by thirds of the time, MB", ", ".join(f"{np.median(p):.0f}" for p in parts)),
    ]
    print_table(f"twice the capacity for {SECONDS} s", ("figure", ""), rows)


async def _watch(pid: int, memory: list[float]) -> None:
    family = family_of(pid)
    while True:
        memory.append(1_000 * sum(map(resident_gigabytes, family)))
        await asyncio.sleep(1)


def _answered(port: int) -> int:
    """How many products the server has answered, by its own figures."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as response:
        text = response.read().decode()
    return sum(int(float(n)) for n in re.findall(r"^aisle_decisions_total.* (\S+)$", text, re.M))


def _request(body: str) -> bytes:
    content = body.encode()
    head = (
        "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def _times(started: float, rate: float, seconds: float) -> Iterator[float]:
    return (started + number / rate for number in range(round(rate * seconds)))
