import json

import numpy as np
import pyarrow as pa
import pytest
from stand_in import SHIRTS, SHOES, StandIn, product, products

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.errors import InputError, LabelError
from aisle.evaluation.compare import MEASURES, compare
from aisle.evaluation.modality_views import ModalityView
from aisle.evaluation.report import write_comparison
from aisle.schema import Product

WORDS = {
    ("Clothing", "Shirts"): ["cotton", "shirt", "sleeve", "collar"],
    ("Kitchen", "Mugs"): ["ceramic", "mug", "coffee", "handle"],
}


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))


def catalogue(copies=20):
    """Texts of two categories, each of them there twice."""
    generator = np.random.default_rng(0)
    items = []
    for category, words in WORDS.items():
        for number in range(copies):
            text = " ".join(
                [*generator.choice(words, 3), f"model{number}", f"code{number}{words[0]}"]
            )
            items += [Product(f"{words[1]}{number}-{i}", (text,), (), category) for i in range(2)]
    return Products(tuple(items), pa.table({"brand": [str(i % 5) for i in range(len(items))]}))


@pytest.fixture(scope="module")
def comparison():
    return compare(catalogue(), Classifier, folds=2)


def test_every_product_is_tested_once(comparison):
    assert sum(fold.rows for fold in comparison.folds) == comparison.rows == 80
    assert comparison.categories == 2


def test_views_without_anything_to_look_at_are_left_out(comparison):
    assert comparison.views == (ModalityView.TEXT, ModalityView.BOTH)
    assert comparison.best_single is ModalityView.TEXT
    assert comparison.both_holds
    assert "nothing to compare" in comparison.conclusion


def test_a_random_split_would_have_leaked_the_twins(comparison):
    assert 20 <= comparison.leaked <= 60
    assert "leaked" in str(comparison)


def test_leaked_rows_are_said_whatever_the_split():
    assert compare(catalogue(8), Classifier, folds=2, by="random").leaked > 0


def test_json_is_strict(comparison):
    figures = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert set(figures["views"]["text"]) == {measure.key for measure in MEASURES}
    assert len(figures["folds"]) == 2
    assert figures["views"]["both"]["accuracy"]["mean"] > 0.9


def test_the_page_shows_the_conclusion(comparison, tmp_path):
    write_comparison(comparison, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert comparison.conclusion in page
    assert "http" not in page.replace("http-equiv", "")


class Fitted(StandIn):
    def fit(self, _):
        return self


def answered(text, image):
    """Shirts and shoes; all texts and pictures of the shoes say the same."""
    shirts = [product(f"a{i}", SHIRTS, "0.9 0.1 0", "0.9 0.1 0") for i in range(10)]
    shoes = [product(f"b{i}", SHOES, text, image) for i in range(10)]
    return compare(products(shirts + shoes), Fitted, folds=2, by="random")


def test_a_gain_over_the_best_single_one_is_counted_in_points():
    comparison = answered(text="0.5 0.4 0.1", image="0.1 0.9 0")
    assert comparison.best_single is ModalityView.IMAGE
    assert comparison.both_holds
    assert "gain 0.0 points over picture only" in comparison.conclusion
    assert "2 of 2 folds" in comparison.conclusion


def test_a_loss_against_the_best_single_one_is_said():
    comparison = answered(text="1 0 0", image="0.4 0.6 0")
    assert not comparison.both_holds
    assert "lose 50.0 points against picture only" in comparison.conclusion
    assert comparison.to_dict()["both_holds"] is False


@pytest.mark.parametrize(("folds", "words"), [(1, "at least 2"), (500, "cannot be split")])
def test_impossible_folds_are_refused(folds, words):
    with pytest.raises(InputError, match=words):
        compare(catalogue(4), Classifier, folds=folds)


def test_products_without_a_category_are_refused():
    with pytest.raises(LabelError):
        compare(Products((Product("a", ("text",)),), pa.table({"x": [1]})), Classifier)
