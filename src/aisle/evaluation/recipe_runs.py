"""Runs of a recipe: fitted on one part of the products and tested on both, once for each seed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from math import isfinite, nan
from typing import Any

import numpy as np

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.evaluation.cross_validation import Measure, Spread
from aisle.evaluation.figures import Figures, figures_of
from aisle.evaluation.modality_views import (
    ALONE,
    TEXT_FIRST,
    ModalityView,
    Truth,
    scored_predictions,
)
from aisle.evaluation.presentation import percent
from aisle.schema import ModalitySet
from aisle.summary import TrainingCurve


@dataclass(frozen=True)
class Run:
    """One recipe, fitted once.

    Attributes:
        seed: of the split and of the recipe.
        train: micro-F1 on the rows that its experts were fitted on.
        validation: micro-F1 on validation rows of the training part, of those that have all that
            the recipe can look at; NaN where there are none.
        views: its figures on the test part in each view that it can be asked in, the one that shows
            it the most first.
        unseen: the number of test rows whose category is not in the training part.
        seconds: how long the fit took, or had taken where its networks were trained before.
        curves: the learning curve of each network in it, by the expert's name.
    """

    seed: int
    train: float
    validation: float
    views: dict[ModalityView, Figures]
    unseen: int
    seconds: float
    curves: dict[str, TrainingCurve]

    @property
    def test(self) -> Figures:
        """Its figures on the test part in the view that shows it the most."""
        return next(iter(self.views.values()))

    @property
    def epochs(self) -> float:
        """The number of epochs of its networks; NaN where it has none."""
        return float(sum(len(one.epochs) for one in self.curves.values())) if self.curves else nan

    def accuracy(self, view: ModalityView) -> float:
        """Test micro-F1 in a view; NaN where the recipe cannot be asked in it."""
        return self.views[view].accuracy if view in self.views else nan

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "seed": self.seed,
            "train": self.train,
            "validation": _finite(self.validation),
            "test": self.test.accuracy,
            "unseen": self.unseen,
            "seconds": self.seconds,
            "epochs": _finite(self.epochs),
            "views": {view.value: figures.to_dict() for view, figures in self.views.items()},
            "curves": {name: _curve(curve) for name, curve in self.curves.items()},
        }


def _hundredths(share: float) -> str:
    return percent(share, 2).removesuffix(" %")


def _tenths(value: float) -> str:
    return f"{round(value, 1):,}"


MEASURES: tuple[Measure[Run], ...] = (
    Measure("train", "train", lambda one: one.train, _hundredths),
    Measure("validation", "validation", lambda one: one.validation, _hundredths),
    Measure("test", "test", lambda one: one.test.accuracy, _hundredths),
    Measure("text", "text only", lambda one: one.accuracy(ModalityView.TEXT), _hundredths),
    Measure("image", "picture only", lambda one: one.accuracy(ModalityView.IMAGE), _hundredths),
    Measure("both", "both", lambda one: one.accuracy(ModalityView.BOTH), _hundredths),
    Measure("macro_f1", "macro-F1", lambda one: one.test.macro_f1, _hundredths),
    Measure("seconds", "seconds to fit", lambda one: one.seconds, _tenths),
    Measure("epochs", "epochs", lambda one: one.epochs, lambda value: f"{round(value, 1):g}"),
)


@dataclass(frozen=True)
class RecipeResult:
    """What a recipe was worth on one way of splitting.

    Attributes:
        recipe: its name.
        runs: one a seed.
    """

    recipe: str
    runs: tuple[Run, ...]

    @property
    def test(self) -> float:
        """The mean test micro-F1."""
        return float(np.mean([run.test.accuracy for run in self.runs]))

    @property
    def views(self) -> tuple[ModalityView, ...]:
        """The views that it can be asked in: text, picture, both."""
        return tuple(view for view in TEXT_FIRST if all(view in run.views for run in self.runs))

    def accuracy(self, view: ModalityView) -> float:
        """The mean test micro-F1 in a view; NaN where the recipe cannot be asked in it."""
        return float(np.mean([run.accuracy(view) for run in self.runs]))

    def spread(self, measure: Measure[Run]) -> Spread:
        """A figure over the seeds."""
        return measure.spread(self.runs)

    def unanswered(self, view: ModalityView) -> int:
        """The number of test rows of all seeds that had nothing to look at in a view."""
        return sum(run.views[view].rows - run.views[view].answered for run in self.runs)

    def answered_accuracy(self, view: ModalityView) -> float | None:
        """Micro-F1 in a view on the other test rows of all seeds; None where there are none."""
        figures = [run.views[view] for run in self.runs]
        answered = sum(one.answered for one in figures)
        return sum(one.accuracy * one.rows for one in figures) / answered if answered else None

    def seeds_ahead(self, other: RecipeResult) -> str:
        """On how many of several seeds it is better than another recipe, as a clause."""
        pairs = list(zip(self.runs, other.runs, strict=True))
        ahead = sum(one.test.accuracy > beaten.test.accuracy for one, beaten in pairs)
        return f", ahead on {ahead} of {len(pairs)} seeds" if len(pairs) > 1 else ""

    @property
    def notes(self) -> list[str]:
        """Products without a prediction, and networks that ended unexpectedly, a line each."""
        lines = [self._unanswered_note(view) for view in self.views if self.unanswered(view)]
        for run in self.runs:
            for expert, curve in run.curves.items():
                if curve.note:
                    lines.append(f"{self.recipe}, {expert}, seed {run.seed}: {curve.note}")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "figures": {measure.key: self.spread(measure).to_dict() for measure in MEASURES},
            "runs": [run.to_dict() for run in self.runs],
        }

    def _unanswered_note(self, view: ModalityView) -> str:
        rows = sum(run.views[view].rows for run in self.runs)
        return (
            f"{self.recipe}, {view.caption}: {self.unanswered(view):,} of {rows:,} test rows lack"
            " what it looks at and count as wrong; of the others"
            f" {percent(self.answered_accuracy(view), 2)} are right"
        )


def fit_and_test(classifier: Classifier, train: Products, test: Products, seed: int) -> Run:
    """Fits a recipe on one part and tests it on both.

    Args:
        classifier: not fitted.
        train: products with categories.
        test: products with categories.
        seed: that the parts and the classifier were made with.
    """
    model = classifier.fit(train)
    summary = model.summary()
    curves = summary.training_curves
    views = _views([one.modalities for one in summary.by_modalities])
    learned = train.take(np.setdiff1d(np.arange(len(train)), model.validation_rows_).tolist())
    truth = Truth.of(model, test)
    return Run(
        seed=seed,
        train=_figures(model, learned, views[0], Truth.of(model, learned)).accuracy,
        validation=_validation(model),
        views={view: _figures(model, test, view, truth) for view in views},
        unseen=int((~truth.learned).sum()),
        seconds=max(summary.fit.seconds, sum(one.seconds for one in curves.values())),
        curves=dict(curves),
    )


def _views(modality_sets: Collection[ModalitySet]) -> list[ModalityView]:
    """The views that experts of such modality sets can be asked in, the fullest first."""
    alone = [view for modality, view in ALONE.items() if frozenset({modality}) in modality_sets]
    return alone if len(modality_sets) == len(alone) == 1 else [ModalityView.BOTH, *alone]


def _validation(model: Classifier) -> float:
    found = model.summary().by_modalities
    return max(found, key=lambda one: len(one.modalities)).accuracy if found else nan


def _figures(model: Classifier, products: Products, view: ModalityView, truth: Truth) -> Figures:
    return figures_of(scored_predictions(model, view.of(products), truth), truth)


def _curve(curve: TrainingCurve) -> dict[str, Any]:
    epochs = [
        {name: _finite(value) for name, value in asdict(epoch).items()} for epoch in curve.epochs
    ]
    kept = curve.best + 1 if epochs else None
    return {"device": curve.device, "note": curve.note, "kept_epoch": kept, "epochs": epochs}


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
