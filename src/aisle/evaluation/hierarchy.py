"""How right answers are in a tree: near misses count for what they share with the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aisle.schema import CategoryPath


@dataclass(frozen=True)
class HierarchicalScores:
    """Hierarchical precision, recall and F-measure.

    A category stands for itself and all above it but the root: an answer in the right branch is
    partly right (Kiritchenko et al. 2006, doi:10.1007/11766247_34; the same names in HiClass).

    Attributes:
        precision: the share of the answered nodes that are right.
        recall: the share of the true nodes that are answered.
        f1: the harmonic mean of both.
    """

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class LevelScore:
    """How often answers are right down to one level of the tree.

    Attributes:
        level: 1 is beneath the root.
        rows: how many products have a category of at least this level.
        nodes: in how many nodes of this level these products lie.
        accuracy: the share of these products whose answer is right down to this level.
    """

    level: int
    rows: int
    nodes: int
    accuracy: float


def hierarchical_scores(
    truth: Sequence[CategoryPath], answers: Sequence[CategoryPath | None]
) -> HierarchicalScores:
    """Precision, recall and F-measure over the nodes of all rows together.

    Args:
        truth: n paths.
        answers: n paths; None where there is no answer.
    """
    shared = sum(_common(path, answer or ()) for path, answer in zip(truth, answers, strict=True))
    answered = sum(len(answer or ()) for answer in answers)
    precision = shared / answered if answered else 0.0
    recall = shared / sum(map(len, truth))
    both = precision + recall
    return HierarchicalScores(precision, recall, 2 * precision * recall / both if both else 0.0)


def level_scores(
    truth: Sequence[CategoryPath], answers: Sequence[CategoryPath | None]
) -> tuple[LevelScore, ...]:
    """One score a level of the tree; see `hierarchical_scores` for what comes in."""
    pairs = list(zip(truth, answers, strict=True))
    return tuple(
        _level_score(level, [pair for pair in pairs if len(pair[0]) >= level])
        for level in range(1, max(map(len, truth)) + 1)
    )


def _level_score(
    level: int, pairs: Sequence[tuple[CategoryPath, CategoryPath | None]]
) -> LevelScore:
    right = sum(_common(path, answer or ()) >= level for path, answer in pairs)
    nodes = {path[:level] for path, _ in pairs}
    return LevelScore(level, len(pairs), len(nodes), right / len(pairs))


def _common(first: CategoryPath, second: CategoryPath) -> int:
    """How many names the paths share from the root down."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count
