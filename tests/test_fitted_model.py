"""From what the ensemble says to predictions: order, decision, status."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.data.columns import Columns
from aisle.decision.rules import DecisionRule
from aisle.ensemble.ensemble import EnsembleOutput
from aisle.ensemble.similar_products import ReferenceProducts
from aisle.fitted_model import ALTERNATIVES, FittedModel, _best
from aisle.schema import Decision, Modality, Prediction, Product, Status
from aisle.summary import Threshold
from aisle.taxonomy import Taxonomy

CATEGORIES = [("A", "x"), ("A", "y"), ("B",), ("C",), ("D",), ("E",)]
TEXT, IMAGE = frozenset({Modality.TEXT}), frozenset({Modality.IMAGE})
BOTH = TEXT | IMAGE
ROW = [0.05, 0.3, 0.4, 0.1, 0.03, 0.12]


def predicted(
    row: list[float],
    modalities: frozenset[Modality] = BOTH,
    threshold: float = 0.5,
    categories: list = CATEGORIES,
    **output: float,
) -> Prediction:
    """What comes of one row of probabilities."""
    rule = DecisionRule(Threshold(threshold, 0.95, 0.96, 0.7, 100), -1.0, -3.0)
    members = [SimpleNamespace(needs=needs) for needs in (TEXT, IMAGE)]
    model = FittedModel(
        columns=Columns(),
        taxonomy=Taxonomy(categories),
        featurizers=[],
        ensemble=SimpleNamespace(members=members),
        oof_shortlists={},
        rules={TEXT: rule, BOTH: rule},
        reference=ReferenceProducts((), ()),
        members=(),
        report=None,
    )
    measures = {"familiarity": 0.0, "agreement": 0.0} | output
    said = EnsembleOutput(
        shortlist=None,
        log_proba=np.log(np.array([row], dtype=np.float32)),
        familiarity=np.array([measures["familiarity"]]),
        agreement=np.array([measures["agreement"]]),
        modalities=[modalities],
    )
    errors = {0: "a.jpg: no such file"} if "error" in output else {}
    return model._predictions([Product("k")], said, errors)[0]


def test_the_most_probable_category_wins_and_four_follow() -> None:
    answer = predicted(ROW)
    assert answer.id == "k"
    assert answer.category == ("B",)
    assert answer.confidence == pytest.approx(0.4)
    others = [other.category for other in answer.alternatives]
    assert others == [("A", "y"), ("E",), ("C",), ("A", "x")]
    assert len(others) == ALTERNATIVES


def test_two_categories_have_one_alternative() -> None:
    answer = predicted([0.2, 0.8], categories=[("A",), ("B",)])
    assert [other.category for other in answer.alternatives] == [("A",)]


@pytest.mark.parametrize(("value", "decision"), [(0.39, Decision.ASSIGN), (0.41, Decision.REVIEW)])
def test_the_threshold_decides(value: float, decision: Decision) -> None:
    answer = predicted(ROW, threshold=value)
    assert answer.decision == decision
    assert f"{value:.4f} for text + image" in answer.decision_reason


def test_an_error_next_to_an_answer_is_partial() -> None:
    answer = predicted(ROW, TEXT, error=1)
    assert (answer.status, answer.error) == (Status.PARTIAL, "a.jpg: no such file")
    assert answer.modalities == (Modality.TEXT,)


def test_nothing_to_look_at_fails() -> None:
    answer = predicted(ROW, frozenset())
    assert (answer.status, answer.category, answer.confidence) == (Status.FAILED, None, 0)
    assert answer.decision == Decision.REVIEW
    assert answer.levels == answer.alternatives == answer.modalities == ()
    assert answer.error == "there is no text and no image that can be read"


@given(st.lists(st.floats(0, 1, width=32), min_size=2, max_size=30), st.integers(1, 40))
def test_the_best_are_in_the_order_of_probabilities(row: list[float], count: int) -> None:
    values = np.array(row, dtype=np.float32)
    best = _best(values, count)
    assert len(best) == min(count, len(row)) == len(set(best.tolist()))
    assert values[best].tolist() == sorted(values.tolist(), reverse=True)[: len(best)]
