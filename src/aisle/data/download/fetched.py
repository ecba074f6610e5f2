"""What comes of fetching a picture: its bytes, or the kind of failure."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image

ENDINGS = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "GIF": ".gif",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "TIFF": ".tif",
}
"""The formats that are taken, as Pillow names them, and the ending of each one's files."""

_READERS = tuple(name for name in ENDINGS if name != "MPO")  # several JPEGs in one: JPEG's reader


class FetchStatus(StrEnum):
    """How the fetching of a URL ended."""

    OK = "ok"
    BAD_URL = "bad url"
    REFUSED = "refused address"
    NOT_FOUND = "not found"
    HTTP_ERROR = "http error"
    REDIRECTS = "too many redirects"
    TOO_LARGE = "too large"
    NOT_A_PICTURE = "not a picture"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BROKEN = "broken connection"
    BUSY = "server busy"

    @property
    def transient(self) -> bool:
        """Whether another try may end better."""
        return self in {self.UNREACHABLE, self.TIMEOUT, self.BROKEN, self.BUSY}


class FetchError(Exception):
    """A URL that gave no picture.

    Args:
        status: the kind of failure.
        detail: one clause for people.
        host: the host that failed, which after a redirect is not the URL's own.
        wait: the least pause before another try, in seconds; infinite where none makes sense.
    """

    def __init__(
        self, status: FetchStatus, detail: str, *, host: str = "", wait: float = 0
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.host = host
        self.wait = wait


@dataclass(frozen=True, slots=True)
class FetchedPicture:
    """The bytes of a picture file and the ending that its name should have."""

    data: bytes
    ending: str


def check_picture(data: bytes) -> FetchedPicture:
    """Takes bytes for a picture where their header says so, whatever the server called them.

    Raises:
        FetchError: they are no picture in a format that is taken.
    """
    if not data:
        raise FetchError(FetchStatus.NOT_A_PICTURE, "the answer is empty (0 bytes)")
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(data), formats=_READERS) as image,
        ):
            return FetchedPicture(data, ENDINGS[str(image.format)])
    except Image.DecompressionBombError as error:
        raise FetchError(FetchStatus.TOO_LARGE, str(error)) from error
    except Exception as error:  # Pillow's readers raise whatever a damaged header leads them to
        start = data[:24].decode("latin-1")
        detail = f"{len(data)} bytes that begin with {start!r}"
        raise FetchError(FetchStatus.NOT_A_PICTURE, detail) from error
