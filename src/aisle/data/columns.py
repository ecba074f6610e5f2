"""Which column of a table plays which part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from aisle.errors import TableError
from aisle.schema import SEPARATOR

_IDS = ("id", "uniq_id", "product_id", "item_id", "sku", "asin", "pid")
_TEXTS = (
    ("title", "product_name", "name", "product_title", "productDisplayName", "item_name"),
    ("brand", "manufacturer"),
    ("specifications", "product_specifications", "attributes", "features", "bullet_points"),
    ("description", "product_description", "body", "text"),
)
_IMAGES = (
    "images",
    "image",
    "image_path",
    "image_paths",
    "picture",
    "pictures",
    "photo",
    "filename",
)
_LABELS = (
    "category",
    "categories",
    "label",
    "category_path",
    "product_category",
    "target",
    "class",
    "product_category_tree",
)


@dataclass(frozen=True)
class Columns:
    """The parts that columns play.

    Attributes:
        text: text columns, the most telling first; a model reads them in this order.
        image: the column with one picture or a list of pictures, or None.
        label: the column with the category, or None.
        id: the column with the key, or None to number the rows.
        separator: between the levels of a category path.
        attributes: columns that come along with a product, for experts that look at them.
    """

    text: tuple[str, ...] = ()
    image: str | None = None
    label: str | None = None
    id: str | None = None
    separator: str = SEPARATOR
    attributes: tuple[str, ...] = ()

    def or_else(self, other: Columns, names: Sequence[str]) -> Columns:
        """Fills the parts that nobody named as in another table, where this one has the columns."""
        known = [name for name in (other.image, other.label, other.id) if name in names]
        return replace(
            self,
            text=self.text or tuple(name for name in other.text if name in names),
            image=self.image or (other.image if other.image in known else None),
            label=self.label or (other.label if other.label in known else None),
            id=self.id or (other.id if other.id in known else None),
            attributes=self.attributes or tuple(one for one in other.attributes if one in names),
        )

    def complete(self, names: Sequence[str]) -> Columns:
        """Fills the parts that nobody named with columns of a well-known name.

        Raises:
            TableError: a named column is not there, or there is neither text nor picture.
        """
        for name in (*self.text, self.image, self.label, self.id, *self.attributes):
            if name is not None and name not in names:
                raise TableError(_missing_column(name, names))
        filled = replace(
            self,
            text=self.text or tuple(filter(None, (_first(group, names) for group in _TEXTS))),
            image=self.image or _first(_IMAGES, names),
            label=self.label or _first(_LABELS, names),
            id=self.id or _first(_IDS, names),
        )
        if not filled.text and filled.image is None:
            hint = _one_column(names) or "name one with --text or --image"
            raise TableError(f"no text or picture column among {_listed(names)}; {hint}")
        return filled

    def guessed(self, complete: Columns) -> str:
        """One line that says which parts `complete` has filled in, or an empty string."""
        parts = [
            f"{part} = {' + '.join([found] if isinstance(found, str) else found)}"
            for part in ("id", "text", "image", "label")
            if not getattr(self, part) and (found := getattr(complete, part))
        ]
        return f"guessed columns: {', '.join(parts)}" if parts else ""


def _first(wanted: Iterable[str], names: Sequence[str]) -> str | None:
    by_lower = {name.lower(): name for name in reversed(names)}
    return next((by_lower[name.lower()] for name in wanted if name.lower() in by_lower), None)


def _missing_column(name: str, names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"no column {name!r}: {_one_column(names)}"
    close = get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"no column {name!r} among {_listed(names)}{hint}"


def _one_column(names: Sequence[str]) -> str:
    if len(names) != 1:
        return ""
    return (
        f"the whole header was read as one column {names[0][:60]!r};"
        " is the separator one of , ; | or tab?"
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] for name in names[:12])
    return f"{shown}, … ({len(names)} columns)" if len(names) > 12 else shown
