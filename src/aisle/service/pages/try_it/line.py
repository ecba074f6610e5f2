"""One line that comes and goes, and is read out when it comes."""

from __future__ import annotations

from typing import Literal

from nicegui import ui

from aisle.service.pages.rendering import filled


class Line:
    """A place for one sentence.

    Args:
        role: "alert" for what went wrong, "status" for what happens.
    """

    def __init__(self, role: Literal["alert", "status"]) -> None:
        self._role = role
        self._place = ui.html("", sanitize=False).props(f"role={role}").classes("line")

    def say(self, sentence: str) -> None:
        """Shows a sentence in the place of the one before; an empty one clears the line."""
        self._place.content = filled("line.html", role=self._role, sentence=sentence)
