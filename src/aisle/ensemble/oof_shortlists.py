"""Out-of-fold answers that are kept with a model, so that decision rules can be set again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.experts.expert import Array, Labels

LENGTH = 10
"""The number of categories of each row that are kept."""

MAX_ROWS = 20_000
"""The number of rows of each modality set that a model folder keeps, drawn at random."""


@dataclass(frozen=True)
class OofShortlists:
    """How n calibration rows of one modality set were answered by models that did not see them.

    Attributes:
        truth: (n,) the right categories.
        columns: (n, k) the most probable categories, the best first.
        probabilities: (n, k) their calibrated probabilities.
        familiarity: (n,) as `EnsembleOutput` has it.
        agreement: (n,) as `EnsembleOutput` has it.
    """

    truth: NDArray[np.int32]
    columns: NDArray[np.int32]
    probabilities: Array
    familiarity: Array
    agreement: Array

    @classmethod
    def of(
        cls,
        labels: Labels,
        columns: NDArray[np.int32],
        probabilities: Array,
        familiarity: Array,
        agreement: Array,
    ) -> OofShortlists:
        """Cuts answers down to what is kept; arguments are (n,) and (n, k) as above."""
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :LENGTH]
        return cls(
            labels.astype(np.int32),
            np.take_along_axis(columns, best, axis=1),
            np.take_along_axis(probabilities, best, axis=1),
            familiarity,
            agreement,
        )

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def predicted(self) -> NDArray[np.int32]:
        """(n,) the most probable categories."""
        return self.columns[:, 0]

    @property
    def confidence(self) -> Array:
        """(n,) their probabilities."""
        return self.probabilities[:, 0]

    @property
    def correct(self) -> NDArray[np.bool_]:
        """(n,) which of them are right."""
        return np.asarray(self.predicted == self.truth)

    def sample(self, seed: int, most: int = MAX_ROWS) -> OofShortlists:
        """At most so many rows, drawn at random."""
        order = np.random.default_rng(seed).permutation(len(self))
        rows = np.sort(order[:most])
        return OofShortlists(*(getattr(self, one.name)[rows] for one in fields(self)))

    def state(self) -> dict[str, NDArray[Any]]:
        """All arrays, small: probabilities in half precision."""
        small = np.uint16 if max(self.truth.max(), self.columns.max()) < 2**16 else np.int32
        return {
            "truth": self.truth.astype(small),
            "columns": self.columns.astype(small),
            "probabilities": self.probabilities[:, 1:].astype(np.float16),
            "confidence": self.confidence,
            "familiarity": self.familiarity,
            "agreement": self.agreement,
        }

    @classmethod
    def from_state(cls, arrays: dict[str, NDArray[Any]], n_classes: int) -> OofShortlists:
        """The answers that had these arrays.

        Raises:
            ValueError: they do not belong together, or to a model with these categories.
        """
        confidence = arrays["confidence"].astype(np.float32)
        others = arrays["probabilities"].astype(np.float32)
        found = cls(
            arrays["truth"].astype(np.int32),
            arrays["columns"].astype(np.int32),
            np.concatenate([confidence[:, None], others], axis=1),
            arrays["familiarity"].astype(np.float32),
            arrays["agreement"].astype(np.float32),
        )
        n, k = found.columns.shape
        single = {len(found.truth), len(found.familiarity), len(found.agreement)}
        if single != {n} or found.probabilities.shape != (n, k) or not n:
            raise ValueError("out-of-fold answers are not whole")
        if min(found.truth.min(), found.columns.min()) < 0 or n_classes <= max(
            found.truth.max(), found.columns.max()
        ):
            raise ValueError(f"out-of-fold answers do not fit {n_classes} categories")
        if not ((found.probabilities >= 0) & (found.probabilities <= 1)).all():
            raise ValueError("the confidence of an out-of-fold answer is no probability")
        return found
