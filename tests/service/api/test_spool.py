"""Answers that wait for a caller."""

from __future__ import annotations

import asyncio
from contextlib import closing

import pytest

from aisle.service.api.streaming import Spool


def test_what_is_written_is_read_in_order() -> None:
    async def run() -> None:
        with closing(Spool(30, 4_000)) as spool:
            for number in range(100):
                await spool.write(b"%03d" % number)
            await spool.finish()
            read = b""
            while data := await spool.read():
                read += data
            assert read == b"".join(b"%03d" % number for number in range(100))

    asyncio.run(run())


def test_a_full_spool_waits_for_a_reader_and_not_for_ever() -> None:
    async def run() -> None:
        with closing(Spool(30, 4)) as spool:
            await spool.write(b"full")
            writing = asyncio.create_task(spool.write(b"more"))
            assert await spool.read() == b"full"
            await writing
            assert await spool.read() == b"more"
        with closing(Spool(0.01, 4)) as spool:
            await spool.write(b"full")
            with pytest.raises(TimeoutError):
                await spool.write(b"more")
            assert await spool.read() == b"full"

    asyncio.run(run())
