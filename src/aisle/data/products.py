"""A table of products, ready for a classifier."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import index as as_index
from pathlib import Path
from typing import Any, SupportsIndex, overload

import numpy as np
import pyarrow as pa

from aisle.data.cells import (
    clean_text,
    other_separator,
    read_category,
    read_images,
    separator_of,
)
from aisle.data.columns import Columns
from aisle.data.tables import read_table
from aisle.errors import InputError, LabelError, TableError
from aisle.schema import SEPARATOR, CategoryPath, ImageRef, Product, join_path, title_of

_SHOWN_ROWS = 5
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, repr=False)
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
    def __getitem__(self, index: SupportsIndex) -> Product: ...
    @overload
    def __getitem__(self, index: slice) -> Products: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Product | Products:
        if isinstance(index, slice):
            return self.take(range(len(self))[index])
        return self.items[as_index(index)]

    def __repr__(self) -> str:
        known = sum(item.category is not None for item in self)
        pictured = sum(bool(item.images) for item in self)
        return (
            f"<Products: {len(self):,} products, {known:,} with a category,"
            f" {pictured:,} with a picture>"
        )

    def _repr_html_(self) -> str:
        """The first rows as a table, for notebooks; cut where it is long, without pictures."""
        shown = "".join(map(_html_row, self.items[:_SHOWN_ROWS]))
        return (
            f"<p>{html.escape(repr(self)[1:-1])}</p><table><thead><tr><th>id</th><th>text</th>"
            f"<th>pictures</th><th>category</th></tr></thead><tbody>{shown}</tbody></table>"
        )

    def take(self, rows: Sequence[int] | Sequence[bool] | np.ndarray[Any, Any]) -> Products:
        """The products at the given rows in the given order, or those where a mask is true.

        Args:
            rows: row numbers, or one boolean a product.

        Raises:
            InputError: a mask is not as long as the products.

        Example:
            >>> products = as_products(["a red shirt", "a mug"])
            >>> products.take([False, True])[0].text
            'a mug'
        """
        chosen = np.asarray(rows)
        if chosen.dtype == bool or (len(chosen) and isinstance(chosen[0], bool)):
            if len(chosen) != len(self):
                raise InputError(
                    f"the mask has {len(chosen)} values, but there are {len(self)} products;"
                    " give one value a product"
                )
            chosen = np.flatnonzero(chosen.astype(bool))
        chosen = chosen.astype(np.int64)
        return Products(
            tuple(self.items[row] for row in chosen.tolist()),
            self.table.take(pa.array(chosen)),
            self.columns,
        )

    def labelled(self) -> Products:
        """Only the products whose category is known."""
        return self.take([item.category is not None for item in self.items])


def read_products(  # noqa: PLR0913
    source: object,
    *,
    text: Sequence[str] = (),
    image: str | None = None,
    label: str | None = None,
    id: str | None = None,
    attributes: Sequence[str] = (),
    separator: str = SEPARATOR,
    image_root: str | Path | None = None,
) -> Products:
    """Reads products from a table; see `read_table` for what can be a table.

    Args:
        source: a path, a data frame, a list of dictionaries or a list of texts.
        text: text columns, the most telling first; guessed by name where none is given.
        image: a column of file names, paths, bytes or URLs of pictures, one or a list.
        label: the column of categories: a path with `separator`, a list of names, or one name.
        id: the column of keys; rows are numbered where there is none.
        attributes: columns that come along as `Product.attributes`, such as price and brand.
        separator: between the levels of a category path; " >> " is recognised by itself.
        image_root: the folder that picture names start from; the table's own folder by default.

    Raises:
        TableError: the table cannot be read, or a column is not there.

    Example:
        >>> rows = [{"title": "Red shirt", "price": 9, "category": "Clothing > Shirts"}]
        >>> product = read_products(rows, attributes=["price"])[0]
        >>> product.category, product.attributes
        (('Clothing', 'Shirts'), {'price': '9'})
    """
    columns = Columns(tuple(text), image, label, id, separator, tuple(attributes))
    return products_of(read_table(source), columns, picture_folder(image_root, source))


def as_products(source: object, like: Columns | None = None) -> Products:
    """What a user hands to a classifier, as products.

    Args:
        source: products, which come back as they are; a list of `Product`; else as `read_products`
            takes it.
        like: the columns of the table that a model was fitted on; those that this table has, too,
            play the same parts here.

    Raises:
        TableError: the table cannot be read.

    Example:
        >>> as_products(["a red shirt", "a mug"])
        <Products: 2 products, 0 with a category, 0 with a picture>
    """
    if isinstance(source, Products):
        return source
    if isinstance(source, list | tuple) and all(isinstance(item, Product) for item in source):
        return _products_from_items(tuple(source))
    table = read_table(source)
    like = like or Columns()
    columns = Columns(separator=like.separator).or_else(like, table.column_names)
    return products_of(table, columns, picture_folder(None, source))


def labelled_products(
    source: object, labels: Iterable[object] | None, like: Columns | None = None
) -> Products:
    """Products with the categories that a user hands over apart from them.

    Args:
        source: as `as_products` takes it.
        labels: one category a product: a text or a path; None where the products have theirs.
        like: as `as_products` takes it.

    Raises:
        TableError: the table cannot be read.
        LabelError: there are more or fewer categories than products.
    """
    products = as_products(source, like)
    if labels is None:
        return products
    separator = products.columns.separator
    paths = [read_category(one, separator) for one in labels]
    if len(paths) != len(products):
        raise LabelError(
            f"{len(paths):,} categories were given for {len(products):,} products; give one each"
        )
    items = zip(products.items, paths, strict=True)
    return replace(products, items=tuple(replace(one, category=path) for one, path in items))


def products_of(table: pa.Table, wanted: Columns, image_root: Path) -> Products:
    """The products of a table; see `read_products`."""
    columns = wanted.complete(table.column_names)
    ids = _ids(table, columns.id)
    labels = _values(table, columns.label)
    columns = replace(columns, separator=separator_of(labels, columns.separator))
    texts = _rows([_cleaned(table, name) for name in columns.text], len(ids))
    images = [read_images(value, image_root) for value in _values(table, columns.image)]
    attributes = _rows([_cleaned(table, name) for name in columns.attributes], len(ids))
    categories = _categories(labels, columns.separator)
    items = tuple(
        Product(
            ids[row],
            texts[row],
            images[row],
            categories[row],
            dict(zip(columns.attributes, attributes[row], strict=True)),
        )
        for row in range(len(ids))
    )
    notes = (
        wanted.guessed(columns),
        _repeated(ids, columns.id),
        _absent(images),
        _separator_note(labels, wanted.separator, columns.separator),
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


def _products_from_items(items: tuple[Product, ...]) -> Products:
    keys = [item.id.encode(errors="replace").decode() for item in items]
    return Products(items, pa.table({"id": pa.array(keys, pa.string())}), Columns(id="id"))


def _values(table: pa.Table, name: str | None) -> list[Any]:
    return [None] * table.num_rows if name is None else table.column(name).to_pylist()


def _cleaned(table: pa.Table, name: str) -> list[str]:
    return [clean_text(value) for value in _values(table, name)]


def _rows(columns: Sequence[Sequence[str]], count: int) -> list[tuple[str, ...]]:
    return list(zip(*columns, strict=True)) if columns else [()] * count


def _categories(labels: Sequence[object], separator: str) -> list[CategoryPath | None]:
    """The category of each row; one that many rows share is read once."""
    known: dict[str, CategoryPath | None] = {}
    found = []
    for label in labels:
        if not isinstance(label, str):
            found.append(read_category(label, separator))
            continue
        if label not in known:
            known[label] = read_category(label, separator)
        found.append(known[label])
    return found


def _ids(table: pa.Table, name: str | None) -> list[str]:
    if name is None:
        return [str(row) for row in range(table.num_rows)]
    return [str(row) if key is None else str(key) for row, key in enumerate(_values(table, name))]


def _repeated(ids: Sequence[str], name: str | None) -> str:
    rows = sum(count for count in Counter(ids).values() if count > 1)
    return f"{rows} rows share their {name!r} with another row; all are kept" if rows else ""


def _absent(images: Sequence[tuple[ImageRef, ...]]) -> str:
    """Says how many picture files are not there."""
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


def _separator_note(labels: Sequence[object], wanted: str, used: str) -> str:
    """Says which separator was recognised, or which one most labels seem to have."""
    if used != wanted:
        return f"no category holds the separator {wanted!r}; they are read with {used!r}"
    other = other_separator(labels, used)
    if not other:
        return ""
    return (
        f"no category holds the separator {used!r}, but most hold {other!r};"
        " if that stands between levels, name it with --separator"
    )


def _html_row(item: Product) -> str:
    cells = (item.id, title_of(item), str(len(item.images)), join_path(item.category or ()))
    return "<tr>" + "".join(f"<td>{html.escape(_shortened(cell))}</td>" for cell in cells) + "</tr>"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
