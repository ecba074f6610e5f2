"""Out-of-fold answers, as a model keeps them."""

import numpy as np
import pytest

from aisle.ensemble.oof_shortlists import LENGTH, OofShortlists

PROBA = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.4, 0.5, 0.1]], dtype=np.float32)
LABELS = np.array([0, 1, 1])
COLUMNS = np.broadcast_to(np.arange(3, dtype=np.int32), (3, 3))
ZEROS = np.zeros(3, dtype=np.float32)


def kept() -> OofShortlists:
    return OofShortlists.of(LABELS, COLUMNS, PROBA, ZEROS, ZEROS - 1)


def test_the_most_probable_category_is_predicted() -> None:
    oof = kept()
    assert oof.predicted.tolist() == [0, 2, 1]
    assert oof.correct.tolist() == [True, False, True]
    assert oof.confidence.tolist() == pytest.approx([0.7, 0.6, 0.5])
    assert oof.columns.tolist() == [[0, 1, 2], [2, 1, 0], [1, 0, 2]]


def test_only_the_best_of_many_categories_are_kept() -> None:
    proba = np.random.default_rng(0).dirichlet(np.ones(30), 5).astype(np.float32)
    columns = np.tile(np.arange(30, dtype=np.int32), (5, 1))
    zeros = np.zeros(5, dtype=np.float32)
    oof = OofShortlists.of(np.zeros(5, dtype=np.intp), columns, proba, zeros, zeros)
    assert oof.columns.shape == (5, LENGTH)
    assert (np.diff(oof.probabilities, axis=1) <= 0).all()


def test_of_many_rows_some_are_drawn_with_the_seed() -> None:
    n = 1000
    proba = np.random.default_rng(0).dirichlet([1, 1, 1], n).astype(np.float32)
    familiarity = np.arange(n, dtype=np.float32)
    columns = np.broadcast_to(np.arange(3, dtype=np.int32), (n, 3))
    oof = OofShortlists.of(np.arange(n) % 3, columns, proba, familiarity, familiarity)
    first, again, other = (oof.sample(seed, 100) for seed in (0, 0, 1))
    rows = first.familiarity.astype(int)
    assert len(first) == 100
    assert rows.tolist() == again.familiarity.astype(int).tolist()
    assert rows.tolist() != other.familiarity.astype(int).tolist()
    assert first.truth.tolist() == (rows % 3).tolist()
    assert first.confidence.tolist() == proba.max(axis=1)[rows].tolist()


def test_state_brings_back_the_same_answers() -> None:
    again = OofShortlists.from_state(kept().state(), 3)
    assert again.columns.tolist() == kept().columns.tolist()
    assert again.confidence.tolist() == kept().confidence.tolist()
    assert again.probabilities == pytest.approx(kept().probabilities, abs=1e-3)
    assert again.agreement.tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    ("part", "array", "reason"),
    [
        ("truth", np.array([0, 1, 3]), "do not fit 3 categories"),
        ("columns", np.array([[0, 1, 2], [2, -1, 0], [1, 0, 2]]), "do not fit 3 categories"),
        ("truth", np.array([0, 1]), "not whole"),
        ("columns", np.zeros((3, 2), np.int32), "not whole"),
        ("confidence", np.array([0.5, np.nan, 0.5]), "no probability"),
        ("probabilities", np.full((3, 2), 1.5), "no probability"),
    ],
)
def test_what_cannot_be_is_refused(part: str, array: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        OofShortlists.from_state(kept().state() | {part: array}, 3)
