"""What near-duplicates are told by: a MinHash of the words, a thumbnail of the main picture.

Two products are nearly the same where their sets of words overlap by 0.85 (Jaccard; for two sets of
the same size that is a cosine of 0.92), or where the 16 x 16 thumbnails of their main pictures
correlate by 0.99, as in `aisle.duplicates`.

Looks are compared with a few others only: those that fall into the same bucket. Buckets are bands
of the MinHash (Broder 1997, doi:10.1109/SEQUEN.1997.666900) and signs of random projections of the
thumbnail (Charikar 2002, doi:10.1145/509907.509965). They are kept in the database, so that their
numbers must stay as they are: only raw bits of the random generator are used, which never change.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aisle.data.pictures.reading import decode_image
from aisle.errors import ImageError

IMAGE_COSINE = 0.99
TEXT_JACCARD = 0.85
"""The least overlap of the words of near-duplicates."""

_WORD = re.compile(r"\b\w\w+\b")
_FEWEST_WORDS = 3
_MOST_WORDS = 2_000
_HASHES = 128
_TEXT_BANDS, _TEXT_ROWS = 8, 4
_SIDE = 16
_PICTURE_BANDS, _PICTURE_BITS = 6, 16

_PIXELS = _SIDE * _SIDE * 3
_SIGNS = _PICTURE_BANDS * _PICTURE_BITS

_RANDOM = np.random.PCG64(0)
_FACTORS = _RANDOM.random_raw(_HASHES) | np.uint64(1)
_SHIFTS = _RANDOM.random_raw(_HASHES)
_COINS = np.unpackbits(_RANDOM.random_raw(_PIXELS * _SIGNS // 64).view(np.uint8))
_PLANES = _COINS.reshape(_PIXELS, _SIGNS).astype(np.float32) * 2 - 1


@dataclass(frozen=True, eq=False)
class Sketch:
    """How a product looks.

    Attributes:
        words: (128,) uint32 MinHash of the words, or None where there are fewer than three.
        picture: (768,) int8 thumbnail, its mean taken off, or None where nothing can be seen.
    """

    words: NDArray[np.uint32] | None
    picture: NDArray[np.int8] | None

    def buckets(self) -> Iterator[int]:
        """Signed 64-bit numbers; near-duplicates are very likely to share one."""
        if self.words is not None:
            rows = self.words[: _TEXT_BANDS * _TEXT_ROWS].reshape(_TEXT_BANDS, -1)
            yield from (_bucket("words", band, row) for band, row in enumerate(rows))
        if self.picture is not None:
            signs = (self.picture.astype(np.float32) @ _PLANES > 0).reshape(_PICTURE_BANDS, -1)
            yield from (_bucket("picture", band, row) for band, row in enumerate(signs))

    def is_near(self, other: Sketch) -> bool:
        """Whether the two are nearly the same."""
        return _near_words(self.words, other.words) or _near_pictures(self.picture, other.picture)


def sketch_of(texts: Sequence[str], picture: bytes | None) -> Sketch:
    """The look of a product.

    Args:
        texts: all its texts.
        picture: the bytes of its main picture; one that cannot be decoded is as none.
    """
    return Sketch(
        _min_hash(" ".join(texts).lower()), None if picture is None else _thumbnail(picture)
    )


def _min_hash(text: str) -> NDArray[np.uint32] | None:
    words = list(dict.fromkeys(_WORD.findall(text)))[:_MOST_WORDS]
    if len(words) < _FEWEST_WORDS:
        return None
    codes = np.array([crc32(word.encode("utf-8", "replace")) for word in words], dtype=np.uint64)
    hashes = (codes[:, None] * _FACTORS + _SHIFTS) >> np.uint64(32)
    return np.asarray(hashes.min(axis=0), dtype=np.uint32)


def _thumbnail(picture: bytes) -> NDArray[np.int8] | None:
    try:
        image = decode_image(picture, 2 * _SIDE)
    except ImageError:
        return None
    small = image.resize((_SIDE, _SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float32).ravel()
    pixels = pixels - pixels.mean()
    peak = float(np.abs(pixels).max())
    return np.asarray(np.rint(pixels * (127 / peak)), dtype=np.int8) if peak >= 1 else None


def _bucket(kind: str, band: int, row: NDArray[np.generic]) -> int:
    content = f"{kind} {band} ".encode() + row.tobytes()
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big", signed=True)


def _near_words(a: NDArray[np.uint32] | None, b: NDArray[np.uint32] | None) -> bool:
    return a is not None and b is not None and float((a == b).mean()) >= TEXT_JACCARD


def _near_pictures(a: NDArray[np.int8] | None, b: NDArray[np.int8] | None) -> bool:
    if a is None or b is None:
        return False
    x, y = a.astype(np.float32), b.astype(np.float32)
    return float(x @ y) >= IMAGE_COSINE * float(np.linalg.norm(x) * np.linalg.norm(y))
