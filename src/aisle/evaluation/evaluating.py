"""How good a model is on products whose categories are known."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.errors import LabelError
from aisle.evaluation import metrics
from aisle.evaluation.confidence import (
    ReliabilityBin,
    RiskPoint,
    reliability_curve,
    risk_coverage_curve,
)
from aisle.evaluation.figures import Figures, figures_of
from aisle.evaluation.findings import Finding, likely_label_errors, worst_mistakes
from aisle.evaluation.hierarchy import LevelScore, level_scores
from aisle.evaluation.robustness import RobustnessPoint, robustness
from aisle.evaluation.summary import figures_table, headline
from aisle.evaluation.views import Look, Outcome, Truth, View
from aisle.evaluation.wording import count, percent
from aisle.schema import CategoryPath, join_path


@dataclass(frozen=True)
class ClassResult:
    """What the answers are worth for one category.

    Attributes:
        category: its path.
        known: whether the model knows it.
        support: how many products there are in truth.
        answers: how often it was answered.
        precision: the share of its answers that are right; 0 where there are none.
        recall: the share of its products that are found; 0 where there are none.
        f1: the harmonic mean of both.
    """

    category: CategoryPath
    known: bool
    support: int
    answers: int
    precision: float
    recall: float
    f1: float

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"category": join_path(self.category)}


@dataclass(frozen=True)
class Confusion:
    """How often products of one category got one answer; None for no answer."""

    given: CategoryPath
    predicted: CategoryPath | None
    count: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        predicted = None if self.predicted is None else join_path(self.predicted)
        return {"given": join_path(self.given), "predicted": predicted, "count": self.count}


@dataclass(frozen=True)
class Evaluation:
    """All that was measured; printing it shows the main figures.

    Attributes:
        rows: how many products have a category.
        unlabelled: how many have none and were left out.
        unseen: by category, how many rows have one that the model does not know.
        categories: how many categories the model knows.
        figures: of each view in which there was something to look at.
        classes: one result a category that is there, the most frequent first.
        confusions: the cells of the confusion matrix that are not empty, the largest first.
        levels: one score a level of the tree.
        reliability: accuracy against confidence.
        risk_coverage: share of wrong answers against share of rows assigned.
        robustness: accuracy when texts or pictures are taken away.
        mistakes: the most confident wrong answers.
        label_errors: the products whose label is probably wrong.
        seconds: how long it took.
    """

    rows: int
    unlabelled: int
    unseen: dict[CategoryPath, int]
    categories: int
    figures: dict[View, Figures]
    classes: tuple[ClassResult, ...]
    confusions: tuple[Confusion, ...]
    levels: tuple[LevelScore, ...]
    reliability: tuple[ReliabilityBin, ...]
    risk_coverage: tuple[RiskPoint, ...]
    robustness: tuple[RobustnessPoint, ...]
    mistakes: tuple[Finding, ...]
    label_errors: tuple[Finding, ...]
    seconds: float

    def __str__(self) -> str:
        title = f"{count(self.rows, 'product')}, {count(self.categories, 'category', 'categories')}"
        table = figures_table(self.figures)
        return "\n".join([title, headline(self.main), "", table, "", *self.remarks])

    @property
    def main(self) -> Figures:
        """The figures with all there is to look at."""
        return self.figures[View.BOTH]

    @property
    def remarks(self) -> list[str]:
        """What else to know, a line each."""
        found = []
        if len(self.levels) > 1:
            levels = (f"{percent(one.accuracy)} at level {one.level}" for one in self.levels)
            found.append("right in the tree: " + ", ".join(levels))
        if self.unseen:
            found.append(
                f"{count(sum(self.unseen.values()), 'product')} of"
                f" {count(len(self.unseen), 'category', 'categories')} that the model does not know"
                f" (as {join_path(next(iter(self.unseen)))}) count as wrong"
            )
        if self.unlabelled:
            found.append(f"{count(self.unlabelled, 'product')} without a category left out")
        if self.label_errors:
            found.append(f"{count(len(self.label_errors), 'label')} may be wrong")
        return found

    def to_dict(self) -> dict[str, Any]:
        """For JSON; categories are text."""
        return {
            "rows": self.rows,
            "unlabelled": self.unlabelled,
            "unseen": {join_path(path): rows for path, rows in self.unseen.items()},
            "categories": self.categories,
            "views": {view.value: one.to_dict() for view, one in self.figures.items()},
            "classes": [
                asdict(one) | {"category": join_path(one.category)} for one in self.classes
            ],
            "confusions": [
                {
                    "given": join_path(one.given),
                    "predicted": one.predicted and join_path(one.predicted),
                    "count": one.count,
                }
                for one in self.confusions
            ],
            "levels": [asdict(one) for one in self.levels],
            "reliability": [asdict(one) for one in self.reliability],
            "risk_coverage": [asdict(one) for one in self.risk_coverage],
            "robustness": [asdict(one) for one in self.robustness],
            "mistakes": [one.to_dict() for one in self.mistakes],
            "label_errors": [one.to_dict() for one in self.label_errors],
            "seconds": self.seconds,
        }


def evaluate(model: Classifier, products: Products, *, seed: int = 0) -> Evaluation:
    """Measures a fitted model on products that it has not learned from.

    The model is asked three times: with all there is, with texts only, with pictures only.
    Products without a category are left out.

    Args:
        model: a fitted classifier.
        products: with categories, which the model need not know: such rows count as wrong.
        seed: for the draw of products that lose their texts or pictures.

    Raises:
        LabelError: no product has a category.
    """
    started = time.perf_counter()
    known = products.labelled()
    if not len(known):
        raise LabelError(
            "no product has a category to compare answers with; name its column with --label"
        )
    truth = Truth.of(model, known)
    full = Look.at(model, known)
    outcomes = {View.BOTH: Outcome.of(full, truth)}
    for view in (View.TEXT, View.IMAGE):
        outcomes[view] = Outcome.of(Look.at(model, view.of(known)), truth)
    both = outcomes[View.BOTH]
    return Evaluation(
        rows=len(known),
        unlabelled=len(products) - len(known),
        unseen=_unseen(truth),
        categories=truth.known,
        figures=_figures(outcomes, truth),
        classes=_classes(both, truth),
        confusions=_confusions(both, truth),
        levels=level_scores(truth.paths, [truth.path(int(c)) for c in both.answers]),
        reliability=reliability_curve(both.confidence[both.answered], both.right[both.answered]),
        risk_coverage=risk_coverage_curve(both.confidence, both.right),
        robustness=robustness(outcomes, truth, seed),
        mistakes=worst_mistakes(known, outcomes, truth),
        label_errors=likely_label_errors(known, outcomes, truth, full.probabilities),
        seconds=time.perf_counter() - started,
    )


def _unseen(truth: Truth) -> dict[CategoryPath, int]:
    counts = Counter(truth.columns[~truth.learned].tolist())
    return {truth.categories[column]: rows for column, rows in counts.most_common()}


def _figures(outcomes: Mapping[View, Outcome], truth: Truth) -> dict[View, Figures]:
    return {
        view: figures_of(outcome, truth)
        for view, outcome in outcomes.items()
        if view is View.BOTH or outcome.answered.any()
    }


def _classes(outcome: Outcome, truth: Truth) -> tuple[ClassResult, ...]:
    scores = metrics.class_scores(truth.columns, outcome.answers)
    results = [
        ClassResult(
            category=truth.categories[column],
            known=bool(column < truth.known),
            support=int(scores.support[i]),
            answers=int(scores.answers[i]),
            precision=float(scores.precision[i]),
            recall=float(scores.recall[i]),
            f1=float(scores.f1[i]),
        )
        for i, column in enumerate(scores.columns.tolist())
    ]
    return tuple(sorted(results, key=lambda one: (-one.support, one.category)))


def _confusions(outcome: Outcome, truth: Truth) -> tuple[Confusion, ...]:
    return tuple(
        Confusion(truth.categories[given], truth.path(predicted), rows)
        for given, predicted, rows in metrics.confusions(truth.columns, outcome.answers)
    )
