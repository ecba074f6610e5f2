"""From training products to a lesson: what is learned, what is held out, what is odd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aisle.data.splits import deal_folds, groups_by, leaked_rows
from aisle.errors import InputError, LabelError
from aisle.experts.cross_fitting import Lesson
from aisle.networks.settings import NetworkRecipe
from aisle.panel.weighing import Pattern
from aisle.schema import CategoryPath, Modality, Product, modality_set_name

if TYPE_CHECKING:
    from aisle.data.products import Products

MAX_HELD_SCORES = 4_000_000
"""Calibration uses at most so many scores (rows x categories) of each expert."""

HELD_OUT = 5
"""Beside networks one part of so many is held out, once: their training takes too long for more."""


@dataclass(frozen=True)
class Dealing:
    """How training products are dealt.

    Attributes:
        split: what stays together, as in `split`.
        seed: for the order in which they are dealt.
        hold_out: whether one part is held out once, rather than each part in turn.
    """

    split: str
    seed: int
    hold_out: bool


def lesson_of(
    products: Products, categories: Sequence[CategoryPath], dealing: Dealing
) -> tuple[Lesson, int]:
    """What is to be learned, and how many rows random parts would have leaked.

    Raises:
        InputError: there is no such way of splitting.
    """
    groups = groups_by(products, dealing.split)
    number = 5 if len(products) <= 30_000 else 3
    leaked = leaked_rows(groups, number, dealing.seed)
    held = np.random.default_rng(dealing.seed).permutation(len(products))
    if dealing.hold_out:
        folds = deal_folds(products, groups, HELD_OUT**2, dealing.seed)
        held = held[folds[held] % HELD_OUT == 0]
    else:
        folds = deal_folds(products, groups, number, dealing.seed)
    held = np.sort(held[: MAX_HELD_SCORES // len(categories)])
    position = {path: index for index, path in enumerate(categories)}
    labels = np.array([position[p.category] for p in products if p.category], dtype=np.intp)
    return Lesson(labels, len(categories), folds, held), leaked


def categories_of(products: Products) -> list[CategoryPath]:
    """All categories, sorted.

    Raises:
        LabelError: there are not two categories to tell apart.
    """
    categories = sorted({product.category for product in products if product.category})
    if not categories:
        raise LabelError(
            "no product has a category; name their column with --label, and the separator of its"
            " levels with --separator"
        )
    if len(categories) == 1:
        raise LabelError(
            f"all products have the one category {' > '.join(categories[0])!r}; two are needed"
        )
    return categories


def check_needs(recipe: NetworkRecipe, products: Products) -> None:
    """Whether there is a product with all that a network looks at.

    Raises:
        InputError: there is none.
    """
    there = (_modalities(product) for product in products)
    if not any(recipe.needs <= modalities for modalities in there):
        wanted = modality_set_name(recipe.needs).replace(" + ", " and ")
        flags = " and ".join(f"--{modality}" for modality in Modality if modality in recipe.needs)
        raise InputError(
            f"{recipe.name} looks at {wanted}, and no product with a category has that; name the"
            f" columns with {flags}"
        )


def _modalities(product: Product) -> Pattern:
    """What there is of a product, as far as one can say before reading it."""
    parts = {Modality.TEXT: product.text, Modality.IMAGE: product.images}
    return frozenset(modality for modality, part in parts.items() if part)


def oddities(products: Products, known: Products, errors: dict[int, str]) -> list[str]:
    """What was odd about the training products, a line each.

    Args:
        products: all of them.
        known: those that are learned from.
        errors: by row of these, what could not be read.
    """
    notes = []
    if len(known) < len(products):
        notes.append(f"{len(products) - len(known)} products without a category were left out")
    single = [path for path, count in Counter(p.category for p in known).items() if count == 1]
    if single:
        notes.append(
            f"categories with one product, which can be answered but not checked: {len(single)}"
        )
    if errors:
        example = next(iter(errors.values()))
        notes.append(
            f"{len(errors)} products have a text or picture that cannot be read,"
            f" for example: {example}"
        )
    return notes
