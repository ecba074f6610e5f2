"""How good a model is on products whose categories are known."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from html import escape
from itertools import islice
from typing import Any

from aisle.classifier import Classifier
from aisle.data.products import labelled_products
from aisle.evaluation import metrics
from aisle.evaluation.cross_validation import labelled
from aisle.evaluation.figures import FIGURE_ROWS, Figures, figures_of, figures_table, headline
from aisle.evaluation.findings import Finding, findings_of
from aisle.evaluation.metrics import LevelScore, ReliabilityBin, RiskPoint
from aisle.evaluation.modality_views import (
    ModalityView,
    RobustnessPoint,
    ScoredPredictions,
    Truth,
    robustness,
    scored_predictions,
)
from aisle.evaluation.presentation import count, html_table, percent, text_table
from aisle.schema import CategoryPath, join_path

PRINTED = 5
"""How many of the weakest categories, and of the most frequent confusions, are printed."""


@dataclass(frozen=True)
class ClassResult:
    """What the predictions are worth for one category.

    Attributes:
        category: its path.
        known: whether the model knows it.
        support: the number of its products.
        answers: the number of predictions of it.
        precision: the share of these predictions that are right; 0 where there are none.
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
    """How often products of one category got one prediction.

    Attributes:
        given: the right category.
        predicted: the predicted category; None for no prediction.
        count: the number of these products.
        share: of all products of the right category.
    """

    given: CategoryPath
    predicted: CategoryPath | None
    count: int
    share: float

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        predicted = None if self.predicted is None else join_path(self.predicted)
        return {"given": join_path(self.given), "predicted": predicted, "count": self.count}


@dataclass(frozen=True, repr=False)
class Evaluation:
    """All that was measured; printing it shows the main figures.

    Attributes:
        rows: the number of products that have a category.
        unlabelled: the number of products that have none and were left out.
        unseen: by category that the model does not know, the number of its rows.
        categories: the number of categories that the model knows.
        figures: of each view in which there was something to look at.
        classes: one result a category that is there, the most frequent first.
        confusions: the cells of the confusion matrix that are not empty, the largest first.
        levels: one score a level of the tree.
        reliability: accuracy against confidence.
        risk_coverage: share of wrong predictions against share of rows assigned.
        robustness: accuracy when texts or pictures are taken away.
        mistakes: the most confident wrong predictions.
        label_errors: the products whose label is probably wrong.
        seconds: how long it took.
    """

    rows: int
    unlabelled: int
    unseen: dict[CategoryPath, int]
    categories: int
    figures: dict[ModalityView, Figures]
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
        parts = [
            f"{self._title}\n{headline(self.main)}",
            figures_table(self.figures),
            "\n".join(self.remarks),
            self._weakest_table(),
            self._confusions_table(),
        ]
        return "\n\n".join(filter(None, parts))

    def __repr__(self) -> str:
        main = self.main
        return (
            f"<Evaluation: {count(self.rows, 'product')}, accuracy {percent(main.accuracy)},"
            f" automation rate {percent(main.assigned_share)}>"
        )

    def _repr_html_(self) -> str:
        """The main figures, for a notebook."""
        header = ["", *(view.caption for view in self.figures)]
        rows = [[row.title, *map(row.show, self.figures.values())] for row in FIGURE_ROWS]
        return f"<p>{escape(headline(self.main))}</p>{html_table(header, rows)}"

    @property
    def main(self) -> Figures:
        """The figures with all there is to look at."""
        return self.figures[ModalityView.BOTH]

    @property
    def remarks(self) -> list[str]:
        """What else to know, a line each."""
        found = []
        if len(self.levels) > 1:
            levels = (f"level {one.level} {percent(one.accuracy)}" for one in self.levels)
            found.append("right in the tree down to " + ", ".join(levels))
        if sum(self.unseen.values()) == self.rows:
            found.append(
                "The model knows none of these categories: compare their spelling and separator"
                " with those of the training table"
            )
        if self.unseen:
            found.append(
                f"{count(sum(self.unseen.values()), 'product')} of"
                f" {count(len(self.unseen), 'category', 'categories')} that the model does not know"
                f" (as {join_path(next(iter(self.unseen)))}) count as wrong"
            )
        if self.unlabelled:
            found.append(f"{count(self.unlabelled, 'product')} without a category: left out")
        if self.label_errors:
            found.append(
                f"{count(len(self.label_errors), 'label')} may be wrong; the report shows them"
            )
        return found

    def weakest_classes(self, most: int) -> list[ClassResult]:
        """The categories with the lowest F1, of those that the model knows; no perfect ones."""
        flawed = [one for one in self.classes if one.known and one.support and one.f1 < 1]
        return sorted(flawed, key=lambda one: (one.f1, -one.support))[:most]

    def worst_confusions(self, most: int) -> list[Confusion]:
        """The most frequent pairs of a category and a wrong prediction."""
        wrong = (one for one in self.confusions if one.predicted not in (None, one.given))
        return list(islice(wrong, most))

    def to_dict(self) -> dict[str, Any]:
        """For JSON; categories are text."""
        return {
            "rows": self.rows,
            "unlabelled": self.unlabelled,
            "unseen": {join_path(path): rows for path, rows in self.unseen.items()},
            "categories": self.categories,
            "views": {view.value: one.to_dict() for view, one in self.figures.items()},
            "classes": [one.to_dict() for one in self.classes],
            "confusions": [one.to_dict() for one in self.confusions],
            "levels": [asdict(one) for one in self.levels],
            "reliability": [asdict(one) for one in self.reliability],
            "risk_coverage": [asdict(one) for one in self.risk_coverage],
            "robustness": [asdict(one) for one in self.robustness],
            "mistakes": [one.to_dict() for one in self.mistakes],
            "label_errors": [one.to_dict() for one in self.label_errors],
            "seconds": self.seconds,
        }

    @property
    def _title(self) -> str:
        return f"{count(self.rows, 'product')}, {count(self.categories, 'category', 'categories')}"

    def _weakest_table(self) -> str:
        rows = [
            [
                percent(one.f1),
                percent(one.precision if one.answers else None),
                percent(one.recall),
                f"{one.support:,}",
                join_path(one.category),
            ]
            for one in self.weakest_classes(PRINTED)
        ]
        header = ["F1", "precision", "recall", "products", "category"]
        return f"Weakest categories\n{text_table(header, rows, left=(4,))}" if rows else ""

    def _confusions_table(self) -> str:
        rows = [
            [
                f"{one.count:,}",
                percent(one.share),
                f"{join_path(one.given)}  →  {join_path(one.predicted or ())}",
            ]
            for one in self.worst_confusions(PRINTED)
        ]
        header = ["products", "share", "category  →  predicted instead"]
        return f"Most frequent confusions\n{text_table(header, rows, left=(2,))}" if rows else ""


def evaluate(
    model: Classifier,
    products: object,
    labels: Iterable[object] | None = None,
    *,
    seed: int = 0,
) -> Evaluation:
    """Measures a fitted model on products that it has not learned from.

    The model is asked three times: with all there is, with texts only, with pictures only.
    Products without a category are left out.

    Args:
        model: a fitted classifier.
        products: any data frame, a list of texts or of `Product`, or `Products`. Columns that
            nobody named are those that the model was fitted on.
        labels: their categories; None where the products have them. The model need not know all of
            these; rows of others count as wrong.
        seed: for the draw of products that lose their texts or pictures.

    Raises:
        LabelError: no product has a category.

    Example:
        >>> rows = [{"title": "analog watch, leather", "category": "Watches > Wrist Watches"}]
        >>> evaluate(Classifier.load(), rows)
        <Evaluation: 1 product, accuracy 100.0 %, automation rate 100.0 %>
    """
    started = time.perf_counter()
    items = labelled_products(products, labels, model.columns_)
    known = labelled(items)
    truth = Truth.of(model, known)
    views = {view: scored_predictions(model, view.of(known), truth) for view in ModalityView}
    both = views[ModalityView.BOTH]
    findings = findings_of(known, views, truth)
    return Evaluation(
        rows=len(known),
        unlabelled=len(items) - len(known),
        unseen=_unseen(truth),
        categories=truth.known,
        figures=_figures(views, truth),
        classes=_classes(both, truth),
        confusions=_confusions(both, truth),
        levels=metrics.level_scores(truth.paths, [truth.path(int(c)) for c in both.predicted]),
        reliability=metrics.reliability_curve(
            both.confidence[both.answered], both.right[both.answered]
        ),
        risk_coverage=metrics.risk_coverage_curve(both.confidence, both.right),
        robustness=robustness(views, truth, seed),
        mistakes=findings.mistakes,
        label_errors=findings.label_errors,
        seconds=time.perf_counter() - started,
    )


def _unseen(truth: Truth) -> dict[CategoryPath, int]:
    counts = Counter(truth.columns[~truth.learned].tolist())
    return {truth.categories[column]: rows for column, rows in counts.most_common()}


def _figures(
    views: Mapping[ModalityView, ScoredPredictions], truth: Truth
) -> dict[ModalityView, Figures]:
    return {
        view: figures_of(scored, truth)
        for view, scored in views.items()
        if view is ModalityView.BOTH or scored.answered.any()
    }


def _classes(scored: ScoredPredictions, truth: Truth) -> tuple[ClassResult, ...]:
    scores = metrics.class_scores(truth.columns, scored.predicted)
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


def _confusions(scored: ScoredPredictions, truth: Truth) -> tuple[Confusion, ...]:
    support = Counter(truth.columns.tolist())
    return tuple(
        Confusion(
            given=truth.categories[cell.truth],
            predicted=truth.path(cell.predicted),
            count=cell.rows,
            share=cell.rows / support[cell.truth],
        )
        for cell in metrics.confusions(truth.columns, scored.predicted)
    )
