"""All the figures of one outcome."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

from aisle.evaluation import metrics
from aisle.evaluation.confidence import (
    coverage_at,
    expected_calibration_error,
    reliability_curve,
)
from aisle.evaluation.hierarchy import HierarchicalScores, hierarchical_scores
from aisle.evaluation.views import Outcome, Truth


@dataclass(frozen=True)
class Figures:
    """How good the answers to some products are.

    Rows without an answer and rows whose category the model does not know count as wrong, but
    `ece` leaves the former out and `log_loss` the latter.

    Attributes:
        rows: how many products.
        answered: how many of them had something to look at.
        accuracy: the share of right answers; the same as micro-F1.
        accuracy_interval: its exact 95 % interval.
        macro_f1: the mean of F1, each category counting the same.
        weighted_f1: the mean of F1, each category counting by its products.
        top3: the share of rows whose category is among the three most probable.
        log_loss: in nats; NaN where no row has a category that the model knows.
        ece: expected calibration error over 15 bins of equal width.
        coverage_95: the largest share of rows that could be assigned with 95 % right, in hindsight.
        coverage_99: the same with 99 % right.
        assigned: how many rows the model assigns.
        assigned_right: how many of these are right.
        hierarchical: precision, recall and F over the nodes of the tree.
    """

    rows: int
    answered: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    weighted_f1: float
    top3: float
    log_loss: float
    ece: float
    coverage_95: float
    coverage_99: float
    assigned: int
    assigned_right: int
    hierarchical: HierarchicalScores

    @property
    def answered_accuracy(self) -> float | None:
        """The share of right answers among the rows that had something to look at."""
        return self.accuracy * self.rows / self.answered if self.answered else None

    @property
    def assigned_share(self) -> float:
        """The share of rows that the model assigns."""
        return self.assigned / self.rows

    @property
    def assigned_precision(self) -> float | None:
        """The share of assigned rows that are right; None where nothing is assigned."""
        return self.assigned_right / self.assigned if self.assigned else None

    @property
    def assigned_interval(self) -> tuple[float, float]:
        """The exact 95 % interval of `assigned_precision`."""
        return metrics.share_interval(self.assigned_right, self.assigned)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            **asdict(self),
            "log_loss": None if isnan(self.log_loss) else self.log_loss,
            "micro_f1": self.accuracy,
            "answered_accuracy": self.answered_accuracy,
            "assigned_share": self.assigned_share,
            "assigned_precision": self.assigned_precision,
            "assigned_interval": self.assigned_interval,
        }


def figures_of(outcome: Outcome, truth: Truth) -> Figures:
    """Counts and measures all that `Figures` holds."""
    confidence, right, answered = outcome.confidence, outcome.right, outcome.answered
    scores = metrics.class_scores(truth.columns, outcome.answers)
    return Figures(
        rows=len(right),
        answered=int(answered.sum()),
        accuracy=metrics.accuracy(truth.columns, outcome.answers),
        accuracy_interval=metrics.share_interval(int(right.sum()), len(right)),
        macro_f1=scores.macro_f1,
        weighted_f1=scores.weighted_f1,
        top3=float(outcome.in_top.mean()),
        log_loss=metrics.log_loss(outcome.own[truth.learned]),
        ece=expected_calibration_error(reliability_curve(confidence[answered], right[answered])),
        coverage_95=coverage_at(0.95, confidence, right),
        coverage_99=coverage_at(0.99, confidence, right),
        assigned=int(outcome.assigned.sum()),
        assigned_right=int((outcome.assigned & right).sum()),
        hierarchical=hierarchical_scores(
            truth.paths, [truth.path(int(column)) for column in outcome.answers]
        ),
    )
