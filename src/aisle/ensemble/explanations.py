"""Why an answer is what it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from aisle.answers.answering import Answers
from aisle.answers.memory import Memory, comparable
from aisle.experts.base import Array
from aisle.experts.linear import LinearExpert
from aisle.experts.sampled import SampledLinearExpert
from aisle.panel.panel import Panel
from aisle.schema import CategoryPath, Contribution, Explanation, Modality

WordExpert = LinearExpert | SampledLinearExpert

_WORDS = 6


@dataclass(frozen=True)
class Explainer:
    """Takes answers apart.

    Attributes:
        panel: the experts.
        categories: what they choose from.
        terms: for each expert the words of its columns, or None where they are no words.
        memory: training products to compare with.
    """

    panel: Panel
    categories: Sequence[CategoryPath]
    terms: Sequence[Sequence[str] | None]
    memory: Memory

    def reasons(self, answers: Answers) -> list[Explanation]:
        """One reason an answer; an empty one where nothing could be read."""
        scores = self.panel.scores(answers.evidence)
        return [
            self._reason(answers, row, [score[row] for score in scores])
            if pattern
            else Explanation()
            for row, pattern in enumerate(answers.patterns)
        ]

    def _reason(self, answers: Answers, row: int, scores: Sequence[Array]) -> Explanation:
        winner, runner_up = answers.ranking(row, 2).tolist()
        pattern = answers.patterns[row]
        weights = self.panel.weights_[pattern]
        everyone = self.panel.weighing_.seats(pattern)
        seats = [seat for seat in everyone if answers.evidence[seat].present[row]]
        parts = [self._contribution(s, scores[s], weights[s], winner, runner_up) for s in seats]
        strongest = max(zip(parts, seats, strict=True), key=lambda pair: pair[0].log_odds)[1]
        expert = self.panel.experts_[strongest]
        features = comparable(expert, answers.evidence[strongest].features[[row]])
        return Explanation(
            contributions=tuple(sorted(parts, key=lambda part: -abs(part.log_odds))),
            words=self._words(answers, row, weights, winner, runner_up),
            similar=self.memory.similar(strongest, features),
        )

    def _contribution(
        self, seat: int, scores: Array, weights: Array, winner: int, runner_up: int
    ) -> Contribution:
        logs = self.panel.weighing_.calibrations_[seat].log_proba(scores[None])[0]
        weighted = logs * weights
        best = int(logs.argmax())
        return Contribution(
            expert=self.panel.seats[seat].name,
            modalities=tuple(m for m in Modality if m in self.panel.seats[seat].needs),
            favours=self.categories[best],
            confidence=float(np.exp(logs[best])),
            log_odds=float(weighted[winner] - weighted[runner_up]),
        )

    def _words(
        self, answers: Answers, row: int, weights: Array, winner: int, runner_up: int
    ) -> tuple[tuple[str, float], ...]:
        """The words that carried the winner against the runner-up, with their share of its lead."""
        shares: defaultdict[str, float] = defaultdict(float)
        for seat, terms in enumerate(self.terms):
            expert = self.panel.experts_[seat]
            if terms is None or not isinstance(expert, WordExpert) or not weights[seat].any():
                continue
            features = csr_array(answers.evidence[seat].features[[row]])
            lead = expert.lead(winner, runner_up, features.indices)
            for column, share in zip(features.indices, lead * features.data, strict=True):
                shares[terms[column]] += float(share)
        shares.pop("", None)
        ranked = sorted(shares.items(), key=lambda item: -item[1])
        return tuple((word, share) for word, share in ranked[:_WORDS] if share > 0)
