"""The groups of all products of a table, found without comparing all with all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from aisle.duplicates.signatures import (
    HASHES,
    PICTURE_BANDS,
    PICTURE_BITS,
    PIXELS,
    WORD_BANDS,
    WORD_ROWS,
    NearDuplicateSettings,
    Signature,
    projection_signs,
)

_Rows = NDArray[np.intp]
_Near = Callable[[_Rows, _Rows], NDArray[np.bool_]]


def group_near_duplicates(
    signatures: Sequence[Signature], settings: NearDuplicateSettings | None = None
) -> _Rows:
    """Groups products that a chain of near-duplicates connects.

    A product of which nothing is known is alone.

    Returns:
        (n,) the group of each product.

    Example:
        >>> from aisle.duplicates.signatures import sign
        >>> texts = ["a red cotton shirt", "a blue mug of steel", "Red cotton shirt!"]
        >>> group_near_duplicates([sign(text) for text in texts]).tolist()
        [0, 1, 0]
    """
    settings = settings or NearDuplicateSettings()
    groups = np.arange(len(signatures), dtype=np.intp)
    groups = _joined_by_words(groups, signatures, settings)
    return _joined_by_pictures(groups, signatures, settings)


def _joined_by_words(
    groups: _Rows, signatures: Sequence[Signature], settings: NearDuplicateSettings
) -> _Rows:
    rows, words = _known([one.words for one in signatures], HASHES, np.uint32)

    def near(left: _Rows, right: _Rows) -> NDArray[np.bool_]:
        return np.asarray((words[left] == words[right]).mean(axis=1) >= settings.word_overlap)

    for band in range(WORD_BANDS):
        band_words = words[:, band * WORD_ROWS : (band + 1) * WORD_ROWS]
        groups = _joined_in_buckets(groups, rows, _keys(band_words), near, settings.reach)
    return groups


def _joined_by_pictures(
    groups: _Rows, signatures: Sequence[Signature], settings: NearDuplicateSettings
) -> _Rows:
    rows, pictures = _known([one.picture for one in signatures], PIXELS, np.int8)
    norms = np.array([np.linalg.norm(one.astype(np.float32)) for one in pictures])
    signs = np.packbits(projection_signs(pictures), axis=1)

    def near(left: _Rows, right: _Rows) -> NDArray[np.bool_]:
        products = np.einsum("ij,ij->i", pictures[left], pictures[right], dtype=np.float32)
        return np.asarray(products >= settings.picture_correlation * norms[left] * norms[right])

    bytes_a_band = PICTURE_BITS // 8
    for band in range(PICTURE_BANDS):
        band_signs = signs[:, band * bytes_a_band : (band + 1) * bytes_a_band]
        groups = _joined_in_buckets(groups, rows, _keys(band_signs), near, settings.reach)
    return groups


def _known(
    values: Sequence[NDArray[Any] | None], width: int, kind: type[np.generic]
) -> tuple[_Rows, NDArray[Any]]:
    """The rows that have a value, and these values as (rows, width)."""
    rows = np.array([row for row, value in enumerate(values) if value is not None], dtype=np.intp)
    known = [value for value in values if value is not None]
    return rows, np.stack(known) if known else np.empty((0, width), dtype=kind)


def _keys(values: NDArray[Any]) -> NDArray[np.intp]:
    """A number for each row; rows of the same values have the same."""
    if not len(values):
        return np.empty(0, dtype=np.intp)
    whole = np.ascontiguousarray(values).view(np.dtype((np.void, values[0].nbytes))).ravel()
    return np.asarray(np.unique(whole, return_inverse=True)[1], dtype=np.intp)


def _joined_in_buckets(
    groups: _Rows, rows: _Rows, keys: NDArray[np.intp], near: _Near, reach: int
) -> _Rows:
    """The groups after near pairs of one bucket have been joined.

    Args:
        groups: (n,) the groups so far.
        rows: (m,) the rows that have a key.
        keys: (m,) their buckets.
        near: whether the pairs at two positions among the m are near.
        reach: how many followers in its bucket a row is compared with.
    """
    order = np.argsort(keys, kind="stable")
    for left, right in _bucket_pairs(order, keys, reach):
        new = groups[rows[left]] != groups[rows[right]]
        left, right = left[new], right[new]
        close = near(left, right)
        groups = _joined(groups, rows[left[close]], rows[right[close]])
    return groups


def _bucket_pairs(
    order: _Rows, keys: NDArray[np.intp], reach: int
) -> Iterator[tuple[_Rows, _Rows]]:
    """Pairs of one bucket, by their distance in `order`."""
    for step in range(1, reach + 1):
        left, right = order[:-step], order[step:]
        same = keys[left] == keys[right]
        if not same.any():
            return
        yield left[same], right[same]


def _joined(groups: _Rows, left: _Rows, right: _Rows) -> _Rows:
    """The groups after the pairs have been joined, transitively."""
    if not len(left):
        return groups
    count = len(groups)
    edges = coo_array((np.ones(len(left)), (groups[left], groups[right])), shape=(count, count))
    from scipy.sparse.csgraph import connected_components  # answering does without it

    component = connected_components(edges, directed=False)[1]
    return np.asarray(component[groups], dtype=np.intp)
