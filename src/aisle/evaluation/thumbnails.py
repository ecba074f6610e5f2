"""Small pictures that a page carries inside itself."""

from __future__ import annotations

import base64
import io

from aisle.data.pictures.reading import decode_image, read_bytes
from aisle.errors import ImageError
from aisle.schema import ImageRef

SIDE = 192
"""The longer side of a thumbnail, in pixels."""

_QUALITY = 78


def data_uri(ref: ImageRef | None) -> str | None:
    """A picture as a JPEG data URI; None where there is none or it cannot be read."""
    if ref is None:
        return None
    try:
        image = decode_image(read_bytes(ref), SIDE)
    except ImageError:
        return None
    image.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
