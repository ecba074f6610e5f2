from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp
from stand_in import SHIRTS, SHOES, product, products

from aisle.errors import LabelError
from aisle.evaluation.cross_validation import CrossValidation, Difference, Measure, Spread
from aisle.evaluation.presentation import percent

SHARE = Measure("share", "share", float, percent)


def test_every_product_is_tested_once_and_never_trained_on():
    items = products([product(str(i), (SHIRTS, SHOES)[i % 2], f"word{i}") for i in range(12)])
    folds = list(CrossValidation.of(items, folds=3, by="random", seed=0))
    assert sorted(one.id for fold in folds for one in fold.test) == sorted(one.id for one in items)
    for fold in folds:
        train = {one.id for one in fold.train}
        assert len(train) == 8
        assert train.isdisjoint(one.id for one in fold.test)


def test_one_category_is_nothing_to_tell_apart():
    items = products([product(str(i), SHIRTS, f"word{i}") for i in range(6)])
    with pytest.raises(LabelError, match="all products have the one category 'Clothing > Shirts'"):
        CrossValidation.of(items, folds=3, by="random", seed=0)


def test_spread_is_mean_and_sample_deviation():
    spread = Spread.of([0.9, 1.0])
    assert spread.mean == pytest.approx(0.95)
    assert spread.deviation == pytest.approx(0.0707, abs=1e-4)


@pytest.mark.parametrize(
    ("values", "text"),
    [([0.9, 1.0], "95.0 % ± 7.1"), ([0.5], "50.0 %"), ([nan, 0.5], "–"), ([nan], "–")],
)
def test_a_figure_is_shown_with_its_spread_where_it_has_one(values, text):
    assert SHARE.shown(SHARE.spread(values)) == text


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=30))
def test_the_interval_of_a_difference_is_that_of_a_paired_test(rows):
    first, second = np.array(rows).T
    found = Difference.of(first, second, np.arange(len(rows)))
    differences = first.astype(float) - second
    assert found.mean == pytest.approx(differences.mean())
    if np.ptp(differences) > 0:
        interval = ttest_1samp(differences, 0).confidence_interval(0.95)
        assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_near_duplicates_count_as_one():
    first, second = np.array([True] * 9 + [False]), np.array([False] * 4 + [True] * 6)
    alone = Difference.of(first, second, np.arange(10))
    twice = Difference.of(np.repeat(first, 2), np.repeat(second, 2), np.repeat(np.arange(10), 2))
    assert twice.mean == pytest.approx(alone.mean)
    assert twice.margin == pytest.approx(alone.margin)


def test_a_difference_is_clear_where_its_interval_leaves_out_zero():
    right, wrong = np.ones(20, dtype=bool), np.arange(20) < 10
    nearly = np.arange(20) > 0
    assert Difference.of(right, wrong, np.arange(20)).clear
    assert not Difference.of(right, nearly, np.arange(20)).clear
    assert not Difference.of(right, right, np.arange(20)).clear
    assert not Difference.of(right, wrong, np.zeros(20, dtype=int)).clear
