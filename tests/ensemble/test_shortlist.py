import numpy as np

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


def test_spread_fills_in_all_others() -> None:
    found = Shortlist.of(drawn())
    values = np.ones((20, LENGTH), dtype=np.float32)
    full = found.spread(values, np.arange(MANY, dtype=np.float32) + 2)
    assert full.shape == (20, MANY)
    assert (full == 1).sum(axis=1).tolist() == [LENGTH] * 20
    assert full[0, found.columns[0, 0]] == 1
    rest = np.setdiff1d(np.arange(MANY), found.columns[0])
    assert full[0, rest].tolist() == (rest + 2).tolist()


def test_rows_can_be_taken() -> None:
    found = Shortlist.of(drawn())
    part = found.take(np.array([3, 1]))
    assert np.array_equal(part.columns, found.columns[[3, 1]])
    assert np.array_equal(part.scores[0], found.scores[0][[3, 1]])
