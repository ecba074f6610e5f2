"""How products were answered that were held out: what a model can honestly say of itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.experts.base import Array, Labels
from aisle.panel.weighing import Pattern, Weighing, rows_of
from aisle.summary import OofPredictions

MAX_ROWS = 20_000
"""So many answers of a pattern are kept at most, drawn at random."""

_KINDS = {"truth": np.int32, "predicted": np.int32, "confidence": np.float32, "eligible": np.bool_}


def keep_predictions(
    labels: Labels, proba: Array, eligible: NDArray[np.bool_], seed: int
) -> OofPredictions:
    """The predictions that are kept, `MAX_ROWS` of them at most.

    Args:
        labels: (n,) the right categories.
        proba: (n, categories) calibrated probabilities.
        eligible: (n,) whether familiarity and agreement allow an assignment.
        seed: for the draw.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    rows = np.sort(order[:MAX_ROWS])
    return OofPredictions(
        truth=labels[rows].astype(np.int32),
        predicted=proba[rows].argmax(axis=1).astype(np.int32),
        confidence=proba[rows].max(axis=1),
        eligible=eligible[rows],
    )


def check_predictions(oof: OofPredictions, n_classes: int) -> None:
    """Whether these are predictions of a model with this number of categories.

    Raises:
        ValueError: they are not.
    """
    kinds = {name: array.dtype for name, array in vars(oof).items()}
    shapes = {array.shape for array in vars(oof).values()}
    if kinds != _KINDS or shapes != {(len(oof),)} or not 0 < len(oof) <= MAX_ROWS:
        raise ValueError("out-of-fold predictions are not whole")
    columns = np.concatenate([oof.truth, oof.predicted])
    if columns.min() < 0 or columns.max() >= n_classes:
        raise ValueError(f"out-of-fold predictions do not fit {n_classes} categories")
    if not ((oof.confidence >= 0) & (oof.confidence <= 1)).all():
        raise ValueError("the confidence of an out-of-fold prediction is no probability")


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
