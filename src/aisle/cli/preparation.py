"""Commands that make the tables that others read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aisle.cli.column_options import TABLE, ColumnFlags, check_outputs, labelled_column_options

if TYPE_CHECKING:
    from aisle.data.pictures.sources import PictureSource
    from aisle.data.presets.flipkart.labels import LabelRule
    from aisle.data.products import Products


@click.group(short_help="Turn a known data set into a table for `fit`.")
def prepare() -> None:
    """Turn a known data set into the table that `fit` reads without flags."""


@prepare.command()
@click.argument("csv", type=TABLE)
@click.option("--to", "folder", type=TABLE, required=True, metavar="DIR", help="Where to write.")
@click.option(
    "--labels",
    type=click.Choice(["path", "seed"]),
    default="path",
    show_default=True,
    help='The category path, or the ten labels of the "seed" project.',
)
@click.option("--level", type=int, metavar="N", help="Only the first N levels of the path.")
@click.option("--images", type=TABLE, metavar="DIR", help="Pictures that are there already.")
@click.option("--no-pictures", is_flag=True, help="Download none.")
@click.option("--allow-private", is_flag=True, help="Download from private addresses, too.")
def flipkart(
    csv: Path,
    folder: Path,
    labels: str,
    level: int | None,
    images: Path | None,
    no_pictures: bool,
    allow_private: bool,
) -> None:
    """Read the Flipkart product file of Kaggle (flipkart_com-ecommerce_sample.csv).

    Pictures are downloaded unless they are there already. Most of their addresses are dead by now:
    such a product goes without picture. Run it again to go on where it was stopped.
    """
    from aisle.cli.show import show_prepared
    from aisle.data.presets.flipkart.preparing import prepare_flipkart

    rule = _label_rule(labels, level)
    pictures = _pictures(images, no_pictures=no_pictures, allow_private=allow_private)
    show_prepared(prepare_flipkart(csv, folder, label_rule=rule, pictures=pictures))


def _label_rule(labels: str, level: int | None) -> LabelRule:
    from aisle.data.presets.flipkart.labels import FirstLevels, FrequentRootWords, full_path

    if labels == "seed":
        if level is not None:
            raise click.UsageError("--level goes with --labels path; leave one of them out")
        return FrequentRootWords()
    return full_path if level is None else FirstLevels(level)


def _pictures(images: Path | None, *, no_pictures: bool, allow_private: bool) -> PictureSource:
    from aisle.data.pictures.downloading import Downloader, DownloadSettings
    from aisle.data.pictures.sources import DownloadedPictures, LocalPictures, NoPictures

    if no_pictures:
        return NoPictures()
    if images is not None:
        return LocalPictures(images)
    return DownloadedPictures(Downloader(DownloadSettings(allow_private=allow_private)))


@click.command(short_help="Split a TABLE into a training and a test table.")
@click.argument("table", type=TABLE)
@click.option(
    "--to-train", "train_file", type=TABLE, required=True, metavar="FILE", help="For `fit`."
)
@click.option(
    "--to-test", "test_file", type=TABLE, required=True, metavar="FILE", help="For `evaluate`."
)
@click.option(
    "--by",
    default="near-duplicates",
    show_default=True,
    metavar="HOW",
    help='What stays in one table: "near-duplicates", "random" (nothing), or the products that'
    " share a value of a column, such as the brand.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    show_default=True,
    help="The share of rows in the test table.",
)
@click.option("--seed", default=0, show_default=True, help="For everything random.")
@labelled_column_options
def split(
    table: Path,
    train_file: Path,
    test_file: Path,
    by: str,
    share: float,
    seed: int,
    columns: ColumnFlags,
) -> None:
    """Split a TABLE of products whose categories are known into a training and a test table.

    Both keep all columns. Every category has its share in both where that is possible.

    Example: aisle split products.parquet --to-train train.parquet --to-test test.parquet
    """
    from aisle.data.products import picture_folder
    from aisle.data.splits import split as split_products
    from aisle.data.writers import check_table_path, write_table

    check_outputs(table, train_file, test_file)
    for file in (train_file, test_file):
        check_table_path(file)
    products = columns.read(table)
    parts = split_products(products, by=by, test_size=share, seed=seed)
    left_out = len(products) - sum(map(len, parts))
    if left_out:
        click.echo(f"{left_out:,} products without a category were left out", err=True)
    root = picture_folder(columns.image_root, table)
    for name, part, file in zip(("train", "test"), parts, (train_file, test_file), strict=True):
        write_table(part.table, file)
        click.echo(f"{name}: {len(part):,} products: {file}")
        if _lose_pictures(part, root, file):
            click.echo(f"picture names start from {root}: add --image-root {root} for {file}")


def _lose_pictures(products: Products, root: Path, file: Path) -> bool:
    """Whether pictures are named from a folder that is not the one of their new table."""
    if root.resolve() == file.absolute().parent.resolve():
        return False
    return any(
        isinstance(picture, Path) and picture.is_relative_to(root)
        for product in products
        for picture in product.images
    )
