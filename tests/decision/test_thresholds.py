import numpy as np
import pytest
from scipy.stats import binom

from aisle.decision.thresholds import choose_threshold, lower_bound, rows_needed


def test_lower_bound_is_where_the_tail_has_five_percent() -> None:
    bound = lower_bound(95, 100)
    assert binom.sf(94, 100, bound) == pytest.approx(0.05)


def test_lower_bound_of_no_hit_is_zero() -> None:
    assert lower_bound(0, 10) == 0.0


def test_rows_needed_is_the_least_number_that_can_pass() -> None:
    needed = rows_needed(0.95)
    assert needed == 59
    assert lower_bound(needed, needed) >= 0.95
    assert lower_bound(needed - 1, needed - 1) < 0.95


def test_all_right_assigns_all() -> None:
    threshold = choose_threshold(np.linspace(0.5, 1, 500), np.ones(500, dtype=bool), 0.95)
    assert threshold.coverage == 1
    assert threshold.value == 0.5


def test_too_few_rows_promise_nothing() -> None:
    threshold = choose_threshold(np.linspace(0.5, 1, 30), np.ones(30, dtype=bool), 0.95)
    assert not threshold.promised
    assert threshold.value > 1


def test_one_error_at_the_top_does_not_forbid_all() -> None:
    correct = np.ones(500, dtype=bool)
    correct[499] = False
    threshold = choose_threshold(np.linspace(0.9, 0.999, 500), correct, 0.95)
    assert threshold.coverage > 0.9


def test_ties_are_assigned_together() -> None:
    confidence = np.array([0.9] * 300 + [0.4] * 300)
    correct = np.array([True] * 300 + [False] * 300)
    threshold = choose_threshold(confidence, correct, 0.95)
    assert threshold.value == pytest.approx(0.9)
    assert threshold.coverage == 0.5


def test_the_promise_holds_in_at_least_95_percent_of_the_draws() -> None:
    random = np.random.default_rng(0)
    broken = 0
    for _ in range(200):
        confidence = random.uniform(0.5, 1, 600)
        correct = random.uniform(size=600) < confidence
        value = choose_threshold(confidence, correct, 0.9).value
        if value <= 1:
            true_precision = (value + 1) / 2
            broken += true_precision < 0.9
    assert broken <= 200 * 0.05 + 3 * np.sqrt(200 * 0.05 * 0.95)


def test_a_precision_above_every_confidence_can_be_promised() -> None:
    """Confidences may be too low; the answers that follow are right all the same."""
    confidence = np.linspace(0.90, 0.95, 3000)
    correct = np.random.default_rng(0).uniform(size=3000) < np.linspace(0.95, 1, 3000)
    found = choose_threshold(confidence, correct, 0.98)
    assert 0.3 < found.coverage < 0.9
