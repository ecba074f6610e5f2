"""A command whose help shows its options in sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click


class SectionedCommand(click.Command):
    """A command that most people need few options of; these come first.

    Args:
        sections: the options of each further section, by its title; others stand under "Options".
    """

    def __init__(self, *given: Any, sections: Mapping[str, Sequence[str]], **named: Any) -> None:
        super().__init__(*given, **named)
        self._sections = sections

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the options, one section after the other."""
        title_of = {flag: title for title, flags in self._sections.items() for flag in flags}
        rows: dict[str, list[tuple[str, str]]] = {"Options": []}
        rows |= {title: [] for title in self._sections}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                title = next((title_of[f] for f in parameter.opts if f in title_of), "Options")
                rows[title].append(record)
        for title, records in rows.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
