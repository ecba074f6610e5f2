"""The figures of a fitted model on its own out-of-fold predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aisle.evaluation.metrics import (
    LevelScore,
    ReliabilityBin,
    RiskPoint,
    expected_calibration_error,
    level_scores,
    reliability_curve,
    risk_coverage_curve,
)
from aisle.schema import CategoryPath
from aisle.summary import ModalitySetSummary, OofPredictions
from aisle.taxonomy import Taxonomy


@dataclass(frozen=True)
class NodeScore:
    """How often products of one part of the tree are predicted to be in this part.

    Attributes:
        path: from the root down to the node.
        categories: the number of categories at the node and beneath.
        rows: the number of products that belong there.
        accuracy: the share of them whose prediction is the node or beneath it, which for a leaf is
            the right category; None without a product.
    """

    path: CategoryPath
    categories: int
    rows: int
    accuracy: float | None


@dataclass(frozen=True)
class OofFigures:
    """How good the out-of-fold predictions of one modality set are.

    The first four are of all calibration rows, the others of those whose predictions were kept.

    Attributes:
        rows: the number of calibration rows.
        accuracy: the share of right predictions.
        promised_precision: the lower bound of the share of assignments that are right, at a
            confidence of 95 %; None where none can be promised and nothing is assigned.
        assigned: the share of rows that are assigned.
        kept: the number of predictions that were kept.
        assigned_precision: the share of assignments that are right; None where there are none.
        calibration_error: the expected calibration error, between 0 and 1.
        reliability: accuracy against confidence.
        risk_coverage: share of wrong predictions against share of rows assigned, by confidence
            alone. What the model assigns may lie off this curve, because it also leaves out what is
            unlike all that was learned.
        levels: one score a level of the tree.
        tree: one score a node, depth first.
    """

    rows: int
    accuracy: float
    promised_precision: float | None
    assigned: float
    kept: int
    assigned_precision: float | None
    calibration_error: float
    reliability: tuple[ReliabilityBin, ...]
    risk_coverage: tuple[RiskPoint, ...]
    levels: tuple[LevelScore, ...]
    tree: tuple[NodeScore, ...]


def oof_figures(summary: ModalitySetSummary, taxonomy: Taxonomy) -> OofFigures:
    """Measures the out-of-fold predictions of one modality set.

    Args:
        summary: of these modalities, as `Classifier.summary` has it.
        taxonomy: the model's categories.
    """
    oof, threshold = summary.oof_predictions, summary.threshold
    right = oof.correct
    assigned = oof.eligible_confidence >= threshold.value
    reliability = reliability_curve(oof.confidence, right)
    truth, predicted = (
        [taxonomy.categories[column] for column in columns]
        for columns in (oof.truth, oof.predicted)
    )
    return OofFigures(
        rows=summary.rows,
        accuracy=summary.accuracy,
        promised_precision=threshold.bound if threshold.promised else None,
        assigned=threshold.coverage,
        kept=len(oof),
        assigned_precision=float(right[assigned].mean()) if assigned.any() else None,
        calibration_error=expected_calibration_error(reliability),
        reliability=reliability,
        risk_coverage=risk_coverage_curve(oof.confidence, right),
        levels=level_scores(truth, predicted),
        tree=node_scores(oof, taxonomy),
    )


def node_scores(oof: OofPredictions, taxonomy: Taxonomy) -> tuple[NodeScore, ...]:
    """One score a node of the tree, depth first, beneath each node in the order of names."""
    found = []
    for level in range(1, taxonomy.depth + 1):
        nodes, place = taxonomy.at_level(level)
        truth, predicted = place[oof.truth], place[oof.predicted]
        categories = np.bincount(place)
        rows = np.bincount(truth, minlength=len(nodes))
        right = np.bincount(truth[truth == predicted], minlength=len(nodes))
        found += [
            NodeScore(
                path=path,
                categories=int(categories[i]),
                rows=int(rows[i]),
                accuracy=float(right[i] / rows[i]) if rows[i] else None,
            )
            for i, path in enumerate(nodes)
            if len(path) == level
        ]
    return tuple(sorted(found, key=lambda one: one.path))
