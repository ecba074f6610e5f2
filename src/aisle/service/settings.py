"""How much the service takes on."""

from __future__ import annotations

from dataclasses import dataclass, fields

from aisle.errors import InputError
from aisle.parallel import cores

_MOST_WORKERS = 4


@dataclass(frozen=True)
class Limits:
    """What one request, and all at once, may bring.

    Attributes:
        body_bytes: the largest body of a request, and the largest line of a stream.
        held_bytes: the bodies that are held in memory at once, streams not counted.
        picture_bytes: the largest file of a picture.
        picture_pixels: the most pixels of a picture that has to be decoded whole.
        jpeg_pixels: the most pixels of a JPEG picture, which is decoded in reduced size.
        pictures: how many pictures a product may have.
        texts: how many texts a product may have.
        characters: how long the texts of a product may be together; no expert reads further.
        upload_bytes: the largest file of a table that is uploaded.
        upload_rows: the most rows of such a table.
        upload_unpacked_bytes: the most that its Parquet file may unpack to: a few kilobytes of it
            can hold gigabytes.
    """

    body_bytes: int = 32_000_000
    held_bytes: int = 256_000_000
    picture_bytes: int = 20_000_000
    picture_pixels: int = 25_000_000
    jpeg_pixels: int = 100_000_000
    pictures: int = 8
    texts: int = 32
    characters: int = 100_000
    upload_bytes: int = 200_000_000
    upload_rows: int = 200_000
    upload_unpacked_bytes: int = 500_000_000


@dataclass(frozen=True)
class Pace:
    """How requests are answered together, and how long they may take.

    Attributes:
        together: so many products are answered at once at most, as many as have come while those
            before were answered; from 32 on the classifier would keep what it computes of them on
            disk.
        queue: so many products may wait beside those that all workers take at once; the next is
            turned away. As many as `together` fill the next group, and more only wait longer.
        crowded: so many products are answered or wait at most for a while after callers had to be
            turned away: fewer answers a second, but each of them soon.
        workers: so many processes answer a group each, beside each other; as many as there are
            cores by default, and 4 at most.
        streams: so many streams of lines are answered beside each other.
        seconds: the time limit of a request, and of a stream that stands still.
        grace: seconds that requests under way get when the service stops.
    """

    together: int = 10
    queue: int = 10
    crowded: int = 10
    workers: int = min(cores(), _MOST_WORKERS)
    streams: int = 4
    seconds: float = 30.0
    grace: int = 60

    @property
    def at_once(self) -> int:
        """How many single products are answered or wait at most."""
        return self.workers * self.together + self.queue


def check_positive(given: Limits | Pace) -> None:
    """Whether all numbers are above 0.

    Raises:
        InputError: one is not.
    """
    for one in fields(given):
        value = getattr(given, one.name)
        if not value > 0:
            raise InputError(f"{one.name} is {value}; more than 0 was expected")
