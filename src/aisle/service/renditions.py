"""Kept pictures as browsers may have them: always drawn anew, never as somebody sent them."""

from __future__ import annotations

import io
from http import HTTPStatus

from fastapi import Response

from aisle.data.pictures.reading import decode_image
from aisle.errors import ImageError, InputError
from aisle.review.picture_store import PictureStore
from aisle.service.refusals import RefusedError, unprocessable

WIDTH = 640
"""Pixels of the longer side that a rendition has unless another is asked for."""

_WIDTHS = range(16, 1_601)
_QUALITY = 85
_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


def picture_response(pictures: PictureStore, digest: str, width: int = WIDTH) -> Response:
    """A kept picture as a JPEG file; it blocks, so call it in a thread.

    Args:
        pictures: where it is kept.
        digest: of the picture.
        width: of the longer side, in pixels; a smaller picture keeps its size.

    Raises:
        RefusedError: there is no such picture, it cannot be decoded, or the width is none.
    """
    if width not in _WIDTHS:
        raise unprocessable(f"the width is {width}; {_WIDTHS[0]} to {_WIDTHS[-1]} pixels are drawn")
    try:
        data = pictures.read(digest)
    except InputError as error:
        raise RefusedError(HTTPStatus.NOT_FOUND, str(error)) from error
    return Response(rendition(data, width), media_type="image/jpeg", headers=_HEADERS)


def rendition(data: bytes, width: int) -> bytes:
    """A picture as a JPEG file without anything of the original but its looks.

    Args:
        data: the bytes of a file.
        width: the most pixels of the longer side.

    Raises:
        RefusedError: it cannot be decoded.
    """
    try:
        image = decode_image(data, width)
    except ImageError as error:
        raise unprocessable(f"the picture cannot be shown: {error}") from error
    image.thumbnail((width, width))
    image.info.clear()
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
