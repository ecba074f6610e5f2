"""From numbers to answers: order, decision, status."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.answers.answering import ALTERNATIVES, Answers, to_predictions
from aisle.panel.decision import Threshold
from aisle.schema import Decision, Explanation, Modality, Product, Status
from aisle.taxonomy import Taxonomy

CATEGORIES = [("A", "x"), ("A", "y"), ("B",), ("C",), ("D",), ("E",)]
TREE = Taxonomy(CATEGORIES)
TEXT = frozenset({Modality.TEXT})
BOTH = frozenset(Modality)


def panel(value: float = 0.5, coverage: float = 0.7) -> SimpleNamespace:
    """What answers need of a panel: seats, and a threshold for each pattern."""
    threshold = Threshold(value, 0.95, 0.96, coverage, 100)
    verdict = SimpleNamespace(threshold=threshold, least_familiarity=-1.0, least_agreement=-3.0)
    seats = [SimpleNamespace(needs=needs) for needs in (TEXT, frozenset({Modality.IMAGE}))]
    return SimpleNamespace(seats=seats, verdicts_={TEXT: verdict, BOTH: verdict})


def answers(*rows: list[float], patterns: list = (), errors: dict | None = None) -> Answers:
    probabilities = np.array(rows, dtype=np.float32)
    familiarity = np.zeros(len(rows), dtype=np.float32)
    seen = list(patterns) or [BOTH] * len(rows)
    agreement = np.zeros(len(rows), dtype=np.float32)
    return Answers([], probabilities, familiarity, agreement, seen, errors or {})


ROW = [0.05, 0.3, 0.4, 0.1, 0.03, 0.12]


def one(given: Answers, board: SimpleNamespace | None = None):
    return to_predictions([Product("k")], given, board or panel(), TREE)[0]


def test_the_most_probable_category_wins_and_four_follow() -> None:
    answer = one(answers(ROW))
    assert answer.id == "k"
    assert answer.category == ("B",)
    assert answer.confidence == pytest.approx(0.4)
    assert [other.category for other in answer.alternatives] == [
        ("A", "y"),
        ("E",),
        ("C",),
        ("A", "x"),
    ]
    assert len(answer.alternatives) == ALTERNATIVES


def test_two_categories_have_one_alternative() -> None:
    tree = Taxonomy([("A",), ("B",)])
    answer = to_predictions([Product("1")], answers([0.2, 0.8]), panel(), tree)[0]
    assert [other.category for other in answer.alternatives] == [("A",)]


@pytest.mark.parametrize(("value", "decision"), [(0.39, Decision.ASSIGN), (0.41, Decision.REVIEW)])
def test_the_threshold_decides(value: float, decision: Decision) -> None:
    answer = one(answers(ROW), panel(value))
    assert answer.decision == decision
    assert f"{value:.4f} for text + image" in answer.decision_reason


def test_a_confidence_at_the_threshold_is_assigned() -> None:
    assert one(answers(ROW), panel(float(np.float32(0.4)))).decision == Decision.ASSIGN


def test_what_was_not_promised_is_reviewed_whatever_the_confidence() -> None:
    answer = one(answers([1, 0, 0, 0, 0, 0]), panel(0.1, coverage=0))
    assert answer.decision == Decision.REVIEW
    assert "could not be promised for text + image" in answer.decision_reason


def test_an_error_beside_an_answer_is_partial() -> None:
    answer = one(answers(ROW, patterns=[TEXT], errors={0: "a.jpg: no such file"}))
    assert (answer.status, answer.error) == (Status.PARTIAL, "a.jpg: no such file")
    assert answer.modalities == (Modality.TEXT,)


def test_nothing_to_look_at_fails() -> None:
    answer = one(answers(ROW, patterns=[frozenset()]))
    assert (answer.status, answer.category, answer.confidence) == (Status.FAILED, None, 0)
    assert answer.decision == Decision.REVIEW
    assert answer.levels == answer.alternatives == answer.modalities == ()
    assert answer.error == "there is no text and no image that can be read"


def test_reasons_go_to_their_products() -> None:
    why = [Explanation(words=(("first", 1.0),)), Explanation()]
    products = [Product("1"), Product("2")]
    given = answers(ROW, ROW, patterns=[BOTH, frozenset()])
    found = to_predictions(products, given, panel(), TREE, why)
    assert [answer.explanation for answer in found] == why


@given(st.lists(st.floats(0, 1, width=32), min_size=2, max_size=30), st.integers(1, 40))
def test_the_ranking_is_the_order_of_probabilities(row: list[float], count: int) -> None:
    ranking = answers(row).ranking(0, count)
    assert len(ranking) == min(count, len(row)) == len(set(ranking.tolist()))
    values = np.array(row, dtype=np.float32)
    assert values[ranking].tolist() == sorted(values.tolist(), reverse=True)[: len(ranking)]


def test_what_is_unlike_everything_is_reviewed_however_sure_the_answer() -> None:
    sure = answers([0.0, 0.0, 0.99, 0.01, 0.0, 0.0])
    assert one(sure).decision == Decision.ASSIGN
    sure.familiarity[0] = -1.5
    assert one(sure).decision == Decision.REVIEW
    assert "unlike the products of every category" in one(sure).decision_reason


def test_what_contradicts_itself_is_reviewed_however_sure_the_answer() -> None:
    sure = answers([0.0, 0.0, 0.99, 0.01, 0.0, 0.0])
    sure.agreement[0] = -4.0
    assert one(sure).decision == Decision.REVIEW
    assert "text and image contradict each other" in one(sure).decision_reason
    assert "a probability of 0.018; at least 0.05 is needed" in one(sure).decision_reason
