"""Where a picture is picked, dropped or pasted, and seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nicegui import ui
from nicegui.events import UploadEventArguments

from aisle.errors import AisleError
from aisle.service.pages.rendering import filled, fragment
from aisle.service.pages.try_it.line import Line
from aisle.service.pages.try_it.picking import Picked, examine
from aisle.service.settings import Limits

_NAME_CHARACTERS = 80
_ADDRESS = (
    "what was dropped is an address, and addresses are not fetched; save the picture and drop"
    " its file"
)


class PicturePane:
    """A picture, or none; each new one takes the place of the one before.

    Args:
        limits: what a picture may bring.
        changed: is called when the picture has changed.

    Attributes:
        picked: the picture that is seen, or None.
    """

    def __init__(self, limits: Limits, changed: Callable[[], None]) -> None:
        self.picked: Picked | None = None
        self._limits = limits
        self._changed = changed
        self._turn = 0
        self._upload = ui.upload(
            on_upload=self._uploaded,
            on_rejected=self._rejected,
            max_file_size=limits.picture_bytes,
            auto_upload=True,
        ).classes("uploader")
        self._upload.props(f'id="uploader" data-id={self._upload.id}')
        self._place = fragment("try_picture.html", picked=None)
        self._trouble = Line("alert")
        ui.on("cleared", lambda: self.refuse(""))
        ui.on("addressed", lambda: self.refuse(_ADDRESS))

    async def take(self, data: bytes, name: str) -> None:
        """Looks at a file; shows it, or why it is not taken."""
        self._turn += 1
        turn, trouble, picked = self._turn, "", None
        try:
            name = name[:_NAME_CHARACTERS]
            picked = await asyncio.to_thread(examine, data, name, self._limits)
        except AisleError as error:
            trouble = str(error)
        if turn == self._turn:
            self._show(picked, trouble)

    def refuse(self, sentence: str) -> None:
        """Has no picture any more, and says why."""
        self._turn += 1
        self._show(None, sentence)

    async def _uploaded(self, event: UploadEventArguments) -> None:
        self._upload.reset()
        await self.take(await event.file.read(), event.file.name)

    def _rejected(self) -> None:
        self._upload.reset()
        most = self._limits.picture_bytes // 1_000_000
        self.refuse(f"the picture has more than {most} MB; shrink it")

    def _show(self, picked: Picked | None, trouble: str) -> None:
        self.picked = picked
        self._place.content = filled("try_picture.html", picked=picked)
        self._trouble.say(trouble)
        self._changed()
