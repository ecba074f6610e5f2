"""Word vectors from a text file as GloVe writes it: one pass, only the wanted words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from aisle.errors import EncoderError

_EXAMPLE = "a text file of GloVe vectors, such as glove.6B.100d.txt"
_ARCHIVES = {b"PK\x03\x04": "a ZIP file", b"\x1f\x8b": "a gzip file"}
_HEAD = 1 << 16
"""Bytes that are looked at before the pass; the first line must end in them."""
_SHOWN = 40
"""Characters of a faulty line that a message quotes."""


@dataclass(frozen=True)
class WordVectors:
    """Vectors of the words of a vocabulary.

    Attributes:
        matrix: (words + 1, d) the vector of the word numbered i in row i, counted from 1; zeros
            in row 0, which stands for no word, and for words without a vector.
        found: how many words have a vector.
    """

    matrix: NDArray[np.float32]
    found: int


def read_glove(path: Path, words: Sequence[str], chunk: int = 1 << 22) -> WordVectors:
    """Reads the vectors of some words.

    Each line of the file holds a word and its values, with a space before each value; the first
    line says how many values there are. Only lines of wanted words are parsed and checked, and
    the last one where it lacks its line break.

    Args:
        path: the file.
        words: distinct words; where one has two vectors in the file, the first counts.
        chunk: the bytes in memory at a time.

    Raises:
        EncoderError: there is no such file, it is of another format, damaged, or holds none of
            the words.
    """
    if not path.exists():
        raise EncoderError(f"{path} does not exist; give {_EXAMPLE}")
    if path.is_dir():
        raise EncoderError(f"{path} is a folder; give {_EXAMPLE}")
    try:
        vectors = _read(_lines(path, chunk), path, words)
    except OSError as error:
        raise EncoderError(f"{path} cannot be read: {error.strerror or error}") from error
    if words and not vectors.found:
        raise EncoderError(
            f"{path} holds none of the {len(words)} words of the training texts ({words[0]!r}, …);"
            " give vectors of lower-case words in the language of the texts"
        )
    return vectors


def _read(lines: Iterator[tuple[int, bytes]], path: Path, words: Sequence[str]) -> WordVectors:
    dimension = _dimension(path)
    matrix = np.zeros((len(words) + 1, dimension), dtype=np.float32)
    wanted = {word.encode("utf-8", "surrogatepass"): row for row, word in enumerate(words, 1)}
    firsts = {word.partition(b" ")[0] for word in wanted}
    for number, line in lines:
        if line[: line.find(b" ")] in firsts or not line.endswith(b"\n"):
            place = f"{path}, line {number}"
            word, values = _split(line, dimension, place)
            row = wanted.pop(word, None)
            if row is not None:
                matrix[row] = _vector(values, place)
    return WordVectors(matrix, len(words) - len(wanted))


def _lines(path: Path, chunk: int) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers, counted from 1."""
    done, size = 0, path.stat().st_size
    what = f"reading word vectors from {path.name}"
    progress = tqdm(total=size, desc=what, unit="B", unit_scale=True, disable=None, leave=False)
    with path.open("rb") as file, progress:
        while lines := file.readlines(chunk):
            yield from enumerate(lines, done + 1)
            done += len(lines)
            progress.update(sum(map(len, lines)))


def _split(line: bytes, dimension: int, place: str) -> tuple[bytes, list[bytes]]:
    """The word of a line, which may hold spaces, and its values."""
    word, *values = line.rstrip().split(b" ")
    extra = len(values) - dimension
    if extra > 0 and _numbers(values[:extra]) is None:
        return b" ".join([word, *values[:extra]]), values[extra:]
    if extra < 0 and not line.endswith(b"\n"):
        raise EncoderError(
            f"{place} is cut off after {len(values)} of {dimension} values; download the file again"
        )
    if extra:
        raise EncoderError(
            f"{place} has {len(values)} values where the first line has {dimension};"
            " download the file again"
        )
    return word, values


def _vector(values: Sequence[bytes], place: str) -> NDArray[np.float32]:
    vector = _numbers(values)
    if vector is None:
        bad = next(value for value in values if _numbers([value]) is None)
        raise EncoderError(
            f"{place} holds {_shown(bad)} where a number was expected; download the file again"
        )
    return vector


def _numbers(values: Sequence[bytes]) -> NDArray[np.float32] | None:
    """The values as finite numbers; None where they are none."""
    try:
        with np.errstate(over="ignore"):
            numbers = np.array([*map(float, values)], dtype=np.float32)
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def _dimension(path: Path) -> int:
    """How many values the first line has.

    Raises:
        EncoderError: the file does not begin as a file of vectors does.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise EncoderError(f"{path} is empty (0 bytes); give {_EXAMPLE}")
    for mark, kind in _ARCHIVES.items():
        if head.startswith(mark):
            raise EncoderError(f"{path} is {kind}; unpack it and give the text file in it")
    line, end, _ = head.partition(b"\n")
    word, *values = line.rstrip().split(b" ")
    if b"\0" in head or not (end or len(head) < _HEAD):
        raise EncoderError(f"{path} is a binary file; give {_EXAMPLE}")
    if word.isdigit() and len(values) == 1 and values[0].isdigit():
        raise EncoderError(
            f"{path} begins with {_shown(line)}, the header of a word2vec file; give {_EXAMPLE},"
            " or delete the first line"
        )
    if not values or _numbers(values) is None:
        raise EncoderError(
            f"{path} begins with {_shown(line)} where a word and its values were expected;"
            f" give {_EXAMPLE}"
        )
    return len(values)


def _shown(content: bytes) -> str:
    text = content.decode("utf-8", "replace").rstrip()
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
