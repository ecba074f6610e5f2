"""Texts to sparse features: words and pieces of words, by TF-IDF."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from aisle.experts.terms import Pieces, Words

Texts = Sequence[tuple[str, ...]]
Learned = tuple[list[str], NDArray[np.float32]]
"""Terms and their rarities."""

MAX_FEATURES = 400_000
"""How many terms are kept where nobody says otherwise."""

_CHUNK = 1_000
"""So many products at a time are looked up, which bounds the memory."""

_TITLE_CHARACTERS = 1_000
_DOCUMENT_CHARACTERS = {"words": 100_000, "pieces": 2_000}
_BLOCKS: dict[str, type[Words]] = {
    "title words": Words,
    "title pieces": Pieces,
    "words": Words,
    "pieces": Pieces,
}
_LEAST = {"title words": 1, "title pieces": 1, "words": 2, "pieces": 2}
"""In so many products a term must occur; in one where no term occurs in two."""


class TfidfFeatures:
    """Four blocks side by side, each of unit length: words and pairs of words of the title, its
    pieces of 3 to 5 characters, and the same of all texts.

    The title is the first text that is not empty. The blocks of all texts are left out where
    products have one text only. Terms are learned by scikit-learn's `TfidfVectorizer`, and looked
    up without it: the same features, without the seconds that its import takes.

    Args:
        most: so many terms are kept at most, the most frequent ones, divided among the blocks.
    """

    def __init__(self, most: int = MAX_FEATURES) -> None:
        self.most = most

    def fit(self, texts: Texts) -> Self:
        """Learns the terms and their rarity.

        Args:
            texts: the texts of n products.
        """
        several = any(sum(map(bool, fields)) > 1 for fields in texts)
        names = [name for name in _BLOCKS if several or name not in _DOCUMENT_CHARACTERS]
        most = self.most // len(names)
        learned: dict[str, Learned] = {}
        for name in names:
            documents = _documents(name, texts)
            for least in (_LEAST[name], 1):
                try:
                    learned[name] = _learn(_BLOCKS[name], documents, least, most)
                    break
                except ValueError:  # no term is left
                    continue
        self._set_blocks(learned)
        return self

    def transform(self, texts: Texts) -> csr_array:
        """(n, features) rows; zeros where a text holds no known term."""
        if not self.blocks_:
            return csr_array((len(texts), 1), dtype=np.float32)
        parts = [
            self._weighed(self._counts(texts[start : start + _CHUNK]))
            for start in range(0, max(len(texts), 1), _CHUNK)
        ]
        return parts[0] if len(parts) == 1 else csr_array(vstack(parts, format="csr"))

    @property
    def terms(self) -> list[str]:
        """(features,) the words of each column; an empty string for pieces of words."""
        return [word for block in self.blocks_.values() for word in block.words]

    def state(self) -> tuple[dict[str, list[str]], dict[str, NDArray[np.float32]]]:
        """The terms and the rarities of each block."""
        terms = {name: block.names for name, block in self.blocks_.items()}
        return terms, {name: block.rarities for name, block in self.blocks_.items()}

    @classmethod
    def from_state(
        cls, terms: dict[str, list[str]], rarities: dict[str, NDArray[np.float32]]
    ) -> Self:
        """The features that had this state."""
        features = cls()
        features._set_blocks({name: (names, rarities[name]) for name, names in terms.items()})
        return features

    def _set_blocks(self, learned: Mapping[str, Learned]) -> None:
        self.blocks_: dict[str, Words] = {}
        first = 0
        for name, (names, rarities) in learned.items():
            self.blocks_[name] = _BLOCKS[name](names, rarities, first)
            first += len(names)
        blocks = self.blocks_.values()
        self._block = np.repeat(np.arange(len(blocks)), [len(block.names) for block in blocks])
        each = [block.rarities for block in blocks]
        self._rarities = np.concatenate(each) if each else np.empty(0, dtype=np.float32)

    def _counts(self, texts: Texts) -> csr_array:
        """(n, features) how often each term occurs."""
        found = [block.columns(_documents(name, texts)) for name, block in self.blocks_.items()]
        columns, starts = array("i"), array("i", [0])
        for blocks in zip(*found, strict=True):
            for block in blocks:
                columns += block
            starts.append(len(columns))
        ones = np.ones(len(columns), dtype=np.float32)
        parts = ones, np.array(columns, dtype=np.int32), np.array(starts, dtype=np.int32)
        counts = csr_array(parts, shape=(len(texts), len(self._rarities)))
        counts.sum_duplicates()
        return counts

    def _weighed(self, counts: csr_array) -> csr_array:
        """1 + log of the counts, times rarity, to unit length in each block of each row."""
        values = (1 + np.log(counts.data)) * self._rarities[counts.indices]
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        groups = rows * len(self.blocks_) + self._block[counts.indices]
        counts.data = values / np.sqrt(np.bincount(groups, values**2))[groups].astype(np.float32)
        return counts


def _learn(kind: type[Words], documents: list[str], least: int, most: int) -> Learned:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        dtype=np.float32, sublinear_tf=True, min_df=least, max_features=most, **kind.analysis
    ).fit(documents)
    names = vectorizer.get_feature_names_out().tolist()
    return names, vectorizer.idf_.astype(np.float32)


def _documents(block: str, texts: Texts) -> list[str]:
    if block in _DOCUMENT_CHARACTERS:
        return ["\n".join(fields)[: _DOCUMENT_CHARACTERS[block]] for fields in texts]
    return [next(filter(None, fields), "")[:_TITLE_CHARACTERS] for fields in texts]
