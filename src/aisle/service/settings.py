"""How much the service takes on."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from aisle.errors import InputError
from aisle.parallel import cores

_MOST_WORKERS = 4


@dataclass(frozen=True)
class Limits:
    """What one request, and all at once, may bring.

    Attributes:
        body_bytes: the largest body of a request, and the largest line of a stream.
        json_bytes: the largest body of a request to the review desk.
        budget_bytes: the bodies and fetched pictures in memory at once, streams not counted.
        bytes_per_second: the slowest that a streamed body may come in the long run.
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
        spool_bytes: the most bytes of answers that wait on disk for a slow reader.
    """

    body_bytes: int = 32_000_000
    json_bytes: int = 4_000_000
    budget_bytes: int = 256_000_000
    bytes_per_second: int = 1_000
    picture_bytes: int = 20_000_000
    picture_pixels: int = 25_000_000
    jpeg_pixels: int = 100_000_000
    pictures: int = 8
    texts: int = 32
    characters: int = 100_000
    upload_bytes: int = 200_000_000
    upload_rows: int = 200_000
    upload_unpacked_bytes: int = 500_000_000
    spool_bytes: int = 2_000_000_000


@dataclass(frozen=True)
class InferenceSettings:
    """How products are answered together, and how long requests may take.

    Attributes:
        batch_size: how many products a worker answers at once at most: those that have come while
            the batch before was answered. From 32 on the classifier would keep what it computes of
            them on disk.
        queue_size: how many more products may wait besides those that all workers take at once; the
            next is refused. As many as `batch_size` fill the next batch, and more only wait longer.
        overload_capacity: how many products may be answered or wait for a while after one had to be
            refused: fewer answers a second, but each of them soon.
        overload_seconds: how long that while is.
        workers: how many processes answer; one a core by default, 4 at most.
        streams: how many streams of lines are answered at once.
        timeout: the time limit of a request, and of a stream that stands still, in seconds.
        shutdown_timeout: how long requests under way may take when the service stops, in seconds.
    """

    batch_size: int = 10
    queue_size: int = 10
    overload_capacity: int = 10
    overload_seconds: float = 20.0
    workers: int = field(default_factory=lambda: min(cores(), _MOST_WORKERS))
    streams: int = 4
    timeout: float = 30.0
    shutdown_timeout: int = 60

    @property
    def capacity(self) -> int:
        """How many single products are answered or wait at most."""
        return self.workers * self.batch_size + self.queue_size


def check_positive(given: Limits | InferenceSettings) -> None:
    """Checks that all numbers are above 0.

    Raises:
        InputError: one is not.
    """
    for one in fields(given):
        value = getattr(given, one.name)
        if not value > 0:
            raise InputError(f"{one.name} is {value}; more than 0 was expected")
