"""Text only, picture only and both, side by side and cross-validated."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from math import nan
from typing import Any

import numpy as np

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.data.splits import NEAR_DUPLICATES
from aisle.evaluation.cross_validation import CrossValidation, Fold, Measure, Spread, progress
from aisle.evaluation.figures import Figures, figures_of
from aisle.evaluation.modality_views import TEXT_FIRST, ModalityView, Truth, scored_predictions
from aisle.evaluation.presentation import count, decimal, html_table, percent, text_table


@dataclass(frozen=True)
class ViewResult:
    """What one view was worth in one fold.

    Attributes:
        figures: of the predictions.
        seconds: how long the predictions took.
    """

    figures: Figures
    seconds: float


@dataclass(frozen=True)
class FoldResult:
    """One fold, tested by a classifier that was fitted on all others.

    Attributes:
        rows: the number of products that were tested.
        unseen: the number of them whose category is in no other fold.
        fit_seconds: how long the fit took.
        views: the result of each view.
    """

    rows: int
    unseen: int
    fit_seconds: float
    views: dict[ModalityView, ViewResult]


def _answered_accuracy(result: ViewResult) -> float:
    accuracy = result.figures.answered_accuracy
    return nan if accuracy is None else accuracy


MEASURES: tuple[Measure[ViewResult], ...] = (
    Measure("accuracy", "accuracy", lambda one: one.figures.accuracy, percent),
    Measure("answered_accuracy", "accuracy where readable", _answered_accuracy, percent),
    Measure("macro_f1", "macro-F1", lambda one: one.figures.macro_f1, percent),
    Measure("log_loss", "log-loss", lambda one: one.figures.log_loss, decimal),
    Measure("ece", "calibration error", lambda one: one.figures.ece, percent),
    Measure("automation", "automation rate", lambda one: one.figures.assigned_share, percent),
    Measure(
        "coverage_99",
        "coverage at 99 % (in hindsight)",
        lambda one: one.figures.coverage_99,
        percent,
    ),
    Measure("seconds", "seconds to predict", lambda one: one.seconds, lambda value: f"{value:.2f}"),
)


@dataclass(frozen=True, repr=False)
class Comparison:
    """What text, picture and both are worth on the same products; printing it shows a table.

    Attributes:
        rows: the number of products that were tested, each once.
        categories: the number of categories that they have.
        by: what was kept together in a fold.
        leaked: the number of rows that a random split would have tested with a near-duplicate in
            training.
        conditions: how it was measured, a line each.
        folds: one result a fold.
    """

    rows: int
    categories: int
    by: str
    leaked: int
    conditions: tuple[str, ...]
    folds: tuple[FoldResult, ...]

    def __str__(self) -> str:
        table = text_table(self._header, self._rows)
        return "\n".join([*self.conditions, "", table, "", self.conclusion])

    def __repr__(self) -> str:
        return f"<Comparison: {count(self.rows, 'product')}, {len(self.folds)} folds>"

    def _repr_html_(self) -> str:
        """The table and the conclusion, for a notebook."""
        return f"<p>{escape(self.conclusion)}</p>{html_table(self._header, self._rows)}"

    @property
    def _header(self) -> list[str]:
        return ["", *(view.caption for view in self.views)]

    @property
    def _rows(self) -> list[list[str]]:
        return [
            [measure.title, *(measure.shown(self.spread(view, measure)) for view in self.views)]
            for measure in MEASURES
        ]

    @property
    def views(self) -> tuple[ModalityView, ...]:
        """The views in which there was something to look at: text, picture, both."""
        return tuple(
            view
            for view in TEXT_FIRST
            if any(fold.views[view].figures.answered for fold in self.folds)
        )

    def spread(self, view: ModalityView, measure: Measure[ViewResult]) -> Spread:
        """A figure of one view over the folds."""
        return measure.spread([fold.views[view] for fold in self.folds])

    @property
    def best_single(self) -> ModalityView:
        """The more accurate of text only and picture only, on average."""
        singles = [view for view in self.views if view is not ModalityView.BOTH]
        return max(singles, key=self._mean_accuracy, default=ModalityView.BOTH)

    @property
    def both_holds(self) -> bool:
        """Whether both together are on average at least as accurate as the best single one."""
        return self._mean_accuracy(ModalityView.BOTH) >= self._mean_accuracy(self.best_single)

    @property
    def conclusion(self) -> str:
        """The outcome in a sentence."""
        best = self.best_single
        if best is ModalityView.BOTH:
            return "No product has a text or a picture that can be read."
        if len(self.views) < 3:
            return f"The products have {best.caption}, so there is nothing to compare."
        both, single = self._mean_accuracy(ModalityView.BOTH), self._mean_accuracy(best)
        points = f"{100 * abs(both - single):.1f} points"
        change = f"gain {points} over" if self.both_holds else f"lose {points} against"
        return (
            f"Text and picture together {change} {best.caption} on average."
            f" They are at least as good in {self._folds_as_good} of {len(self.folds)} folds."
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "rows": self.rows,
            "categories": self.categories,
            "by": self.by,
            "leaked": self.leaked,
            "best_single": self.best_single.value,
            "both_holds": self.both_holds,
            "conclusion": self.conclusion,
            "views": {view.value: self._measured(view) for view in self.views},
            "folds": [self._fold(fold) for fold in self.folds],
        }

    def _mean_accuracy(self, view: ModalityView) -> float:
        return float(np.mean([fold.views[view].figures.accuracy for fold in self.folds]))

    @property
    def _folds_as_good(self) -> int:
        best = self.best_single
        return sum(
            fold.views[ModalityView.BOTH].figures.accuracy >= fold.views[best].figures.accuracy
            for fold in self.folds
        )

    def _measured(self, view: ModalityView) -> dict[str, Any]:
        return {measure.key: self.spread(view, measure).to_dict() for measure in MEASURES}

    def _fold(self, fold: FoldResult) -> dict[str, Any]:
        return {
            "rows": fold.rows,
            "unseen": fold.unseen,
            "fit_seconds": fold.fit_seconds,
            "views": {
                view.value: fold.views[view].figures.to_dict()
                | {"seconds": fold.views[view].seconds}
                for view in self.views
            },
        }


def compare(
    products: object,
    make_classifier: Callable[[], Classifier],
    *,
    folds: int = 5,
    by: str = NEAR_DUPLICATES,
    seed: int = 0,
) -> Comparison:
    """Cross-validates text only, picture only and both.

    Each fold's classifier is fitted once, on all there is, and predicts the fold in three views.

    Args:
        products: any data frame, a list of `Product` or `Products`; those without a category are
            left out.
        make_classifier: returns a new classifier that is not fitted.
        folds: the number of folds, at least 2.
        by: what stays together in a fold, as in `split`.
        seed: for the order in which rows are assigned to folds.

    Raises:
        InputError: there are too few folds, or too few groups of products for them.
        LabelError: no product has a category, or a training part has not two.

    Example:
        >>> rows = [{"title": f"{name} {i}", "category": name} for i in range(6) for name in "ab"]
        >>> compare(rows, Classifier, folds=2, by="random")
        <Comparison: 12 products, 2 folds>
    """
    validation = CrossValidation.of(products, folds=folds, by=by, seed=seed)
    results = []
    with progress(folds, "cross-validating") as bar:
        for fold in validation:
            results.append(_fold_result(fold, make_classifier()))
            bar.update()
    return Comparison(
        rows=len(validation.products),
        categories=validation.categories,
        by=by,
        leaked=validation.leaked,
        conditions=(*validation.conditions, *_conditions(results)),
        folds=tuple(results),
    )


def _conditions(folds: list[FoldResult]) -> list[str]:
    fit = Spread.of([fold.fit_seconds for fold in folds])
    lines = [f"{fit.mean:.1f} seconds to fit one fold"]
    unseen = sum(fold.unseen for fold in folds)
    if unseen:
        lines.append(
            f"{count(unseen, 'row')} of categories that were not in training count as wrong"
        )
    return lines


def _fold_result(fold: Fold, classifier: Classifier) -> FoldResult:
    started = time.perf_counter()
    model = classifier.fit(fold.train)
    fit_seconds = time.perf_counter() - started
    truth = Truth.of(model, fold.test)
    views = {view: _view_result(model, fold.test, view, truth) for view in ModalityView}
    return FoldResult(len(fold.test), int((~truth.learned).sum()), fit_seconds, views)


def _view_result(
    model: Classifier, products: Products, view: ModalityView, truth: Truth
) -> ViewResult:
    shown = view.of(products)
    started = time.perf_counter()
    scored = scored_predictions(model, shown, truth)
    seconds = time.perf_counter() - started
    return ViewResult(figures_of(scored, truth), seconds)
