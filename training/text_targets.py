"""The targets of the student: the vectors of the teacher on fewer axes."""

from __future__ import annotations

import numpy as np

from training.text_bags import Array, Bags, unit

_SMOOTH = 1e-3


class Axes:
    """The principal axes of the teacher's vectors.

    Args:
        vectors: (n, d) what they are found from.
        width: how many to keep.
    """

    def __init__(self, vectors: Array, width: int) -> None:
        self._mean = vectors.mean(axis=0)
        _, axes = np.linalg.eigh(np.cov((vectors - self._mean).T))
        self._axes = axes[:, : -width - 1 : -1]

    def __call__(self, vectors: Array) -> Array:
        """(n, width) vectors of unit length."""
        return unit((vectors - self._mean) @ self._axes)


def telling(bags: Bags, vocabulary: int) -> Array:
    """(vocabulary, 1) weights that make frequent pieces short (Arora et al. 2017)."""
    share = np.maximum(np.bincount(bags.pieces, minlength=vocabulary), 1) / len(bags.pieces)
    return (_SMOOTH / (_SMOOTH + share)).astype(np.float32)[:, None]
