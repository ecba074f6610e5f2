"""Figures as people read them: numbers and tables as text, templates and pictures for pages."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Mapping, Sequence
from html import escape
from math import ceil, floor, isnan
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from aisle.data.pictures.reading import decode_image, read_bytes
from aisle.errors import ImageError
from aisle.files import write_file
from aisle.schema import ImageRef, join_path

MISSING = "–"

SIDE = 192
"""The longer side of a thumbnail, in pixels."""

_QUALITY = 78


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a percentage that says 100 only where it is all, and 0 only where it is nothing.

    Args:
        share: from 0 to 1; None and NaN are a dash.
        digits: after the point.

    Example:
        >>> percent(0.12345), percent(0.99999), percent(None)
        ('12.3 %', '99.9 %', '–')
    """
    if share is None or isnan(share):
        return MISSING
    scale = 10**digits
    tenths = round(share * 100 * scale)
    if tenths >= 100 * scale and share < 1:
        tenths = floor(share * 100 * scale)
    if tenths <= 0 and share > 0:
        tenths = ceil(share * 100 * scale)
    return f"{tenths / scale:.{digits}f} %"


def of_hundred(share: float) -> str:
    """How many of 100 a share is, as `percent` rounds it."""
    return percent(share, 0).removesuffix(" %")


def decimal(value: float | None, digits: int = 3) -> str:
    """A number with the given digits after the point; None and NaN are a dash."""
    return MISSING if value is None or isnan(value) else f"{value:.{digits}f}"


def count(number: int, one: str, many: str = "") -> str:
    """A number and its noun: "1 row", "2,000 rows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def text_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], left: Collection[int] = (0,)
) -> str:
    """A table in plain text.

    Args:
        header: the titles of the columns.
        rows: of cells.
        left: the columns that are aligned to the left; all others are aligned to the right.

    Example:
        >>> print(text_table(["name", "rows"], [["a", "1"], ["long name", "22"]]))
        name       rows
        a             1
        long name    22
    """
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def html_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A small table for a notebook; all text is escaped."""
    lines = [
        "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in line)
        for tag, line in [("th", header), *(("td", row) for row in rows)]
    ]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def render(template: str, values: Mapping[str, Any]) -> str:
    """Fills a template of this package; all text is escaped."""
    return environment().get_template(template).render(values)


def environment(*packages: str) -> Environment:
    """Templates of the given packages, which may use those of this one."""
    loaders = [PackageLoader(package) for package in (*packages, "aisle.evaluation")]
    found = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        percent=_unbroken_percent,
        of_hundred=of_hundred,
        decimal=decimal,
        counted=count,
        category=join_path,
    )
    return found


def write_text(text: str, path: str | Path) -> None:
    """Writes a file, whole or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    with write_file(Path(path)) as part:
        part.write_bytes(text.encode("utf-8", errors="xmlcharrefreplace"))


def data_uri(ref: ImageRef | None) -> str | None:
    """A small JPEG as a data URI; None where there is no picture or it cannot be read."""
    if ref is None:
        return None
    try:
        image = decode_image(read_bytes(ref), SIDE)
    except ImageError:
        return None
    image.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _unbroken_percent(share: float | None, digits: int = 1) -> str:
    """As `percent`, but never torn at the end of a line."""
    return percent(share, digits).replace(" ", "\N{NO-BREAK SPACE}")
