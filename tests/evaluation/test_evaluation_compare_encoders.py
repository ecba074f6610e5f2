import json

import pytest
from stand_in import SHIRTS, SHOES, StandIn, product, products

from aisle.errors import InputError
from aisle.evaluation.compare_encoders import compare_encoders
from aisle.evaluation.report import write_encoders

HOSTILE = "<script>x</script>"


class Right(StandIn):
    pass


class Wrong(StandIn):
    """Takes everything for shirts."""

    def seen(self, item):
        return product(item.id, item.category, "0.9 0.1 0")


class Unsteady(StandIn):
    """Wrong about one shoe."""

    def seen(self, item):
        return product(item.id, item.category, "0.9 0.1 0") if item.id == "b0" else item


def compared(makers=None, **named):
    shirts = [product(f"a{i}", SHIRTS, "0.9 0.1 0") for i in range(10)]
    shoes = [product(f"b{i}", SHOES, "0.1 0.9 0") for i in range(10)]
    return compare_encoders(products(shirts + shoes), makers or named, folds=4, by="random")


def test_the_clearly_best_one_is_to_be_taken():
    comparison = compared(wrong=Wrong, right=Right)
    assert comparison.winner.encoder == "right"
    assert comparison.headline == "Take right: it is clearly the most accurate."
    assert "right is 50.00 points more accurate than wrong (95 % interval" in comparison.reason


def test_a_lead_that_may_be_chance_makes_no_winner():
    comparison = compared(unsteady=Unsteady, right=Right, wrong=Wrong)
    assert comparison.best.encoder == "right"
    assert comparison.winner is None
    assert [one.encoder for one in comparison.rivals] == ["unsteady"]
    assert comparison.headline == "None of these encoders is clearly the best."
    assert "right is 5.00 points more accurate than unsteady" in comparison.reason


def test_of_equal_ones_the_fastest_is_named():
    comparison = compared(one=Right, two=Right)
    seconds = {one.encoder: one.seconds for one in comparison.results}
    fastest = min(seconds, key=seconds.get)
    assert comparison.reason == (
        "one and two are equally accurate. Of those that are not clearly worse,"
        f" {fastest} is the fastest."
    )


def test_the_table_has_a_row_for_each():
    lines = str(compared(wrong=Wrong, right=Right)).splitlines()
    row = next(line for line in lines if line.startswith("right"))
    assert row.split("  ")[0] == "right"
    assert "100.0 % ± 0.0" in row


def test_json_is_strict():
    figures = json.loads(json.dumps(compared(one=Right, two=Wrong).to_dict(), allow_nan=False))
    assert figures["winner"] == "one"
    assert figures["encoders"]["two"]["figures"]["accuracy"]["mean"] == 0.5
    assert len(figures["encoders"]["two"]["folds"]) == 4


def test_the_page_shows_the_conclusion_and_no_markup_of_names(tmp_path):
    comparison = compared({HOSTILE: Right, "two": Wrong})
    write_encoders(comparison, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "Take" in page
    assert HOSTILE not in page


def test_one_encoder_is_nothing_to_compare():
    with pytest.raises(InputError, match="1 encoder given; at least 2"):
        compared(one=Right)
