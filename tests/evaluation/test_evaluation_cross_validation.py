from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp
from stand_in import SHIRTS, SHOES, product, products

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


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=8))
def test_the_interval_of_a_difference_is_wider_than_that_of_independent_folds(values):
    found = Difference.of(values, [0.0] * len(values))
    assert found.mean == pytest.approx(np.mean(values))
    if np.ptp(values) > 1e-6:
        interval = ttest_1samp(values, 0).confidence_interval(0.95)
        assert found.low < interval.low
        assert found.high > interval.high


def test_a_difference_is_clear_where_its_interval_leaves_out_zero():
    assert Difference.of([0.9, 0.91, 0.92], [0.7, 0.71, 0.72]).clear
    assert not Difference.of([0.9, 0.7, 0.8], [0.8, 0.8, 0.8]).clear
    assert not Difference.of([0.9, 0.8], [0.9, 0.8]).clear
