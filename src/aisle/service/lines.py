"""A body as lines, read a little ahead of the answers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

_MOST_LINES = 64
_MOST_BYTES = 64_000_000


@dataclass(frozen=True)
class Line:
    """One line of a body.

    Attributes:
        number: from 1 on.
        content: its bytes, or None where it is longer than allowed.
    """

    number: int
    content: bytes | None

    @property
    def size(self) -> int:
        """How many bytes it holds in memory."""
        return len(self.content or b"")


async def split_lines(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[Line]:
    """The lines of a body as they come in, none held longer than `most` bytes."""
    number, rest, too_long = 0, bytearray(), False
    async for chunk in chunks:
        *ends, tail = chunk.split(b"\n")
        for end in ends:
            number += 1
            too_long = too_long or len(rest) + len(end) > most
            yield Line(number, None if too_long else bytes(rest) + end)
            rest.clear()
            too_long = False
        too_long = too_long or len(rest) + len(tail) > most
        if too_long:
            rest.clear()
        else:
            rest += tail
    if too_long or rest:
        yield Line(number + 1, None if too_long else bytes(rest))


class ReadAhead:
    """Lines that were read and not yet answered: a bounded number of a bounded size."""

    def __init__(self) -> None:
        self.ended = False
        self._lines: deque[Line] = deque()
        self._bytes = 0
        self._changed = asyncio.Condition()

    async def fill(self, lines: AsyncIterator[Line]) -> None:
        """Reads lines to their end, waiting where there is no room for more."""
        async for line in lines:
            async with self._changed:
                await self._changed.wait_for(lambda: self._has_room)
                self._lines.append(line)
                self._bytes += line.size
                self._changed.notify_all()
        async with self._changed:
            self.ended = True
            self._changed.notify_all()

    async def take(self, most: int) -> list[Line]:
        """The next lines that are there, one at least; none at the end."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._lines or self.ended)
            taken = [self._lines.popleft() for _ in range(min(most, len(self._lines)))]
            self._bytes -= sum(line.size for line in taken)
            self._changed.notify_all()
            return taken

    @property
    def _has_room(self) -> bool:
        return len(self._lines) < _MOST_LINES and self._bytes < _MOST_BYTES
