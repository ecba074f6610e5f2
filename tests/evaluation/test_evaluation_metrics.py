import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from aisle.evaluation.metrics import (
    NO_ANSWER,
    accuracy,
    class_scores,
    confusions,
    log_loss,
    share_interval,
)

pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60)


@given(pairs)
def test_scores_are_those_of_scikit_learn(rows):
    truth, answers = np.array(rows).T
    scores = class_scores(truth, answers)
    assert accuracy(truth, answers) == pytest.approx(accuracy_score(truth, answers))
    assert scores.macro_f1 == pytest.approx(f1_score(truth, answers, average="macro"))
    assert scores.weighted_f1 == pytest.approx(f1_score(truth, answers, average="weighted"))


@given(pairs)
def test_confusions_are_the_cells_of_the_matrix_that_are_not_empty(rows):
    truth, answers = np.array(rows).T
    matrix = confusion_matrix(truth, answers, labels=range(6))
    cells = confusions(truth, answers)
    assert {(t, a): n for t, a, n in cells} == {
        (t, a): matrix[t, a] for t, a in zip(*matrix.nonzero(), strict=True)
    }
    assert [n for *_, n in cells] == sorted((n for *_, n in cells), reverse=True)


def test_no_answer_is_wrong_and_no_category_of_its_own():
    truth, answers = np.array([0, 0, 1, 2]), np.array([0, NO_ANSWER, NO_ANSWER, 2])
    scores = class_scores(truth, answers)
    assert accuracy(truth, answers) == 0.5
    assert scores.columns.tolist() == [0, 1, 2]
    assert scores.answers.tolist() == [1, 0, 1]
    assert scores.support.tolist() == [2, 1, 1]
    assert scores.precision.tolist() == [1, 0, 1]
    assert scores.recall.tolist() == [0.5, 0, 1]
    assert (0, NO_ANSWER, 1) in confusions(truth, answers)


def test_log_loss_is_the_mean_surprise_and_never_infinite():
    assert log_loss(np.array([0.5, 0.25])) == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert np.isfinite(log_loss(np.array([0.0])))
    assert np.isnan(log_loss(np.array([])))


def test_share_interval_is_the_exact_one():
    low, high = share_interval(9, 10)
    assert (low, high) == pytest.approx((0.55498, 0.99747), abs=1e-4)
    assert share_interval(0, 0) == (0.0, 1.0)
