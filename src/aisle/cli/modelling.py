"""Commands that fit and measure models."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import click

from aisle.cli.column_options import (
    LABELLED_COLUMN_FLAGS,
    TABLE,
    ColumnFlags,
    check_outputs,
    labelled_column_options,
)
from aisle.cli.interruption import prompt_interruption
from aisle.cli.model_options import (
    DEFAULT,
    ENCODER_FLAGS,
    NAMES,
    NETWORK_FLAGS,
    SPLIT_FLAGS,
    ModelFlags,
    encoder_names,
    encoder_options,
    network_options,
    recipe_names,
    split_option,
    splits_of,
)
from aisle.cli.reviews import decisions_from, with_decisions
from aisle.cli.sections import SectionedCommand

_SECTIONS = {
    "Columns (guessed by name where they are not given)": LABELLED_COLUMN_FLAGS,
    "Encoders": ENCODER_FLAGS,
    "Validation": SPLIT_FLAGS,
    "Networks": NETWORK_FLAGS,
}


class _Figures(Protocol):
    """What can be printed, and written as JSON."""

    def to_dict(self) -> dict[str, Any]: ...


@click.command(cls=SectionedCommand, sections=_SECTIONS)
@click.argument("table", type=TABLE)
@click.option("--to", "folder", type=TABLE, required=True, metavar="DIR", help="The model folder.")
@click.option(
    "--precision",
    default=0.95,
    show_default=True,
    help="The share of right answers among the products that are assigned.",
)
@labelled_column_options
@click.option(
    "--recipe",
    type=click.Choice(NAMES),
    default=DEFAULT,
    show_default=True,
    help="aisle's own ensemble, or a classic network to compare with.",
)
@encoder_options
@network_options
@split_option
@click.option(
    "--reviews",
    metavar="FILE|URL",
    help="Learn from these decisions of reviewers, too: an export, or the address of a service"
    " (its key in AISLE_API_KEY).",
)
def fit(  # noqa: PLR0913 - one parameter a flag
    table: Path,
    folder: Path,
    precision: float,
    columns: ColumnFlags,
    recipe: str,
    flags: ModelFlags,
    split: str,
    seed: int,
    reviews: str | None,
) -> None:
    """Learn from a TABLE of products whose categories are known.

    Example: aisle fit products.parquet --to model
    """
    from aisle.classifier import Classifier
    from aisle.cli.show import show_fit

    if recipe == DEFAULT:
        flags.refuse_without_network()
    model = flags.classifier(recipe, precision=precision, split=split, seed=seed)
    if Classifier.check_target(folder):
        click.echo(f"the model in {folder} will be replaced", err=True)
    decided = decisions_from(reviews) if reviews else None
    products = columns.read(table)
    with prompt_interruption():
        model.fit(with_decisions(products, decided) if decided else products)
    model.save(folder)
    show_fit(model, folder)


@click.command()
@click.argument("model", type=TABLE)
@click.argument("table", type=TABLE)
@labelled_column_options
@click.option("--html", type=TABLE, metavar="FILE", help="Write a report for a browser.")
@click.option("--json", "json_file", type=TABLE, metavar="FILE", help="Write the figures.")
def evaluate(
    model: Path, table: Path, columns: ColumnFlags, html: Path | None, json_file: Path | None
) -> None:
    """Measure a MODEL on a TABLE of products that it has not seen.

    Example: aisle evaluate model test.parquet --html report.html
    """
    from aisle.classifier import Classifier
    from aisle.evaluation.evaluate import evaluate as measure
    from aisle.evaluation.report import write_report

    check_outputs(table, html, json_file)
    classifier = Classifier.load(model)
    products = columns.read(table, classifier)
    learned = classifier.summary().known(products)
    if learned:
        click.echo(
            f"{learned} of these products were in the training table: the figures are too good",
            err=True,
        )
    _show_figures(
        measure(classifier, products),
        json_file,
        html,
        lambda figures, file: write_report(figures, classifier, products, file),
    )


@click.command(
    cls=SectionedCommand,
    sections=_SECTIONS,
    short_help="Compare text, pictures and both, or encoders, or recipes.",
)
@click.argument("table", type=TABLE)
@click.option("--html", type=TABLE, metavar="FILE", help="Write a report for a browser.")
@click.option("--json", "json_file", type=TABLE, metavar="FILE", help="Write the figures.")
@click.option("--folds", default=5, show_default=True, help="The number of folds.")
@click.option(
    "--recipes",
    callback=recipe_names,
    metavar="NAME,NAME",
    help=f"Compare these on the same splits instead: {', '.join(NAMES)}.",
)
@click.option(
    "--encoders",
    callback=encoder_names,
    metavar="ID|DIR,…",
    help="Compare these text encoders, or these picture encoders, instead, and say which to take.",
)
@click.option(
    "--seeds", default=1, show_default=True, help="With --recipes: the number of splits of a kind."
)
@labelled_column_options
@encoder_options
@network_options
@split_option
def compare(  # noqa: PLR0913 - one parameter a flag
    table: Path,
    html: Path | None,
    json_file: Path | None,
    folds: int,
    recipes: tuple[str, ...],
    encoders: tuple[str, ...],
    seeds: int,
    columns: ColumnFlags,
    flags: ModelFlags,
    split: str,
    seed: int,
) -> None:
    """Text only, picture only and both, side by side, cross-validated on a TABLE.

    With --recipes: train, validation and test micro-F1 of each recipe, on the classic random split
    (a fifth is tested) and on the one that --split names.

    With --encoders: accuracy, log-loss, automation rate and seconds with each encoder.

    Example: aisle compare products.parquet --html comparison.html
    """
    from aisle.evaluation.compare import compare as measure
    from aisle.evaluation.compare_encoders import compare_encoders
    from aisle.evaluation.compare_recipes import compare_recipes
    from aisle.evaluation.report import write_comparison, write_encoders, write_recipes

    if recipes and encoders:
        raise click.UsageError("--recipes and --encoders are two comparisons; give one of them")
    check_outputs(table, html, json_file)
    if recipes:
        products, drawn = columns.read(table), range(seed, seed + seeds)
        makers = flags.makers(recipes, split, products)
        with prompt_interruption():
            compared = compare_recipes(products, makers, by=splits_of(split), seeds=drawn)
        _show_figures(compared, json_file, html, write_recipes)
    elif encoders:
        flags.refuse_without_network()
        products = columns.read(table)
        candidates = flags.encoder_makers(encoders, products, split=split, seed=seed)
        with prompt_interruption():
            found = compare_encoders(products, candidates, folds=folds, by=split, seed=seed)
        _show_figures(found, json_file, html, write_encoders)
    else:
        flags.refuse_without_network()
        make = partial(flags.classifier, DEFAULT, split=split, seed=seed)
        products = columns.read(table)
        with prompt_interruption():
            figures = measure(products, make, folds=folds, by=split, seed=seed)
        _show_figures(figures, json_file, html, write_comparison)


def _show_figures(
    figures: _Figures, json_file: Path | None, html: Path | None, write: Callable[[Any, Path], None]
) -> None:
    """Prints figures, and writes them as JSON and as a page where that is asked for."""
    from aisle.evaluation.presentation import write_text

    click.echo(str(figures))
    if json_file:
        write_text(json.dumps(figures.to_dict(), ensure_ascii=False, indent=1), json_file)
    if html:
        write(figures, html)
        click.echo(f"report: {html}")
