"""The picture that somebody has picked, dropped or pasted."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.data.pictures.reading import decode_image
from aisle.errors import ImageError
from aisle.evaluation.presentation import SIDE, data_uri
from aisle.service.api.errors import unprocessable
from aisle.service.pictures import check_picture
from aisle.service.settings import Limits


@dataclass(frozen=True)
class Picked:
    """A picture that can be decoded.

    Attributes:
        data: the bytes of its file.
        name: of the file.
        thumbnail: the picture anew as a small JPEG data URI.
    """

    data: bytes
    name: str
    thumbnail: str | None

    @property
    def size(self) -> str:
        """How large the file is, for people."""
        kilobytes = len(self.data) / 1_000
        return (
            f"{kilobytes / 1_000:.1f} MB" if kilobytes >= 1_000 else f"{max(kilobytes, 1):.0f} kB"
        )


def examine(data: bytes, name: str, limits: Limits) -> Picked:
    """Looks whether a file is a picture; decodes it once.

    Raises:
        RefusedError: it is none that can be read, or too large.
    """
    check_picture(data, limits)
    try:
        decode_image(data, SIDE)
    except ImageError as error:
        raise unprocessable(str(error)) from error
    return Picked(data, name, data_uri(data))
