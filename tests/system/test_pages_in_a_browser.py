"""The report and the comparison as a person sees them, in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.evaluation import compare, evaluate, write_comparison, write_report

pytestmark = pytest.mark.system
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
QUIET = ["--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed; make test-system installs it as root on Debian")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, args=QUIET
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(
    model: Classifier, shop: Products, new_shop: Products, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    write_report(evaluate(model, new_shop), model, new_shop, folder / "report.html")
    write_comparison(compare(shop, Classifier, folds=2), folder / "comparison.html")
    return {name: folder / f"{name}.html" for name in ("report", "comparison")}


@pytest.mark.parametrize("name", ["report", "comparison"])
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
