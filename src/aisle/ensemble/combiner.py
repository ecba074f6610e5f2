"""How much each expert counts: calibrations, and pool weights for each set of modalities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from aisle.ensemble.calibration import SigmoidCalibration
from aisle.ensemble.pool import LogLinearPool, pooled
from aisle.ensemble.shortlist import Shortlist
from aisle.experts.expert import Array, Labels
from aisle.schema import Modality, ModalitySet, modality_set_name

POOL = "pool"

Flags = NDArray[np.bool_]


def modality_sets(needs: Iterable[ModalitySet]) -> list[ModalitySet]:
    """All that products can have for these experts: their needs, and the unions of these.

    Small sets come first, and in the order of `Modality`.
    """
    found: set[ModalitySet] = set()
    for one in needs:
        found |= {one, *(one | other for other in found)}
    order = list(Modality)
    return sorted(found, key=lambda one: (len(one), sorted(map(order.index, one))))


def rows_of(
    modalities: ModalitySet, needs: Sequence[ModalitySet], present: Sequence[Flags]
) -> Flags:
    """(n,) the rows in which every expert for a set of modalities has something to look at.

    None where its experts do not look at all of these modalities.
    """
    members = members_for(modalities, needs)
    if modalities != frozenset().union(*(needs[member] for member in members)):
        return np.zeros(len(present[0]), dtype=np.bool_)
    return np.asarray(np.all([present[member] for member in members], axis=0))


def members_for(modalities: ModalitySet, needs: Sequence[ModalitySet]) -> list[int]:
    """The experts that have something to look at, given these modalities."""
    return [member for member, one in enumerate(needs) if one <= modalities]


class Combiner:
    """Calibrated experts and the weights to join them with.

    Args:
        needs: what each expert looks at.
    """

    def __init__(self, needs: Sequence[ModalitySet]) -> None:
        self.needs = tuple(needs)

    def fit(
        self,
        shortlist: Shortlist,
        present: Sequence[Flags],
        labels: Labels,
        constant: Sequence[Flags],
    ) -> Self:
        """Fits a calibration for each expert and weights for each set of modalities.

        Rows whose category is not on their shortlist say nothing about either, and are left out.

        Args:
            shortlist: of n rows, with out-of-fold scores.
            present: for each expert (n,) the rows in which it had something to look at.
            labels: (n,) the right categories.
            constant: for each expert (n_classes,) the categories that it scores alike in all rows.
        """
        n_classes = shortlist.n_classes
        places = shortlist.places(labels)
        shares = np.bincount(labels, minlength=n_classes) / max(1, len(labels))
        self.calibrations_ = []
        for scores, there, alike in zip(shortlist.scores, present, constant, strict=True):
            rows = there & (places >= 0)
            unseen = alike & (np.bincount(labels[there], minlength=n_classes) == 0)
            self.calibrations_.append(
                SigmoidCalibration().fit(
                    scores[rows], shortlist.columns[rows], places[rows], shares, unseen
                )
            )
        self.weights_: dict[ModalitySet, dict[str, Array]] = {}
        self.converged_: dict[ModalitySet, bool] = {}
        for modalities in modality_sets(self.needs):
            rows = rows_of(modalities, self.needs, present) & (places >= 0)
            if rows.any():
                self._fit_pool(modalities, shortlist.take(rows), places[rows])
        return self

    def log_proba(self, modalities: ModalitySet, weights: Array, shortlist: Shortlist) -> Array:
        """(n, k) log-probabilities of the shortlisted categories, which sum to 1 in each row.

        Args:
            modalities: what there is to look at in these rows.
            weights: (experts, n_classes).
            shortlist: of the rows.
        """
        return np.asarray(
            log_softmax(self._pooled(modalities, weights, shortlist), axis=1), dtype=np.float32
        )

    def familiarity(self, modalities: ModalitySet, weights: Array, shortlist: Shortlist) -> Array:
        """(n,) how well rows fit the category that fits them best, 0 or below.

        Probabilities compare categories, and the best of many that do not fit may come out with a
        high one; this says whether any fits. Arguments as of `log_proba`.
        """
        members, columns = self._voters(modalities, weights), shortlist.columns
        total = np.zeros(columns.shape, dtype=np.float32)
        unknown = np.ones(shortlist.n_classes, dtype=np.bool_)
        for one in members:
            calibration = self.calibrations_[one]
            total += calibration.log_match(shortlist.scores[one], columns) * weights[one][columns]
            unknown &= calibration.unseen_
        fits = np.where(unknown[columns], -np.inf, total)
        return np.asarray(fits.max(axis=1), dtype=np.float32)

    def contribution(
        self, member: int, weights: Array, shortlist: Shortlist
    ) -> tuple[Array, Array]:
        """What one expert says of rows: (n, k) its own log-probabilities, and weighted ones."""
        logs = self.calibrations_[member].log_proba(shortlist.scores[member], shortlist.columns)
        return logs, logs * weights[member][shortlist.columns]

    def _pooled(self, modalities: ModalitySet, weights: Array, shortlist: Shortlist) -> Array:
        members, columns = self._voters(modalities, weights), shortlist.columns
        logs = [self.calibrations_[m].log_proba(shortlist.scores[m], columns) for m in members]
        return pooled(logs, weights[members], columns)

    def _voters(self, modalities: ModalitySet, weights: Array) -> list[int]:
        return [one for one in members_for(modalities, self.needs) if weights[one].any()]

    def _fit_pool(
        self, modalities: ModalitySet, shortlist: Shortlist, places: NDArray[np.intp]
    ) -> None:
        columns = shortlist.columns
        logs = [
            self.calibrations_[member].log_proba(shortlist.scores[member], columns)
            for member in members_for(modalities, self.needs)
        ]
        pool = LogLinearPool().fit(logs, columns, places, shortlist.n_classes)
        self.converged_[modalities] = pool.converged_
        self.weights_[modalities] = self._candidates(modalities, pool.weights_)

    def _candidates(self, modalities: ModalitySet, fitted: Array) -> dict[str, Array]:
        """The pool's weights, and those of each part and each expert alone, by name."""
        shape = len(self.needs), fitted.shape[1]
        members = members_for(modalities, self.needs)
        everyone = np.zeros(shape, dtype=np.float32)
        everyone[members] = fitted
        candidates = {POOL: everyone}
        for part, weights in self.weights_.items():
            if part < modalities:
                candidates[f"{modality_set_name(part)} only"] = weights[POOL]
        for member in members:
            alone = np.zeros(shape, dtype=np.float32)
            alone[member] = 1
            candidates[f"expert {member}"] = alone
        return candidates
