"""Cross-validation: folds of products, and figures over folds with their spread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan, sqrt
from typing import Any, Generic, TypeVar

import numpy as np
from scipy.stats import t as student
from tqdm import tqdm

from aisle.data.products import Products, as_products
from aisle.data.splits import NEAR_DUPLICATES, assign_folds, groups_by, leaked_rows
from aisle.errors import InputError, LabelError
from aisle.evaluation.metrics import Flags, Labels
from aisle.evaluation.presentation import MISSING, count, percent
from aisle.schema import join_path

Result = TypeVar("Result")

CONFIDENCE = 0.95
"""The confidence of the interval of a difference."""


@dataclass(frozen=True)
class Fold:
    """One fold.

    Attributes:
        train: what is fitted on.
        test: what is tested.
        groups: (n,) the number of the group of near-duplicates of each tested product.
    """

    train: Products
    test: Products
    groups: Labels


@dataclass(frozen=True)
class CrossValidation:
    """Products in folds, each tested once.

    Attributes:
        products: n products with a category.
        fold_of: (n,) the fold of each.
        groups: (n,) the number of the group of near-duplicates of each.
        folds: the number of folds.
        by: what is kept together in a fold.
        leaked: the number of rows that a random split would have tested with a near-duplicate in
            training.
    """

    products: Products
    fold_of: Labels
    groups: Labels
    folds: int
    by: str
    leaked: int

    @classmethod
    def of(cls, products: object, *, folds: int, by: str, seed: int) -> CrossValidation:
        """Assigns products to folds.

        Args:
            products: as `as_products` takes them; those without a category are left out.
            folds: the number of folds, at least 2.
            by: what stays together in a fold, as in `split`.
            seed: for the order in which rows are assigned.

        Raises:
            InputError: there are too few folds, or too few groups of products for them.
            LabelError: no product has a category.
        """
        known = labelled(as_products(products))
        _check_categories(known)
        groups = groups_by(known, by)
        _check_folds(folds, len(np.unique(groups)))
        near = groups if by == NEAR_DUPLICATES else groups_by(known, NEAR_DUPLICATES)
        fold_of = assign_folds(known, groups, folds, seed)
        return cls(known, fold_of, near, folds, by, leaked_rows(near, folds, seed))

    def __iter__(self) -> Iterator[Fold]:
        for fold in range(self.folds):
            tested = self.fold_of == fold
            yield Fold(
                train=self.products.take(np.flatnonzero(~tested)),
                test=self.products.take(np.flatnonzero(tested)),
                groups=self.groups[tested],
            )

    @property
    def categories(self) -> int:
        """The number of categories that the products have."""
        return len({product.category for product in self.products})

    @property
    def conditions(self) -> list[str]:
        """How it is measured, a line each."""
        return [
            f"{count(len(self.products), 'product')},"
            f" {count(self.categories, 'category', 'categories')}, {self.folds} folds by {self.by}",
            f"a random split would have leaked {count(self.leaked, 'row')}"
            f" ({percent(self.leaked / len(self.products))}): near-duplicates of training rows"
            if self.leaked
            else "there are no near-duplicates that a random split could have leaked",
        ]


def labelled(products: Products) -> Products:
    """The products with a category.

    Raises:
        LabelError: there are none.
    """
    known = products.labelled()
    if not len(known):
        raise LabelError(
            "no product has a category to compare with; name the column of categories (--label)"
        )
    return known


def _check_categories(products: Products) -> None:
    categories = {product.category or () for product in products}
    if len(categories) < 2:
        name = join_path(*categories)
        raise LabelError(f"all products have the one category {name!r}; two are needed")


def _check_folds(folds: int, groups: int) -> None:
    if folds < 2:
        raise InputError(f"folds is {folds}; at least 2 are needed")
    if groups < folds:
        raise InputError(
            f"{count(groups, 'group')} of products that stay together cannot be split into {folds}"
            " folds; ask for fewer folds or another split"
        )


def progress(total: int, title: str) -> tqdm[Any]:
    """A progress bar that is shown on a terminal only, and vanishes at the end."""
    return tqdm(total=total, desc=title, disable=None, leave=False)


@dataclass(frozen=True)
class Spread:
    """A figure over folds or seeds: mean and standard deviation; NaN where there is none."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value a fold or seed."""
        deviation = float(np.std(values, ddof=1)) if len(values) > 1 else nan
        return cls(float(np.mean(values)), deviation)

    def to_dict(self) -> dict[str, float | None]:
        """For JSON."""
        both = {"mean": self.mean, "deviation": self.deviation}
        return {name: None if isnan(value) else value for name, value in both.items()}


@dataclass(frozen=True)
class Measure(Generic[Result]):
    """A figure that is compared.

    Attributes:
        key: in JSON.
        title: for people.
        value: of one result; NaN where there is none.
        show: a value as text.
    """

    key: str
    title: str
    value: Callable[[Result], float]
    show: Callable[[float], str]

    def spread(self, results: Sequence[Result]) -> Spread:
        """The figure over the results of all folds or seeds."""
        return Spread.of([self.value(result) for result in results])

    def parts(self, spread: Spread) -> list[str]:
        """The mean and, where there is one, its deviation; empty where there is no mean."""
        if isnan(spread.mean):
            return []
        deviation = [] if isnan(spread.deviation) else [self.show(spread.deviation)]
        return [self.show(spread.mean), *(one.removesuffix(" %") for one in deviation)]

    def shown(self, spread: Spread) -> str:
        """The mean and its deviation in one line."""
        return " ± ".join(self.parts(spread)) or MISSING


@dataclass(frozen=True)
class Difference:
    """By how much one model is more accurate than another on the same products.

    Attributes:
        mean: the difference of the accuracies.
        margin: half the width of its 95 % interval.
    """

    mean: float
    margin: float

    @classmethod
    def of(cls, first: Flags, second: Flags, groups: Labels) -> Difference:
        """Compares two models product by product.

        Products of one group count as one draw: a model tends to be right on all or none of them.

        Args:
            first: (n,) whether the first model is right.
            second: (n,) the same of the second one.
            groups: (n,) the number of each product's group of near-duplicates.
        """
        differences = first.astype(np.float64) - second
        mean = float(differences.mean())
        number = np.unique(groups, return_inverse=True)[1]
        sums = np.bincount(number, differences - mean)
        count = len(sums)
        if count < 2:
            return cls(mean, inf)
        error = sqrt(count / (count - 1) * float(sums @ sums)) / len(differences)
        return cls(mean, float(student.ppf((1 + CONFIDENCE) / 2, count - 1)) * error)

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return abs(self.mean) > self.margin

    @property
    def low(self) -> float:
        """Where the interval starts."""
        return self.mean - self.margin

    @property
    def high(self) -> float:
        """Where the interval ends."""
        return self.mean + self.margin
