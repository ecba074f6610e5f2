"""Texts to sparse features: words and pieces of words, by TF-IDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

Texts = Sequence[tuple[str, ...]]

MAX_FEATURES = 400_000
"""So many terms are kept at most, the most frequent ones, divided among the blocks."""

_TITLE_CHARACTERS = 1_000
_DOCUMENT_CHARACTERS = {"words": 100_000, "pieces": 2_000}
_WORD = r"(?u)\b\w+\b"
_WORDS: dict[str, Any] = {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": _WORD}
_PIECES: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (3, 5)}
_BLOCKS: dict[str, dict[str, Any]] = {
    "title words": _WORDS,
    "title pieces": _PIECES,
    "words": _WORDS,
    "pieces": _PIECES,
}
_LEAST = {"title words": 1, "title pieces": 1, "words": 2, "pieces": 2}
"""In so many products a term must occur; in one where no term occurs in two."""


class TfidfFeatures:
    """Four blocks side by side, each of unit length: words and pairs of words of the title, its
    pieces of 3 to 5 characters, and the same of all texts.

    The title is the first text that is not empty. The blocks of all texts are left out where
    products have one text only.
    """

    def fit(self, texts: Texts) -> Self:
        """Learns the terms and their rarity.

        Args:
            texts: the texts of n products.
        """
        several = any(sum(map(bool, fields)) > 1 for fields in texts)
        names = [name for name in _BLOCKS if several or name not in _DOCUMENT_CHARACTERS]
        most = MAX_FEATURES // len(names)
        self.blocks_ = {}
        for name in names:
            documents = _documents(name, texts)
            for least in (_LEAST[name], 1):
                block = _vectorizer(name, min_df=least, max_features=most)
                try:
                    self.blocks_[name] = block.fit(documents)
                    break
                except ValueError:  # no term is left
                    continue
        return self

    def transform(self, texts: Texts) -> csr_array:
        """(n, features) rows; zeros where a text holds no known term."""
        parts = [block.transform(_documents(name, texts)) for name, block in self.blocks_.items()]
        if not parts:
            return csr_array((len(texts), 1), dtype=np.float32)
        return csr_array(hstack(parts, format="csr"))

    @property
    def terms(self) -> list[str]:
        """(features,) the words of each column; an empty string for pieces of words."""
        found: list[str] = []
        for name, block in self.blocks_.items():
            words = block.get_feature_names_out().tolist()
            found += words if _BLOCKS[name] is _WORDS else [""] * len(words)
        return found

    def state(self) -> tuple[dict[str, list[str]], dict[str, NDArray[np.float32]]]:
        """The terms and the rarities of each block."""
        terms = {name: b.get_feature_names_out().tolist() for name, b in self.blocks_.items()}
        return terms, {name: b.idf_.astype(np.float32) for name, b in self.blocks_.items()}

    @classmethod
    def from_state(
        cls, terms: dict[str, list[str]], rarities: dict[str, NDArray[np.float32]]
    ) -> Self:
        """The features that had this state."""
        features = cls()
        features.blocks_ = {}
        for name, words in terms.items():
            vocabulary = {word: column for column, word in enumerate(words)}
            block = _vectorizer(name, vocabulary=vocabulary)
            block.idf_ = rarities[name]
            features.blocks_[name] = block
        return features


def _vectorizer(name: str, **settings: Any) -> TfidfVectorizer:
    return TfidfVectorizer(dtype=np.float32, sublinear_tf=True, **_BLOCKS[name], **settings)


def _documents(block: str, texts: Texts) -> list[str]:
    if block in _DOCUMENT_CHARACTERS:
        return ["\n".join(fields)[: _DOCUMENT_CHARACTERS[block]] for fields in texts]
    return [next(filter(None, fields), "")[:_TITLE_CHARACTERS] for fields in texts]
