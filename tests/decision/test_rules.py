import numpy as np
import pytest

from aisle.decision.rules import DecisionRule
from aisle.ensemble.oof_shortlists import OofShortlists
from aisle.schema import Decision
from aisle.summary import Threshold

RULE = DecisionRule(Threshold(0.8, 0.95, 0.96, 0.7, 100), -1.0, -3.0)


def drawn(rows: int = 2000, seed: int = 0) -> OofShortlists:
    """Answers that are right as often as they claim; each with another familiarity."""
    random = np.random.default_rng(seed)
    confidence = random.uniform(0.5, 1, rows).astype(np.float32)
    right = random.uniform(size=rows) < confidence
    columns = np.tile(np.array([0, 1], dtype=np.int32), (rows, 1))
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    measure = -random.uniform(size=rows).astype(np.float32)
    return OofShortlists((~right).astype(np.int32), columns, probabilities, measure, measure * 0)


def test_a_rule_keeps_the_precision_on_new_rows() -> None:
    rule = DecisionRule.fit(drawn(), 0.9)
    new = drawn(seed=1)
    assigned = (new.confidence >= rule.threshold.value) & rule.is_eligible(
        new.familiarity, new.agreement
    )
    assert 0.2 < assigned.mean() < 0.7
    assert new.correct[assigned].mean() > 0.9


def test_the_limits_reject_a_small_share_of_confident_rows() -> None:
    oof = drawn()
    eligible = DecisionRule.fit(oof, 0.9).is_eligible(oof.familiarity, oof.agreement)
    assert 0.005 < (~eligible).mean() < 0.04


def test_another_precision_gives_another_threshold() -> None:
    low, high = (DecisionRule.fit(drawn(), precision) for precision in (0.8, 0.95))
    assert low.threshold.value < high.threshold.value
    assert low.threshold.coverage > high.threshold.coverage


@pytest.mark.parametrize(
    ("confidence", "familiarity", "agreement", "reason"),
    [
        (0.79, 0.0, 0.0, "confidence 0.7900 is below the threshold 0.8000 for text"),
        (0.99, -1.5, 0.0, "unlike the products of every category: familiarity -1.50 is below"),
        (0.99, 0.0, -4.0, "a probability of 0.018; at least 0.05 is needed"),
        (0.99, -1.5, -4.0, "text and image contradict each other"),
    ],
)
def test_review_says_why(
    confidence: float, familiarity: float, agreement: float, reason: str
) -> None:
    decision, why = RULE.decide(confidence, familiarity, agreement, "text")
    assert decision is Decision.REVIEW
    assert reason in why


def test_a_confidence_at_the_threshold_is_assigned() -> None:
    decision, why = RULE.decide(0.8, 0.0, 0.0, "text")
    assert decision is Decision.ASSIGN
    assert why == "confidence 0.8000 reaches the threshold 0.8000 for text"


def test_without_a_promise_all_goes_to_review_whatever_the_confidence() -> None:
    rule = DecisionRule(Threshold(2.0, 0.95, 0.0, 0.0, 100), -1.0, -3.0)
    decision, why = rule.decide(1.0, 0.0, 0.0, "text")
    assert decision is Decision.REVIEW
    assert why == "a precision of 0.95 cannot be promised for text"
