"""`aisle demo`: the main job on the sample catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aisle.cli.column_options import TABLE

if TYPE_CHECKING:
    from aisle.classifier import Classifier
    from aisle.data.products import Products

_NEXT = """\
The same by hand, in this folder, and then with your own table:

cd {folder}
aisle split products.parquet --to-train train.parquet --to-test test.parquet
aisle fit train.parquet --to model
aisle evaluate model test.parquet --html report.html
aisle predict model test.parquet --to predictions.parquet
aisle classify --text "make-up kit with lipstick and brush" --image kit.jpg"""


@click.command()
@click.option(
    "--to",
    "folder",
    type=TABLE,
    default=Path("aisle-demo"),
    show_default=True,
    metavar="DIR",
    help="Where the sample catalogue, the model and the report go.",
)
def demo(folder: Path) -> None:
    """Run the main job on a sample catalogue that comes with aisle."""
    from aisle.catalogue import write_catalogue
    from aisle.classifier import Classifier
    from aisle.cli.interruption import prompt_interruption
    from aisle.cli.show import show_fit
    from aisle.data.products import read_products
    from aisle.data.splits import split
    from aisle.evaluation.compare import compare

    Classifier.check_target(folder / "model")
    _title("1/6 A sample catalogue: 600 messy listings, some without text or picture")
    table = write_catalogue(folder)
    products = read_products(table)
    click.echo(f"{len(products)} listings: {table}")

    with prompt_interruption():
        _title("2/6 Fit on four fifths of it")
        train, test = split(products)
        model = Classifier().fit(train)
        model.save(folder / "model")
        show_fit(model, folder / "model")

        _title("3/6 Text, picture and both, cross-validated")
        click.echo(str(compare(products, Classifier, folds=3)))

    _title("4/6 Measure the model on the last fifth, which it has not seen")
    _measure(model, test, folder / "report.html")

    _title("5/6 One product, by its text, by its picture, by both")
    _classify_one(model, test)

    _title("6/6 Now you")
    click.echo(_NEXT.format(folder=folder))


def _measure(model: Classifier, test: Products, report: Path) -> None:
    from aisle.evaluation.evaluate import evaluate
    from aisle.evaluation.report import write_report

    figures = evaluate(model, test)
    write_report(figures, model, test, report)
    click.echo(str(figures))
    click.echo(f"report to open in a browser: {report}")


def _classify_one(model: Classifier, test: Products) -> None:
    from aisle.catalogue import sample_products
    from aisle.cli.show import show_card
    from aisle.schema import Product

    clear = {product.id for product in sample_products()}
    product = next(product for product in test if product.id in clear)
    by_text = Product(product.id, product.texts)
    by_image = Product(product.id, (), product.images)
    for answer in model.explain([by_text, by_image, product]):
        show_card(answer)


def _title(text: str) -> None:
    from aisle.cli.show import console

    console.print()
    console.rule(text, align="left")
