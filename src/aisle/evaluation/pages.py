"""HTML pages: made whole in memory, then written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from aisle.evaluation.wording import count, decimal, of_hundred, percent
from aisle.files import write_file
from aisle.schema import join_path


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


def _unbroken_percent(share: float | None, digits: int = 1) -> str:
    """As `percent`, but never torn at the end of a line."""
    return percent(share, digits).replace(" ", "\N{NO-BREAK SPACE}")
