import json

import pyarrow as pa
import pytest
from stand_in import MUGS, SHIRTS, SHOES, StandIn, product, products

from aisle.errors import LabelError
from aisle.evaluation.evaluate import evaluate
from aisle.evaluation.modality_views import ModalityView

ROWS = [
    product("a", SHIRTS, "0.9 0.1 0", "0.8 0.1 0.1"),
    product("b", SHOES, "0.1 0.9 0"),
    product("c", SHOES, "0.9 0.1 0"),
    product("d", MUGS, "", "0 0.1 0.9"),
    product("e", ("New", "Thing"), "0.4 0.3 0.3"),
    product("f", MUGS),
    product("g", None, "1 0 0"),
]


def test_the_model_is_asked_once_a_view():
    model = StandIn()
    evaluate(model, products(ROWS))
    assert model.calls == 3


def test_figures_by_hand():
    evaluation = evaluate(StandIn(), products(ROWS))
    assert (evaluation.rows, evaluation.unlabelled, evaluation.categories) == (6, 1, 3)
    assert evaluation.unseen == {("New", "Thing"): 1}
    main = evaluation.main
    assert main.accuracy == pytest.approx(3 / 6)
    assert main.answered == 5
    assert main.answered_accuracy == pytest.approx(3 / 5)
    assert (main.assigned, main.assigned_right) == (4, 3)
    assert main.assigned_precision == pytest.approx(3 / 4)
    assert main.top3 == pytest.approx(4 / 6)
    assert evaluation.figures[ModalityView.TEXT].accuracy == pytest.approx(2 / 6)
    assert evaluation.figures[ModalityView.IMAGE].accuracy == pytest.approx(2 / 6)


def test_classes_confusions_and_levels():
    evaluation = evaluate(StandIn(), products(ROWS))
    by = {one.category: one for one in evaluation.classes}
    assert (by[SHIRTS].support, by[SHIRTS].answers, by[SHIRTS].precision) == (1, 3, 1 / 3)
    assert not by[("New", "Thing")].known
    assert sum(one.count for one in evaluation.confusions) == 6
    assert [one.accuracy for one in evaluation.levels] == pytest.approx([4 / 6, 3 / 6])


def test_a_view_without_anything_to_look_at_is_left_out():
    evaluation = evaluate(StandIn(), products([product("a", SHIRTS, "0.9 0.1 0")]))
    assert list(evaluation.figures) == [ModalityView.BOTH, ModalityView.TEXT]


def test_nothing_readable_at_all_is_all_wrong():
    evaluation = evaluate(StandIn(), products([product("a", SHIRTS), product("b", MUGS)]))
    assert evaluation.main.accuracy == 0
    assert evaluation.main.coverage_95 == 0
    assert "0.0 %" in str(evaluation)


def test_only_unknown_categories_have_no_log_loss():
    evaluation = evaluate(StandIn(), products([product("a", ("New",), "0.9 0.1 0")]))
    assert evaluation.to_dict()["views"]["both"]["log_loss"] is None
    assert evaluation.mistakes == evaluation.label_errors == ()
    assert "The model knows none of these categories" in str(evaluation)


def test_json_is_strict_and_whole():
    figures = json.loads(json.dumps(evaluate(StandIn(), products(ROWS)).to_dict(), allow_nan=False))
    assert figures["views"]["both"]["micro_f1"] == 0.5
    assert figures["unseen"] == {"New > Thing": 1}
    assert {"given": "Kitchen > Mugs", "predicted": None, "count": 1} in figures["confusions"]
    assert len(figures["robustness"]) == 8
    assert figures["mistakes"][0]["id"] == "c"


def test_print_is_a_short_table():
    text = str(evaluate(StandIn(), products(ROWS)))
    assert "accuracy" in text
    assert "picture only" in text
    assert "1 product of 1 category that the model does not know (as New > Thing)" in text
    assert len(text.splitlines()) < 36
    assert max(map(len, text.splitlines())) < 160


def test_print_shows_the_weakest_categories_and_the_most_frequent_confusions():
    lines = str(evaluate(StandIn(), products(ROWS))).splitlines()
    weakest = lines.index("Weakest categories") + 2
    assert lines[weakest].split()[-4:] == ["1", "Clothing", ">", "Shirts"]
    confusions = lines.index("Most frequent confusions") + 2
    assert lines[confusions].endswith("50.0 %  Clothing > Shoes  →  Clothing > Shirts")


def test_a_model_that_is_always_right_has_nothing_weak():
    evaluation = evaluate(StandIn(), products([product("a", SHIRTS, "0.9 0.1 0")]))
    assert evaluation.weakest_classes(5) == evaluation.worst_confusions(5) == []
    assert "Weakest" not in str(evaluation)
    assert "confusions" not in str(evaluation)


def test_a_notebook_shows_a_short_line_or_a_small_table():
    evaluation = evaluate(StandIn(), products(ROWS))
    assert repr(evaluation) == ("<Evaluation: 6 products, accuracy 50.0 %, automation rate 66.7 %>")
    assert len(evaluation._repr_html_()) < 3000
    assert "<td>50.0 %</td>" in evaluation._repr_html_()


def test_products_without_a_category_are_refused_in_one_line():
    with pytest.raises(LabelError, match="no product has a category") as caught:
        evaluate(StandIn(), products([product("a", None, "1 0 0")]))
    assert "\n" not in str(caught.value)


def test_lists_and_tables_are_evaluated_as_they_are():
    rows = [
        {"id": "a", "title": "0.9 0.1 0", "category": "Clothing > Shirts"},
        {"id": "b", "title": "0.9 0.1 0", "category": "Clothing > Shoes"},
    ]
    items = [product("a", SHIRTS, "0.9 0.1 0"), product("b", SHOES, "0.9 0.1 0")]
    figures = [
        evaluate(StandIn(), given).main for given in (rows, pa.Table.from_pylist(rows), items)
    ]
    assert figures[0] == figures[1] == figures[2]
    assert figures[0].accuracy == 0.5


def test_labels_may_come_apart_from_texts(model, new_shop):
    texts = [product.text or "nothing" for product in new_shop]
    figures = evaluate(model, texts, [product.category for product in new_shop])
    assert figures.rows == len(texts)
    assert figures.main.accuracy > 0.8
