"""Texts by their words and character n-grams, weighted by TF-IDF."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack

from aisle.experts.expert import TrainableExpert
from aisle.experts.linear import LinearExpert, LinearSettings
from aisle.experts.registry import register
from aisle.experts.state import State
from aisle.features.featurizer import TEXT, Evidence, Featurized, Featurizer
from aisle.features.terms import CharacterNgrams, WordTerms
from aisle.schema import Product

Texts = Sequence[tuple[str, ...]]

UNKNOWN_WORDS = "the text holds no word known from training"
MAX_FEATURES = 400_000

_CHUNK = 1_000
_TITLE_CHARACTERS = 1_000


@dataclass(frozen=True)
class _TermBlock:
    """One part of the features.

    Attributes:
        terms: what is counted.
        characters: of all texts, the number that is read; None to read the title alone.
        min_documents: a term must occur in that many products, unless none does.
    """

    terms: type[WordTerms]
    characters: int | None
    min_documents: int


_BLOCKS = {
    "title words": _TermBlock(WordTerms, None, 1),
    "title ngrams": _TermBlock(CharacterNgrams, None, 1),
    "words": _TermBlock(WordTerms, 100_000, 2),
    "ngrams": _TermBlock(CharacterNgrams, 2_000, 2),
}


@register
class TfidfFeaturizer(Featurizer):
    """Four blocks of TF-IDF features, each of unit length: words and pairs of words of the title,
    its character n-grams, and the same of all texts.

    The title is the first text that is not empty. The blocks of all texts are left out where
    products have one text only. Weights are those of scikit-learn's `TfidfVectorizer` with
    `sublinear_tf`; they are computed without it, since it takes seconds to import and counts each
    occurrence of a word again.

    Args:
        max_features: the number of terms that are kept, the most frequent ones, divided evenly
            among the blocks.
        linear: how the expert's hyperplanes are fitted.
    """

    kind: ClassVar[str] = "tfidf"

    def __init__(
        self, max_features: int = MAX_FEATURES, linear: LinearSettings = LinearSettings()
    ) -> None:
        self.max_features = max_features
        self.linear = linear
        self.name = "tfidf"
        self.needs = TEXT

    def fit(self, products: Sequence[Product], n_classes: int) -> Self:
        """Learns the terms and their inverse document frequencies."""
        self.fit_transform(products, n_classes)
        return self

    def fit_transform(self, products: Sequence[Product], n_classes: int) -> Featurized:  # noqa: ARG002
        """See `Featurizer.fit_transform`: terms are counted once for both."""
        texts = [product.texts for product in products]
        several = any(sum(map(bool, fields)) > 1 for fields in texts)
        names = [name for name, block in _BLOCKS.items() if several or block.characters is None]
        learned: dict[str, tuple[list[str], NDArray[np.float32]]] = {}
        parts: list[csr_array] = []
        for name in names:
            block, documents = _BLOCKS[name], _documents(name, texts)
            for min_documents in (block.min_documents, 1):
                found = block.terms.count(documents, min_documents, self.max_features // len(names))
                if found.names:
                    learned[name] = found.names, _idf(found.counts)
                    parts.append(found.counts)
                    break
        self._set_blocks(learned)
        if not parts:
            return self._featurized(products, csr_array((len(texts), 1), dtype=np.float32))
        return self._featurized(products, self._weighted(csr_array(hstack(parts, format="csr"))))

    def transform(self, products: Sequence[Product]) -> Featurized:
        """See `Featurizer.transform`; a text without a known term is nothing to look at."""
        texts = [product.texts for product in products]
        if not texts or not self.blocks_:
            empty = csr_array((len(texts), max(1, len(self.idf_))), dtype=np.float32)
            return self._featurized(products, empty)
        parts = [
            self._weighted(self._counts(texts[start : start + _CHUNK]))
            for start in range(0, len(texts), _CHUNK)
        ]
        return self._featurized(
            products, parts[0] if len(parts) == 1 else csr_array(vstack(parts, format="csr"))
        )

    def new_expert(self) -> TrainableExpert:
        """See `Featurizer.new_expert`."""
        return LinearExpert(self.linear)

    @cached_property
    def feature_names(self) -> Sequence[str]:
        """(d,) the words of each column; an empty string for character n-grams."""
        return [word for block in self.blocks_.values() for word in block.words]

    def state(self) -> State:
        """See `Featurizer.state`."""
        parts = dict(zip(self.blocks_, np.split(self.idf_, self._starts[1:]), strict=True))
        return State(
            arrays=parts,
            terms={name: block.names for name, block in self.blocks_.items()},
            settings={"max_features": self.max_features},
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        """See `Featurizer.from_state`."""
        if {name: len(terms) for name, terms in state.terms.items()} != {
            name: len(idf) for name, idf in state.arrays.items()
        }:
            raise ValueError("terms do not fit their document frequencies")
        featurizer = cls(state.settings["max_features"])
        featurizer._set_blocks(
            {name: (terms, state.arrays[name]) for name, terms in state.terms.items()}
        )
        return featurizer

    def _set_blocks(self, learned: Mapping[str, tuple[list[str], NDArray[np.float32]]]) -> None:
        self.blocks_: dict[str, WordTerms] = {}
        starts = [0]
        for name, (names, _) in learned.items():
            self.blocks_[name] = _BLOCKS[name].terms(names, starts[-1])
            starts.append(starts[-1] + len(names))
        self._starts = np.array(starts[:-1], dtype=np.intp)
        sizes = [len(block.names) for block in self.blocks_.values()]
        self._block_of = np.repeat(np.arange(len(sizes)), sizes)
        each = [idf for _, idf in learned.values()]
        self.idf_ = np.concatenate(each) if each else np.empty(0, dtype=np.float32)

    def _featurized(self, products: Sequence[Product], features: csr_array) -> Featurized:
        known = np.diff(features.indptr) > 0
        unknown = [row for row in np.flatnonzero(~known).tolist() if products[row].text]
        return Featurized(Evidence(features, known), dict.fromkeys(unknown, UNKNOWN_WORDS))

    def _counts(self, texts: Texts) -> csr_array:
        """(n, features) how often each known term occurs."""
        found = [block.columns(_documents(name, texts)) for name, block in self.blocks_.items()]
        columns, starts = array("i"), array("i", [0])
        for blocks in zip(*found, strict=True):
            for block in blocks:
                columns += block
            starts.append(len(columns))
        ones = np.ones(len(columns), dtype=np.float32)
        parts = ones, np.array(columns, dtype=np.int32), np.array(starts, dtype=np.int32)
        counts = csr_array(parts, shape=(len(texts), len(self.idf_)))
        counts.sum_duplicates()
        return counts

    def _weighted(self, counts: csr_array) -> csr_array:
        """1 + log of the counts, times idf, to unit length in each block of each row."""
        values = (1 + np.log(counts.data)) * self.idf_[counts.indices]
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        groups = rows * len(self.blocks_) + self._block_of[counts.indices]
        counts.data = values / np.sqrt(np.bincount(groups, values**2))[groups].astype(np.float32)
        return counts


def _idf(counts: csr_array) -> NDArray[np.float32]:
    """Smoothed inverse document frequencies, as scikit-learn has them."""
    documents = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.asarray(np.log((1 + counts.shape[0]) / (1 + documents)) + 1, dtype=np.float32)


def _documents(block: str, texts: Texts) -> list[str]:
    characters = _BLOCKS[block].characters
    if characters is not None:
        return ["\n".join(fields)[:characters] for fields in texts]
    return [next(filter(None, fields), "")[:_TITLE_CHARACTERS] for fields in texts]
