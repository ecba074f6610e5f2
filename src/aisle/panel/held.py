"""How products were answered that were held out: what a model can honestly say of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.experts.base import Array, Labels
from aisle.panel.weighing import Pattern, Weighing, rows_of

MAX_ROWS = 20_000
"""So many answers of a pattern are kept at most, drawn at random."""

_KINDS = {"truth": np.int32, "answers": np.int32, "confidence": np.float32, "eligible": np.bool_}


@dataclass(frozen=True)
class HeldAnswers:
    """How n held-out products of one pattern were answered.

    Attributes:
        truth: (n,) the right categories, as columns.
        answers: (n,) the categories that were answered.
        confidence: (n,) calibrated probabilities of the answers.
        eligible: (n,) whether a product is like what was learned and not at odds with itself; else
            it is never assigned.
    """

    truth: NDArray[np.int32]
    answers: NDArray[np.int32]
    confidence: Array
    eligible: NDArray[np.bool_]

    @classmethod
    def of(
        cls, labels: Labels, proba: Array, eligible: NDArray[np.bool_], seed: int
    ) -> HeldAnswers:
        """The answers to be kept, `MAX_ROWS` of them at most.

        Args:
            labels: (n,) the right categories.
            proba: (n, categories) calibrated probabilities.
            eligible: (n,) as above.
            seed: for the draw.
        """
        order = np.random.default_rng(seed).permutation(len(labels))
        rows = np.sort(order[:MAX_ROWS])
        return cls(
            truth=labels[rows].astype(np.int32),
            answers=proba[rows].argmax(axis=1).astype(np.int32),
            confidence=proba[rows].max(axis=1),
            eligible=eligible[rows],
        )

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def right(self) -> NDArray[np.bool_]:
        """(n,) which answers are right."""
        return np.asarray(self.truth == self.answers)

    @property
    def claim(self) -> Array:
        """(n,) the confidence by which answers are assigned; 0 where they are not eligible."""
        return np.where(self.eligible, self.confidence, np.float32(0))

    def check(self, categories: int) -> None:
        """Whether these are answers of a model with so many categories.

        Raises:
            ValueError: they are not.
        """
        kinds = {name: array.dtype for name, array in vars(self).items()}
        shapes = {array.shape for array in vars(self).values()}
        if kinds != _KINDS or shapes != {(len(self),)} or not 0 < len(self) <= MAX_ROWS:
            raise ValueError("answers to held-out products are not whole")
        columns = np.concatenate([self.truth, self.answers])
        if columns.min() < 0 or columns.max() >= categories:
            raise ValueError(f"answers to held-out products do not fit {categories} categories")
        if not ((self.confidence >= 0) & (self.confidence <= 1)).all():
            raise ValueError("a confidence in a held-out product is no probability")


def honest_answers(
    weighing: Weighing,
    scores: Sequence[Array],
    present: Sequence[NDArray[np.bool_]],
    labels: Labels,
    folds: NDArray[np.intp],
) -> dict[Pattern, dict[str, Array]]:
    """For each pattern and candidate, the answers to its rows by a weighing without their fold.

    Args:
        weighing: of all rows, which says what patterns and candidates there are.
        scores: for each expert (n, categories) scores of rows it had not seen.
        present: for each expert (n,) which rows it had something to look at.
        labels: (n,) the right categories.
        folds: (n,) the folds.

    Returns:
        (rows, categories) log-probabilities.
    """
    answers: dict[Pattern, dict[str, Array]] = {}
    for pattern, candidates in weighing.weights_.items():
        shape = (int(rows_of(pattern, weighing.needs, present).sum()), scores[0].shape[1])
        answers[pattern] = {name: np.zeros(shape, dtype=np.float32) for name in candidates}
    for fold in np.unique(folds):
        rest = folds != fold
        part = Weighing(weighing.needs).fit(
            [score[rest] for score in scores], [there[rest] for there in present], labels[rest]
        )
        for pattern, by_name in answers.items():
            rows = rows_of(pattern, weighing.needs, present)
            mine = [score[rows & ~rest] for score in scores]
            for name, logs in by_name.items():
                source = part if pattern in part.weights_ else weighing
                weights = source.weights_[pattern].get(name, weighing.weights_[pattern][name])
                logs[~rest[rows]] = source.log_proba(pattern, weights, mine)
    return answers
