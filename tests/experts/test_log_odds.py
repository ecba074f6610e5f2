import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import softmax

from aisle.experts.discriminant import LARGEST_LOG_ODDS, log_odds

SCORES = arrays(np.float32, (3, 4), elements=st.floats(-100, 100, width=32))


@given(arrays(np.float32, (3, 4), elements=st.floats(-5, 5, width=32)))
def test_log_odds_of_the_softmax(scores):
    share = softmax(scores.astype(np.float64), axis=1)
    found = log_odds(scores)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.log(share / (1 - share)), rtol=1e-5, atol=1e-5)


@given(SCORES)
def test_log_odds_keep_the_order_and_their_bounds(scores):
    found = log_odds(scores)
    assert np.abs(found).max() <= LARGEST_LOG_ODDS
    for before, after in zip(scores, found, strict=True):
        assert (np.diff(after[np.argsort(before, kind="stable")]) >= 0).all()


@given(SCORES, st.sampled_from([-1000.0, 64.0, 1000.0]))
def test_a_constant_says_nothing(scores, constant):
    shifted = log_odds(np.round(scores) + np.float32(constant))
    np.testing.assert_allclose(shifted, log_odds(np.round(scores)), rtol=0, atol=1e-5)


def test_of_two_categories_log_odds_are_the_difference():
    np.testing.assert_allclose(log_odds(np.array([[2.5, 1.0]])), [[1.5, -1.5]], rtol=1e-6)


@pytest.mark.parametrize("scores", [[[1000.0, -1000.0, 0.0]], [[60.0, 0.0, 0.0]]])
def test_what_is_certain_is_cut(scores):
    with np.errstate(divide="raise"):
        found = log_odds(np.array(scores, np.float32))
    assert found[0, 0] == LARGEST_LOG_ODDS
    assert (found[0, 1:] == -LARGEST_LOG_ODDS).all()


def test_a_single_category_is_certain():
    np.testing.assert_array_equal(
        log_odds(np.array([[3.0], [-7.0]], np.float32)), [[LARGEST_LOG_ODDS], [LARGEST_LOG_ODDS]]
    )


def test_no_rows_are_no_scores():
    assert log_odds(np.zeros((0, 3), np.float32)).shape == (0, 3)
