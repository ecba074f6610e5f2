"""What an expert is."""

from __future__ import annotations

from typing import Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Array = NDArray[np.float32]
Labels = NDArray[np.intp]
Features: TypeAlias = Array | csr_array
"""(n, d) what an expert looks at, one row a product."""


class Expert(Protocol):
    """Scores every category for a row of features."""

    def scores(self, features: Features) -> Array:
        """(n, count) scores: the larger the likelier, not yet probabilities."""

    def state(self) -> dict[str, NDArray[np.generic]]:
        """All that was learned, as arrays."""

    @classmethod
    def from_state(cls, state: dict[str, NDArray[np.generic]]) -> Self:
        """The expert that had this state."""


class Learner(Expert, Protocol):
    """An expert that is fitted to rows, in seconds rather than minutes."""

    def fit(self, features: Features, labels: Labels, count: int) -> Self:
        """Learns from labelled rows.

        Args:
            features: (n, d) rows.
            labels: (n,) categories, 0 to `count` - 1; some may not occur.
            count: the number of categories.
        """
