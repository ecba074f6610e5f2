"""The rows of the Flipkart product file, cell by cell to plain values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from aisle.data.cells import MISSING
from aisle.errors import TableError

_NEEDED = ("uniq_id", "product_name", "product_category_tree")
_IMAGE_COLUMNS = ("image", "images", "image_urls")
_NOTHING = MISSING | {"no rating available", "not available"}
_PAIR = re.compile(r'"(key|value)"\s*=>\s*"((?:[^"\\]|\\.)*)')
_ESCAPE = re.compile(r"\\(.)")
_URL = re.compile(r'https?://[^"\s]+')


@dataclass(frozen=True, slots=True)
class FlipkartRow:
    """One product; empty where something is missing.

    Attributes:
        specifications: "key: value; key: value".
        tree: the raw category path.
        image_files: file names of pictures.
        image_urls: addresses of pictures.
    """

    id: str
    title: str
    description: str
    brand: str
    specifications: str
    tree: str
    image_files: tuple[str, ...]
    image_urls: tuple[str, ...]


def read_rows(table: pa.Table) -> list[FlipkartRow]:
    """The products of a table with the columns of the Kaggle file, or some of them.

    Raises:
        TableError: the columns that every product needs are not there.
    """
    lacking = [name for name in _NEEDED if name not in table.column_names]
    if lacking:
        raise TableError(
            f"no column {', '.join(lacking)}; the Flipkart product file has {', '.join(_NEEDED)},"
            " brand, description, product_specifications and image"
        )
    return [_row(cells) for cells in table.to_pylist()]


def parse_specifications(raw: str) -> str:
    """Readable text from ``{"product_specification"=>[{"key"=>"Size", "value"=>"M"}, ...]}``.

    A value without a key stands alone, a text that is cut off is read as far as it goes, and one
    of another form gives an empty string.
    """
    parts: list[str] = []
    key = ""
    for kind, escaped in _PAIR.findall(raw):
        text = " ".join(_ESCAPE.sub(_unescape, escaped).split())
        if kind == "key":
            key = text
            continue
        if text:
            parts.append(f"{key}: {text}" if key else text)
        key = ""
    return "; ".join(parts)


def parse_images(cell: object) -> tuple[str, ...]:
    """File names or addresses from a list, a JSON list, a JSON list cut off, or a single name."""
    if isinstance(cell, list | tuple):
        return tuple(filter(None, map(_text, cell)))
    text = _text(cell)
    if not text.startswith("["):
        return (text,) if text else ()
    try:
        return parse_images(list(json.loads(text)))
    except (ValueError, RecursionError):
        return tuple(_URL.findall(text))


def _row(cells: dict[str, Any]) -> FlipkartRow:
    images = dict.fromkeys(ref for name in _IMAGE_COLUMNS for ref in parse_images(cells.get(name)))
    return FlipkartRow(
        id=_text(cells["uniq_id"]),
        title=_text(cells["product_name"]),
        description=_text(cells.get("description")) or _text(cells.get("description_cleaned")),
        brand=_text(cells.get("brand")),
        specifications=parse_specifications(_text(cells.get("product_specifications"))),
        tree=_text(cells["product_category_tree"]),
        image_files=tuple(ref for ref in images if not _is_url(ref)),
        image_urls=tuple(ref for ref in images if _is_url(ref)),
    )


def _unescape(escape: re.Match[str]) -> str:
    return " " if escape[1] in "nrt" else escape[1]


def _is_url(reference: str) -> bool:
    return reference.startswith(("http://", "https://"))


def _text(cell: object) -> str:
    text = "" if cell is None else str(cell).strip()
    return "" if text.lower() in _NOTHING else text
