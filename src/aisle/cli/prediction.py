"""Commands that predict categories."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from aisle.cli.column_options import TABLE, ColumnFlags, check_outputs, column_options
from aisle.cli.reviews import Outbox, reached, show_sent
from aisle.pack import FLIPKART


@click.command(short_help="Predict the category of every product of a TABLE.")
@click.argument("paths", type=TABLE, nargs=-1, required=True, metavar="[MODEL] TABLE")
@click.option(
    "--to", "file", type=TABLE, required=True, metavar="FILE", help=".parquet, .csv, .tsv or .jsonl"
)
@column_options
@click.option(
    "--to-review",
    "desk",
    metavar="URL",
    help="Send the products that people must decide to the review desk of this service (its key in"
    " AISLE_API_KEY).",
)
@click.option(
    "--value",
    metavar="COL",
    help="With --to-review: the column that says what a right category is worth.",
)
def predict(
    paths: tuple[Path, ...], file: Path, columns: ColumnFlags, desk: str | None, value: str | None
) -> None:
    """Predict the category of every product of a TABLE: one row in, one row out.

    Without a MODEL the one inside the package predicts. You can run the command with --to-review
    again: products that wait at the review desk are renewed, decided ones stay as they are.

    Example: aisle predict model new.parquet --to predictions.parquet
    """
    from aisle.batch.local import predict_table
    from aisle.classifier import Classifier
    from aisle.cli.show import show_run

    if len(paths) > 2:
        raise click.UsageError(f"{len(paths)} paths given; a model and a table were expected")
    if value and not desk:
        raise click.UsageError("--value is for products that are sent; give --to-review, too")
    model, table = (FLIPKART, *paths)[-2:]
    check_outputs(table, file)
    with reached(desk) as client:
        classifier = Classifier.load(model)
        products = columns.read(table, classifier)
        outbox = Outbox(products, value) if client else None
        summary = predict_table(classifier, products, file, outbox.note if outbox else None)
        show_run(summary, file)
        if client and outbox:
            show_sent(outbox.send(client))


@click.command(short_help="Predict the category of one product, and explain it.")
@click.argument("model", type=TABLE, required=False)
@click.option("--text", default="", help="What is written about the product.")
@click.option(
    "--image",
    "images",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="A picture of it (repeatable).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def classify(model: Path | None, text: str, images: tuple[Path, ...], as_json: bool) -> None:
    """Predict the category of one product from text, pictures or both, and explain it.

    Without a MODEL the one inside the package predicts. It knows the first two levels of the
    category tree of a general Indian shop.

    Example: aisle classify --text "make-up kit with lipstick and brush" --image kit.jpg
    """
    from aisle.classifier import Classifier
    from aisle.data.cells import clean_text
    from aisle.errors import InputError
    from aisle.schema import Product

    if not text.strip() and not images:
        raise click.UsageError("nothing to look at; give --text, --image or both")
    product = Product("1", (clean_text(text),), images)
    answer = Classifier.load(model or FLIPKART).explain([product])[0]
    if images and answer.category is None:
        raise InputError(f"no answer: {answer.error}")
    if as_json:  # paths are lists of names
        click.echo(json.dumps(asdict(answer), ensure_ascii=False, indent=1))
    else:
        from aisle.cli.show import show_card

        show_card(answer)
