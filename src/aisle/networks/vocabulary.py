"""Texts to sequences of word numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from aisle.networks.lemmas import Lemmatizer, open_lemmatizer
from aisle.networks.words import split_words, stop_words

NOT_LEMMATISED = (
    "words are taken as they stand (shoe and shoes are two), since no WordNet was found at fit;"
    " to mend it run: python -m nltk.downloader wordnet, or install Debian's wordnet-base"
)


class Vocabulary:
    """The most frequent words of the training texts, each with a number.

    Words are in lower case, without English stop words, and lemmatised by WordNet. What is learned
    is a finite map from surface forms to numbers: WordNet leads only a few forms to each word, so
    all of them are written down. Answering looks words up in it and needs neither WordNet, NLTK
    nor scikit-learn, and gives the same numbers as cleaning each text anew. Only characters that
    one version of Python takes for letters and another one does not can make a difference.

    Args:
        most: so many words are kept at most; of equally frequent ones, those that come first.
        length: so many known words of a text are read.
        wordnet: the folder of WordNet's `index.noun` and `noun.exc`; found by itself where None.

    Attributes:
        words_: the words; the number of a word is its position + 1, and 0 stands for none.
        forms_: the numbers by surface form.
        lemmatised_: whether WordNet was there; without it a word is its only form.
    """

    words_: list[str]
    forms_: dict[str, int]
    lemmatised_: bool

    def __init__(self, most: int = 10_000, length: int = 100, wordnet: Path | None = None) -> None:
        self.most = most
        self.length = length
        self.wordnet = wordnet

    def fit(self, texts: Sequence[str]) -> Self:
        """Learns the words.

        Args:
            texts: of the training products.

        Raises:
            EncoderError: WordNet's files are damaged, or not in the folder that was named.
            MissingExtraError: a folder was named, but NLTK is not installed.
        """
        lemmatizer = open_lemmatizer(self.wordnet)
        stop = stop_words()
        counts: Counter[str] = Counter()
        for form, count in Counter(_content_words(texts, stop)).items():
            counts[lemmatizer.lemma(form) if lemmatizer else form] += count
        self.lemmatised_ = lemmatizer is not None
        self.words_ = [word for word, _ in counts.most_common(self.most)]
        self.forms_ = {
            form: number
            for number, word in enumerate(self.words_, start=1)
            for form in _forms(word, lemmatizer)
            if form not in stop
        }
        return self

    def transform(self, texts: Sequence[str]) -> NDArray[np.int32]:
        """(n, length) the numbers of each text's known words in order, then zeros."""
        numbers = np.zeros((len(texts), self.length), dtype=np.int32)
        for row, text in enumerate(texts):
            known = (self.forms_[word] for word in split_words(text) if word in self.forms_)
            found = list(islice(known, self.length))
            numbers[row, : len(found)] = found
        return numbers

    @property
    def note(self) -> str:
        """What a user should know of how texts are read, or an empty string."""
        return "" if self.lemmatised_ else NOT_LEMMATISED

    def state(self) -> tuple[dict[str, list[str]], dict[str, NDArray[np.int32]]]:
        """The words and forms, and the numbers of the forms with the settings."""
        settings = [self.most, self.length, self.lemmatised_]
        return {"words": self.words_, "forms": list(self.forms_)}, {
            "numbers": np.array(list(self.forms_.values()), dtype=np.int32),
            "settings": np.array(settings, dtype=np.int32),
        }

    @classmethod
    def from_state(cls, terms: dict[str, list[str]], arrays: dict[str, NDArray[Any]]) -> Self:
        """The vocabulary that had this state."""
        most, length, lemmatised = arrays["settings"].tolist()
        if not isinstance(length, int) or length < 1:
            raise ValueError(f"texts of {length} words cannot be read")
        vocabulary = cls(most, length)
        vocabulary.words_ = terms["words"]
        vocabulary.forms_ = dict(zip(terms["forms"], arrays["numbers"].tolist(), strict=True))
        vocabulary.lemmatised_ = bool(lemmatised)
        return vocabulary


def _content_words(texts: Sequence[str], stop: frozenset[str]) -> Iterator[str]:
    return (word for text in texts for word in split_words(text) if word not in stop)


def _forms(word: str, lemmatizer: Lemmatizer | None) -> list[str]:
    return lemmatizer.forms(word) if lemmatizer else [word]
