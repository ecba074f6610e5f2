import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.evaluation.confidence import (
    BINS,
    CURVE_POINTS,
    coverage_at,
    expected_calibration_error,
    reliability_curve,
    risk_coverage_curve,
)

answers = st.lists(st.tuples(st.floats(0.01, 1), st.booleans()), min_size=1, max_size=50)


def arrays(rows):
    confidence, right = zip(*rows, strict=True)
    return np.array(confidence), np.array(right)


@given(answers)
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


@given(answers, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_coverage_is_the_largest_that_keeps_the_precision(rows, precision):
    confidence, right = arrays(rows)
    best = 0.0
    for level in set(confidence.tolist()):
        above = confidence >= level
        if right[above].mean() >= precision - 1e-12:
            best = max(best, above.mean())
    assert coverage_at(precision, confidence, right) == pytest.approx(best)


@given(answers)
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
