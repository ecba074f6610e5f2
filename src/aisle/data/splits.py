"""Honest splits: products that are nearly the same stay on one side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from aisle.data.cells import clean_text
from aisle.data.pictures.reading import decode_image, read_bytes
from aisle.duplicates.groups import group_near_duplicates
from aisle.duplicates.signatures import THUMBNAIL_SIDE, thumbnail, word_codes
from aisle.errors import ImageError, InputError
from aisle.schema import Product

if TYPE_CHECKING:
    from aisle.data.products import Products

NEAR_DUPLICATES = "near-duplicates"
RANDOM = "random"

_MAX_FOLDS = 20


def split(
    products: Products, *, by: str = NEAR_DUPLICATES, test_size: float = 0.2, seed: int = 0
) -> tuple[Products, Products]:
    """Splits labelled products into a training and a test part, stratified by category.

    Args:
        products: at least two labelled products.
        by: "near-duplicates" keeps products of nearly the same text or picture on one side,
            "random" splits row by row, the name of a column keeps its values on one side.
        test_size: the share of rows in the test part, between 0 and 1.
        seed: of the order in which rows are assigned.

    Raises:
        InputError: `test_size` or `by` is nothing to split by, or one part would be empty.
    """
    if not 0 < test_size < 1:
        raise InputError(f"test_size is {test_size}; a share between 0 and 1 was expected")
    known = products.labelled()
    if len(known) < 2:
        raise InputError(f"{len(known)} labelled products cannot be split; at least 2 are needed")
    groups = groups_by(known, by)
    folds = min(_folds(test_size), max(2, len(np.unique(groups))))
    tested = min(max(1, round(test_size * folds)), folds - 1)
    test = (assign_folds(known, groups, folds, seed) + 1) * tested % folds < tested
    if test.all() or not test.any():
        raise InputError(
            f"split by {by!r}, all {len(known)} products stay on one side;"
            f" split by {RANDOM!r} or by another column"
        )
    return known.take(np.flatnonzero(~test).tolist()), known.take(np.flatnonzero(test).tolist())


def _folds(test_size: float) -> int:
    """The fewest folds of which some make up the share."""
    most = max(_MAX_FOLDS, round(1 / min(test_size, 1 - test_size)))
    return Fraction(test_size).limit_denominator(most).denominator


def groups_by(products: Products, by: str) -> NDArray[np.intp]:
    """(n,) numbers of the groups that must not be torn apart; see `split` for `by`."""
    if by == NEAR_DUPLICATES:
        return near_duplicate_groups(products)
    if by == RANDOM:
        return np.arange(len(products), dtype=np.intp)
    if by not in products.table.column_names:
        raise InputError(
            f"cannot split by {by!r}; give {NEAR_DUPLICATES!r}, {RANDOM!r} or one of the columns"
            f" {', '.join(products.table.column_names[:12])}"
        )
    return _numbered([clean_text(value).lower() for value in products.table.column(by).to_pylist()])


def near_duplicate_groups(products: Sequence[Product]) -> NDArray[np.intp]:
    """Groups products whose words or main picture are nearly the same; see `aisle.duplicates`.

    Returns:
        (n,) the group of each product.
    """
    words = [word_codes(product.text) for product in products]
    with ThreadPoolExecutor() as pool:
        found = pool.map(_thumbnail, products)
        progress = tqdm(found, "comparing pictures", len(products), disable=None, leave=False)
        return group_near_duplicates(words, list(progress))


def assign_folds(
    products: Sequence[Product], groups: NDArray[np.intp], folds: int, seed: int
) -> NDArray[np.intp]:
    """Assigns whole groups to folds so that each category is spread as evenly as can be.

    The largest groups come first; each goes where its most frequent category has the fewest rows.

    Returns:
        (n,) the fold of each product, 0 to `folds` - 1.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for row in np.random.default_rng(seed).permutation(len(products)).tolist():
        members[int(groups[row])].append(row)
    filled: dict[object, list[int]] = defaultdict(lambda: [0] * folds)
    total = [0] * folds
    fold_of = np.empty(len(products), dtype=np.intp)
    for rows in sorted(members.values(), key=len, reverse=True):
        categories = [products[row].category for row in rows]
        counts = filled[Counter(categories).most_common(1)[0][0]]
        fold = min(range(folds), key=lambda f: (counts[f], total[f]))
        counts[fold] += len(rows)
        total[fold] += len(rows)
        fold_of[rows] = fold
    return fold_of


def leaked_rows(groups: NDArray[np.intp], folds: int, seed: int) -> int:
    """How many rows a random split into `folds` parts would test with a near-duplicate in training.

    Args:
        groups: (n,) near-duplicate groups.
        folds: each part is tested once.
        seed: of the random split.
    """
    fold = np.random.default_rng(seed).integers(folds, size=len(groups))
    in_group = np.bincount(groups)[groups]
    together = groups * folds + fold
    in_same_fold = np.bincount(together)[together]
    return int((in_group > in_same_fold).sum())


def _thumbnail(product: Product) -> NDArray[np.int8] | None:
    if not product.images:
        return None
    try:
        return thumbnail(decode_image(read_bytes(product.images[0]), 2 * THUMBNAIL_SIDE))
    except ImageError:
        return None


def _numbered(values: Sequence[str]) -> NDArray[np.intp]:
    """A number for each distinct value; an empty value is a group of its own."""
    names = [value or f"\x00{row}" for row, value in enumerate(values)]
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.intp)
