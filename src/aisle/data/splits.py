"""Honest splits: products that are nearly the same stay on one side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import csr_array
from tqdm import tqdm

from aisle.data.cleaning import clean_text
from aisle.data.images import decode_image, read_bytes
from aisle.data.neighbours import joined, near_duplicate_components
from aisle.errors import ImageError, InputError
from aisle.schema import Product

if TYPE_CHECKING:
    from aisle.data.products import Products

NEAR_DUPLICATES = "near-duplicates"
RANDOM = "random"

TEXT_COSINE = 0.9
IMAGE_COSINE = 0.99
_SIDE = 16
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
        seed: for the order in which rows are dealt.

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
    test = (deal_folds(known, groups, folds, seed) + 1) * tested % folds < tested
    if test.all() or not test.any():
        raise InputError(
            f"split by {by!r}, all {len(known)} products stay on one side;"
            f" split by {RANDOM!r} or by another column"
        )
    return known.take(np.flatnonzero(~test).tolist()), known.take(np.flatnonzero(test).tolist())


def _folds(test_size: float) -> int:
    """How many folds to deal so that some of them make up the share, the fewer the better."""
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
    """Groups products whose text or main picture is nearly the same.

    Two texts are nearly the same at a TF-IDF cosine of 0.9, two pictures where their 16 x 16
    thumbnails correlate by 0.99.

    Returns:
        (n,) the group of each product.
    """
    by_text = near_duplicate_components(_text_vectors(products), TEXT_COSINE)
    by_image = near_duplicate_components(_thumbnails(products), IMAGE_COSINE)
    return _united(by_text, by_image)


def deal_folds(
    products: Sequence[Product], groups: NDArray[np.intp], folds: int, seed: int
) -> NDArray[np.intp]:
    """Deals whole groups into folds so that each category is spread as evenly as can be.

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


def _text_vectors(products: Sequence[Product]) -> csr_array:
    texts = [product.text for product in products]
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer  # answering does without it

        vectors = TfidfVectorizer(dtype=np.float32, sublinear_tf=True).fit_transform(texts)
    except ValueError:  # not one word in all the texts
        return csr_array((len(texts), 1), dtype=np.float32)
    return csr_array(vectors)


def _thumbnails(products: Sequence[Product]) -> NDArray[np.float32]:
    """(n, 768) main pictures as centred thumbnails of unit length; zeros where there is none."""
    with ThreadPoolExecutor() as pool:
        rows = pool.map(_thumbnail, products)
        progress = tqdm(rows, "comparing pictures", len(products), disable=None, leave=False)
        vectors = np.stack(list(progress))
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float32)


def _thumbnail(product: Product) -> NDArray[np.float32]:
    if product.images:
        try:
            image = decode_image(read_bytes(product.images[0]), 2 * _SIDE)
        except ImageError:
            pass
        else:
            small = image.resize((_SIDE, _SIDE), Image.Resampling.BOX)
            pixels = np.asarray(small, dtype=np.float32).ravel()
            return np.asarray(pixels - pixels.mean(), dtype=np.float32)
    return np.zeros(_SIDE * _SIDE * 3, dtype=np.float32)


def _numbered(values: Sequence[str]) -> NDArray[np.intp]:
    """A number for each distinct value; an empty value is a group of its own."""
    names = [value or f"\x00{row}" for row, value in enumerate(values)]
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.intp)


def _united(first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.intp]:
    """The finest groups that hold the groups of both together."""
    _, one_of_each, group = np.unique(second, return_index=True, return_inverse=True)
    return joined(first, one_of_each[group], np.arange(len(first)))
