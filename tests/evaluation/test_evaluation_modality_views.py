import numpy as np
import pytest
from stand_in import CATEGORIES, MUGS, SHIRTS, SHOES, StandIn, product

from aisle.evaluation.metrics import NO_ANSWER
from aisle.evaluation.modality_views import (
    ALONE,
    SHARES,
    ModalityView,
    Truth,
    robustness,
    scored_predictions,
)
from aisle.schema import Modality, Product

ROWS = [
    product("a", SHIRTS, "0.7 0.2 0.1", "0.9 0.1 0.0"),
    product("b", SHOES, "0.6 0.3 0.1"),
    product("c", ("New",), "0.1 0.1 0.8"),
    product("d", MUGS),
]


def scored(rows=ROWS, threshold=0.75):
    model = StandIn(threshold)
    return scored_predictions(model, rows, Truth.of(model, rows))


def test_views_take_one_modality_away_and_leave_the_product():
    row = Product("a", ("title",), (b"x",), SHIRTS)
    assert ModalityView.TEXT.of([row]) == [Product("a", ("title",), (), SHIRTS)]
    assert ModalityView.IMAGE.of([row]) == [Product("a", (), (b"x",), SHIRTS)]
    assert ModalityView.BOTH.of([row]) == [row]


def test_categories_that_the_model_does_not_know_come_behind_its_own():
    truth = Truth.of(StandIn(), ROWS)
    assert truth.categories == (*CATEGORIES, ("New",))
    assert truth.columns.tolist() == [0, 1, 3, 2]
    assert truth.learned.tolist() == [True, True, False, True]
    assert truth.path(NO_ANSWER) is None


def test_predictions_are_reduced_to_what_figures_need():
    found = scored()
    assert found.predicted.tolist() == [0, 0, 2, NO_ANSWER]
    assert found.confidence == pytest.approx([0.8, 0.6, 0.8, 0])
    assert found.own == pytest.approx([0.8, 0.3, 0, 1 / 3])
    assert found.right.tolist() == [True, False, False, False]
    assert found.assigned.tolist() == [True, False, True, False]
    assert found.answered.tolist() == [True, True, True, False]


def test_top_three_leaves_out_unknown_categories_and_rows_without_an_answer():
    assert scored().in_top.tolist() == [True, True, False, False]


def test_nothing_is_assigned_where_nothing_is_promised():
    assert not scored(threshold=2.0).assigned.any()


def test_replaced_rows_are_those_of_the_other_view():
    model, truth = StandIn(), Truth.of(StandIn(), ROWS)
    both = scored_predictions(model, ROWS, truth)
    image = scored_predictions(model, ModalityView.IMAGE.of(ROWS), truth)
    mixed = both.replaced(image, np.array([True, True, False, False]))
    assert mixed.predicted.tolist() == [0, NO_ANSWER, 2, NO_ANSWER]
    assert mixed.confidence == pytest.approx([0.9, 0, 0.8, 0])


def test_a_model_is_asked_a_part_at_a_time():
    model = StandIn(threshold=0.75)
    found = scored_predictions(model, ROWS, Truth.of(model, ROWS), cells_at_once=7)
    assert model.calls == 2
    whole = scored()
    assert found.predicted.tolist() == whole.predicted.tolist()
    assert found.own.tolist() == whole.own.tolist()
    assert found.assigned.tolist() == whole.assigned.tolist()


def measured(seed=0, rows=200):
    """Texts are right, pictures wrong; every other product has no picture."""
    items = [
        product(
            str(i),
            (SHIRTS, SHOES)[i % 2],
            ("0.9 0.1 0", "0.1 0.9 0")[i % 2],
            "0 0 0.6" * (i % 4 < 2),
        )
        for i in range(rows)
    ]
    model = StandIn()
    truth = Truth.of(model, items)
    views = {view: scored_predictions(model, view.of(items), truth) for view in ModalityView}
    return robustness(views, truth, seed), views


def test_the_ends_are_the_views_themselves():
    points, views = measured()
    by = {(one.lost, one.share): one for one in points}
    assert len(by) == 2 * len(SHARES)
    for lost in ALONE:
        assert by[lost, 0.0].accuracy == views[ModalityView.BOTH].right.mean()
    assert by[Modality.TEXT, 1.0].accuracy == views[ModalityView.IMAGE].right.mean()
    assert by[Modality.IMAGE, 1.0].accuracy == views[ModalityView.TEXT].right.mean()


def test_products_without_anything_left_have_no_answer():
    points, _ = measured()
    answered = [one.answered for one in points if one.lost is Modality.TEXT]
    assert answered[0] == 1
    assert answered[-1] == 0.5
    assert np.all(np.diff(answered) <= 0)
    assert abs(answered[1] - 0.85) < 0.08


def test_the_draw_is_seeded():
    assert measured(3)[0] == measured(3)[0]
    assert measured(3)[0] != measured(4)[0]
