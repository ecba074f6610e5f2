"""Figures as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isnan

MISSING = "–"


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a percentage that says 100 only where it is all, and 0 only where it is nothing.

    Args:
        share: from 0 to 1; None and NaN are a dash.
        digits: behind the point.
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
    """A number with so many digits behind the point; None and NaN are a dash."""
    return MISSING if value is None or isnan(value) else f"{value:.{digits}f}"


def count(number: int, one: str, many: str = "") -> str:
    """A number and its noun: "1 row", "2,000 rows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns: the first to the left, all others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
