"""How a picture is stored: well, oddly or damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from demo.photos import Photo

_ORIENTATION = 0x0112
_ROTATED_90_CLOCKWISE = 6
_QUALITY = 84


@dataclass(frozen=True, slots=True)
class Format:
    """A way to store a picture.

    Attributes:
        suffix: the ending of the file's name.
        encode: the bytes of the file, or None where there is to be no file.
    """

    suffix: str
    encode: Callable[[Photo], bytes | None]


def _jpeg(photo: Photo) -> bytes:
    return _saved(photo.take(), "JPEG", quality=_QUALITY)


def _cmyk_jpeg(photo: Photo) -> bytes:
    return _saved(photo.take().convert("CMYK"), "JPEG", quality=_QUALITY)


def _turned_jpeg(photo: Photo) -> bytes:
    """Stored lying on its side, with an EXIF tag that says so."""
    exif = Image.Exif()
    exif[_ORIENTATION] = _ROTATED_90_CLOCKWISE
    sideways = photo.take().transpose(Image.Transpose.ROTATE_90)
    return _saved(sideways, "JPEG", quality=_QUALITY, exif=exif)


def _png(photo: Photo) -> bytes:
    return _saved(photo.take(), "PNG")


def _transparent_png(photo: Photo) -> bytes:
    return _saved(photo.cut_out(), "PNG")


def _palette_png(photo: Photo) -> bytes:
    return _saved(photo.take().quantize(48), "PNG")


def _truncated_jpeg(photo: Photo) -> bytes:
    data = _jpeg(photo)
    return data[: len(data) // 3]


def _web_page(_photo: Photo) -> bytes:
    return b"<html><body><h1>404 Not Found</h1></body></html>\n"


def _no_file(_photo: Photo) -> None:
    return None


JPEG = Format(".jpg", _jpeg)
FORMATS = {
    JPEG: 0.86,
    Format(".png", _png): 0.03,
    Format(".png", _transparent_png): 0.03,
    Format(".png", _palette_png): 0.03,
    Format(".jpg", _cmyk_jpeg): 0.02,
    Format(".jpg", _turned_jpeg): 0.03,
}
"""The ways to store a picture that can be read, with their shares."""

UNREADABLE = {
    Format(".jpg", _truncated_jpeg): 0.4,
    Format(".jpg", _web_page): 0.3,
    Format(".jpg", _no_file): 0.3,
}
"""The ways to store a picture so that it cannot be read, with their shares."""


def _saved(picture: Image.Image, name: str, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()
