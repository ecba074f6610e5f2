"""Out-of-fold answers: what a model can honestly say of itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from tqdm import tqdm

from aisle.ensemble.combiner import Combiner, Flags, rows_of
from aisle.ensemble.shortlist import Shortlist
from aisle.experts.expert import Array, Labels
from aisle.schema import ModalitySet


def out_of_fold_answers(
    combiner: Combiner,
    shortlist: Shortlist,
    present: Sequence[Flags],
    labels: Labels,
    folds: NDArray[np.intp],
    constant: Sequence[Flags],
) -> dict[ModalitySet, dict[str, Array]]:
    """For each set of modalities and candidate, answers by a combiner fitted without the fold.

    Args:
        combiner: fitted on all rows; it says what modality sets and candidates there are.
        shortlist: of n rows, with out-of-fold scores.
        present: for each expert (n,) the rows in which it had something to look at.
        labels: (n,) the right categories.
        folds: (n,) the fold assignment.
        constant: as `Combiner.fit` takes it.

    Returns:
        (rows, k) log-probabilities of the shortlisted categories.
    """
    answers: dict[ModalitySet, dict[str, Array]] = {}
    width = shortlist.columns.shape[1]
    for modalities, candidates in combiner.weights_.items():
        shape = int(rows_of(modalities, combiner.needs, present).sum()), width
        answers[modalities] = {name: np.zeros(shape, dtype=np.float32) for name in candidates}
    for fold in tqdm(np.unique(folds), "checking on each fold", disable=None, leave=False):
        rest = folds != fold
        part = Combiner(combiner.needs)
        part.fit(shortlist.take(rest), [one[rest] for one in present], labels[rest], constant)
        for modalities, by_name in answers.items():
            rows = rows_of(modalities, combiner.needs, present)
            apart = shortlist.take(rows & ~rest)
            source = part if modalities in part.weights_ else combiner
            for name, logs in by_name.items():
                weights = source.weights_[modalities].get(name)
                if weights is None:
                    weights = combiner.weights_[modalities][name]
                logs[~rest[rows]] = source.log_proba(modalities, weights, apart)
    return answers


def temperature_factor(logs: Array, places: NDArray[np.intp]) -> float:
    """The factor on log-probabilities that minimises their log-loss: an inverse temperature.

    One row of unknown category is added, so that even answers without a mistake are no surer than
    their number allows.

    Args:
        logs: (n, k) log-probabilities.
        places: (n,) where the right category stands among them; rows with -1 are left out.
    """
    from scipy.optimize import minimize_scalar  # answering does without it

    there = places >= 0
    logs, rows, places = logs[there], np.arange(int(there.sum())), places[there]

    def loss(exponent: float) -> float:
        scaled = log_softmax(logs * np.float32(np.exp(exponent)), axis=1)
        return float(-scaled[rows, places].sum(dtype=np.float64) - scaled.mean())

    options = {"xatol": 1e-3}
    found = minimize_scalar(loss, bounds=(-3, 3), method="bounded", options=options)
    return float(np.exp(found.x))


def is_worse(pool: Array, single: Array, places: NDArray[np.intp]) -> bool:
    """Whether the pool is worse than a single source on calibration rows, beyond chance.

    It is where its log-likelihood or its number of right answers is lower by more than a standard
    error of the difference.
    """
    there = np.flatnonzero(places >= 0)
    found = places[there]
    likelier = pool[there, found] - single[there, found]
    righter = is_right(pool, places).astype(np.float32) - is_right(single, places)
    return any(lead.sum() < -np.sqrt((lead**2).sum()) for lead in (likelier, righter))


def is_right(logs: Array, places: NDArray[np.intp]) -> Flags:
    """(n,) whether the most probable category is the right one."""
    return np.asarray(logs.argmax(axis=1) == places)
