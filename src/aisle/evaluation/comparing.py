"""Text only, picture only and both, side by side and cross-validated."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.data.splits import NEAR_DUPLICATES, deal_folds, groups_by, leaked_rows
from aisle.errors import InputError, LabelError
from aisle.evaluation.figures import Figures, figures_of
from aisle.evaluation.views import Look, Outcome, Truth, View
from aisle.evaluation.wording import count, decimal, percent, text_table


@dataclass(frozen=True)
class Tested:
    """What one view was worth in one fold.

    Attributes:
        figures: of the answers.
        seconds: how long the answers took.
    """

    figures: Figures
    seconds: float


@dataclass(frozen=True)
class Fold:
    """One fold, tested by a classifier that was fitted on all others.

    Attributes:
        rows: how many products were tested.
        unseen: how many of them have a category that no other fold has.
        fit_seconds: how long the fit took.
        views: the three views.
    """

    rows: int
    unseen: int
    fit_seconds: float
    views: dict[View, Tested]


@dataclass(frozen=True)
class Spread:
    """A figure over the folds: the mean, and the standard deviation between them."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value a fold."""
        return cls(float(np.mean(values)), float(np.std(values, ddof=1)))

    def to_dict(self) -> dict[str, float | None]:
        """For JSON."""
        both = {"mean": self.mean, "deviation": self.deviation}
        return {name: None if isnan(value) else value for name, value in both.items()}


@dataclass(frozen=True)
class Measure:
    """A figure that is compared.

    Attributes:
        key: in JSON.
        title: for people.
        value: of one fold; NaN where there is none.
        show: a value as text.
    """

    key: str
    title: str
    value: Callable[[Tested], float]
    show: Callable[[float], str]

    def shown(self, spread: Spread) -> str:
        """The mean and its spread as text."""
        deviation = self.show(spread.deviation).removesuffix(" %")
        return f"{self.show(spread.mean)} ± {deviation}"


def _answered_accuracy(tested: Tested) -> float:
    accuracy = tested.figures.answered_accuracy
    return nan if accuracy is None else accuracy


MEASURES = (
    Measure("accuracy", "accuracy", lambda t: t.figures.accuracy, percent),
    Measure("answered_accuracy", "accuracy if answered", _answered_accuracy, percent),
    Measure("macro_f1", "macro-F1", lambda t: t.figures.macro_f1, percent),
    Measure("log_loss", "log-loss", lambda t: t.figures.log_loss, decimal),
    Measure("ece", "calibration error", lambda t: t.figures.ece, percent),
    Measure("coverage_99", "coverage at 99 %", lambda t: t.figures.coverage_99, percent),
    Measure("seconds", "seconds to answer", lambda t: t.seconds, lambda value: f"{value:.2f}"),
)


@dataclass(frozen=True)
class Comparison:
    """What text, picture and both are worth on the same products; printing it shows a table.

    Attributes:
        rows: how many products were tested, each once.
        categories: how many categories they have.
        by: what was kept together in a fold.
        leaked: how many rows a random split would have tested with a near-duplicate in training.
        folds: one result a fold.
    """

    rows: int
    categories: int
    by: str
    leaked: int
    folds: tuple[Fold, ...]

    def __str__(self) -> str:
        header = ["", *(view.caption for view in self.views)]
        lines = [
            [measure.title, *(measure.shown(self.spread(view, measure)) for view in self.views)]
            for measure in MEASURES
        ]
        return "\n".join([*self.conditions, "", text_table(header, lines), "", self.verdict])

    @property
    def views(self) -> tuple[View, ...]:
        """The views in which there was something to look at: text, picture, both."""
        return tuple(
            view
            for view in (View.TEXT, View.IMAGE, View.BOTH)
            if any(fold.views[view].figures.answered for fold in self.folds)
        )

    def spread(self, view: View, measure: Measure) -> Spread:
        """A figure of one view over the folds."""
        return Spread.of([measure.value(fold.views[view]) for fold in self.folds])

    @property
    def best_single(self) -> View:
        """The more accurate of text only and picture only, on average."""
        singles = [view for view in self.views if view is not View.BOTH]
        return max(singles, key=self._mean_accuracy, default=View.BOTH)

    @property
    def both_holds(self) -> bool:
        """Whether both together are on average at least as accurate as the best single one."""
        return self._mean_accuracy(View.BOTH) >= self._mean_accuracy(self.best_single)

    @property
    def verdict(self) -> str:
        """The outcome in a sentence."""
        best = self.best_single
        if best is View.BOTH:
            return "There was nothing to look at in any product."
        if len(self.views) < 3:
            return f"There was {best.caption} to look at, so there is nothing to compare."
        both, single = self._mean_accuracy(View.BOTH), self._mean_accuracy(best)
        word = "gain" if self.both_holds else "LOSE"
        return (
            f"Text and picture together {word} {100 * abs(both - single):.1f} points over"
            f" {best.caption} on average, and are no worse in {self._folds_held} of"
            f" {len(self.folds)} folds."
        )

    @property
    def conditions(self) -> list[str]:
        """How it was measured, a line each."""
        fit = Spread.of([fold.fit_seconds for fold in self.folds])
        lines = [
            f"{count(self.rows, 'product')}, {count(self.categories, 'category', 'categories')},"
            f" {len(self.folds)} folds by {self.by}, {fit.mean:.1f} s to fit one",
            f"a random split would have leaked {count(self.leaked, 'row')}"
            f" ({percent(self.leaked / self.rows)})",
        ]
        unseen = sum(fold.unseen for fold in self.folds)
        if unseen:
            lines.append(
                f"{count(unseen, 'row')} of categories that were not in training count as wrong"
            )
        return lines

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "rows": self.rows,
            "categories": self.categories,
            "by": self.by,
            "leaked": self.leaked,
            "best_single": self.best_single.value,
            "both_holds": self.both_holds,
            "views": {view.value: self._measured(view) for view in self.views},
            "folds": [self._fold(fold) for fold in self.folds],
        }

    def _mean_accuracy(self, view: View) -> float:
        return float(np.mean([fold.views[view].figures.accuracy for fold in self.folds]))

    @property
    def _folds_held(self) -> int:
        best = self.best_single
        return sum(
            fold.views[View.BOTH].figures.accuracy >= fold.views[best].figures.accuracy
            for fold in self.folds
        )

    def _measured(self, view: View) -> dict[str, Any]:
        return {measure.key: self.spread(view, measure).to_dict() for measure in MEASURES}

    def _fold(self, fold: Fold) -> dict[str, Any]:
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
    products: Products,
    make_classifier: Callable[[], Classifier],
    *,
    folds: int = 5,
    by: str = NEAR_DUPLICATES,
    seed: int = 0,
) -> Comparison:
    """Cross-validates text only, picture only and both.

    A fold's classifier is fitted once, on all there is, and answers the fold in three views.

    Args:
        products: those without a category are left out.
        make_classifier: returns a new classifier that is not fitted.
        folds: how many parts, at least 2.
        by: what stays together in a fold, as in `split`.
        seed: for the order in which rows are dealt.

    Raises:
        InputError: there are too few folds, or too few groups of products for them.
        LabelError: a training part has not two categories.
    """
    known = products.labelled()
    if not len(known):
        raise LabelError("no product has a category to compare with; name its column with --label")
    groups = groups_by(known, by)
    _check_folds(folds, len(np.unique(groups)))
    near = groups if by == NEAR_DUPLICATES else groups_by(known, NEAR_DUPLICATES)
    dealt = deal_folds(known, groups, folds, seed)
    progress = tqdm(range(folds), "cross-validating", disable=None, leave=False)
    return Comparison(
        rows=len(known),
        categories=len({product.category for product in known}),
        by=by,
        leaked=leaked_rows(near, folds, seed),
        folds=tuple(_fold(known, dealt == fold, make_classifier()) for fold in progress),
    )


def _check_folds(folds: int, groups: int) -> None:
    if folds < 2:
        raise InputError(f"folds is {folds}; at least 2 are needed")
    if groups < folds:
        raise InputError(
            f"{folds} folds cannot be dealt from {count(groups, 'group')} of products that stay"
            " together; ask for fewer folds or another split"
        )


def _fold(products: Products, tested: NDArray[np.bool_], classifier: Classifier) -> Fold:
    test = products.take(np.flatnonzero(tested).tolist())
    started = time.perf_counter()
    model = classifier.fit(products.take(np.flatnonzero(~tested).tolist()))
    fit_seconds = time.perf_counter() - started
    truth = Truth.of(model, test)
    views = {view: _tested(model, test, view, truth) for view in View}
    return Fold(len(test), int((~truth.learned).sum()), fit_seconds, views)


def _tested(model: Classifier, products: Products, view: View, truth: Truth) -> Tested:
    shown = view.of(products)
    started = time.perf_counter()
    look = Look.at(model, shown)
    seconds = time.perf_counter() - started
    return Tested(figures_of(Outcome.of(look, truth), truth), seconds)
