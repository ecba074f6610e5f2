"""Words to their dictionary forms, by WordNet's nouns and NLTK's `morphy`."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from aisle.errors import EncoderError, MissingExtraError

SYSTEM_FOLDER = Path("/usr/share/wordnet")
"""Where Debian's package wordnet-base puts WordNet."""

_INDEX = "index.noun"
_EXCEPTIONS = "noun.exc"
_NOUN, _ADJECTIVE = "n", "a"


class Lemmatizer:
    """What NLTK's `WordNetLemmatizer` makes of words, which it takes for nouns by default.

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


def open_lemmatizer(folder: Path | None = None) -> Lemmatizer | None:
    """The lemmatiser on WordNet's files.

    Args:
        folder: where they lie; by default NLTK's data folders are searched, then the system's.

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
    files = _read_folder(folder) if folder else _find_files()
    return Lemmatizer(files) if files else None


def _find_files() -> dict[str, str] | None:
    from nltk.data import find

    names = (_INDEX, _EXCEPTIONS)
    try:  # file by file, since the downloader leaves them in a ZIP file
        return {n: find(f"corpora/wordnet/{n}").open().read().decode("utf-8") for n in names}
    except (LookupError, OSError, BadZipFile):  # not there, not for this user, or cut off
        there = all((SYSTEM_FOLDER / name).is_file() for name in names)
        return _read_folder(SYSTEM_FOLDER) if there else None


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
