"""Why an answer is what it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.ensemble.combiner import members_for
from aisle.ensemble.ensemble import Ensemble, EnsembleOutput
from aisle.ensemble.shortlist import Shortlist
from aisle.ensemble.similar_products import ReferenceProducts
from aisle.experts.expert import Array
from aisle.features.featurizer import Evidence
from aisle.schema import CategoryPath, Contribution, Explanation, Modality

_WORDS = 6


@dataclass(frozen=True)
class Explainer:
    """Takes answers apart.

    Attributes:
        ensemble: the experts.
        categories: what they choose from.
        feature_names: for each expert the names of its features, or None where they have none.
        reference: training products to compare with.
    """

    ensemble: Ensemble
    categories: Sequence[CategoryPath]
    feature_names: Sequence[Sequence[str] | None]
    reference: ReferenceProducts

    def explain(self, evidence: Sequence[Evidence], output: EnsembleOutput) -> list[Explanation]:
        """One explanation a row; an empty one where nothing could be read."""
        return [
            self._explanation(evidence, output, row) if modalities else Explanation()
            for row, modalities in enumerate(output.modalities)
        ]

    def _explanation(
        self, evidence: Sequence[Evidence], output: EnsembleOutput, row: int
    ) -> Explanation:
        modalities = output.modalities[row]
        weights = self.ensemble.weights_[modalities]
        needs = [member.needs for member in self.ensemble.members]
        looking = [m for m in members_for(modalities, needs) if evidence[m].present[row]]
        shortlist = output.shortlist.take(np.array([row]))
        winner, runner_up = _first_two(output.log_proba[row], shortlist)
        parts = [self._contribution(m, weights, shortlist, winner, runner_up) for m in looking]
        pairs = zip(parts, looking, strict=True)
        strongest = max(pairs, key=lambda pair: pair[0].log_odds)[1]
        features = evidence[strongest].features[[row]]
        return Explanation(
            contributions=tuple(sorted(parts, key=lambda part: -abs(part.log_odds))),
            words=self._words(evidence, row, weights, winner, runner_up),
            similar=self.reference.similar(
                strongest, self.ensemble.experts_[strongest].similarity_features(features)
            ),
        )

    def _contribution(
        self, member: int, weights: Array, shortlist: Shortlist, winner: int, runner_up: int
    ) -> Contribution:
        logs, weighted = self.ensemble.combiner_.contribution(member, weights, shortlist)
        columns = shortlist.columns[0]
        lead = weighted[0][columns == winner] - weighted[0][columns == runner_up]
        best = int(logs[0].argmax())
        place = self.ensemble.members[member]
        return Contribution(
            expert=place.name,
            modalities=tuple(m for m in Modality if m in place.needs),
            favours=self.categories[int(columns[best])],
            confidence=float(np.exp(logs[0, best])),
            log_odds=float(lead[0]),
        )

    def _words(
        self,
        evidence: Sequence[Evidence],
        row: int,
        weights: Array,
        winner: int,
        runner_up: int,
    ) -> tuple[tuple[str, float], ...]:
        """The words that carried the winner against the runner-up, with their share of its lead."""
        shares: defaultdict[str, float] = defaultdict(float)
        for member, names in enumerate(self.feature_names):
            if names is None or not weights[member].any():
                continue
            expert, features = self.ensemble.experts_[member], evidence[member].features[[row]]
            for column, share in expert.contributions(features, winner, runner_up):
                shares[names[column]] += share
        shares.pop("", None)
        ranked = sorted(shares.items(), key=lambda item: -item[1])
        return tuple((word, share) for word, share in ranked[:_WORDS] if share > 0)


def _first_two(log_proba: NDArray[np.float32], shortlist: Shortlist) -> tuple[int, int]:
    """The two most probable categories of one row."""
    columns = shortlist.columns[0]
    order = np.argsort(-log_proba[columns], kind="stable")
    return int(columns[order[0]]), int(columns[order[1]])
