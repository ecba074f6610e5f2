"""How answers hold when texts or pictures are taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aisle.evaluation import metrics
from aisle.evaluation.views import ALONE, Outcome, Truth, View
from aisle.schema import Modality

SHARES = (0.0, 0.3, 0.7, 1.0)


@dataclass(frozen=True)
class RobustnessPoint:
    """What the answers are worth when some products lose a modality.

    Attributes:
        lost: what is taken away.
        share: of how many products, drawn at random.
        accuracy: the share of right answers; none at all counts as wrong.
        macro_f1: the mean of F1, each category counting the same.
        answered: the share of rows that have something left to look at.
    """

    lost: Modality
    share: float
    accuracy: float
    macro_f1: float
    answered: float


def robustness(
    outcomes: Mapping[View, Outcome], truth: Truth, seed: int
) -> tuple[RobustnessPoint, ...]:
    """One point for each modality and each of `SHARES`.

    A product that has lost its texts is answered as in the view of its pictures, so that no model
    is asked again. Products that lose it at a smaller share lose it at a larger one too.

    Args:
        outcomes: of all three views.
        truth: of the same rows.
        seed: for the draw.
    """
    generator = np.random.default_rng(seed)
    points = []
    for lost in Modality:
        rest = next(view for modality, view in ALONE.items() if modality != lost)
        draw = generator.random(len(truth.columns))
        for share in SHARES:
            outcome = outcomes[View.BOTH].replaced(outcomes[rest], draw < share)
            points.append(_point(lost, share, outcome, truth))
    return tuple(points)


def _point(lost: Modality, share: float, outcome: Outcome, truth: Truth) -> RobustnessPoint:
    return RobustnessPoint(
        lost=lost,
        share=share,
        accuracy=metrics.accuracy(truth.columns, outcome.answers),
        macro_f1=metrics.class_scores(truth.columns, outcome.answers).macro_f1,
        answered=float(outcome.answered.mean()),
    )
