"""The commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import click

from aisle.cli.options import (
    TABLE,
    ColumnFlags,
    column_options,
    encoder_options,
    labelled_column_options,
    refuse_overwriting,
    split_option,
)
from aisle.cli.recipes import DEFAULT, NAMES, RecipeFlags, network_options, recipe_names, ways_of
from aisle.cli.reviews import Outbox, decisions_from, reached, show_sent, with_decisions
from aisle.pack import FLIPKART


class _Figures(Protocol):
    """What can be printed, and written as JSON."""

    def to_dict(self) -> dict[str, Any]: ...


@click.command()
@click.argument("table", type=TABLE)
@click.option("--to", "folder", type=TABLE, required=True, metavar="DIR", help="The model folder.")
@labelled_column_options
@click.option(
    "--recipe",
    type=click.Choice(NAMES),
    default=DEFAULT,
    show_default=True,
    help="What learns: aisle's own panel, or a classic network to compare with.",
)
@encoder_options
@network_options
@click.option(
    "--precision",
    default=0.95,
    show_default=True,
    help="The share of right answers that assignments by machine must keep.",
)
@split_option
@click.option(
    "--reviews",
    metavar="FILE|URL",
    help="Learn from these decisions of reviewers, too: an export, or the address of the service"
    " (its key in AISLE_API_KEY).",
)
def fit(  # noqa: PLR0913 - one parameter a flag
    table: Path,
    folder: Path,
    columns: ColumnFlags,
    recipe: str,
    flags: RecipeFlags,
    precision: float,
    split: str,
    seed: int,
    reviews: str | None,
) -> None:
    """Learn from a TABLE of products whose categories are known."""
    from aisle.cli.show import show_fit

    if recipe == DEFAULT:
        flags.refuse_without_network()
    model = flags.classifier(recipe, precision=precision, split=split, seed=seed)
    decided = decisions_from(reviews) if reviews else None
    products = columns.read(table)
    model.fit(with_decisions(products, decided) if decided else products).save(folder)
    show_fit(model, folder)


@click.command()
@click.argument("model", type=TABLE)
@click.argument("table", type=TABLE)
@labelled_column_options
@click.option("--html", type=TABLE, metavar="FILE", help="Write a report to look at.")
@click.option("--json", "json_file", type=TABLE, metavar="FILE", help="Write the figures.")
def evaluate(
    model: Path, table: Path, columns: ColumnFlags, html: Path | None, json_file: Path | None
) -> None:
    """Measure a MODEL on a TABLE of products that it has not seen."""
    from aisle.classifier import Classifier
    from aisle.evaluation.evaluating import evaluate as measure
    from aisle.evaluation.report import write_report

    refuse_overwriting(table, html, json_file)
    classifier = Classifier.load(model)
    products = columns.read(table, classifier)
    learned = classifier.summary().known(products)
    if learned:
        click.echo(f"{learned} of these products were learned from: the figures flatter", err=True)
    _show_figures(
        measure(classifier, products),
        json_file,
        html,
        lambda figures, file: write_report(figures, classifier, products, file),
    )


@click.command()
@click.argument("table", type=TABLE)
@labelled_column_options
@click.option(
    "--recipes",
    callback=recipe_names,
    metavar="NAME,NAME",
    help=f"Compare these on the same splits instead: {', '.join(NAMES)}.",
)
@encoder_options
@network_options
@click.option("--folds", default=5, show_default=True, help="In how many parts.")
@click.option("--seeds", default=1, show_default=True, help="Recipes: so many splits of each kind.")
@split_option
@click.option("--html", type=TABLE, metavar="FILE", help="Write a report to look at.")
@click.option("--json", "json_file", type=TABLE, metavar="FILE", help="Write the figures.")
def compare(  # noqa: PLR0913 - one parameter a flag
    table: Path,
    columns: ColumnFlags,
    recipes: tuple[str, ...],
    flags: RecipeFlags,
    folds: int,
    seeds: int,
    split: str,
    seed: int,
    html: Path | None,
    json_file: Path | None,
) -> None:
    """Text only, picture only and both, side by side, cross-validated on a TABLE.

    With --recipes: train, validation and test micro-F1 of each recipe, on the classic random split
    (a fifth is tested) and on the one that --split names.
    """
    from aisle.evaluation.comparing import compare as measure
    from aisle.evaluation.recipes import compare_recipes
    from aisle.evaluation.report import write_comparison, write_recipes

    refuse_overwriting(table, html, json_file)
    if recipes:
        products, drawn = columns.read(table), range(seed, seed + seeds)
        makers = flags.makers(recipes, split, products)
        beside = compare_recipes(products, makers, by=ways_of(split), seeds=drawn)
        _show_figures(beside, json_file, html, write_recipes)
    else:
        flags.refuse_without_network()
        make = partial(flags.classifier, DEFAULT, split=split, seed=seed)
        figures = measure(columns.read(table), make, folds=folds, by=split, seed=seed)
        _show_figures(figures, json_file, html, write_comparison)


@click.command()
@click.argument("paths", type=TABLE, nargs=-1, required=True, metavar="[MODEL] TABLE")
@click.option(
    "--to", "file", type=TABLE, required=True, metavar="FILE", help=".parquet, .csv, .tsv or .jsonl"
)
@column_options
@click.option(
    "--to-review",
    "desk",
    metavar="URL",
    help="Send what people are to decide to the review desk of this service (its key in"
    " AISLE_API_KEY).",
)
@click.option("--value", metavar="COL", help="The column that says what a right category is worth.")
def predict(
    paths: tuple[Path, ...], file: Path, columns: ColumnFlags, desk: str | None, value: str | None
) -> None:
    """Place all products of a TABLE; one row out for each row in.

    Without a MODEL the one inside the package answers. Sent to a review desk, products that wait
    there already are renewed, and those that were decided stay so: the command can be run again.
    """
    from aisle.batch import predict_table
    from aisle.classifier import Classifier
    from aisle.cli.show import show_run

    if len(paths) > 2:
        raise click.UsageError(f"{len(paths)} paths given; a model and a table were expected")
    if value and not desk:
        raise click.UsageError("--value is for products that are sent; give --to-review, too")
    model, table = (FLIPKART, *paths)[-2:]
    refuse_overwriting(table, file)
    with reached(desk) as client:
        classifier = Classifier.load(model)
        products = columns.read(table, classifier)
        outbox = Outbox(products, value) if client else None
        summary = predict_table(classifier, products, file, outbox.note if outbox else None)
        show_run(summary, file)
        if client and outbox:
            show_sent(outbox.send(client))


@click.command()
@click.argument("model", type=TABLE, required=False)
@click.option("--text", default="", help="What is written about the product.")
@click.option("--image", "images", type=TABLE, multiple=True, metavar="FILE", help="Its pictures.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def classify(model: Path | None, text: str, images: tuple[Path, ...], as_json: bool) -> None:
    """Place one product by text, pictures or both, and say why.

    Without a MODEL the one inside the package answers, which knows the first two levels of the
    category tree of a general Indian shop.
    """
    from aisle.classifier import Classifier
    from aisle.data.cleaning import clean_text
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
    """Run the main job on a sample catalogue that aisle generates itself."""
    from aisle.cli.demonstration import demonstrate

    demonstrate(folder)


def _show_figures(
    figures: _Figures, json_file: Path | None, html: Path | None, write: Callable[[Any, Path], None]
) -> None:
    """Prints figures, and writes them as JSON and as a page where that is asked for."""
    from aisle.evaluation.pages import write_text

    click.echo(str(figures))
    if json_file:
        write_text(json.dumps(figures.to_dict(), ensure_ascii=False, indent=1), json_file)
    if html:
        write(figures, html)
        click.echo(f"report: {html}")
