"""The rule that acts on answers: assign to a category, or send to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from aisle.decision.thresholds import choose_threshold
from aisle.ensemble.oof_shortlists import OofShortlists
from aisle.experts.expert import Array
from aisle.schema import Decision
from aisle.summary import Threshold

REJECTED_SHARE = 0.02
"""Of the calibration rows that are confident enough, the share that each of the two limits sends to
review all the same."""


@dataclass(frozen=True)
class DecisionRule:
    """When answers for one set of modalities are assigned: for the most probable category alone.

    Attributes:
        threshold: the least confidence that is assigned.
        min_familiarity: a row below it is unlike every category, and is not assigned.
        min_agreement: a row below it contradicts itself, and is not assigned.
    """

    threshold: Threshold
    min_familiarity: float
    min_agreement: float

    @classmethod
    def fit(cls, oof: OofShortlists, precision: float) -> Self:
        """The rule that keeps a precision.

        Args:
            oof: out-of-fold answers for the set of modalities.
            precision: the share of right answers among the assigned ones, between 0 and 1.
        """
        confidence, correct = oof.confidence, oof.correct
        without_limits = choose_threshold(confidence, correct, precision)
        confident = confidence >= without_limits.value
        rule = cls(
            without_limits,
            _limit(oof.familiarity, confident),
            _limit(oof.agreement, confident),
        )
        eligible = rule.is_eligible(oof.familiarity, oof.agreement)
        threshold = choose_threshold(np.where(eligible, confidence, 0), correct, precision)
        return cls(threshold, rule.min_familiarity, rule.min_agreement)

    def is_eligible(self, familiarity: Array, agreement: Array) -> NDArray[np.bool_]:
        """(n,) which rows may be assigned at all."""
        return np.asarray((familiarity >= self.min_familiarity) & (agreement >= self.min_agreement))

    def decide(
        self, confidence: float, familiarity: float, agreement: float, looked_at: str
    ) -> tuple[Decision, str]:
        """What to do with one answer, and why, as one clause.

        Args:
            confidence: the probability of its category.
            familiarity: as `EnsembleOutput` has it.
            agreement: as `EnsembleOutput` has it.
            looked_at: the name of the set of modalities.
        """
        threshold = self.threshold
        if not threshold.promised:
            reason = f"a precision of {threshold.precision:g} cannot be promised for {looked_at}"
        elif confidence < threshold.value:
            reason = (
                f"confidence {confidence:.4f} is below the threshold {threshold.value:.4f}"
                f" for {looked_at}"
            )
        elif agreement < self.min_agreement:
            reason = (
                "text and image contradict each other: one of them alone gives the category a"
                f" probability of {np.exp(agreement):.2g}; at least"
                f" {np.exp(self.min_agreement):.2g} is needed"
            )
        elif familiarity < self.min_familiarity:
            reason = (
                f"unlike the products of every category: familiarity {familiarity:.2f} is below"
                f" {self.min_familiarity:.2f} for {looked_at}"
            )
        else:
            return (
                Decision.ASSIGN,
                f"confidence {confidence:.4f} reaches the threshold {threshold.value:.4f}"
                f" for {looked_at}",
            )
        return Decision.REVIEW, reason


def _limit(measure: Array, confident: NDArray[np.bool_]) -> float:
    """The limit that all but the rejected share of confident rows keep; of all if none is."""
    rows = measure[confident] if confident.any() else measure
    return float(np.quantile(rows, REJECTED_SHARE))
