import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.metrics import log_loss

from aisle.ensemble.calibration import FLOOR, SigmoidCalibration, _CalibrationLoss

EVEN = np.full(3, 1 / 3)


def columns(scores: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.arange(scores.shape[1]), scores.shape)


def fitted(
    scores: np.ndarray, labels: np.ndarray, shares: np.ndarray = EVEN, unseen: tuple = ()
) -> SigmoidCalibration:
    flags = np.isin(np.arange(len(shares)), unseen)
    return SigmoidCalibration().fit(scores, columns(scores), labels, shares, flags)


def proba_of(calibration: SigmoidCalibration, scores: np.ndarray) -> np.ndarray:
    return np.exp(calibration.log_proba(scores, columns(scores)))


def margins(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores of an expert that is right in about four of five cases, on a scale of its own."""
    random = np.random.default_rng(seed)
    labels = random.integers(3, size=rows)
    scores = (np.eye(3)[labels] * 2 - 1) * 0.3 + random.normal(0, 0.25, (rows, 3))
    return scores.astype(np.float32), labels


def test_probabilities_match_how_often_the_answer_is_right() -> None:
    calibration = fitted(*margins(4000))
    scores, labels = margins(4000, seed=1)
    proba = proba_of(calibration, scores)
    confidence, right = proba.max(axis=1), proba.argmax(axis=1) == labels
    for low in (0.5, 0.7, 0.9):
        chosen = (confidence >= low) & (confidence < low + 0.1)
        assert right[chosen].mean() == pytest.approx(confidence[chosen].mean(), abs=0.1)


def test_beats_scores_taken_as_they_are() -> None:
    scores, labels = margins(2000, seed=1)
    proba = proba_of(fitted(*margins(2000)), scores)
    raw = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert log_loss(labels, proba) < log_loss(labels, raw)


def test_no_category_falls_below_the_floor() -> None:
    calibration = fitted(*margins(500))
    extreme = np.array([[1e4, -1e4, -1e4]], dtype=np.float32)
    proba = proba_of(calibration, extreme)[0]
    assert proba.min() >= 0.99 * FLOOR / 3
    assert proba.sum() == pytest.approx(1, abs=1e-4)


def test_without_rows_it_changes_no_ranking() -> None:
    empty = np.zeros((0, 3), dtype=np.float32)
    calibration = fitted(empty, np.zeros(0, dtype=np.intp))
    assert proba_of(calibration, np.array([[0.1, 0.9, 0.3]], dtype=np.float32)).argmax() == 1


def test_the_slope_of_the_loss_is_its_derivative() -> None:
    scores, labels = margins(50)
    loss = _CalibrationLoss(scores, columns(scores), labels, 3, np.zeros(3, dtype=bool))
    at = np.array([0.3, -1.2, 0.4, -0.1])
    off = check_grad(lambda p: loss(p)[0], lambda p: loss(p)[1], at, epsilon=1e-3)
    assert off < 1e-3


def test_state_brings_back_the_same_answers() -> None:
    scores, labels = margins(100)
    calibration = fitted(scores, labels)
    again = SigmoidCalibration.from_state(calibration.state())
    np.testing.assert_array_equal(proba_of(again, scores), proba_of(calibration, scores))


def test_a_category_that_the_expert_never_saw_keeps_about_its_share() -> None:
    scores, labels = margins(3000)
    wider = np.hstack([scores, np.full((3000, 1), -1, dtype=np.float32)])
    shares = np.array([0.3, 0.3, 0.3, 0.1])
    calibration = fitted(wider, labels, shares, unseen=(3,))
    proba = proba_of(calibration, wider)
    assert proba[:, 3].mean() == pytest.approx(0.15, abs=0.1)
    unlike = np.full((1, 4), -1, dtype=np.float32)
    assert proba_of(calibration, unlike)[0, 3] > 0.5
