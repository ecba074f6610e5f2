"""What an expert is: it turns one kind of evidence into a score for every category."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from tqdm import tqdm

from aisle.experts.state import State
from aisle.experts.training_task import TrainingTask

Array = NDArray[np.float32]
Labels = NDArray[np.intp]
Features: TypeAlias = Array | csr_array
"""(n, d) what an expert looks at, one row a product."""


@dataclass(frozen=True)
class CrossFitted:
    """An expert, and what its like say of rows that they did not see.

    Attributes:
        expert: fitted on all rows.
        oof_scores: (m, n_classes) out-of-fold scores of the m calibration rows of a training task;
            0 where there is nothing to look at.
    """

    expert: Expert
    oof_scores: Array


class Expert(ABC):
    """Scores every category for a row of features.

    Attributes:
        kind: its name in the registry and in the model folder.
        open_set: whether a score says how well its category fits; otherwise scores only say which
            category fits best.
    """

    kind: ClassVar[str]
    open_set: ClassVar[bool] = True

    @property
    def notes(self) -> Sequence[str]:
        """What users should know of how it was fitted, a line each."""
        return ()

    @abstractmethod
    def scores(self, features: Features) -> Array:
        """(n, n_classes) scores: the larger the likelier, not yet probabilities."""

    def similarity_features(self, features: Features) -> Features:
        """Rows whose cosine says how similar two products are to this expert."""
        return features

    def contributions(
        self,
        features: Features,  # noqa: ARG002
        winner: int,  # noqa: ARG002
        runner_up: int,  # noqa: ARG002
    ) -> Sequence[tuple[int, float]]:
        """What single features of one row add to the winner's lead over the runner-up.

        Returns:
            (column, share of the lead) of each feature that has a value; nothing where the expert
            cannot tell.
        """
        return ()

    @abstractmethod
    def state(self) -> State:
        """All that was learned."""

    @classmethod
    @abstractmethod
    def from_state(cls, state: State) -> Self:
        """The expert that had this state."""


class TrainableExpert(Expert):
    """An expert that is fitted in seconds rather than minutes, so once for each fold."""

    @abstractmethod
    def fit(self, features: Features, labels: Labels, n_classes: int) -> Self:
        """Learns from labelled rows.

        Args:
            features: (n, d) rows.
            labels: (n,) categories, 0 to `n_classes` - 1; some may not occur.
            n_classes: the number of categories.
        """

    def cross_fit(self, features: Features, task: TrainingTask) -> CrossFitted:
        """This expert, fitted on all rows, and out-of-fold scores by copies of it.

        Args:
            features: (n, d) rows.
            task: what there is to learn of the n rows.
        """
        expert = copy(self).fit(features, task.labels, task.n_classes)
        scores = np.zeros((len(task.calibration_rows), task.n_classes), dtype=np.float32)
        for split in tqdm(task.splits(), f"folds of {self.kind}", disable=None, leave=False):
            part = copy(self).fit(features[split.train], task.labels[split.train], task.n_classes)
            scores[split.positions] = part.scores(features[split.rows])
        return CrossFitted(expert, scores)
