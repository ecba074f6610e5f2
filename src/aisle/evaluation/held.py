"""What a model says of itself, by the products that were held out when it was fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aisle.evaluation.confidence import (
    ReliabilityBin,
    RiskPoint,
    expected_calibration_error,
    reliability_curve,
    risk_coverage_curve,
)
from aisle.evaluation.hierarchy import LevelScore, level_scores
from aisle.schema import CategoryPath
from aisle.summary import ModalitySetSummary, OofPredictions
from aisle.taxonomy import Taxonomy


@dataclass(frozen=True)
class NodeScore:
    """How often products of one part of the tree are answered with something in this part.

    Attributes:
        path: from the root down to the node.
        categories: how many categories there are at the node and beneath.
        rows: how many held-out products belong there.
        accuracy: the share of them whose answer is the node or beneath it, which for a leaf is the
            right category; None without a product.
    """

    path: CategoryPath
    categories: int
    rows: int
    accuracy: float | None


@dataclass(frozen=True)
class HeldFigures:
    """How good the answers to held-out products of one pattern are.

    The first four are of all of these products, the others of those whose answers were kept.

    Attributes:
        rows: how many products were held out.
        accuracy: the share of right answers.
        promised_precision: the lower bound of the share of assignments that are right, at the level
            of `decision.LEVEL`; None where none can be promised and nothing is assigned.
        assigned: the share of products that are assigned.
        kept: how many answers were kept.
        assigned_precision: the share of assignments that are right; None where there are none.
        calibration_error: the expected calibration error, between 0 and 1.
        reliability: accuracy against confidence.
        risk_coverage: share of wrong answers against share of products assigned, by confidence
            alone. What the model assigns may lie beside it, since it leaves out what is unlike all
            that was learned.
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


def held_figures(summary: ModalitySetSummary, taxonomy: Taxonomy) -> HeldFigures:
    """Measures how the held-out products of one pattern were answered.

    Args:
        summary: of these modalities, as `Classifier.summary` has it.
        taxonomy: the model's categories.
    """
    held, threshold = summary.oof_predictions, summary.threshold
    right = held.correct
    assigned = held.eligible_confidence >= threshold.value
    reliability = reliability_curve(held.confidence, right)
    truth, answers = ([taxonomy.categories[c] for c in row] for row in (held.truth, held.predicted))
    return HeldFigures(
        rows=summary.rows,
        accuracy=summary.accuracy,
        promised_precision=threshold.bound if threshold.promised else None,
        assigned=threshold.coverage,
        kept=len(held),
        assigned_precision=float(right[assigned].mean()) if assigned.any() else None,
        calibration_error=expected_calibration_error(reliability),
        reliability=reliability,
        risk_coverage=risk_coverage_curve(held.confidence, right),
        levels=level_scores(truth, answers),
        tree=node_scores(held, taxonomy),
    )


def node_scores(held: OofPredictions, taxonomy: Taxonomy) -> tuple[NodeScore, ...]:
    """One score a node of the tree, depth first, beneath each node in the order of names."""
    found = []
    for level in range(1, taxonomy.depth + 1):
        nodes, place = taxonomy.at_level(level)
        truth, answers = place[held.truth], place[held.predicted]
        categories = np.bincount(place)
        rows = np.bincount(truth, minlength=len(nodes))
        right = np.bincount(truth[truth == answers], minlength=len(nodes))
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
