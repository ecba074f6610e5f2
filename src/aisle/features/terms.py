"""Known terms of texts: words and pieces of words, each with a column of its own."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

_WORD = r"(?u)\b\w+\b"
_PIECES = range(3, 6)
"""How many characters pieces have."""

_find_words = re.compile(_WORD).findall


class Words:
    """Words, and pairs of neighbouring words.

    Args:
        names: the terms, one a column.
        rarities: (terms,) their inverse document frequencies.
        first: the column of the first term.
    """

    analysis: ClassVar[dict[str, Any]] = {
        "analyzer": "word",
        "ngram_range": (1, 2),
        "token_pattern": _WORD,
    }
    """The same terms, as scikit-learn's vectorizers spell it."""

    def __init__(self, names: Sequence[str], rarities: NDArray[np.float32], first: int) -> None:
        self.names = list(names)
        self.rarities = rarities
        columns = range(first, first + len(self.names))
        self._column = dict(zip(self.names, columns, strict=True)).get

    @property
    def words(self) -> list[str]:
        """(terms,) what people read in them."""
        return self.names

    def columns(self, texts: Iterable[str]) -> Iterator[array[int]]:
        """For each text the columns of its known terms, as often as they occur."""
        for text in texts:
            words = _find_words(text.lower())
            yield self._known((*words, *map("{} {}".format, words, words[1:])))

    def _known(self, terms: Iterable[str]) -> array[int]:
        return array("i", [one for one in map(self._column, terms) if one is not None])


class Pieces(Words):
    """Pieces of 3 to 5 characters within words, with a space on either side of each word.

    See `Words` for the arguments.
    """

    analysis: ClassVar[dict[str, Any]] = {"analyzer": "char_wb", "ngram_range": (3, 5)}

    @property
    def words(self) -> list[str]:
        """(terms,) empty strings."""
        return [""] * len(self.names)

    def columns(self, texts: Iterable[str]) -> Iterator[array[int]]:
        """See `Words.columns`; a word that comes again is looked up once."""
        seen: dict[str, array[int]] = {}
        for text in texts:
            found = array("i")
            for word, count in Counter(text.lower().split()).items():
                if word not in seen:
                    seen[word] = self._known(_pieces(f" {word} "))
                found += seen[word] * count
            yield found


def _pieces(word: str) -> list[str]:
    return [word[at : at + n] for n in _PIECES for at in range(len(word) - n + 1)]
