"""The ensemble: calibrated experts that answer together."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from aisle.ensemble.combiner import (
    POOL,
    Combiner,
    Flags,
    members_for,
    modality_sets,
    rows_of,
)
from aisle.ensemble.nested_folds import (
    is_right,
    is_worse,
    out_of_fold_answers,
    temperature_factor,
)
from aisle.ensemble.oof_shortlists import OofShortlists
from aisle.ensemble.shortlist import Shortlist
from aisle.experts.expert import Array, CrossFitted, Expert
from aisle.experts.training_task import TrainingTask
from aisle.features.featurizer import Evidence, Featurizer
from aisle.schema import ModalitySet, modality_set_name


@dataclass(frozen=True)
class Member:
    """An expert in the ensemble, with what it needs.

    Attributes:
        name: what the expert is called.
        needs: what it looks at.
        learn: how it learns.
        required: see `Featurizer`.
    """

    name: str
    needs: ModalitySet
    learn: Callable[[Evidence, TrainingTask], CrossFitted]
    required: bool = True

    @classmethod
    def of(cls, featurizer: Featurizer) -> Self:
        """The place of a featurizer's expert."""
        return cls(featurizer.name, featurizer.needs, featurizer.learn, featurizer.required)


@dataclass(frozen=True)
class PoolFit:
    """How products with one set of modalities are answered.

    Attributes:
        rows: the number of calibration rows.
        accuracy: of the answers on these rows, out of fold.
        best_single: the expert or part that is the most accurate alone.
        best_single_accuracy: its accuracy on the same rows.
        pooled: whether the pool answers; otherwise the best single one does, since the pool was
            worse.
        converged: whether the optimiser of the weights came to its end.
        outside: the share of rows whose category was not on their shortlist; 0 where all
            categories are on it.
    """

    rows: int
    accuracy: float
    best_single: str
    best_single_accuracy: float
    pooled: bool
    converged: bool
    outside: float


@dataclass(frozen=True)
class EnsembleOutput:
    """What the ensemble says of n rows.

    Attributes:
        shortlist: the categories that were worked on, with the experts' scores.
        log_proba: (n, n_classes) log-probabilities; uniform where there is nothing to look at.
        familiarity: (n,) how well each row fits the category that fits it best, 0 or below.
        agreement: (n,) the least log-probability that a part of the modalities alone gives to the
            answer; 0 where there is one modality.
        modalities: (n,) what there is to look at; empty where there is nothing.
    """

    shortlist: Shortlist
    log_proba: Array
    familiarity: Array
    agreement: Array
    modalities: Sequence[ModalitySet]


class Ensemble:
    """Experts that answer together.

    Args:
        members: the experts' places.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = tuple(members)

    def fit(self, evidence: Sequence[Evidence], task: TrainingTask) -> Self:
        """Fits experts, calibrations and weights.

        Calibrations and weights rest on out-of-fold scores. Temperatures, and `oof_shortlists_`,
        rest on calibrations and weights that were fitted without the row's fold.

        Args:
            evidence: one a member, n rows each.
            task: labels and folds of the n rows.
        """
        rows = task.calibration_rows
        labels, folds = task.labels[rows], task.folds[rows]
        self.seconds_: list[float] = []
        learned = []
        for member, one in zip(self.members, evidence, strict=True):
            started = time.perf_counter()
            learned.append(member.learn(one, task))
            self.seconds_.append(time.perf_counter() - started)
        self.experts_: list[Expert] = [one.expert for one in learned]
        scores = [one.oof_scores for one in learned]
        there = [one.present[rows] for one in evidence]
        self.accuracies_ = [
            float((one[own].argmax(axis=1) == labels[own]).mean()) if own.any() else None
            for one, own in zip(scores, there, strict=True)
        ]
        constant = [_constant(one, own) for one, own in zip(scores, there, strict=True)]
        present = [one[rows] for one in self._present(evidence)]
        shortlist = Shortlist.of(scores)
        self.combiner_ = Combiner(self._needs).fit(shortlist, present, labels, constant)
        answers = out_of_fold_answers(self.combiner_, shortlist, present, labels, folds, constant)
        self.pools_: dict[ModalitySet, PoolFit] = {}
        self.weights_: dict[ModalitySet, Array] = {}
        self.oof_shortlists_: dict[ModalitySet, OofShortlists] = {}
        for modalities, by_name in answers.items():
            own = rows_of(modalities, self._needs, present)
            self._choose(modalities, by_name, shortlist.take(own), labels[own])
        return self

    def answer(self, evidence: Sequence[Evidence]) -> EnsembleOutput:
        """What the experts say together of n rows of evidence."""
        shortlist = Shortlist.of(self.scores(evidence))
        n, n_classes = len(shortlist.columns), shortlist.n_classes
        found = self._modalities(evidence)
        logs = np.full((n, n_classes), -np.log(n_classes), dtype=np.float32)
        familiarity, agreement = np.zeros((2, n), dtype=np.float32)
        for modalities, weights in self.weights_.items():
            rows = np.flatnonzero([modalities == one for one in found])
            if len(rows):
                part = shortlist.take(rows)
                inside = self.combiner_.log_proba(modalities, weights, part)
                outside = self.pools_[modalities].outside
                logs[rows] = part.full_log_proba(inside, outside)
                familiarity[rows] = self._familiarity(modalities, weights, part)
                agreement[rows] = self._agreement(modalities, inside, part)
        return EnsembleOutput(shortlist, logs, familiarity, agreement, found)

    def scores(self, evidence: Sequence[Evidence]) -> list[Array]:
        """(n, n_classes) scores of each expert; 0 where it has nothing to look at."""
        result = []
        for expert, one in zip(self.experts_, evidence, strict=True):
            scores = np.zeros((len(one.present), self.n_classes), dtype=np.float32)
            rows = np.flatnonzero(one.present)
            if len(rows):
                scores[rows] = expert.scores(one.features[rows])
            result.append(scores)
        return result

    @property
    def n_classes(self) -> int:
        """The number of categories."""
        return len(self.combiner_.calibrations_[0].biases_)

    @property
    def notes(self) -> list[str]:
        """What went otherwise than hoped for, a line each."""
        found = []
        for modalities, pool in self.pools_.items():
            name = modality_set_name(modalities)
            if not pool.pooled and len(members_for(modalities, self._needs)) > 1:
                found.append(f"{name}: {pool.best_single} answers alone, the pool was no better")
            if not pool.converged:
                found.append(f"{name}: the optimiser of the weights stopped early")
        return found

    @property
    def _needs(self) -> list[ModalitySet]:
        return [member.needs for member in self.members]

    def _modalities(self, evidence: Sequence[Evidence]) -> list[ModalitySet]:
        """What there is to look at in each row, of the sets that were learned."""
        present = self._present(evidence)
        found: list[ModalitySet] = [frozenset()] * len(present[0])
        for modalities in modality_sets(self._needs):
            if modalities in self.weights_:
                for row in np.flatnonzero(rows_of(modalities, self._needs, present)):
                    found[row] = max(found[row], modalities, key=len)
        return found

    def _present(self, evidence: Sequence[Evidence]) -> list[Flags]:
        """For each member (n,) the rows that it does not keep from being answered.

        A member that is not required keeps none that the others can answer; of those that it cannot
        look at it says next to nothing, since all its scores are 0.
        """
        pairs = list(zip(self.members, evidence, strict=True))
        required = [(member.needs, one.present) for member, one in pairs if member.required]
        if not required:
            return [one.present for one in evidence]
        needs, shown = zip(*required, strict=True)
        return [
            one.present if member.required else one.present | rows_of(member.needs, needs, shown)
            for member, one in pairs
        ]

    def _familiarity(self, modalities: ModalitySet, weights: Array, shortlist: Shortlist) -> Array:
        """As the combiner has it, by experts whose scores do more than compare categories."""
        absolute = weights * np.array([expert.open_set for expert in self.experts_])[:, None]
        chosen = absolute if absolute.any() else weights
        return self.combiner_.familiarity(modalities, chosen, shortlist)

    def _agreement(self, modalities: ModalitySet, log_proba: Array, shortlist: Shortlist) -> Array:
        """(n,) the least log-probability that a part of the modalities alone gives to the answer.

        The pool may be sure while one side is not: it trusts some experts more.
        """
        rows = np.arange(len(shortlist.columns))
        lowest = np.zeros(len(rows), dtype=np.float32)
        best = log_proba.argmax(axis=1)
        for part, weights in self.weights_.items():
            if part < modalities:
                alone = self.combiner_.log_proba(part, weights, shortlist)
                lowest = np.minimum(lowest, alone[rows, best])
        return lowest

    def _choose(
        self,
        modalities: ModalitySet,
        answers: dict[str, Array],
        shortlist: Shortlist,
        labels: NDArray[np.intp],
    ) -> None:
        """Who answers for a set of modalities: the pool, unless it is worse than one alone."""
        places = shortlist.places(labels)
        accuracy = {name: float(is_right(logs, places).mean()) for name, logs in answers.items()}
        best = max((name for name in answers if name != POOL), key=accuracy.__getitem__)
        chosen = best if is_worse(answers[POOL], answers[best], places) else POOL
        factor = np.float32(temperature_factor(answers[chosen], places))
        weights = self.combiner_.weights_[modalities][chosen] * factor
        missing = int((places < 0).sum())
        outside = 0.0 if shortlist.is_complete else (missing + 0.5) / (len(places) + 1)
        self.weights_[modalities] = weights
        self.pools_[modalities] = PoolFit(
            rows=len(labels),
            accuracy=accuracy[chosen],
            best_single=self._title(best),
            best_single_accuracy=accuracy[best],
            pooled=chosen == POOL,
            converged=self.combiner_.converged_[modalities],
            outside=outside,
        )
        self.oof_shortlists_[modalities] = OofShortlists.of(
            labels,
            shortlist.columns,
            np.exp(log_softmax(answers[chosen] * factor, axis=1)) * np.float32(1 - outside),
            self._familiarity(modalities, weights, shortlist),
            self._agreement(
                modalities, self.combiner_.log_proba(modalities, weights, shortlist), shortlist
            ),
        )

    def _title(self, candidate: str) -> str:
        prefix, _, member = candidate.partition(" ")
        return self.members[int(member)].name if prefix == "expert" else candidate


def _constant(scores: Array, present: Flags) -> Flags:
    """(n_classes,) the categories that an expert scores alike wherever it has anything to see."""
    own = scores[present]
    if not len(own):
        return np.zeros(scores.shape[1], dtype=np.bool_)
    return np.asarray((own == own[0]).all(axis=0))
