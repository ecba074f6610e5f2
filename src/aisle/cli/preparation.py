"""`aisle prepare`: known data sets to the table that `fit` reads without flags."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aisle.cli.column_options import TABLE

if TYPE_CHECKING:
    from aisle.data.pictures.sources import PictureSource
    from aisle.data.presets.flipkart.labels import LabelRule


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
