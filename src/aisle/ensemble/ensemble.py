"""The panel: experts that answer together, and how they were found to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from aisle.experts.base import Array
from aisle.experts.cross_fitting import Evidence, Learned, Lesson
from aisle.experts.discriminant import DiscriminantExpert
from aisle.experts.network import NetworkExpert
from aisle.panel.decision import choose_threshold
from aisle.panel.held import honest_answers, keep_predictions
from aisle.panel.verdict import Verdict, least
from aisle.panel.weighing import (
    PATTERNS,
    POOL,
    Pattern,
    Weighing,
    rows_of,
    tempered,
)
from aisle.schema import modality_set_name
from aisle.sources.base import Source
from aisle.summary import OofPredictions

COMPARATIVE = DiscriminantExpert, NetworkExpert
"""Experts whose scores say which category fits best, but not whether any does."""


@dataclass(frozen=True)
class Seat:
    """A place at the panel.

    Attributes:
        name: what the expert is called.
        needs: what it looks at.
        learn: how it learns.
        decides: whether rows that it cannot look at count as lacking what it needs.
    """

    name: str
    needs: Pattern
    learn: Callable[[Evidence, Lesson], Learned]
    decides: bool = True

    @classmethod
    def of(cls, source: Source) -> Self:
        """The place of a source's expert."""
        return cls(source.name, source.needs, source.learn, source.decides)


@dataclass(frozen=True)
class Opinion:
    """What the panel says of n rows.

    Attributes:
        logs: (n, categories) log-probabilities; uniform where there is nothing to look at.
        familiarity: (n,) how well each row fits the category that fits it best, 0 or below.
        agreement: (n,) the least log-probability that a modality alone gives to the answer; 0 where
            there is one modality.
        patterns: (n,) what there is to look at; empty where there is nothing.
    """

    logs: Array
    familiarity: Array
    agreement: Array
    patterns: Sequence[Pattern]


class Panel:
    """Experts that answer together.

    Args:
        seats: the experts' places.
        precision: the share of right answers that assignments must keep, between 0 and 1.
        seed: for the draw of answers to held-out rows that are kept.
    """

    def __init__(self, seats: Sequence[Seat], precision: float, seed: int = 0) -> None:
        self.seats = tuple(seats)
        self.precision = precision
        self.seed = seed

    def fit(self, evidence: Sequence[Evidence], lesson: Lesson) -> Self:
        """Fits experts, calibrations, weights and thresholds.

        Calibrations and weights rest on out-of-fold scores. Temperatures and thresholds rest on
        answers to held rows by calibrations and weights that were fitted without the row's fold;
        the limits of familiarity and agreement on out-of-fold scores and the final weights.

        Args:
            evidence: one a seat, n rows each.
            lesson: labels and folds of the n rows.
        """
        held, labels = lesson.held, lesson.labels[lesson.held]
        pairs = zip(self.seats, evidence, strict=True)
        learned = [seat.learn(one, lesson) for seat, one in pairs]
        self.experts_ = [one.expert for one in learned]
        scores = [one.scores for one in learned]
        present = [one[held] for one in self._present(evidence)]
        needs = [seat.needs for seat in self.seats]
        self.weighing_ = Weighing(needs).fit(scores, present, labels)
        honest = honest_answers(self.weighing_, scores, present, labels, lesson.folds[held])
        self.verdicts_: dict[Pattern, Verdict] = {}
        self.weights_: dict[Pattern, NDArray[np.float32]] = {}
        self.held_answers_: dict[Pattern, OofPredictions] = {}
        for pattern, answers in honest.items():
            rows = rows_of(pattern, needs, present)
            mine = [score[rows] for score in scores]
            found = self._decide(pattern, answers, mine, labels[rows])
            self.verdicts_[pattern], self.weights_[pattern], self.held_answers_[pattern] = found
        return self

    def opinion(self, evidence: Sequence[Evidence]) -> Opinion:
        """What the experts say together of n rows of evidence."""
        scores = self.scores(evidence)
        patterns = self.patterns(evidence)
        logs = np.full_like(scores[0], -np.log(scores[0].shape[1]))
        familiarity, agreement = np.zeros((2, len(logs)), dtype=np.float32)
        for pattern, weights in self.weights_.items():
            rows = np.flatnonzero([pattern == one for one in patterns])
            if len(rows):
                mine = [score[rows] for score in scores]
                logs[rows] = self.weighing_.log_proba(pattern, weights, mine)
                familiarity[rows] = self._familiarity(pattern, weights, mine)
                said = logs[rows].argmax(axis=1)
                agreement[rows] = self._agreement(pattern, said, mine)
        return Opinion(logs, familiarity, agreement, patterns)

    def scores(self, evidence: Sequence[Evidence]) -> list[Array]:
        """(n, categories) scores of each expert; 0 where it has nothing to look at."""
        result = []
        for expert, one in zip(self.experts_, evidence, strict=True):
            scores = np.zeros((len(one.present), self.count), dtype=np.float32)
            rows = np.flatnonzero(one.present)
            if len(rows):
                scores[rows] = expert.scores(one.features[rows])
            result.append(scores)
        return result

    def patterns(self, evidence: Sequence[Evidence]) -> list[Pattern]:
        """What there is to look at in each row, of the patterns that were learned."""
        present = self._present(evidence)
        found: list[Pattern] = [frozenset()] * len(present[0])
        for pattern in PATTERNS:
            if pattern in self.verdicts_:
                for row in np.flatnonzero(rows_of(pattern, self.weighing_.needs, present)):
                    found[row] = max(found[row], pattern, key=len)
        return found

    @property
    def notes(self) -> list[str]:
        """What went otherwise than hoped for, a line each."""
        found = []
        for pattern, verdict in self.verdicts_.items():
            name = modality_set_name(pattern)
            if not verdict.pooled and len(self.weighing_.seats(pattern)) > 1:
                found.append(f"{name}: {verdict.best_single} answers alone, the pool was no better")
            if not verdict.converged:
                found.append(f"{name}: the optimiser of the weights stopped early")
            if not verdict.threshold.promised:
                found.append(
                    f"{name}: a precision of {self.precision:g} cannot be promised on"
                    f" {verdict.rows} held-out rows, all goes to review"
                )
        return found

    @property
    def count(self) -> int:
        """The number of categories."""
        return len(self.weighing_.calibrations_[0].biases_)

    def _present(self, evidence: Sequence[Evidence]) -> list[NDArray[np.bool_]]:
        """For each seat (n,) the rows that it does not keep from being answered.

        A seat that does not decide keeps none that the others can answer; of those that it cannot
        look at it says next to nothing, since all its scores are 0.
        """
        pairs = list(zip(self.seats, evidence, strict=True))
        deciding = [(seat.needs, one.present) for seat, one in pairs if seat.decides]
        if not deciding:
            return [one.present for one in evidence]
        needs, shown = zip(*deciding, strict=True)
        return [
            one.present if seat.decides else one.present | rows_of(seat.needs, needs, shown)
            for seat, one in pairs
        ]

    def _familiarity(
        self, pattern: Pattern, weights: NDArray[np.float32], scores: Sequence[Array]
    ) -> Array:
        """As the weighing has it, by experts whose scores do more than compare categories."""
        absolute = [not isinstance(expert, COMPARATIVE) for expert in self.experts_]
        gauges = weights * np.array(absolute)[:, None]
        return self.weighing_.familiarity(pattern, gauges if gauges.any() else weights, scores)

    def _agreement(
        self, pattern: Pattern, said: NDArray[np.intp], scores: Sequence[Array]
    ) -> Array:
        """(n,) the least log-probability that one modality of a pattern alone gives to what is
        said of a row; 0 where there is one modality.

        The pool may be sure while one side is not: it trusts some experts more.
        """
        rows, lowest = np.arange(len(said)), np.zeros(len(said), dtype=np.float32)
        for part, weights in self.weights_.items():
            if part < pattern:
                alone = self.weighing_.log_proba(part, weights, scores)
                lowest = np.minimum(lowest, alone[rows, said])
        return lowest

    def _decide(
        self,
        pattern: Pattern,
        answers: dict[str, Array],
        scores: Sequence[Array],
        labels: NDArray[np.intp],
    ) -> tuple[Verdict, NDArray[np.float32], OofPredictions]:
        """Who answers for a pattern, from when on, and with which (seats, categories) weights.

        The third is how they answered the rows, which are `labels`.
        """
        singles = [name for name in answers if name != POOL]
        accuracy = {name: float(_right(answers[name], labels).mean()) for name in answers}
        best = max(singles, key=accuracy.__getitem__)
        chosen = best if _worse(answers[POOL], answers[best], labels) else POOL
        factor = tempered(answers[chosen], labels)
        proba = np.exp(log_softmax(answers[chosen] * factor, axis=1))
        right = _right(proba, labels)
        weights = self.weighing_.weights_[pattern][chosen] * np.float32(factor)
        confidence = proba.max(axis=1)
        sure = confidence >= choose_threshold(confidence, right, self.precision).value
        familiarity = self._familiarity(pattern, weights, scores)
        agreement = self._agreement(pattern, proba.argmax(axis=1), scores)
        least_familiarity, least_agreement = least(familiarity, sure), least(agreement, sure)
        eligible = (familiarity >= least_familiarity) & (agreement >= least_agreement)
        verdict = Verdict(
            weights=tuple(map(float, weights.mean(axis=1))),
            threshold=choose_threshold(np.where(eligible, confidence, 0), right, self.precision),
            least_familiarity=least_familiarity,
            least_agreement=least_agreement,
            rows=len(labels),
            accuracy=accuracy[chosen],
            best_single=self._title(best),
            best_single_accuracy=accuracy[best],
            pooled=chosen == POOL,
            converged=self.weighing_.converged_[pattern],
        )
        return verdict, weights, keep_predictions(labels, proba, eligible, self.seed)

    def _title(self, candidate: str) -> str:
        prefix, _, seat = candidate.partition(" ")
        return self.seats[int(seat)].name if prefix == "expert" else candidate


def _right(answers: Array, labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    return np.asarray(answers.argmax(axis=1) == labels)


def _worse(pool: Array, single: Array, labels: NDArray[np.intp]) -> bool:
    """Whether the pool is worse than a single source on held-out rows, beyond chance.

    It is where its log-likelihood or its number of right answers is lower by more than a standard
    error of the difference.
    """
    rows = np.arange(len(labels))
    likelier = pool[rows, labels] - single[rows, labels]
    righter = _right(pool, labels).astype(np.float32) - _right(single, labels)
    return any(lead.sum() < -np.sqrt((lead**2).sum()) for lead in (likelier, righter))
