"""`aisle demo`: the main job on the sample catalogue."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape

from aisle.catalogue import write_catalogue
from aisle.classifier import Classifier
from aisle.cli.show import console, show_card, show_fit
from aisle.data.products import Products, read_products
from aisle.data.splits import split
from aisle.evaluation.comparing import compare
from aisle.evaluation.evaluating import evaluate
from aisle.evaluation.report import write_report
from aisle.schema import Product


def demonstrate(folder: Path) -> None:
    """Generates a catalogue, fits, compares, reports, and classifies a product by each source."""
    _title("A sample catalogue: several hundred messy listings, some without text or picture")
    table = write_catalogue(folder)
    products = read_products(table)
    train, test = split(products)
    console.print(f"{len(products)} listings: {escape(str(table))}", soft_wrap=True)

    _title("Fit on four fifths of it")
    model = Classifier().fit(train)
    model.save(folder / "model")
    show_fit(model, folder / "model")

    _title("Text, picture and both, cross-validated")
    console.print(str(compare(products, Classifier, folds=3)), markup=False)

    _title("Measure it on the rest, which it has not seen")
    figures = evaluate(model, test)
    report = folder / "report.html"
    write_report(figures, model, test, report)
    console.print(str(figures), markup=False)
    console.print(f"report to open in a browser: {escape(str(report))}", soft_wrap=True)

    _title("One product, by its text, by its picture, by both")
    product = _telling(test)
    for one in (
        Product(product.id, product.texts),
        Product(product.id, (), product.images),
        product,
    ):
        show_card(model.explain([one])[0])

    _title("Now your own products")
    console.print(
        "aisle fit products.parquet --to model --text title --image image --label category\n"
        "aisle evaluate model test.parquet --html report.html\n"
        "aisle predict model new.parquet --to placed.parquet",
        markup=False,
        soft_wrap=True,
    )


def _title(text: str) -> None:
    console.print()
    console.rule(escape(text), align="left")


def _telling(products: Products) -> Product:
    """A product with a text and a picture."""
    return next(product for product in products if product.text and product.images)
