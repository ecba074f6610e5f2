"""Terms of texts: words, pairs of words and character n-grams, counted and looked up."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

_find_words = re.compile(r"(?u)\b\w+\b").findall
_NGRAM_SIZES = range(3, 6)


@dataclass(frozen=True)
class TermCounts:
    """How often each term occurs in each of n documents.

    Attributes:
        names: the terms, in ascending order.
        counts: (n, terms).
    """

    names: list[str]
    counts: csr_array


class WordTerms:
    """Words, and pairs of neighbouring words.

    Args:
        names: the terms, one a column.
        first: the column of the first term.
    """

    def __init__(self, names: Sequence[str], first: int) -> None:
        self.names = list(names)
        columns = range(first, first + len(self.names))
        self._column = dict(zip(self.names, columns, strict=True)).get

    @property
    def words(self) -> list[str]:
        """(terms,) what people read in them."""
        return self.names

    def columns(self, documents: Iterable[str]) -> Iterator[array[int]]:
        """For each document the columns of its known terms, as often as they occur."""
        for document in documents:
            words = _find_words(document.lower())
            yield self._known((*words, *map("{} {}".format, words, words[1:])))

    @classmethod
    def count(cls, documents: Sequence[str], min_documents: int, most: int) -> TermCounts:
        """The terms of documents that occur in enough of them, the most frequent ones."""
        split = [_find_words(document.lower()) for document in documents]
        lengths = np.fromiter(map(len, split), dtype=np.int64, count=len(split))
        vocabulary: dict[str, int] = {}
        numbers = np.fromiter(
            (vocabulary.setdefault(word, len(vocabulary)) for word in chain.from_iterable(split)),
            dtype=np.int64,
            count=int(lengths.sum()),
        )
        rows, size = np.repeat(np.arange(len(split)), lengths), len(vocabulary)
        neighbours = rows[1:] == rows[:-1]
        pairs, pair_columns = np.unique(
            (numbers[:-1] * size + numbers[1:])[neighbours], return_inverse=True
        )
        counts = _count_matrix(
            np.concatenate([rows, rows[1:][neighbours]]),
            np.concatenate([numbers, size + pair_columns]),
            (len(split), size + len(pairs)),
        )
        words = list(vocabulary)
        left, right = np.divmod(pairs, max(size, 1))
        names = [
            *words,
            *(f"{words[a]} {words[b]}" for a, b in zip(left.tolist(), right.tolist(), strict=True)),
        ]
        return _selected(names, counts, min_documents, most)

    def _known(self, terms: Iterable[str]) -> array[int]:
        return array("i", [one for one in map(self._column, terms) if one is not None])


class CharacterNgrams(WordTerms):
    """Character n-grams of 3 to 5 within words, with a space on either side of each word.

    See `WordTerms` for the arguments.
    """

    @property
    def words(self) -> list[str]:
        """(terms,) empty strings."""
        return [""] * len(self.names)

    def columns(self, documents: Iterable[str]) -> Iterator[array[int]]:
        """See `WordTerms.columns`; a word that comes again is looked up once."""
        seen: dict[str, array[int]] = {}
        for document in documents:
            found = array("i")
            for word, count in Counter(document.lower().split()).items():
                if word not in seen:
                    seen[word] = self._known(_ngrams(word))
                found += seen[word] * count
            yield found

    @classmethod
    def count(cls, documents: Sequence[str], min_documents: int, most: int) -> TermCounts:
        """See `WordTerms.count`; each distinct word is taken apart once."""
        split = [document.lower().split() for document in documents]
        vocabulary: dict[str, int] = {}
        numbers = np.fromiter(
            (vocabulary.setdefault(word, len(vocabulary)) for word in chain.from_iterable(split)),
            dtype=np.int64,
        )
        rows = np.repeat(np.arange(len(split)), list(map(len, split)))
        words = _count_matrix(rows, numbers, (len(split), len(vocabulary)))
        ngrams: dict[str, int] = {}
        parts = [
            [ngrams.setdefault(one, len(ngrams)) for one in _ngrams(word)] for word in vocabulary
        ]
        within = _count_matrix(
            np.repeat(np.arange(len(parts)), list(map(len, parts))),
            np.fromiter(chain.from_iterable(parts), dtype=np.int64),
            (len(vocabulary), len(ngrams)),
        )
        counts = csr_array(words @ within)
        return _selected(list(ngrams), counts, min_documents, most)


def _ngrams(word: str) -> list[str]:
    word = f" {word} "
    return [word[at : at + n] for n in _NGRAM_SIZES for at in range(len(word) - n + 1)]


def _count_matrix(
    rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> csr_array:
    ones = np.ones(len(rows), dtype=np.float32)
    places = rows.astype(np.int32), columns.astype(np.int32)
    return csr_array((ones, places), shape=shape)


def _selected(names: Sequence[str], counts: csr_array, min_documents: int, most: int) -> TermCounts:
    """The terms in enough documents, the most frequent ones where there are too many.

    Indices are sorted and have 32 bits, as the solvers ask for; else each fit converts them again.
    """
    size = counts.shape[1]
    kept = np.flatnonzero(np.bincount(counts.indices, minlength=size) >= min_documents)
    if len(kept) > most:
        totals = np.bincount(counts.indices, counts.data, minlength=size)
        kept = kept[np.argsort(-totals[kept], kind="stable")[:most]]
    order = sorted(kept.tolist(), key=names.__getitem__)
    place = np.full(size, -1, dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    columns = place[counts.indices]
    chosen = columns >= 0
    starts = np.concatenate([[0], np.cumsum(chosen)])[counts.indptr].astype(np.int32)
    parts = counts.data[chosen], columns[chosen], starts
    found = csr_array(parts, shape=(counts.shape[0], len(order)))
    found.sort_indices()
    return TermCounts([names[one] for one in order], found)
