"""What near-duplicates are recognised by: a MinHash of the words, a thumbnail of the main picture.

Two products are near-duplicates where their sets of words overlap by 0.85 (Jaccard; for two sets of
the same size that is a cosine of 0.92), or where the 16 x 16 thumbnails of their main pictures
correlate by 0.99. In a table it is known which words are common: there the cosine of TF-IDF vectors
counts instead of the overlap, so that what all products of a shop say makes no near-duplicates
(`groups`).

Only signatures that share a bucket are compared. Buckets are bands of the MinHash (Broder 1997,
doi:10.1109/SEQUEN.1997.666900) and signs of random projections of the thumbnail (Charikar 2002,
doi:10.1145/509907.509965). A database may keep them, so their numbers must stay as they are: only
raw bits of the random generator are used, which never change.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from PIL import Image

THUMBNAIL_SIDE = 16
"""The side of the thumbnails that are compared, in pixels."""

HASHES = 128
WORD_BANDS, WORD_ROWS = 8, 4
PICTURE_BANDS, PICTURE_BITS = 6, 16
PIXELS = THUMBNAIL_SIDE * THUMBNAIL_SIDE * 3

_WORD = re.compile(r"\b\w\w+\b")
_FEWEST_WORDS, _MOST_WORDS = 3, 2_000
_SIGNS = PICTURE_BANDS * PICTURE_BITS

_RANDOM = np.random.PCG64(0)
_FACTORS = _RANDOM.random_raw(HASHES) | np.uint64(1)
_SHIFTS = _RANDOM.random_raw(HASHES)
_COINS = np.unpackbits(_RANDOM.random_raw(PIXELS * _SIGNS // 64).view(np.uint8))
_PLANES = _COINS.reshape(PIXELS, _SIGNS).astype(np.float32) * 2 - 1


@dataclass(frozen=True, slots=True)
class NearDuplicateSettings:
    """When two products count as near-duplicates, and how far they are searched for.

    Attributes:
        word_overlap: the least Jaccard overlap of their words, as the MinHash estimates it.
        word_cosine: the least cosine of their words, weighted by idf, within a table.
        picture_correlation: the least correlation of their thumbnails.
        reach: how many others of one bucket a product is compared with; listings of one template
            may fill a bucket with thousands.
    """

    word_overlap: float = 0.85
    word_cosine: float = 0.9
    picture_correlation: float = 0.99
    reach: int = 32


@dataclass(frozen=True, eq=False, slots=True)
class Signature:
    """What a product is compared by.

    Attributes:
        words: (128,) uint32 MinHash of the words, or None where there are too few.
        picture: (768,) int8 thumbnail, its mean taken off, or None where nothing can be seen.
    """

    words: NDArray[np.uint32] | None
    picture: NDArray[np.int8] | None

    def buckets(self) -> Iterator[int]:
        """Signed 64-bit numbers; near-duplicates are very likely to share one."""
        if self.words is not None:
            rows = self.words[: WORD_BANDS * WORD_ROWS].reshape(WORD_BANDS, -1)
            yield from (_bucket("words", band, row) for band, row in enumerate(rows))
        if self.picture is not None:
            signs = projection_signs(self.picture).reshape(PICTURE_BANDS, -1)
            yield from (_bucket("picture", band, row) for band, row in enumerate(signs))

    def is_near(self, other: Signature, settings: NearDuplicateSettings) -> bool:
        """Whether the two are near-duplicates."""
        return _near_words(self.words, other.words, settings.word_overlap) or _near_pictures(
            self.picture, other.picture, settings.picture_correlation
        )


def sign(text: str, picture: Image.Image | None = None) -> Signature:
    """The signature of a product.

    Args:
        text: all its texts; one of fewer than three distinct words is left aside.
        picture: its main picture, in RGB.

    Example:
        >>> one, other = sign("a red cotton shirt"), sign("Red cotton shirt!")
        >>> one.is_near(other, NearDuplicateSettings())
        True
    """
    distinct = np.array(list(dict.fromkeys(word_codes(text).tolist())), dtype=np.uint32)
    return Signature(
        None if len(distinct) < _FEWEST_WORDS else word_hashes(distinct[:_MOST_WORDS]).min(axis=0),
        None if picture is None else thumbnail(picture),
    )


def word_codes(text: str) -> NDArray[np.uint32]:
    """(words,) a number for each word of at least two characters, as often as it stands there."""
    words = _WORD.findall(text.lower())
    return np.array([crc32(word.encode("utf-8", "replace")) for word in words], dtype=np.uint32)


def word_hashes(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """(words, 128) values whose smallest ones make up a MinHash."""
    hashes = (codes.astype(np.uint64)[:, None] * _FACTORS + _SHIFTS) >> np.uint64(32)
    return hashes.astype(np.uint32)


def thumbnail(picture: Image.Image) -> NDArray[np.int8] | None:
    """(768,) the thumbnail of a picture in RGB, or None where it has one colour."""
    small = picture.resize((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float32).ravel()
    pixels = pixels - pixels.mean()
    peak = float(np.abs(pixels).max())
    return np.asarray(np.rint(pixels * (127 / peak)), dtype=np.int8) if peak >= 1 else None


def projection_signs(thumbnails: NDArray[np.int8]) -> NDArray[np.bool_]:
    """(..., 96) signs of the random projections of (..., 768) thumbnails."""
    return np.asarray(thumbnails.astype(np.float32) @ _PLANES > 0)


def _bucket(kind: str, band: int, row: NDArray[np.generic]) -> int:
    content = f"{kind} {band} ".encode() + row.tobytes()
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big", signed=True)


def _near_words(a: NDArray[np.uint32] | None, b: NDArray[np.uint32] | None, overlap: float) -> bool:
    return a is not None and b is not None and float((a == b).mean()) >= overlap


def _near_pictures(
    a: NDArray[np.int8] | None, b: NDArray[np.int8] | None, correlation: float
) -> bool:
    if a is None or b is None:
        return False
    x, y = a.astype(np.float32), b.astype(np.float32)
    return float(x @ y) >= correlation * float(np.linalg.norm(x) * np.linalg.norm(y))
