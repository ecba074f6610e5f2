"""The words that carried an answer, found again in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"\w+")
_MOST_FOUND = 400
_PLAIN_CHARACTERS = 320
_GAP = " … "


@dataclass(frozen=True)
class Piece:
    """A stretch of text.

    Attributes:
        text: the stretch.
        share: how much the terms found in it carry together; 0 where there are none.
    """

    text: str
    share: float = 0.0


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    share: float


def highlighted(text: str, terms: Sequence[tuple[str, float]]) -> list[Piece]:
    """The text in pieces, long stretches without a term shortened.

    A term is a word, several words that follow each other, or a run of characters. Words are found
    as whole words in any case, whatever stands between them; only a term that is found nowhere so
    is looked for within words.

    Args:
        text: what the model read.
        terms: what to find, with its share.
    """
    words = [(match.group().lower(), match.span()) for match in _WORD.finditer(text)]
    found = [one for term, share in terms for one in _occurrences(text, words, term, share)]
    return [*_shortened(_cut(text, found[:_MOST_FOUND]))]


def _occurrences(
    text: str, words: Sequence[tuple[str, tuple[int, int]]], term: str, share: float
) -> list[_Found]:
    wanted = _WORD.findall(term.lower())
    count = len(wanted)
    whole = [
        _Found(words[at][1][0], words[at + count - 1][1][1], share)
        for at in range(len(words) - count + 1)
        if count and [word for word, _ in words[at : at + count]] == wanted
    ]
    piece = term.strip()
    if whole or not piece:
        return whole
    matches = re.finditer(re.escape(piece), text, re.IGNORECASE)
    return [_Found(*match.span(), share) for match in matches]


def _cut(text: str, found: Sequence[_Found]) -> Iterator[Piece]:
    """Cuts wherever a term begins or ends; where terms overlap their shares add up."""
    changes = {0: 0.0, len(text): 0.0}
    for one in found:
        changes[one.start] = changes.get(one.start, 0.0) + one.share
        changes[one.end] = changes.get(one.end, 0.0) - one.share
    level = 0.0
    for start, end in pairwise(sorted(changes)):
        level += changes[start]
        yield Piece(text[start:end], max(0.0, round(level, 6)))


def _shortened(pieces: Iterable[Piece]) -> Iterator[Piece]:
    half = _PLAIN_CHARACTERS // 2
    for piece in pieces:
        long = not piece.share and len(piece.text) > _PLAIN_CHARACTERS
        yield Piece(f"{piece.text[:half]}{_GAP}{piece.text[-half:]}") if long else piece
