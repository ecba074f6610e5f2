"""A fitted model: products in, predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aisle.data.columns import Columns
from aisle.decision.rules import DecisionRule
from aisle.ensemble.combiner import members_for
from aisle.ensemble.ensemble import Ensemble, EnsembleOutput
from aisle.ensemble.explanations import Explainer
from aisle.ensemble.oof_shortlists import OofShortlists
from aisle.ensemble.similar_products import ReferenceProducts
from aisle.experts.network import NetworkExpert
from aisle.features.featurizer import Featurizer
from aisle.features.featurizing import featurize
from aisle.predictions import Predictions
from aisle.schema import (
    Candidate,
    Decision,
    Modality,
    ModalitySet,
    Prediction,
    Product,
    Status,
    modality_set_name,
)
from aisle.summary import (
    FitReport,
    MemberSummary,
    ModalitySetSummary,
    ModelSummary,
    OofPredictions,
)
from aisle.taxonomy import Taxonomy

ALTERNATIVES = 4


@dataclass(frozen=True)
class FittedModel:
    """All that a classifier has learned, and the columns it learned from.

    Attributes:
        columns: the parts that columns of the training table played.
        taxonomy: the categories.
        featurizers: one an expert.
        ensemble: the experts and how they are combined.
        oof_shortlists: out-of-fold answers, for each set of modalities.
        rules: when answers are assigned, for each set of modalities.
        reference: training products that are kept to show similar ones.
        members: one an expert.
        report: how the fit went.
    """

    columns: Columns
    taxonomy: Taxonomy
    featurizers: Sequence[Featurizer]
    ensemble: Ensemble
    oof_shortlists: dict[ModalitySet, OofShortlists]
    rules: dict[ModalitySet, DecisionRule]
    reference: ReferenceProducts
    members: tuple[MemberSummary, ...]
    report: FitReport

    def predict(self, products: Sequence[Product]) -> Predictions:
        """One prediction a product."""
        evidence, errors = featurize(self.featurizers, products)
        return self._predictions(products, self.ensemble.answer(evidence), errors)

    def explain(self, products: Sequence[Product]) -> Predictions:
        """As `predict`, each with its explanation."""
        evidence, errors = featurize(self.featurizers, products)
        output = self.ensemble.answer(evidence)
        found = self._predictions(products, output, errors)
        names = [one.feature_names for one in self.featurizers]
        explainer = Explainer(self.ensemble, self.taxonomy.categories, names, self.reference)
        pairs = zip(found, explainer.explain(evidence, output), strict=True)
        items = tuple(replace(one, explanation=why) for one, why in pairs)
        return Predictions(items, found.probabilities)

    def with_precision(self, precision: float) -> FittedModel:
        """The same model with rules that keep another precision."""
        return replace(self, rules=rules_for(self.oof_shortlists, precision))

    def summary(self) -> ModelSummary:
        """What the model says of itself."""
        pairs = zip(self.featurizers, self.ensemble.experts_, strict=True)
        return ModelSummary(
            fit=self.report,
            members=self.members,
            by_modalities=tuple(self._modality_set(one) for one in self.rules),
            training_curves={f.name: e.curve for f, e in pairs if isinstance(e, NetworkExpert)},
            reference_products=self.reference.products,
        )

    def _modality_set(self, modalities: ModalitySet) -> ModalitySetSummary:
        pool, rule = self.ensemble.pools_[modalities], self.rules[modalities]
        oof, weights = self.oof_shortlists[modalities], self.ensemble.weights_[modalities]
        needs = [member.needs for member in self.ensemble.members]
        return ModalitySetSummary(
            modalities=modalities,
            rows=pool.rows,
            accuracy=pool.accuracy,
            best_single=pool.best_single,
            best_single_accuracy=pool.best_single_accuracy,
            pooled=pool.pooled,
            weights={
                self.ensemble.members[member].name: float(weights[member].mean())
                for member in members_for(modalities, needs)
            },
            threshold=rule.threshold,
            oof_predictions=OofPredictions(
                truth=oof.truth,
                predicted=oof.predicted,
                confidence=oof.confidence,
                eligible=rule.is_eligible(oof.familiarity, oof.agreement),
            ),
        )

    def _predictions(
        self, products: Sequence[Product], output: EnsembleOutput, errors: dict[int, str]
    ) -> Predictions:
        probabilities = np.exp(output.log_proba)
        items = [
            self._prediction(product.id, row, probabilities[row], output, errors.get(row, ""))
            if output.modalities[row]
            else self._failed(product.id, errors.get(row, ""))
            for row, product in enumerate(products)
        ]
        return Predictions(tuple(items), probabilities)

    def _prediction(
        self,
        key: str,
        row: int,
        probabilities: NDArray[np.float32],
        output: EnsembleOutput,
        error: str,
    ) -> Prediction:
        modalities = output.modalities[row]
        candidates = [
            Candidate(self.taxonomy.categories[column], float(probabilities[column]))
            for column in _best(probabilities, 1 + ALTERNATIVES)
        ]
        best = candidates[0]
        decision, reason = self.rules[modalities].decide(
            best.confidence,
            float(output.familiarity[row]),
            float(output.agreement[row]),
            modality_set_name(modalities),
        )
        return Prediction(
            id=key,
            category=best.category,
            confidence=best.confidence,
            levels=self.taxonomy.levels(best.category, probabilities),
            alternatives=tuple(candidates[1:]),
            decision=decision,
            decision_reason=reason,
            modalities=tuple(modality for modality in Modality if modality in modalities),
            status=Status.PARTIAL if error else Status.OK,
            error=error,
        )

    def _failed(self, key: str, error: str) -> Prediction:
        needs = dict.fromkeys(member.needs for member in self.ensemble.members)
        least = [one for one in needs if not any(less < one for less in needs)]
        wanted = " and no ".join(map(modality_set_name, least))
        reason = f"there is no {wanted} that can be read"
        return Prediction(
            id=key,
            category=None,
            confidence=0.0,
            levels=(),
            alternatives=(),
            decision=Decision.REVIEW,
            decision_reason=reason,
            modalities=(),
            status=Status.FAILED,
            error=error or reason,
        )


def rules_for(
    oof_shortlists: dict[ModalitySet, OofShortlists], precision: float
) -> dict[ModalitySet, DecisionRule]:
    """The rules that keep a precision for each set of modalities."""
    return {one: DecisionRule.fit(oof, precision) for one, oof in oof_shortlists.items()}


def _best(probabilities: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """The most probable categories, the best first."""
    count = min(count, len(probabilities))
    best = np.argpartition(-probabilities, count - 1)[:count]
    return best[np.argsort(-probabilities[best], kind="stable")]
