"""Parts of pages that only show something: templates, in which all text is escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment
from nicegui import ui

from aisle.evaluation.presentation import environment


def fragment(template: str, **values: Any) -> ui.html:
    """Puts a filled template on the page."""
    return ui.html(filled(template, **values), sanitize=False)


def filled(template: str, **values: Any) -> str:
    """A template of the pages, filled."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    return environment("aisle.service.pages")
