"""The report and the comparison as a person sees them, in Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.evaluation.compare import compare
from aisle.evaluation.compare_recipes import RecipeComparison, compare_recipes
from aisle.evaluation.evaluate import evaluate
from aisle.evaluation.report import write_comparison, write_recipes, write_report
from aisle.recipes import NetworkRecipe, Training

pytestmark = pytest.mark.system
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
NAMES = ("report", "comparison", "recipes")


@pytest.fixture(scope="module")
def pages(
    model: Classifier, shop: Products, new_shop: Products, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    write_report(evaluate(model, new_shop), model, new_shop, folder / "report.html")
    write_comparison(compare(shop, Classifier, folds=2), folder / "comparison.html")
    write_recipes(recipes_of(shop, folder), folder / "recipes.html")
    return {name: folder / f"{name}.html" for name in NAMES}


def recipes_of(shop: Products, folder: Path) -> RecipeComparison:
    """The usual experts with a network that has hardly learned."""
    pytest.importorskip("torch", reason="networks are trained with torch (the extra torch)")
    words = sorted({word.lower() for product in shop for word in product.texts[0].split()})
    vectors = "".join(f"{word} {number % 3} {number % 5}\n" for number, word in enumerate(words))
    (folder / "vectors.txt").write_text(vectors)
    training = Training(rate=0.01, epochs=2)
    network = NetworkRecipe("bilstm-glove", str(folder / "vectors.txt"), training=training)
    makers = {
        "default": lambda seed: Classifier(seed=seed),
        network.name: lambda seed: Classifier((), (), networks=[network], tfidf=False, seed=seed),
    }
    return compare_recipes(shop, makers, by=["random"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [1280, 390])
def test_fits_the_screen_and_asks_for_nothing(browser, pages, name: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(pages[name].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").is_visible()
    assert page.locator("table").count() > 0
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert faults == []


def test_the_report_speaks_of_the_products(browser, pages, new_shop: Products) -> None:
    page = browser.new_page()
    page.goto(pages["report"].as_uri())
    text = page.inner_text("body")
    assert f"{len(new_shop)} products" in text
    assert "Clothing > Shirts" in text
