"""Which columns and files a command reads and writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aisle.classifier import Classifier
    from aisle.data.products import Products

TABLE = click.Path(path_type=Path)
Command = Callable[..., Any]
COLUMN_FLAGS = ("--id", "--text", "--image", "--image-root")
LABELLED_COLUMN_FLAGS = (*COLUMN_FLAGS, "--label", "--separator")


@dataclass(frozen=True)
class ColumnFlags:
    """The flags about columns."""

    id: str | None
    text: tuple[str, ...]
    image: str | None
    image_root: Path | None
    label: str | None = None
    separator: str | None = None

    def read(self, table: Path, model: Classifier | None = None) -> Products:
        """The products of a table; prints what was guessed about it.

        Columns without a flag are those that the model was fitted on, or else those with a
        well-known name.
        """
        from aisle.data.columns import Columns
        from aisle.data.products import picture_folder, products_of
        from aisle.data.tables import read_table
        from aisle.schema import SEPARATOR

        found = read_table(table)
        known = model.columns_ if model else Columns()
        separator = self.separator or (known.separator if model else SEPARATOR)
        wanted = Columns(self.text, self.image, self.label, self.id, separator)
        wanted = wanted.or_else(known, found.column_names)
        products = products_of(found, wanted, picture_folder(self.image_root, table))
        for note in products.notes:
            click.echo(note, err=True)
        return products


def check_outputs(table: Path, *outputs: Path | None) -> None:
    """Checks before the work that outputs can be written and replace neither table nor each other.

    Raises:
        OutputError: two of them are the same file, or one cannot be written.
    """
    from aisle.errors import OutputError
    from aisle.files import check_writable

    taken = {table.resolve()}
    for output in filter(None, outputs):
        if output.resolve() in taken:
            raise OutputError(f"{output} would be overwritten; choose another name for the output")
        taken.add(output.resolve())
        check_writable(output)


def column_options(command: Command) -> Command:
    """--id, --text, --image and --image-root, handed on as `columns`."""
    return _column_options(command, with_label=False)


def labelled_column_options(command: Command) -> Command:
    """As `column_options`, with --label and --separator."""
    return _column_options(command, with_label=True)


def _column_options(command: Command, *, with_label: bool) -> Command:
    from functools import wraps

    @wraps(command)
    def with_columns(**given: Any) -> Any:
        names = ("id", "text", "image", "image_root", *(("label", "separator") * with_label))
        columns = ColumnFlags(**{name: given.pop(name) for name in names})
        return command(columns=columns, **given)

    options = [
        click.option("--id", metavar="COL", help="The column with the key."),
        click.option("--text", multiple=True, metavar="COL", help="A text column; title first."),
        click.option("--image", metavar="COL", help="The column with the picture or pictures."),
        click.option(
            "--image-root",
            type=TABLE,
            metavar="DIR",
            help="Where picture names start from.",
        ),
    ]
    if with_label:
        options += [
            click.option("--label", metavar="COL", help="The column with the category."),
            click.option("--separator", metavar="TEXT", help='Between levels.  [default: " > "]'),
        ]
    wrapped: Command = with_columns
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped
