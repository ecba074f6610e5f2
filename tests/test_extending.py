"""The example of docs/extending.md: an expert from outside the package is like any other."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pyarrow import csv

import aisle
from aisle.errors import ModelError
from aisle.experts import registry
from aisle.extending import default_featurizers
from aisle.pack import MINI_TEXT

DOC = Path(__file__).parents[1] / "docs" / "extending.md"
BLOCKS = re.findall(r"```python\n(.*?)```", DOC.read_text("utf-8"), flags=re.DOTALL)


@pytest.fixture(scope="module")
def example() -> SimpleNamespace:
    """What the second block of the page defines."""
    names: dict = {"__name__": "example"}
    exec(BLOCKS[1], names)
    return SimpleNamespace(**names)


@pytest.fixture(scope="module")
def products() -> aisle.Products:
    """Titles say nothing; brand and price say nearly all."""
    random = np.random.default_rng(0)
    rows = []
    for row in range(120):
        dear = row % 2
        rows.append(
            {
                "title": " ".join(random.choice(["new", "best", "sale", "pack", "gift"], 3)),
                "price": str(round(float(random.uniform(1, 9) * 10 ** (1 + 2 * dear)), 2)),
                "brand": f"brand {dear}{random.integers(3)}" if row % 5 else "",
                "category": "Electronics" if dear else "Books",
            }
        )
    return aisle.read_products(
        rows, text=["title"], label="category", attributes=["price", "brand"]
    )


@pytest.fixture(scope="module")
def model(example: SimpleNamespace, products: aisle.Products) -> aisle.Classifier:
    usual = default_featurizers(products, [MINI_TEXT], [])
    own = [*usual, example.PriceAndBrand()]
    return aisle.Classifier(featurizers=own, split="random").fit(products)


def test_the_page_runs_as_it_stands(
    products: aisle.Products, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv.write_csv(products.table, tmp_path / "products.csv")
    monkeypatch.chdir(tmp_path)
    names: dict = {"__name__": "example"}
    for block in BLOCKS:
        exec(block, names)
    assert (tmp_path / "model" / "aisle.json").is_file()
    assert names["model"].summary().members[-1].name == "price-and-brand"


def test_the_example_is_short() -> None:
    assert len(BLOCKS[1].splitlines()) < 60


def test_it_is_pooled_like_any_other(model: aisle.Classifier, products: aisle.Products) -> None:
    (found,) = [one for one in model.summary().by_modalities if len(one.modalities) == 2]
    assert found.name == "text + attributes"
    assert found.accuracy > 0.95
    assert found.weights["price-and-brand"] > found.weights["tfidf"]
    answer = model.predict(products)[1]
    assert answer.category == ("Electronics",)
    assert answer.modalities == ("text", "attributes")


def test_it_is_explained_like_any_other(model: aisle.Classifier, products: aisle.Products) -> None:
    explanation = model.explain(products[:2])[1].explanation
    assert explanation.contributions[0].expert == "price-and-brand"
    assert explanation.words[0][0].startswith(("brand 1", "price step"))


def test_products_without_attributes_are_answered_by_the_others(model: aisle.Classifier) -> None:
    answer = model.predict(["new best sale"])[0]
    assert answer.modalities == ("text",)


def test_a_price_that_is_no_number_is_said(model: aisle.Classifier) -> None:
    row = {"title": "new", "price": "cheap", "brand": "brand 11"}
    answer = model.predict([row])[0]
    assert answer.status == "partial"
    assert answer.error == "the price 'cheap' is no number"


def test_it_is_saved_and_loaded_like_any_other(
    model: aisle.Classifier, products: aisle.Products, tmp_path: Path
) -> None:
    model.save(tmp_path / "model")
    loaded = aisle.Classifier.load(tmp_path / "model")
    assert np.array_equal(loaded.predict_proba(products), model.predict_proba(products))
    assert [one.name for one in loaded.featurizers] == ["tfidf", "mini-text", "price-and-brand"]
    loaded.fit(products)


def test_without_its_module_loading_says_what_to_do(
    model: aisle.Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(tmp_path / "model")
    monkeypatch.delitem(registry._KINDS, "price and brand")
    with pytest.raises(ModelError, match="kind 'price and brand', which is not part of aisle"):
        aisle.Classifier.load(tmp_path / "model")
