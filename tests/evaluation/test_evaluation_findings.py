import json

import pytest
from stand_in import MUGS, SHIRTS, SHOES, StandIn, product

from aisle.evaluation.findings import TEXT_CHARACTERS, class_thresholds, findings_of
from aisle.evaluation.modality_views import ModalityView, Truth, scored_predictions
from aisle.schema import Modality

GOOD = [product(f"g{i}", SHIRTS, "0.9 0.1 0") for i in range(8)]


def found(rows):
    model = StandIn()
    truth = Truth.of(model, rows)
    views = {view: scored_predictions(model, view.of(rows), truth) for view in ModalityView}
    return findings_of(rows, views, truth)


def test_worst_mistakes_come_first_and_know_what_led_to_them():
    mistakes = found(
        [
            *GOOD,
            product("mild", SHOES, "0.5 0.4 0.1"),
            product("bad", MUGS, "0.8 0.1 0.1 words", "0.2 0.7 0.1"),
            product("new", ("New",), "1 0 0"),
            product("silent", SHOES),
        ]
    ).mistakes
    assert {one.id for one in mistakes} == {"mild", "bad"}
    bad = next(one for one in mistakes if one.id == "bad")
    assert (bad.given, bad.predicted) == (MUGS, SHIRTS)
    assert bad.confidence == pytest.approx(0.5)
    assert bad.given_confidence == pytest.approx(0.1)
    assert bad.alone == (Modality.TEXT,)
    assert bad.row == 9


def test_confident_mistakes_come_before_mild_ones():
    mistakes = found(
        [product("mild", MUGS, "0.5 0.4 0.1"), product("bad", MUGS, "0.9 0 0.1")]
    ).mistakes
    assert [one.id for one in mistakes] == ["bad", "mild"]


def test_a_label_is_doubted_where_another_category_is_as_sure_as_usual():
    errors = found(
        [
            *GOOD,
            product("wrong", SHOES, "0.96 0.01 0.03"),
            product("unsure", SHOES, "0.7 0.01 0.29"),  # less than shirts usually get
            product("close", SHOES, "0.91 0.09 0"),  # the label is not out of the question
            product("new", ("New",), "1 0 0"),
        ]
    ).label_errors
    assert [one.id for one in errors] == ["wrong"]


def test_thresholds_are_the_mean_of_what_labels_get():
    rows = [product("a", SHIRTS, "0.9 0.1 0"), product("b", SHIRTS, "0.5 0.5 0")]
    model = StandIn()
    truth = Truth.of(model, rows)
    own = scored_predictions(model, rows, truth).own
    assert class_thresholds(own, truth) == pytest.approx([0.7, 2, 2])


def test_findings_become_json_without_bytes_and_with_short_texts():
    mistakes = found([product("a", MUGS, "0.9 0 0.1 " + "x" * 5000, "0.9 0 0.1")]).mistakes
    assert len(mistakes[0].text) <= TEXT_CHARACTERS + 1
    entry = json.loads(json.dumps(mistakes[0].to_dict()))
    assert entry["given"] == "Kitchen > Mugs"
    assert entry["alone"] == ["text", "image"]
    assert entry["image"] is None
