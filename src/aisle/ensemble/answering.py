"""From the panel's numbers to answers for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aisle.experts.cross_fitting import Evidence
from aisle.panel.panel import Panel
from aisle.panel.weighing import Pattern
from aisle.predictions import Predictions
from aisle.schema import (
    Candidate,
    Decision,
    Explanation,
    Modality,
    Prediction,
    Product,
    Status,
    modality_set_name,
)
from aisle.taxonomy import Taxonomy

ALTERNATIVES = 4


@dataclass(frozen=True)
class Answers:
    """The panel's answers to n products.

    Attributes:
        evidence: what each expert looked at.
        probabilities: (n, categories) calibrated.
        familiarity: (n,) how well each product fits the category that fits it best, 0 or below.
        agreement: (n,) the least log-probability that a modality alone gives to the answer; 0 where
            there is one modality.
        patterns: (n,) what there was to look at.
        errors: by row, what could not be read.
    """

    evidence: Sequence[Evidence]
    probabilities: NDArray[np.float32]
    familiarity: NDArray[np.float32]
    agreement: NDArray[np.float32]
    patterns: Sequence[Pattern]
    errors: dict[int, str]

    def ranking(self, row: int, count: int) -> NDArray[np.intp]:
        """The most probable categories of a row, the best first."""
        probabilities = self.probabilities[row]
        count = min(count, len(probabilities))
        best = np.argpartition(-probabilities, count - 1)[:count]
        return best[np.argsort(-probabilities[best], kind="stable")]


def to_predictions(
    products: Sequence[Product],
    answers: Answers,
    panel: Panel,
    taxonomy: Taxonomy,
    explanations: Sequence[Explanation] | None = None,
) -> Predictions:
    """One prediction a product, with its explanation where there is one."""
    found = [
        _prediction(product.id, row, answers, panel, taxonomy)
        for row, product in enumerate(products)
    ]
    if explanations is not None:
        pairs = zip(found, explanations, strict=True)
        found = [replace(one, explanation=explanation) for one, explanation in pairs]
    return Predictions(tuple(found), answers.probabilities)


def _prediction(
    key: str,
    row: int,
    answers: Answers,
    panel: Panel,
    taxonomy: Taxonomy,
) -> Prediction:
    pattern = answers.patterns[row]
    error = answers.errors.get(row, "")
    if not pattern:
        return _failed(key, error, panel)
    probabilities = answers.probabilities[row]
    candidates = [
        Candidate(taxonomy.categories[column], float(probabilities[column]))
        for column in answers.ranking(row, 1 + ALTERNATIVES)
    ]
    best = candidates[0]
    decision, reason = _decide(best.confidence, row, answers, panel)
    return Prediction(
        id=key,
        category=best.category,
        confidence=best.confidence,
        levels=taxonomy.levels(best.category, probabilities),
        alternatives=tuple(candidates[1:]),
        decision=decision,
        decision_reason=reason,
        modalities=tuple(modality for modality in Modality if modality in pattern),
        status=Status.PARTIAL if error else Status.OK,
        error=error,
    )


def _failed(key: str, error: str, panel: Panel) -> Prediction:
    needs = dict.fromkeys(seat.needs for seat in panel.seats)
    wanted = [modality_set_name(one) for one in needs if not any(less < one for less in needs)]
    reason = f"there is no {' and no '.join(wanted)} that can be read"
    return Prediction(
        key,
        None,
        0.0,
        (),
        (),
        Decision.REVIEW,
        reason,
        (),
        Status.FAILED,
        error or reason,
    )


def _decide(confidence: float, row: int, answers: Answers, panel: Panel) -> tuple[Decision, str]:
    pattern = answers.patterns[row]
    verdict, source = panel.verdicts_[pattern], modality_set_name(pattern)
    threshold = verdict.threshold
    if not threshold.promised:
        return (
            Decision.REVIEW,
            f"a precision of {threshold.precision:g} could not be promised for {source}",
        )
    if confidence < threshold.value:
        return (
            Decision.REVIEW,
            f"confidence {confidence:.4f} is below the threshold {threshold.value:.4f}"
            f" for {source}",
        )
    if (agreement := answers.agreement[row]) < verdict.least_agreement:
        return (
            Decision.REVIEW,
            "text and image contradict each other: by one of them alone the category has a"
            f" probability of {np.exp(agreement):.2g}; at least"
            f" {np.exp(verdict.least_agreement):.2g} is needed",
        )
    if (familiarity := answers.familiarity[row]) < verdict.least_familiarity:
        return (
            Decision.REVIEW,
            f"unlike the products of every category: familiarity {familiarity:.2f} is below"
            f" {verdict.least_familiarity:.2f} for {source}",
        )
    return (
        Decision.ASSIGN,
        f"confidence {confidence:.4f} reaches the threshold {threshold.value:.4f} for {source}",
    )
