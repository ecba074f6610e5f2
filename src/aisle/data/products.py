"""A table of products, ready for a classifier."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

import pyarrow as pa

from aisle.data.cleaning import clean_text
from aisle.data.columns import Columns
from aisle.data.tables import read_table
from aisle.errors import TableError
from aisle.schema import SEPARATOR, CategoryPath, ImageRef, Product

_SEPARATORS = (" >> ", " > ", ">", " / ", "/", " | ", "|", " :: ")


@dataclass(frozen=True)
class Products(Sequence[Product]):
    """Products in the order of their table.

    Attributes:
        items: the products.
        table: the rows as they came, as long as `items`.
        columns: which column played which part.
        notes: what a user should know of how the table was read, a line each.
    """

    items: tuple[Product, ...]
    table: pa.Table
    columns: Columns = field(default_factory=Columns)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Product]:
        return iter(self.items)

    @overload
    def __getitem__(self, index: int) -> Product: ...
    @overload
    def __getitem__(self, index: slice) -> Products: ...
    def __getitem__(self, index: int | slice) -> Product | Products:
        if isinstance(index, int):
            return self.items[index]
        return self.take(range(len(self))[index])

    def take(self, rows: Sequence[int]) -> Products:
        """The products at the given rows, in the given order."""
        chosen = [int(row) for row in rows]
        return Products(
            tuple(self.items[row] for row in chosen),
            self.table.take(pa.array(chosen, pa.int64())),
            self.columns,
        )

    def labelled(self) -> Products:
        """Only the products whose category is known."""
        return self.take([row for row, item in enumerate(self.items) if item.category])


def read_products(
    source: object,
    *,
    text: Sequence[str] = (),
    image: str | None = None,
    label: str | None = None,
    id: str | None = None,
    separator: str = SEPARATOR,
    image_root: str | Path | None = None,
) -> Products:
    """Reads products from a table; see `read_table` for what can be a table.

    Args:
        source: a path or a data frame.
        text: text columns, the most telling first; guessed by name where none is given.
        image: a column of file names, paths, bytes or URLs of pictures, one or a list.
        label: the column of categories: a path with `separator`, a list of names, or one name.
        id: the column of keys; rows are numbered where there is none.
        separator: between the levels of a category path.
        image_root: the folder that picture names start from; the table's own folder by default.

    Raises:
        TableError: the table cannot be read, or a column is not there.
    """
    columns = Columns(tuple(text), image, label, id, separator)
    return products_of(read_table(source), columns, picture_folder(image_root, source))


def products_of(table: pa.Table, wanted: Columns, image_root: Path) -> Products:
    """The products of a table; see `read_products`."""
    columns = wanted.complete(table.column_names)
    ids = _ids(table, columns.id)
    texts = [[clean_text(value) for value in _values(table, name)] for name in columns.text]
    images = [_images(value, image_root) for value in _values(table, columns.image)]
    labels = [_category(value, columns.separator) for value in _values(table, columns.label)]
    items = tuple(
        Product(key, tuple(row_texts), row_images, category)
        for key, row_texts, row_images, category in zip(
            ids, zip(*texts, strict=True) if texts else [()] * len(ids), images, labels, strict=True
        )
    )
    notes = (
        wanted.guessed(columns),
        _repeated(ids, columns.id),
        _absent(images),
        _other_separator(_values(table, columns.label), columns.separator),
    )
    return Products(items, table, columns, tuple(filter(None, notes)))


def picture_folder(given: str | Path | None, source: object) -> Path:
    """The folder that picture names start from: the given one, or that of the table.

    Raises:
        TableError: the given one is no folder.
    """
    if given is not None:
        root = Path(given)
        if not root.is_dir():
            raise TableError(f"the picture folder {root} is not a folder that can be read")
        return root
    if not isinstance(source, str | Path):
        return Path()
    return Path(source) if Path(source).is_dir() else Path(source).parent


def _values(table: pa.Table, name: str | None) -> list[Any]:
    return [None] * table.num_rows if name is None else table.column(name).to_pylist()


def _ids(table: pa.Table, name: str | None) -> list[str]:
    if name is None:
        return [str(row) for row in range(table.num_rows)]
    return [str(row) if key is None else str(key) for row, key in enumerate(_values(table, name))]


def _repeated(ids: Sequence[str], name: str | None) -> str:
    rows = sum(count for count in Counter(ids).values() if count > 1)
    return f"{rows} rows share their {name!r} with another row; all are kept" if rows else ""


def _absent(images: Sequence[tuple[ImageRef, ...]]) -> str:
    """Tells how many picture files are not there."""
    files = [ref for refs in images for ref in refs if isinstance(ref, Path)]
    absent = [file for file in files if not _is_there(file)]
    if not absent:
        return ""
    return (
        f"{len(absent)} of {len(files)} pictures are not there, for example {absent[0]};"
        " --image-root names the folder that their names start from"
    )


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except (OSError, ValueError):
        return False


def _other_separator(labels: Sequence[object], separator: str) -> str:
    """Tells if most labels look like paths with another separator."""
    texts = [label for label in labels if isinstance(label, str)]
    if not texts or any(separator in text for text in texts):
        return ""
    for other in _SEPARATORS:
        if sum(other in text for text in texts) > len(texts) / 2:
            return (
                f"no category holds the separator {separator!r}, but most hold {other!r};"
                " if that stands between levels, name it with --separator"
            )
    return ""


def _images(value: object, root: Path) -> tuple[ImageRef, ...]:
    if isinstance(value, bytes):
        return (value,)
    if isinstance(value, dict):  # the layout of Hugging Face data sets: bytes and path
        return _images(value.get("bytes") or value.get("path"), root)
    if isinstance(value, list | tuple):
        return tuple(ref for part in value for ref in _images(part, root))
    text = "" if value is None else str(value).strip()
    if text.startswith("[") and (parts := _listed(text)) is not None:
        return _images(parts, root)
    return (_locate(text, root),) if clean_text(text) else ()


def _listed(text: str) -> list[Any] | None:
    """The list that a text spells, in JSON or as pandas writes a list into a CSV file."""
    for parse in (json.loads, ast.literal_eval):
        try:
            value = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list):
            return value
    return None


def _locate(text: str, root: Path) -> Path:
    """A picture's file: a URL stands for the file of its last part, downloaded before."""
    if text.startswith(("http://", "https://")):
        text = text.partition("?")[0].rpartition("/")[2]
    return root / text


def _category(value: object, separator: str) -> CategoryPath | None:
    if value is None:
        return None
    parts = value if isinstance(value, list | tuple) else str(value).split(separator)
    return tuple(filter(None, map(clean_text, parts))) or None
