"""Answers on their way to a caller who may read slower than he is answered."""

from __future__ import annotations

import asyncio
from tempfile import SpooledTemporaryFile

_IN_MEMORY = 1_000_000
_MOST = 2_000_000_000
_PIECE = 256_000


class Spool:
    """Bytes in at one end, out at the other; what does not fit into memory goes to a nameless file.

    Many HTTP clients send all of a request before they read any of the answer. Without this a long
    stream would stop halfway, each side waiting for the other.

    Args:
        seconds: how long a full spool waits for its reader.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._file = SpooledTemporaryFile[bytes](_IN_MEMORY)
        self._read = 0
        self._written = 0
        self._finished = False
        self._changed = asyncio.Condition()

    async def write(self, data: bytes) -> None:
        """Takes bytes, and waits where too many are left to read.

        Raises:
            TimeoutError: nobody reads.
        """
        async with self._changed:
            async with asyncio.timeout(self._seconds):
                await self._changed.wait_for(lambda: self._written - self._read < _MOST)
            self._file.seek(self._written)
            self._file.write(data)
            self._written += len(data)
            self._changed.notify_all()

    async def finish(self) -> None:
        """Tells that nothing more will be written."""
        async with self._changed:
            self._finished = True
            self._changed.notify_all()

    async def read(self) -> bytes:
        """The next bytes, as soon as there are some; none at the end."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._finished or self._read < self._written)
            self._file.seek(self._read)
            data = self._file.read(_PIECE)
            self._read += len(data)
            if self._read == self._written:
                self._file.seek(0)
                self._file.truncate()
                self._read = self._written = 0
            self._changed.notify_all()
            return data

    def close(self) -> None:
        """Gives the space back."""
        self._file.close()
