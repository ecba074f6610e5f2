import numpy as np
from stand_in import SHIRTS, SHOES, StandIn, product

from aisle.evaluation.robustness import SHARES, robustness
from aisle.evaluation.views import Look, Outcome, Truth, View
from aisle.schema import Modality


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
    outcomes = {view: Outcome.of(Look.at(model, view.of(items)), truth) for view in View}
    return robustness(outcomes, truth, seed), outcomes


def test_the_ends_are_the_views_themselves():
    points, outcomes = measured()
    by = {(one.lost, one.share): one for one in points}
    assert len(by) == 2 * len(SHARES)
    for lost in Modality:
        assert by[lost, 0.0].accuracy == outcomes[View.BOTH].right.mean()
    assert by[Modality.TEXT, 1.0].accuracy == outcomes[View.IMAGE].right.mean()
    assert by[Modality.IMAGE, 1.0].accuracy == outcomes[View.TEXT].right.mean()


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
