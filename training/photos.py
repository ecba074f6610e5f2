"""Every product photo that there is to learn from, as squares of one size."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from aisle.data.pictures.reading import decode_image
from aisle.encoders.image import letterbox

SIDE = 160
HELD_OUT_OF_TEN = 3
"""How many of ten Flipkart products are held out: the student never sees their pictures."""


@dataclass(frozen=True)
class Photos:
    """Photos of products.

    Attributes:
        paths: (n,) files.
        sources: (n,) which part of the data folder each is from.
        held_out: (n,) which of them the student must not see.
    """

    paths: Sequence[Path]
    sources: NDArray[np.str_]
    held_out: NDArray[np.bool_]


def find_photos(data: Path) -> Photos:
    """All photos under the data folder; of some Flipkart products they are held out."""
    held = held_out_files(data)
    paths = sorted(path for path in data.rglob("*.jpg") if path.is_file())
    sources = np.array([_source(path.relative_to(data)) for path in paths])
    return Photos(paths, sources, np.array([path.name in held for path in paths], dtype=np.bool_))


def _source(path: Path) -> str:
    """`flipkart/images/…` is flipkart, `photos/clothing/…` is clothing."""
    return path.parts[1 if path.parts[0] == "photos" else 0]


def held_out_files(data: Path) -> set[str]:
    """The names of the pictures of those Flipkart products that are kept for measuring."""
    table = pq.read_table(data / "flipkart/products.parquet", columns=["uniq_id", "images"])
    return {
        name
        for row in table.to_pylist()
        if is_held_out(row["uniq_id"])
        for name in row["images"] or ()
    }


def is_held_out(uniq_id: str) -> bool:
    """Whether the pictures of this product are kept for measuring; decided by its key alone."""
    return zlib.crc32(uniq_id.encode()) % 10 < HELD_OUT_OF_TEN


def square(path: Path, side: int) -> Image.Image:
    """The whole picture on a white square."""
    return letterbox(decode_image(path.read_bytes(), side), side, Image.Resampling.BICUBIC)


def load_squares(paths: Sequence[Path], side: int = SIDE) -> NDArray[np.uint8]:
    """(n, side, side, 3) values 0 to 255."""
    with ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(lambda path: np.asarray(square(path, side)), paths)))
