import numpy as np
import pytest

from aisle.ensemble.shortlist import FEW, LENGTH, Shortlist

MANY = FEW + 60


def drawn(rows: int = 20, n_classes: int = MANY) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.normal(size=(rows, n_classes)).astype(np.float32) * scale for scale in (1, 50)]


def test_few_categories_are_all_on_it() -> None:
    scores = drawn(n_classes=FEW)
    found = Shortlist.of(scores)
    assert found.columns.shape == (20, FEW)
    assert found.scores[1] is scores[1]
    assert found.places(np.arange(20)).tolist() == list(range(20))


def test_of_many_the_best_of_each_expert_are_on_it_whatever_its_scale() -> None:
    scores = drawn()
    found = Shortlist.of(scores)
    assert found.columns.shape == (20, LENGTH)
    for row in range(20):
        for one in scores:
            assert set(np.argsort(-one[row])[:5]) <= set(found.columns[row].tolist())


def test_scores_are_those_of_the_categories() -> None:
    scores = drawn()
    found = Shortlist.of(scores)
    for one, kept in zip(scores, found.scores, strict=True):
        assert np.array_equal(kept, np.take_along_axis(one, found.columns.astype(int), axis=1))


def test_places_name_what_is_missing() -> None:
    found = Shortlist.of(drawn())
    labels = found.columns[np.arange(20), 7].astype(np.intp)
    assert found.places(labels).tolist() == [7] * 20
    absent = [min(set(range(MANY)) - set(row.tolist())) for row in found.columns]
    assert found.places(np.array(absent)).tolist() == [-1] * 20


def test_categories_off_the_shortlist_share_what_is_left_for_them() -> None:
    found = Shortlist.of(drawn())
    inside = np.log(np.full((20, LENGTH), 1 / LENGTH, dtype=np.float32))
    proba = np.exp(found.full_log_proba(inside, outside=0.12))
    assert proba.shape == (20, MANY)
    assert proba.sum(axis=1) == pytest.approx(np.ones(20), abs=1e-5)
    assert proba[0, found.columns[0]] == pytest.approx(np.full(LENGTH, 0.88 / LENGTH))
    rest = np.setdiff1d(np.arange(MANY), found.columns[0])
    assert proba[0, rest] == pytest.approx(np.full(MANY - LENGTH, 0.12 / (MANY - LENGTH)))


def test_rows_can_be_taken() -> None:
    found = Shortlist.of(drawn())
    part = found.take(np.array([3, 1]))
    assert np.array_equal(part.columns, found.columns[[3, 1]])
    assert np.array_equal(part.scores[0], found.scores[0][[3, 1]])
