"""Encoders side by side: the same classifier with each of them, cross-validated."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from math import nan
from typing import Any

import numpy as np

from aisle.classifier import Classifier
from aisle.data.splits import NEAR_DUPLICATES
from aisle.errors import InputError
from aisle.evaluation.cross_validation import (
    CrossValidation,
    Difference,
    Fold,
    Measure,
    progress,
)
from aisle.evaluation.figures import Figures, figures_of
from aisle.evaluation.metrics import Flags, Labels
from aisle.evaluation.modality_views import Truth, scored_predictions
from aisle.evaluation.presentation import count, decimal, html_table, percent, text_table


@dataclass(frozen=True)
class EncoderFold:
    """What the classifier with one encoder was worth in one fold.

    Attributes:
        figures: of the predictions.
        right: (n,) whether each prediction is right.
        groups: (n,) the number of the group of near-duplicates of each product.
        seconds: how long the fit and the predictions took.
    """

    figures: Figures
    right: Flags
    groups: Labels
    seconds: float


def _assigned_precision(fold: EncoderFold) -> float:
    precision = fold.figures.assigned_precision
    return nan if precision is None else precision


ENCODER_MEASURES: tuple[Measure[EncoderFold], ...] = (
    Measure("accuracy", "accuracy", lambda one: one.figures.accuracy, percent),
    Measure("log_loss", "log-loss", lambda one: one.figures.log_loss, decimal),
    Measure("automation", "automation rate", lambda one: one.figures.assigned_share, percent),
    Measure("assigned_precision", "right if assigned", _assigned_precision, percent),
)


@dataclass(frozen=True)
class EncoderResult:
    """What the classifier with one encoder was worth.

    Attributes:
        encoder: its name.
        folds: one result a fold.
    """

    encoder: str
    folds: tuple[EncoderFold, ...]

    @property
    def accuracies(self) -> list[float]:
        """The accuracy of each fold."""
        return [fold.figures.accuracy for fold in self.folds]

    @property
    def accuracy(self) -> float:
        """The mean accuracy."""
        return sum(self.accuracies) / len(self.folds)

    @property
    def seconds(self) -> float:
        """How long all folds took."""
        return sum(fold.seconds for fold in self.folds)

    @property
    def cells(self) -> list[str]:
        """Its row of the table."""
        shown = (measure.shown(measure.spread(self.folds)) for measure in ENCODER_MEASURES)
        return [self.encoder, *shown, f"{self.seconds:,.1f}"]

    def ahead_of(self, other: EncoderResult) -> Difference:
        """By how much it is more accurate than another one."""
        return Difference.of(
            np.concatenate([fold.right for fold in self.folds]),
            np.concatenate([fold.right for fold in other.folds]),
            np.concatenate([fold.groups for fold in self.folds]),
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "figures": {
                measure.key: measure.spread(self.folds).to_dict() for measure in ENCODER_MEASURES
            },
            "seconds": self.seconds,
            "folds": [fold.figures.to_dict() | {"seconds": fold.seconds} for fold in self.folds],
        }


@dataclass(frozen=True, repr=False)
class EncoderComparison:
    """What encoders are worth on the same products; printing it shows a table.

    Attributes:
        conditions: how it was measured, a line each.
        results: one an encoder.
    """

    conditions: tuple[str, ...]
    results: tuple[EncoderResult, ...]

    def __str__(self) -> str:
        table = text_table(self.header, [one.cells for one in self.results])
        return "\n".join([*self.conditions, "", table, "", self.conclusion])

    def __repr__(self) -> str:
        return f"<EncoderComparison: {count(len(self.results), 'encoder')}>"

    def _repr_html_(self) -> str:
        """The table and the conclusion, for a notebook."""
        table = html_table(self.header, [one.cells for one in self.results])
        return f"<p>{escape(self.conclusion)}</p>{table}"

    @property
    def header(self) -> list[str]:
        """The titles of the table."""
        return ["encoder", *(measure.title for measure in ENCODER_MEASURES), "seconds"]

    @property
    def best(self) -> EncoderResult:
        """The one with the highest mean accuracy."""
        return max(self.results, key=lambda one: one.accuracy)

    @property
    def rivals(self) -> list[EncoderResult]:
        """Those that are not clearly less accurate than the best, the most accurate first."""
        others = [one for one in self.results if one is not self.best]
        close = [one for one in others if not self.best.ahead_of(one).clear]
        return sorted(close, key=lambda one: -one.accuracy)

    @property
    def winner(self) -> EncoderResult | None:
        """The one that is clearly more accurate than all others; None where there is none."""
        return None if self.rivals else self.best

    @property
    def headline(self) -> str:
        """Which encoder to take, in a few words."""
        if self.winner:
            return f"Take {self.winner.encoder}: it is clearly the most accurate."
        return "None of these encoders is clearly the best."

    @property
    def reason(self) -> str:
        """What the headline rests on."""
        if self.winner:
            others = (one for one in self.results if one is not self.best)
            return f"{self._lead(max(others, key=lambda one: one.accuracy))}."
        fastest = min([self.best, *self.rivals], key=lambda one: one.seconds)
        return (
            f"{self._lead(self.rivals[0])}. Of those that are not clearly worse, {fastest.encoder}"
            " is the fastest."
        )

    @property
    def conclusion(self) -> str:
        """Which encoder to take, and why."""
        return f"{self.headline} {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "conditions": list(self.conditions),
            "conclusion": self.conclusion,
            "winner": self.winner.encoder if self.winner else None,
            "encoders": {one.encoder: one.to_dict() for one in self.results},
        }

    def _lead(self, other: EncoderResult) -> str:
        difference = self.best.ahead_of(other)
        if not difference.mean:
            return f"{self.best.encoder} and {other.encoder} are equally accurate"
        low, high = (f"{100 * value:.2f}" for value in (difference.low, difference.high))
        zero = "" if difference.clear else ", which includes zero"
        return (
            f"{self.best.encoder} is {100 * difference.mean:.2f} points more accurate than"
            f" {other.encoder} (95 % interval {low} to {high}{zero})"
        )


def compare_encoders(
    products: object,
    makers: Mapping[str, Callable[[], Classifier]],
    *,
    folds: int = 5,
    by: str = NEAR_DUPLICATES,
    seed: int = 0,
) -> EncoderComparison:
    """Cross-validates a classifier with each encoder, on the same folds.

    Args:
        products: any data frame, a list of `Product` or `Products`; those without a category are
            left out.
        makers: by the encoder's name, what returns a new classifier with it.
        folds: the number of folds, at least 2.
        by: what stays together in a fold, as in `split`.
        seed: for the order in which rows are assigned to folds.

    Raises:
        InputError: there are not two encoders, or products cannot be split into the folds.
        LabelError: no product has a category, or a training part has not two.

    Example:
        >>> rows = [{"title": f"{name} {i}", "category": name} for i in range(6) for name in "ab"]
        >>> makers = {"none": lambda: Classifier(()), "mini": Classifier}
        >>> compare_encoders(rows, makers, folds=2, by="random")
        <EncoderComparison: 2 encoders>
    """
    if len(makers) < 2:
        raise InputError(f"{count(len(makers), 'encoder')} given; at least 2 can be compared")
    validation = CrossValidation.of(products, folds=folds, by=by, seed=seed)
    found: dict[str, list[EncoderFold]] = {name: [] for name in makers}
    with progress(folds * len(makers), "comparing encoders") as bar:
        for fold in validation:
            for name, make in makers.items():
                bar.set_postfix_str(name)
                found[name].append(_encoder_fold(fold, make()))
                bar.update()
    return EncoderComparison(
        conditions=(
            *validation.conditions,
            "seconds: to fit and predict all folds; vectors in the cache take no time",
        ),
        results=tuple(EncoderResult(name, tuple(done)) for name, done in found.items()),
    )


def _encoder_fold(fold: Fold, classifier: Classifier) -> EncoderFold:
    started = time.perf_counter()
    model = classifier.fit(fold.train)
    truth = Truth.of(model, fold.test)
    scored = scored_predictions(model, fold.test, truth)
    seconds = time.perf_counter() - started
    return EncoderFold(figures_of(scored, truth), scored.right, fold.groups, seconds)
