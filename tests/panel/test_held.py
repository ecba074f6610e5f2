"""Answers to held-out products, as a model keeps them."""

from dataclasses import replace

import numpy as np
import pytest

from aisle.panel import held
from aisle.panel.held import keep_predictions
from aisle.summary import OofPredictions

PROBA = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.4, 0.5, 0.1]], dtype=np.float32)
LABELS = np.array([0, 1, 1])


def kept(eligible: list[bool] | None = None) -> OofPredictions:
    return keep_predictions(LABELS, PROBA, np.array(eligible or [True] * 3), seed=0)


def test_the_most_probable_category_is_the_answer() -> None:
    answers = kept()
    assert answers.truth.tolist() == [0, 1, 1]
    assert answers.answers.tolist() == [0, 2, 1]
    assert answers.right.tolist() == [True, False, True]
    assert answers.confidence.tolist() == pytest.approx([0.7, 0.6, 0.5])


def test_what_is_unfamiliar_has_no_claim() -> None:
    answers = kept([True, False, True])
    assert answers.claim.tolist() == pytest.approx([0.7, 0, 0.5])
    assert answers.claim.dtype == np.float32


def test_of_many_some_are_drawn_with_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "MAX_ROWS", 100)
    count = 1000
    labels = np.arange(count) % 3
    proba = np.random.default_rng(0).dirichlet([1, 1, 1], count).astype(np.float32)
    eligible = np.arange(count) % 2 == 0
    first, again, other = (keep_predictions(labels, proba, eligible, seed) for seed in (0, 0, 1))
    assert len(first) == 100
    assert first.confidence.tolist() == again.confidence.tolist()
    assert first.confidence.tolist() != other.confidence.tolist()
    rows = [int(np.flatnonzero(proba.max(axis=1) == one)[0]) for one in first.confidence]
    assert max(rows) > 800
    assert first.truth.tolist() == labels[rows].tolist()
    assert first.answers.tolist() == proba.argmax(axis=1)[rows].tolist()
    assert first.eligible.tolist() == eligible[rows].tolist()


def test_what_was_kept_is_in_order() -> None:
    kept().check(3)


@pytest.mark.parametrize(
    ("part", "array", "reason"),
    [
        ("truth", np.array([0, 1, 3], np.int32), "do not fit 3 categories"),
        ("answers", np.array([0, -1, 1], np.int32), "do not fit 3 categories"),
        ("truth", np.array([0, 1], np.int32), "not whole"),
        ("answers", np.array([[0, 1, 1]], np.int32), "not whole"),
        ("truth", np.array([0, 1, 1], np.int64), "not whole"),
        ("eligible", np.array([0, 1, 1], np.int32), "not whole"),
        ("confidence", np.array([0.5, np.nan, 0.5], np.float32), "no probability"),
        ("confidence", np.array([0.5, 1.01, 0.5], np.float32), "no probability"),
    ],
)
def test_what_cannot_be_is_refused(part: str, array: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        replace(kept(), **{part: array}).check(3)
