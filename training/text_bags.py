"""Texts as bags of word pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.text_vocabulary import SPECIAL

Array = NDArray[np.float32]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Bags:
    """The known pieces of n texts, one text behind the other.

    Attributes:
        pieces: the numbers of all pieces.
        starts: (n + 1,) where each text begins in `pieces`; the last is where all end.
    """

    pieces: Numbers
    starts: Numbers

    def take(self, rows: Numbers) -> Bags:
        """Only some texts."""
        lengths = np.diff(self.starts)[rows]
        starts = _starts(lengths)
        shift = np.repeat(self.starts[rows] - starts[:-1], lengths)
        return Bags(self.pieces[np.arange(starts[-1]) + shift], starts)

    def keep(self, kept: NDArray[np.bool_]) -> Bags:
        """Only some pieces."""
        return Bags(self.pieces[kept], np.concatenate([[0], np.cumsum(kept)])[self.starts])


def bags_of(tokenizer: Tokenizer, texts: Sequence[str]) -> Bags:
    """Cuts texts into pieces."""
    unknown = SPECIAL.index("[UNK]")
    encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    rows = [[number for number in one.ids if number != unknown] for one in encodings]
    pieces = np.array([number for row in rows for number in row], dtype=np.int64)
    return Bags(pieces, _starts(np.array([len(row) for row in rows], dtype=np.int64)))


def unit(vectors: Array) -> Array:
    """The same directions with length 1; zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def _starts(lengths: Numbers) -> Numbers:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
