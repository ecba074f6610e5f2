import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from aisle.evaluation.metrics import (
    BINS,
    CURVE_POINTS,
    NO_ANSWER,
    ConfusionCell,
    accuracy,
    class_scores,
    confusions,
    coverage_at,
    expected_calibration_error,
    hierarchical_scores,
    level_scores,
    log_loss,
    reliability_curve,
    risk_coverage_curve,
    share_interval,
)

pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60)


@given(pairs)
def test_scores_are_those_of_scikit_learn(rows):
    truth, predicted = np.array(rows).T
    scores = class_scores(truth, predicted)
    assert accuracy(truth, predicted) == pytest.approx(accuracy_score(truth, predicted))
    assert scores.macro_f1 == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert scores.weighted_f1 == pytest.approx(f1_score(truth, predicted, average="weighted"))


@given(pairs)
def test_confusions_are_the_cells_of_the_matrix_that_are_not_empty(rows):
    truth, predicted = np.array(rows).T
    matrix = confusion_matrix(truth, predicted, labels=range(6))
    cells = confusions(truth, predicted)
    assert {(one.truth, one.predicted): one.rows for one in cells} == {
        (t, a): matrix[t, a] for t, a in zip(*matrix.nonzero(), strict=True)
    }
    assert [one.rows for one in cells] == sorted((one.rows for one in cells), reverse=True)


def test_no_answer_is_wrong_and_no_category_of_its_own():
    truth, predicted = np.array([0, 0, 1, 2]), np.array([0, NO_ANSWER, NO_ANSWER, 2])
    scores = class_scores(truth, predicted)
    assert accuracy(truth, predicted) == 0.5
    assert scores.columns.tolist() == [0, 1, 2]
    assert scores.answers.tolist() == [1, 0, 1]
    assert scores.support.tolist() == [2, 1, 1]
    assert scores.precision.tolist() == [1, 0, 1]
    assert scores.recall.tolist() == [0.5, 0, 1]
    assert ConfusionCell(0, NO_ANSWER, 1) in confusions(truth, predicted)


def test_log_loss_is_the_mean_surprise_and_never_infinite():
    assert log_loss(np.array([0.5, 0.25])) == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert np.isfinite(log_loss(np.array([0.0])))
    assert np.isnan(log_loss(np.array([])))


def test_share_interval_is_the_exact_one():
    low, high = share_interval(9, 10)
    assert (low, high) == pytest.approx((0.55498, 0.99747), abs=1e-4)
    assert share_interval(0, 0) == (0.0, 1.0)


scored = st.lists(st.tuples(st.floats(0.01, 1), st.booleans()), min_size=1, max_size=50)


def arrays(rows):
    confidence, right = zip(*rows, strict=True)
    return np.array(confidence), np.array(right)


@given(scored)
def test_bins_hold_every_answer_once_and_inside_their_edges(rows):
    confidence, right = arrays(rows)
    curve = reliability_curve(confidence, right)
    assert len(curve) == BINS
    assert sum(one.count for one in curve) == len(rows)
    for one in curve:
        assert one.low - 1e-9 <= one.confidence <= one.high + 1e-9
        inside = (confidence > one.low + 1e-9) & (confidence < one.high - 1e-9)
        assert inside.sum() <= one.count


def test_calibration_error_by_hand():
    confidence = np.array([0.9, 0.9, 0.9, 0.9, 0.5, 0.5])
    right = np.array([True, True, True, False, False, False])
    curve = reliability_curve(confidence, right)
    assert expected_calibration_error(curve) == pytest.approx(4 / 6 * 0.15 + 2 / 6 * 0.5)


def test_certain_and_right_is_calibrated():
    curve = reliability_curve(np.ones(4), np.ones(4, dtype=bool))
    assert expected_calibration_error(curve) == 0
    assert curve[-1].count == 4


def test_coverage_looks_beyond_an_early_mistake():
    confidence = np.linspace(1, 0.5, 100)
    right = np.ones(100, dtype=bool)
    right[0] = False
    assert coverage_at(0.99, confidence, right) == 1.0
    right[99] = False
    assert coverage_at(0.99, confidence, right) == 0
    assert coverage_at(0.98, confidence, right) == 1


def test_coverage_takes_ties_all_or_none():
    confidence = np.array([0.9, 0.8, 0.8])
    assert coverage_at(0.95, confidence, np.array([True, True, False])) == pytest.approx(1 / 3)


def test_no_answer_is_never_covered():
    confidence, right = np.array([0.9, 0.0]), np.array([True, False])
    assert coverage_at(0.5, confidence, right) == 0.5
    assert risk_coverage_curve(confidence, right)[-1].coverage == 0.5
    assert coverage_at(0.95, np.zeros(3), np.zeros(3, dtype=bool)) == 0
    assert risk_coverage_curve(np.zeros(3), np.zeros(3, dtype=bool)) == ()


@given(scored, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_coverage_is_the_largest_that_keeps_the_precision(rows, precision):
    confidence, right = arrays(rows)
    best = 0.0
    for level in set(confidence.tolist()):
        above = confidence >= level
        if right[above].mean() >= precision - 1e-12:
            best = max(best, above.mean())
    assert coverage_at(precision, confidence, right) == pytest.approx(best)


@given(scored)
def test_risk_curve_ends_at_all_rows(rows):
    confidence, right = arrays(rows)
    curve = risk_coverage_curve(confidence, right)
    assert curve[-1].coverage == 1
    assert curve[-1].risk == pytest.approx(1 - right.mean())
    assert [one.coverage for one in curve] == sorted(one.coverage for one in curve)


def test_long_curves_are_thinned_but_keep_their_ends():
    curve = risk_coverage_curve(np.linspace(1, 0.1, 5000), np.ones(5000, dtype=bool))
    assert len(curve) == CURVE_POINTS
    assert (curve[0].coverage, curve[-1].coverage) == (1 / 5000, 1)


TRUTH = [("A", "B", "C"), ("A", "B"), ("X",)]


def test_hierarchical_scores_by_hand():
    # answers share 2 of 3, 1 of 2 and 0 of 1 nodes with the truth
    scores = hierarchical_scores(TRUTH, [("A", "B", "D"), ("A", "Z"), ("A", "B")])
    assert scores.precision == pytest.approx(3 / 7)
    assert scores.recall == pytest.approx(3 / 6)
    assert scores.f1 == pytest.approx(6 / 13)


def test_the_same_name_in_another_branch_is_not_shared():
    scores = hierarchical_scores([("A", "Other")], [("B", "Other")])
    assert (scores.precision, scores.recall, scores.f1) == (0, 0, 0)


def test_no_answer_costs_recall_but_not_precision():
    scores = hierarchical_scores(TRUTH, [TRUTH[0], None, None])
    assert scores.precision == 1
    assert scores.recall == 0.5
    assert hierarchical_scores(TRUTH, [None] * 3).f1 == 0


def test_levels_count_only_products_that_reach_them():
    levels = level_scores(TRUTH, [("A", "B", "D"), ("A", "B"), None])
    assert [(one.level, one.rows, one.nodes) for one in levels] == [(1, 3, 2), (2, 2, 1), (3, 1, 1)]
    assert [one.accuracy for one in levels] == pytest.approx([2 / 3, 1, 0])
