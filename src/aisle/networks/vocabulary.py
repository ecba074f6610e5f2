"""Texts to sequences of word numbers: words in lower case, led back to their dictionary forms."""

from __future__ import annotations

import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from aisle.errors import EncoderError, MissingExtraError

NOT_LEMMATISED = (
    "words are taken as they stand (shoe and shoes are two), since no WordNet was found at fit;"
    " to mend it run: python -m nltk.downloader wordnet, or install Debian's wordnet-base"
)

SYSTEM_FOLDER = Path("/usr/share/wordnet")
"""Where Debian's package wordnet-base puts WordNet."""

_INDEX = "index.noun"
_EXCEPTIONS = "noun.exc"
_NOUN, _ADJECTIVE = "n", "a"

_find_words = re.compile(r"[^\W_]+").finditer


class Vocabulary:
    """The most frequent words of the training texts, each with a number.

    Words are in lower case, without English stop words, and lemmatised by WordNet. What is learned
    is a finite map from surface forms to numbers: WordNet leads only a few forms to each word, so
    all of them are written down. Prediction looks words up in it and needs neither WordNet, NLTK
    nor scikit-learn, and gives the same numbers as cleaning each text anew. Only characters that
    one version of Python takes for letters and another one does not can make a difference.

    Args:
        most: the most words that are kept; of equally frequent ones, those that come first.
        length: the most known words of a text that are read.
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


def split_words(text: str) -> Iterator[str]:
    """The words of a text in lower case: runs of Unicode letters and digits.

    Words come one by one, so that a caller who needs the first hundred reads no further.
    """
    return (match.group() for match in _find_words(text.lower()))


def stop_words() -> frozenset[str]:
    """Frequent English words, as scikit-learn lists them; "top" and "full" are among them."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)


class Lemmatizer:
    """Dictionary forms of nouns, the same as NLTK's `WordNetLemmatizer` finds with `morphy`.

    Args:
        files: the texts of WordNet's `index.noun` and `noun.exc`, by these names.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._nouns = _read_nouns(files)
        self._irregular: dict[str, list[str]] = defaultdict(list)
        for form, lemmas in self._nouns._exception_map[_NOUN].items():
            for lemma in lemmas:
                self._irregular[lemma].append(form)

    def lemma(self, word: str) -> str:
        """The shortest noun that a word in lower case may be a form of, else the word."""
        return min(self._nouns._morphy(word, _NOUN), key=len, default=word)

    def forms(self, lemma: str) -> list[str]:
        """All words that have this lemma, in the order of the alphabet.

        `morphy` knows three kinds of forms: the lemma itself, the irregular ones that WordNet
        lists, and those that one of its few rules for endings leads back to the lemma. So these
        are all that there are.
        """
        regular = (
            lemma.removesuffix(new) + old
            for old, new in self._nouns.MORPHOLOGICAL_SUBSTITUTIONS[_NOUN]
            if lemma.endswith(new)
        )
        candidates = {lemma, *self._irregular.get(lemma, ()), *regular}
        return sorted(form for form in candidates if self.lemma(form) == lemma)


def open_lemmatizer(folder: Path | None = None, system: Path = SYSTEM_FOLDER) -> Lemmatizer | None:
    """The lemmatiser on WordNet's files.

    Args:
        folder: where they lie; by default NLTK's data folders are searched, then the system's.
        system: the system's folder.

    Returns:
        None where no folder was named, and NLTK or WordNet is not there.

    Raises:
        EncoderError: the files are damaged, or not in the folder that was named.
        MissingExtraError: a folder was named, but NLTK is not installed.
    """
    try:
        import nltk.data  # noqa: F401
    except ImportError as error:
        if folder is None:
            return None
        raise MissingExtraError("NLTK, which reads WordNet,", "torch") from error
    files = _read_folder(folder) if folder else _find_files(system)
    return Lemmatizer(files) if files else None


def _content_words(texts: Sequence[str], stop: frozenset[str]) -> Iterator[str]:
    return (word for text in texts for word in split_words(text) if word not in stop)


def _forms(word: str, lemmatizer: Lemmatizer | None) -> list[str]:
    return lemmatizer.forms(word) if lemmatizer else [word]


def _find_files(system: Path) -> dict[str, str] | None:
    from nltk.data import find

    names = (_INDEX, _EXCEPTIONS)
    try:  # file by file, since the downloader leaves them in a ZIP file
        return {n: find(f"corpora/wordnet/{n}").open().read().decode("utf-8") for n in names}
    except (LookupError, OSError, BadZipFile):  # not there, not for this user, or cut off
        there = all((system / name).is_file() for name in names)
        return _read_folder(system) if there else None


def _read_folder(folder: Path) -> dict[str, str]:
    try:
        return {name: (folder / name).read_text("utf-8") for name in (_INDEX, _EXCEPTIONS)}
    except OSError as error:
        raise EncoderError(
            f"{error.filename} cannot be read: {error.strerror}; give a folder that holds"
            f" WordNet's {_INDEX} and {_EXCEPTIONS}"
        ) from error
    except UnicodeError as error:
        raise EncoderError(f"{folder} holds no WordNet: {error}; install it again") from error


def _read_nouns(files: Mapping[str, str]) -> Any:
    """NLTK's reader, of the nouns alone.

    As it is, the reader wants files that Debian does not have and lemmas do not need, and no
    folder but NLTK's own.
    """
    from nltk.corpus.reader.wordnet import WordNetCorpusReader, WordNetError

    class Nouns(WordNetCorpusReader):
        _FILEMAP = {_NOUN: "noun"}

        def __init__(self) -> None:
            self._lemma_pos_offset_map: defaultdict[str, Any] = defaultdict(dict)
            self._exception_map: dict[str, Any] = {_ADJECTIVE: {}}
            self._load_lemma_pos_offset_map()
            self._load_exception_map()

        def open(self, file: str) -> io.StringIO:
            return io.StringIO(files[file])

    try:
        return Nouns()
    except (WordNetError, StopIteration, IndexError) as error:
        reason = str(error) or "a line is cut off"
        raise EncoderError(f"WordNet's files are damaged: {reason}; install it again") from error
