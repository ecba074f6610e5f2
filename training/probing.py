"""How much of the categories frozen vectors show: logistic regression on the 1,050 set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.csv as pv
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.photos import is_held_out

STRENGTH = 0.01
"""The inverse of the regularisation; the same for all picture encoders."""


@dataclass(frozen=True)
class Labelled:
    """Pictures of known products.

    Attributes:
        paths: (n,) files.
        labels: (n,) categories.
        held_out: (n,) which of them the student has not seen.
    """

    paths: Sequence[Path]
    labels: NDArray[np.str_]
    held_out: NDArray[np.bool_]


def labelled_pictures(data: Path) -> Labelled:
    """The first picture of each product of the 1,050 set."""
    table = pv.read_csv(
        data / "flipkart/flipkart_com-ecommerce_sample_1050.csv",
        parse_options=pv.ParseOptions(newlines_in_values=True),
    )
    images = data / "flipkart/images"
    rows = [row for row in table.to_pylist() if (images / row["image"]).is_file()]
    roots = [row["product_category_tree"].strip('["]').split(">>")[0].strip() for row in rows]
    return Labelled(
        [images / row["image"] for row in rows],
        np.array(roots),
        np.array([is_held_out(row["uniq_id"]) for row in rows]),
    )


def accuracy_in_folds(
    vectors: NDArray[np.floating],
    labels: NDArray[np.str_],
    seed: int,
    strength: float = STRENGTH,
) -> float:
    """The mean accuracy over five stratified folds."""
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    right = [
        accuracy_on(vectors, labels, np.isin(np.arange(len(labels)), test), strength)
        for _, test in folds.split(labels, labels)
    ]
    return float(np.mean(right))


def accuracy_on(
    vectors: NDArray[np.floating],
    labels: NDArray[np.str_],
    test: NDArray[np.bool_],
    strength: float = STRENGTH,
) -> float:
    """The accuracy on the rows in `test` of a regression fitted on all others."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))
    return float(model.fit(vectors[~test], labels[~test]).score(vectors[test], labels[test]))
