"""How much each expert counts: calibrations, and pool weights for each pattern of what is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from aisle.experts.base import Array, Labels
from aisle.experts.calibration import SigmoidCalibration
from aisle.panel.pooling import LogLinearPool, pooled
from aisle.schema import Modality, ModalitySet, modality_set_name

Pattern = ModalitySet

PATTERNS: tuple[Pattern, ...] = (
    frozenset({Modality.TEXT}),
    frozenset({Modality.IMAGE}),
    frozenset({Modality.TEXT, Modality.IMAGE}),
)

POOL = "pool"


class Weighing:
    """Calibrated experts and the weights to join them with.

    Args:
        needs: what each expert looks at.
    """

    def __init__(self, needs: Sequence[Pattern]) -> None:
        self.needs = tuple(needs)

    def fit(
        self, scores: Sequence[Array], present: Sequence[NDArray[np.bool_]], labels: Labels
    ) -> Self:
        """Fits a calibration for each expert and weights for each pattern.

        Args:
            scores: for each expert (n, categories) scores of rows it had not seen.
            present: for each expert (n,) which rows it had something to look at.
            labels: (n,) the right categories.
        """
        shares = np.bincount(labels, minlength=scores[0].shape[1]) / max(1, len(labels))
        self.calibrations_ = [
            SigmoidCalibration().fit(score[there], labels[there], shares)
            for score, there in zip(scores, present, strict=True)
        ]
        self.weights_: dict[Pattern, dict[str, NDArray[np.float32]]] = {}
        self.converged_: dict[Pattern, bool] = {}
        for pattern in PATTERNS:
            seats = self.seats(pattern)
            rows = rows_of(pattern, self.needs, present)
            if not rows.any():
                continue
            logs = [self.calibrations_[seat].log_proba(scores[seat][rows]) for seat in seats]
            pool = LogLinearPool().fit(logs, labels[rows])
            self.converged_[pattern] = pool.converged_
            self.weights_[pattern] = self._candidates(pattern, pool.weights_)
        return self

    def seats(self, pattern: Pattern) -> list[int]:
        """The experts that a pattern gives something to look at."""
        return [seat for seat, needs in enumerate(self.needs) if needs <= pattern]

    def log_proba(
        self, pattern: Pattern, weights: NDArray[np.float32], scores: Sequence[Array]
    ) -> Array:
        """(n, categories) log-probabilities of rows of one pattern.

        Args:
            pattern: what there is to look at.
            weights: (experts, categories).
            scores: for each expert (n, categories).
        """
        seats = self._voters(pattern, weights)
        logs = [self.calibrations_[seat].log_proba(scores[seat]) for seat in seats]
        return pooled(logs, weights[seats])

    def familiarity(
        self, pattern: Pattern, weights: NDArray[np.float32], scores: Sequence[Array]
    ) -> Array:
        """(n,) how well rows of one pattern fit the category that fits them best, 0 or below.

        Probabilities compare categories, and the best of many that do not fit may come out sure;
        this says whether any fits. Arguments as of `log_proba`.
        """
        voters = self._voters(pattern, weights)
        fits = [self.calibrations_[seat].log_match(scores[seat]) * weights[seat] for seat in voters]
        nobodys = np.all([self.calibrations_[seat].spared_ for seat in voters], axis=0)
        total = np.where(nobodys, -np.inf, np.sum(fits, axis=0))
        return np.asarray(total.max(axis=1), dtype=np.float32)

    def _voters(self, pattern: Pattern, weights: NDArray[np.float32]) -> list[int]:
        return [seat for seat in self.seats(pattern) if weights[seat].any()]

    def _candidates(
        self, pattern: Pattern, fitted: NDArray[np.float32]
    ) -> dict[str, NDArray[np.float32]]:
        """The pool's weights, and those of each source and expert alone, by name."""
        shape = len(self.needs), fitted.shape[1]
        everyone = np.zeros(shape, dtype=np.float32)
        everyone[self.seats(pattern)] = fitted
        candidates = {POOL: everyone}
        if len(pattern) > 1:
            for part in PATTERNS[:2]:
                if part in self.weights_:
                    candidates[f"{modality_set_name(part)} only"] = self.weights_[part][POOL]
        for seat in self.seats(pattern):
            alone = np.zeros(shape, dtype=np.float32)
            alone[seat] = 1
            candidates[f"expert {seat}"] = alone
        return candidates


def rows_of(
    pattern: Pattern, needs: Sequence[Pattern], present: Sequence[NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """(n,) the rows in which every expert of a pattern has something to look at.

    None where its experts do not look at all of the pattern.
    """
    seats = [seat for seat, needed in enumerate(needs) if needed <= pattern]
    if pattern != frozenset().union(*(needs[seat] for seat in seats)):
        return np.zeros(len(present[0]), dtype=np.bool_)
    return np.asarray(np.all([present[seat] for seat in seats], axis=0))


def tempered(logs: Array, labels: Labels) -> float:
    """The factor on log-probabilities that minimises their log-loss: an inverse temperature.

    One row of unknown category is added, so that even answers without a mistake are no surer than
    their number allows.
    """
    from scipy.optimize import minimize_scalar  # answering does without it

    rows = np.arange(len(labels))

    def loss(exponent: float) -> float:
        scaled = log_softmax(logs * np.exp(exponent), axis=1)
        return float(-scaled[rows, labels].sum() - scaled.mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
