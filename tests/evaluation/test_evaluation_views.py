import numpy as np
import pytest
from stand_in import CATEGORIES, MUGS, SHIRTS, SHOES, StandIn, product

from aisle.evaluation.metrics import NO_ANSWER
from aisle.evaluation.views import Look, Outcome, Truth, View
from aisle.schema import Product

ROWS = [
    product("a", SHIRTS, "0.7 0.2 0.1", "0.9 0.1 0.0"),
    product("b", SHOES, "0.6 0.3 0.1"),
    product("c", ("New",), "0.1 0.1 0.8"),
    product("d", MUGS),
]


def outcome(rows=ROWS, threshold=0.75):
    model = StandIn(threshold)
    truth = Truth.of(model, rows)
    return Outcome.of(Look.at(model, rows), truth), truth


def test_views_take_one_modality_away_and_leave_the_product():
    row = Product("a", ("title",), (b"x",), SHIRTS)
    assert View.TEXT.of([row]) == [Product("a", ("title",), (), SHIRTS)]
    assert View.IMAGE.of([row]) == [Product("a", (), (b"x",), SHIRTS)]
    assert View.BOTH.of([row]) == [row]


def test_categories_that_the_model_does_not_know_come_behind_its_own():
    truth = Truth.of(StandIn(), ROWS)
    assert truth.categories == (*CATEGORIES, ("New",))
    assert truth.columns.tolist() == [0, 1, 3, 2]
    assert truth.learned.tolist() == [True, True, False, True]
    assert truth.path(NO_ANSWER) is None


def test_outcome_holds_what_figures_need():
    found, _ = outcome()
    assert found.answers.tolist() == [0, 0, 2, NO_ANSWER]
    assert found.confidence == pytest.approx([0.8, 0.6, 0.8, 0])
    assert found.own == pytest.approx([0.8, 0.3, 0, 1 / 3])
    assert found.right.tolist() == [True, False, False, False]
    assert found.assigned.tolist() == [True, False, True, False]
    assert found.answered.tolist() == [True, True, True, False]


def test_top_three_leaves_out_unknown_categories_and_rows_without_an_answer():
    assert outcome()[0].in_top.tolist() == [True, True, False, False]


def test_nothing_is_assigned_where_nothing_is_promised():
    assert not outcome(threshold=2.0)[0].assigned.any()


def test_replaced_rows_are_those_of_the_other_outcome():
    model, truth = StandIn(), Truth.of(StandIn(), ROWS)
    both = Outcome.of(Look.at(model, ROWS), truth)
    image = Outcome.of(Look.at(model, View.IMAGE.of(ROWS)), truth)
    mixed = both.replaced(image, np.array([True, True, False, False]))
    assert mixed.answers.tolist() == [0, NO_ANSWER, 2, NO_ANSWER]
    assert mixed.confidence == pytest.approx([0.9, 0, 0.8, 0])
