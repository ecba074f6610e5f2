"""Pictures that callers send: decoded from base64, and checked before a pixel is decoded."""

from __future__ import annotations

import binascii
import io
import re
import warnings
from base64 import b64decode

from PIL import Image

from aisle.service.api.errors import RefusedError, unprocessable
from aisle.service.settings import Limits

_READABLE = frozenset({"AVIF", "BMP", "GIF", "JPEG", "MPO", "PNG", "TIFF", "WEBP"})
_WANTED = "send a JPEG, PNG or WebP picture"
_ADDRESS = re.compile(r"\s*(?:https?|ftp|file)://", re.IGNORECASE)
_DATA_ADDRESS = re.compile(r"data:[\w.+/-]*;base64,", re.ASCII)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def is_address(text: str) -> bool:
    """Whether an address came in the place of a picture."""
    return _ADDRESS.match(text) is not None


def from_base64(text: str) -> bytes:
    """The bytes behind base64, with or without `data:...;base64,` in front.

    Raises:
        RefusedError: it is an address, or no base64.
    """
    if is_address(text):
        raise unprocessable(
            "a picture came as an address; addresses are not fetched, send the file as base64"
        )
    start = match.end() if (match := _DATA_ADDRESS.match(text)) else 0
    try:
        return b64decode(text[start:].encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise unprocessable(
            "a picture is not valid base64; encode the bytes of its file"
        ) from error


def check_picture(data: bytes, limits: Limits) -> None:
    """Whether a file looks like a picture that is worth decoding.

    Raises:
        RefusedError: it is empty, too large, or of a kind that is not read.
    """
    if not data:
        raise unprocessable("a picture is empty (0 bytes); send the bytes of its file")
    if len(data) > limits.picture_bytes:
        raise unprocessable(
            f"a picture has {len(data)} bytes; at most {limits.picture_bytes} are read, shrink it"
        )
    kind, width, height = _looked_at(data)
    most = limits.jpeg_pixels if kind == "JPEG" else limits.picture_pixels
    if width * height > most:
        raise unprocessable(
            f"a picture has {width} x {height} pixels;"
            f" at most {most // 1_000_000} megapixels are read, shrink it"
        )


def _looked_at(data: bytes) -> tuple[str, int, int]:
    """Format, width and height by the head of the file."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as image:
            kind, size = str(image.format), image.size
    except Exception as error:  # Pillow's readers raise whatever a damaged file leads them to
        raise _unreadable(data) from error
    if kind not in _READABLE:
        raise unprocessable(f"{kind} pictures are not read here; {_WANTED}")
    return kind, *size


def _unreadable(data: bytes) -> RefusedError:
    head = data[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"<svg") or (head.startswith(b"<?xml") and b"<svg" in head):
        return unprocessable(f"SVG is a drawing, not a picture; {_WANTED}")
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return unprocessable(f"HEIC pictures cannot be decoded here; {_WANTED}")
    return unprocessable(
        f"a file is not a picture in a known format ({len(data)} bytes); {_WANTED}"
    )
