"""How right predictions are, and what their confidence is worth: numpy in, numbers out.

Truth and predictions are (n,) columns of categories. A category that the model does not know has a
column of its own after those of the model; where there is no prediction, the column is `NO_ANSWER`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support

from aisle.schema import CategoryPath

Labels = NDArray[np.intp]
Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]

NO_ANSWER = -1
"""Stands in place of a prediction where there was nothing to look at. It is never right."""

LEAST_PROBABILITY = 1e-7
"""Log-loss counts no probability as less than this, about the precision of float32."""

BINS = 15
"""Equal-width bins of the confidence from 0 to 1, as in Guo et al. 2017."""

CURVE_POINTS = 200
"""The most points of a risk-coverage curve."""


@dataclass(frozen=True)
class ClassScores:
    """What the predictions are worth for each category; arrays of one length.

    Attributes:
        columns: the categories that occur in the truth or among the predictions.
        precision: the share of its predictions that are right; 0 where there are none.
        recall: the share of its products that are found; 0 where there are none.
        f1: the harmonic mean of both.
        support: the number of products of the category.
        answers: the number of predictions of the category.
    """

    columns: Labels
    precision: Floats
    recall: Floats
    f1: Floats
    support: Labels
    answers: Labels

    @property
    def macro_f1(self) -> float:
        """The mean of F1, each category counting the same."""
        return float(self.f1.mean())

    @property
    def weighted_f1(self) -> float:
        """The mean of F1, each category counting by its products."""
        return float(np.average(self.f1, weights=self.support))


@dataclass(frozen=True)
class ConfusionCell:
    """A cell of the confusion matrix that is not empty.

    Attributes:
        truth: the column of the right category.
        predicted: the column of the predicted one, or `NO_ANSWER`.
        rows: the number of products in the cell.
    """

    truth: int
    predicted: int
    rows: int


@dataclass(frozen=True)
class ReliabilityBin:
    """The predictions whose confidence is above `low` and at most `high`.

    Attributes:
        low: where the bin starts.
        high: where it ends.
        count: the number of predictions in it.
        confidence: their mean confidence; the middle of the bin where there are none.
        accuracy: the share of them that is right; 0 where there are none.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class RiskPoint:
    """What follows if all predictions of at least one confidence are assigned.

    Attributes:
        coverage: the share of all rows that is assigned.
        risk: the share of these that is wrong.
        confidence: the least confidence that is assigned.
    """

    coverage: float
    risk: float
    confidence: float


@dataclass(frozen=True)
class HierarchicalScores:
    """Hierarchical precision, recall and F-measure.

    A category stands for itself and all above it but the root: a prediction in the right branch is
    partly right (Kiritchenko et al. 2006, doi:10.1007/11766247_34; the same names in HiClass).

    Attributes:
        precision: the share of the predicted nodes that are right.
        recall: the share of the true nodes that are predicted.
        f1: the harmonic mean of both.
    """

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class LevelScore:
    """How often predictions are right down to one level of the tree.

    Attributes:
        level: 1 is beneath the root.
        rows: the number of products whose category has at least this level.
        nodes: the number of nodes of this level in which these products lie.
        accuracy: the share of these products whose prediction is right down to this level.
    """

    level: int
    rows: int
    nodes: int
    accuracy: float


def accuracy(truth: Labels, predicted: Labels) -> float:
    """The share of right predictions.

    The same as micro-F1, since each product has one category and one prediction.

    Example:
        >>> accuracy(np.array([0, 1, 2, 2]), np.array([0, 1, 2, NO_ANSWER]))
        0.75
    """
    return float((truth == predicted).mean())


def class_scores(truth: Labels, predicted: Labels) -> ClassScores:
    """Precision, recall and F1 of each category, as scikit-learn defines them."""
    columns = np.union1d(truth, predicted[predicted != NO_ANSWER])
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, predicted, labels=columns, zero_division=0
    )
    counts = np.bincount(np.searchsorted(columns, predicted[predicted != NO_ANSWER]))
    counts = np.pad(counts, (0, len(columns) - len(counts)))
    return ClassScores(columns, precision, recall, f1, support.astype(np.intp), counts)


def log_loss(own: Floats) -> float:
    """The mean of -log (natural) of the probability that the right category was given.

    Args:
        own: (n,) these probabilities, without the rows whose category the model does not know: it
            can only give them 0.
    """
    return float(-np.log(np.clip(own, LEAST_PROBABILITY, 1)).mean()) if len(own) else float("nan")


def share_interval(hits: int, trials: int) -> tuple[float, float]:
    """The exact 95 % interval of a share (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404).

    It takes rows for independent: near-duplicates among them make it too narrow.
    """
    if trials == 0:
        return 0.0, 1.0
    interval = binomtest(hits, trials).proportion_ci(0.95, method="exact")
    return float(interval.low), float(interval.high)


def confusions(truth: Labels, predicted: Labels) -> list[ConfusionCell]:
    """The cells of the confusion matrix that are not empty, the largest first."""
    pairs, counts = np.unique(np.stack([truth, predicted]), axis=1, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return [ConfusionCell(int(pairs[0, i]), int(pairs[1, i]), int(counts[i])) for i in order]


def reliability_curve(confidence: Floats, right: Flags) -> tuple[ReliabilityBin, ...]:
    """Accuracy against confidence in `BINS` bins of equal width.

    Args:
        confidence: (n,) of the predictions.
        right: (n,) which of them are right.
    """
    edges = np.linspace(0, 1, BINS + 1)
    bins = np.clip(np.ceil(confidence * BINS).astype(np.intp) - 1, 0, BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    divisor = np.maximum(counts, 1)
    means = np.bincount(bins, confidence, BINS) / divisor
    shares = np.bincount(bins, right, BINS) / divisor
    return tuple(
        ReliabilityBin(
            low=float(edges[i]),
            high=float(edges[i + 1]),
            count=int(counts[i]),
            confidence=float(means[i] if counts[i] else edges[i : i + 2].mean()),
            accuracy=float(shares[i]),
        )
        for i in range(BINS)
    )


def expected_calibration_error(curve: Sequence[ReliabilityBin]) -> float:
    """The mean distance of confidence and accuracy, each bin counting by its predictions.

    Over `BINS` bins of equal width (Guo et al. 2017, arXiv 1706.04599).
    """
    total = sum(one.count for one in curve)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in curve) / max(total, 1)


def coverage_at(precision: float, confidence: Floats, right: Flags) -> float:
    """The largest share of rows, the most confident first, of which at least `precision` are right.

    It is measured in hindsight, on the rows themselves: a threshold found here promises nothing
    for other rows. Rows of one confidence are taken all or none.

    Example:
        >>> coverage_at(0.95, np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, True, False]))
        0.75
    """
    cuts = _cuts(confidence, right)
    enough = cuts.covered[cuts.risks <= 1 - precision + 1e-12]
    return float(enough.max(initial=0) / len(confidence))


def risk_coverage_curve(confidence: Floats, right: Flags) -> tuple[RiskPoint, ...]:
    """The share of wrong predictions against the share of rows assigned, the most confident first.

    See Geifman and El-Yaniv 2017, arXiv 1705.08500. Long curves are thinned.
    """
    cuts = _cuts(confidence, right)
    if not len(cuts.covered):
        return ()
    kept = np.unique(np.linspace(0, len(cuts.covered) - 1, CURVE_POINTS).astype(np.intp))
    return tuple(
        RiskPoint(
            coverage=float(cuts.covered[i] / len(confidence)),
            risk=float(cuts.risks[i]),
            confidence=float(cuts.levels[i]),
        )
        for i in kept
    )


def hierarchical_scores(
    truth: Sequence[CategoryPath], predicted: Sequence[CategoryPath | None]
) -> HierarchicalScores:
    """Precision, recall and F-measure over the nodes of all rows together.

    Args:
        truth: n paths.
        predicted: n paths; None where there is no prediction.

    Example:
        >>> hierarchical_scores([("Clothing", "Shirts")], [("Clothing", "Shoes")]).f1
        0.5
    """
    pairs = zip(truth, predicted, strict=True)
    shared = sum(_shared_levels(path, found or ()) for path, found in pairs)
    nodes = sum(len(found or ()) for found in predicted)
    precision = shared / nodes if nodes else 0.0
    recall = shared / sum(map(len, truth))
    both = precision + recall
    return HierarchicalScores(precision, recall, 2 * precision * recall / both if both else 0.0)


def level_scores(
    truth: Sequence[CategoryPath], predicted: Sequence[CategoryPath | None]
) -> tuple[LevelScore, ...]:
    """One score a level of the tree; see `hierarchical_scores` for what comes in."""
    pairs = list(zip(truth, predicted, strict=True))
    return tuple(
        _level_score(level, [pair for pair in pairs if len(pair[0]) >= level])
        for level in range(1, max(map(len, truth)) + 1)
    )


def _level_score(
    level: int, pairs: Sequence[tuple[CategoryPath, CategoryPath | None]]
) -> LevelScore:
    right = sum(_shared_levels(path, found or ()) >= level for path, found in pairs)
    nodes = {path[:level] for path, _ in pairs}
    return LevelScore(level, len(pairs), len(nodes), right / len(pairs))


def _shared_levels(first: CategoryPath, second: CategoryPath) -> int:
    """The number of names that two paths share from the root down."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


@dataclass(frozen=True)
class _Cuts:
    """Where rows, the most confident first, can be cut: once for each confidence above 0."""

    covered: Labels
    risks: Floats
    levels: Floats


def _cuts(confidence: Floats, right: Flags) -> _Cuts:
    """The cuts from high to low confidence; 0 stands for no prediction and is never assigned."""
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    last_of_tie = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True) & (ranked > 0))
    covered = last_of_tie + 1
    hits = np.cumsum(right[order])[last_of_tie]
    return _Cuts(covered, 1 - hits / covered, ranked[last_of_tie])
