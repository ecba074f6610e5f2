"""The groups of all products of a table, found without comparing all with all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from aisle.duplicates.signatures import (
    HASHES,
    PICTURE_BANDS,
    PICTURE_BITS,
    PIXELS,
    WORD_ROWS,
    NearDuplicateSettings,
    projection_signs,
    word_hashes,
)

_ROWS_TOGETHER = 1_000
_PAIRS_TOGETHER = 100_000

_Rows = NDArray[np.intp]
_Near = Callable[[_Rows, _Rows], NDArray[np.bool_]]


def group_near_duplicates(
    words: Sequence[NDArray[np.uint32]],
    thumbnails: Sequence[NDArray[np.int8] | None],
    settings: NearDuplicateSettings | None = None,
) -> _Rows:
    """Groups products that a chain of near-duplicates connects.

    Words are weighted by their idf among the products. A product of which nothing is known is
    alone.

    Args:
        words: (n,) of the products, as `word_codes` gives them.
        thumbnails: (n,) of their main pictures, as `thumbnail` gives them.
        settings: what near-duplicates are.

    Returns:
        (n,) the group of each product.

    Example:
        >>> from aisle.duplicates.signatures import word_codes
        >>> texts = ["a red cotton shirt", "a blue mug of steel", "Red cotton shirt!"]
        >>> group_near_duplicates([word_codes(text) for text in texts], [None] * 3).tolist()
        [0, 1, 0]
    """
    settings = settings or NearDuplicateSettings()
    groups = np.arange(len(words), dtype=np.intp)
    groups = _joined_by_words(groups, words, settings)
    return _joined_by_pictures(groups, thumbnails, settings)


def _joined_by_words(
    groups: _Rows, words: Sequence[NDArray[np.uint32]], settings: NearDuplicateSettings
) -> _Rows:
    rows = np.array([row for row, codes in enumerate(words) if len(codes)], dtype=np.intp)
    if not len(rows):
        return groups
    vocabulary, columns = np.unique(np.concatenate(words), return_inverse=True)
    ends = np.cumsum([0, *(len(words[row]) for row in rows)])
    ones = np.ones(len(columns), dtype=np.float32)
    vectors = csr_array((ones, columns, ends), shape=(len(rows), len(vocabulary)))
    vectors.sum_duplicates()
    hashes = _min_hashes(word_hashes(vocabulary), vectors)
    _weight_by_idf(vectors)

    def near(left: _Rows, right: _Rows) -> NDArray[np.bool_]:
        cosines = vectors[left].multiply(vectors[right]).sum(axis=1)
        return np.asarray(cosines).ravel() >= settings.word_cosine

    for start in range(0, HASHES, WORD_ROWS):
        keys = _keys(hashes[:, start : start + WORD_ROWS])
        groups = _joined_in_buckets(groups, rows, keys, near, settings.reach)
    return groups


def _min_hashes(hashes: NDArray[np.uint32], counts: csr_array) -> NDArray[np.uint32]:
    """(n, 128) MinHashes of n products.

    Args:
        hashes: (words, 128) of all words.
        counts: (n, words) how often each word stands in the text of a product.
    """
    found = np.empty((counts.shape[0], hashes.shape[1]), dtype=np.uint32)
    for first in range(0, len(found), _ROWS_TOGETHER):
        starts = counts.indptr[first : first + _ROWS_TOGETHER + 1]
        some = hashes[counts.indices[starts[0] : starts[-1]]]
        found[first : first + _ROWS_TOGETHER] = np.minimum.reduceat(some, starts[:-1] - starts[0])
    return found


def _weight_by_idf(counts: csr_array) -> None:
    """Counts of words to 1 + log of them, times idf; rows of unit length. In place."""
    rows_with = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = (np.log((1 + counts.shape[0]) / (1 + rows_with)) + 1).astype(np.float32)
    counts.data = (1 + np.log(counts.data)) * idf[counts.indices]
    lengths = np.sqrt(np.add.reduceat(counts.data**2, counts.indptr[:-1]))
    counts.data /= np.repeat(lengths, np.diff(counts.indptr))


def _joined_by_pictures(
    groups: _Rows,
    thumbnails: Sequence[NDArray[np.int8] | None],
    settings: NearDuplicateSettings,
) -> _Rows:
    rows, pictures = _known(thumbnails, PIXELS, np.int8)
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
    left, right = _bucket_pairs(keys[order], groups[rows[order]], reach)
    for start in range(0, len(left), _PAIRS_TOGETHER):
        some = slice(start, start + _PAIRS_TOGETHER)
        first, second = order[left[some]], order[right[some]]
        close = near(first, second)
        groups = _joined(groups, rows[first[close]], rows[second[close]])
    return groups


def _bucket_pairs(keys: NDArray[np.intp], groups: _Rows, reach: int) -> tuple[_Rows, _Rows]:
    """Positions of pairs with the same key that are not in one group, by their distance."""
    found: list[tuple[_Rows, _Rows]] = []
    for step in range(1, reach + 1):
        same = keys[:-step] == keys[step:]
        if not same.any():
            break
        left = np.flatnonzero(same & (groups[:-step] != groups[step:]))
        found.append((left, left + step))
    if not found:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _joined(groups: _Rows, left: _Rows, right: _Rows) -> _Rows:
    """The groups after the pairs have been joined, transitively."""
    if not len(left):
        return groups
    count = len(groups)
    edges = coo_array((np.ones(len(left)), (groups[left], groups[right])), shape=(count, count))
    from scipy.sparse.csgraph import connected_components  # answering does without it

    component = connected_components(edges, directed=False)[1]
    return np.asarray(component[groups], dtype=np.intp)
