"""Products that callers send, as JSON or a form, and the product that the model sees."""

from __future__ import annotations

import asyncio
import binascii
import io
import re
import warnings
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from fastapi import Request
from PIL import Image
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from aisle.data.cells import clean_text
from aisle.schema import Prediction, Product, Status
from aisle.service.api.errors import (
    RefusedError,
    malformed,
    one_line,
    unprocessable,
    unsupported,
)
from aisle.service.api.schemas import ProductIn
from aisle.service.settings import Limits

Fetched = Mapping[str, bytes | RefusedError]
"""Pictures by their addresses, or why they did not come."""

NOTHING: Fetched = MappingProxyType({})

_FIRST = "1"
"""The id of a product that came alone and without one, as on the command line."""

_SMALL = 200_000
"""A body of fewer bytes is sooner read than handed to a thread."""

_MOST_PARTS = 100
_TEXT_FIELDS = ("text", "texts")
_PICTURE_FIELDS = ("image", "images")
_READABLE = frozenset({"AVIF", "BMP", "GIF", "JPEG", "MPO", "PNG", "TIFF", "WEBP"})
_WANTED = "send a JPEG, PNG or WebP picture"
_ADDRESS = re.compile(r"\s*(?:https?|ftp|file)://", re.IGNORECASE)
_DATA_ADDRESS = re.compile(r"data:[\w.+/-]*;base64,", re.ASCII)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


@dataclass(frozen=True)
class RawProduct:
    """A product as it came, by JSON, by a form or in a table."""

    id: str | None
    texts: Sequence[str]
    pictures: Sequence[bytes]


async def read_product(request: Request, limits: Limits, fetched: Fetched = NOTHING) -> Product:
    """The product in the body of a request, JSON or a form by its type.

    Raises:
        RefusedError: the body is of another type, broken, or no product that can be answered.
    """
    body = await request.body()
    kind = media_type(request)
    if kind == "multipart/form-data":
        raw = await _raw_of_form(request, body)
        return await _aside(body, lambda: to_product(raw, _FIRST, limits))
    if kind in ("", "application/json"):
        return await _aside(
            body, lambda: to_product(raw_of_json(body, limits, fetched), _FIRST, limits)
        )
    raise unsupported("application/json or multipart/form-data")


async def read_form(
    request: Request, *, fields: int, field_bytes: int = 1_000_000, files: int = 0
) -> FormData:
    """The body of a request as a form; close it where it has files.

    Args:
        request: one whose body has not been read as a form.
        fields: the most fields.
        field_bytes: the largest field that is no file.
        files: the most files.

    Raises:
        RefusedError: it is broken, or has more.
    """
    try:
        return await request.form(max_files=files, max_fields=fields, max_part_size=field_bytes)
    except RefusedError:
        raise
    except HTTPException as error:
        raise _broken(str(error.detail)) from error


def media_type(request: Request) -> str:
    """The type of a body, without parameters; empty where none is named."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def raw_of_json(body: bytes, limits: Limits, fetched: Fetched = NOTHING) -> RawProduct:
    """Reads a JSON body.

    Raises:
        RefusedError: it is no JSON, or not a product.
    """
    try:
        given = ProductIn.model_validate_json(body)
    except ValidationError as error:
        raise malformed(error) from error
    return raw_of(given, limits, fetched)


def raw_of(given: ProductIn, limits: Limits, fetched: Fetched = NOTHING) -> RawProduct:
    """What came as JSON, with its pictures decoded from base64.

    Args:
        given: the product.
        limits: what it may bring.
        fetched: pictures by the addresses that stand in their place, or why they did not come.

    Raises:
        RefusedError: a field came twice, or a picture is not base64, or was not fetched.
    """
    texts = _one_or_several("text", given.text, given.texts)
    pictures = _one_or_several("image", given.image, given.images)
    _check_count("picture", len(pictures), limits.pictures)
    key = None if given.id is None else str(given.id)
    return RawProduct(key, texts, [_picture(one, fetched) for one in pictures])


def to_product(raw: RawProduct, key: str, limits: Limits) -> Product:
    """The product that the model sees; its texts are cleaned as those of tables are.

    Args:
        raw: what came.
        key: the id of a product that came without one.
        limits: what a product may bring.

    Raises:
        RefusedError: there is nothing to look at, or too much.
    """
    _check_count("text", len(raw.texts), limits.texts)
    _check_count("picture", len(raw.pictures), limits.pictures)
    characters = sum(map(len, raw.texts))
    if characters > limits.characters:
        raise unprocessable(
            f"the text has {characters} characters; at most {limits.characters} are read, cut it"
        )
    for picture in raw.pictures:
        check_picture(picture, limits)
    texts = tuple(map(clean_text, raw.texts))
    if not any(texts) and not raw.pictures:
        raise unprocessable("there is nothing to look at; give text, image or both")
    return Product(key if raw.id is None else raw.id, texts, tuple(raw.pictures))


def check_read(product: Product, answer: Prediction) -> None:
    """Checks that something of a product was read, or at least written.

    A text that says nothing to the model is an answer, to be reviewed; a product of pictures alone
    that turn out to be damaged is a mistake of the caller.

    Raises:
        RefusedError: none of the pictures could be decoded, and there is no text.
    """
    if answer.status is Status.FAILED and not product.text:
        raise unprocessable(answer.error)


def addresses_in(contents: Sequence[bytes], limits: Limits) -> list[str]:
    """The addresses among the pictures of products as JSON, each once; what is none has none."""
    found: dict[str, None] = {}
    for content in contents:
        with suppress(ValidationError):
            given = ProductIn.model_validate_json(content)
            pictures = [given.image] if given.image is not None else given.images or []
            if len(pictures) <= limits.pictures:
                found |= dict.fromkeys(one for one in pictures if _ADDRESS.match(one))
    return list(found)


def check_picture(data: bytes, limits: Limits) -> None:
    """Checks that a file looks like a picture that is worth decoding.

    Raises:
        RefusedError: it is empty, too large, or of a kind that is not read.
    """
    if not data:
        raise unprocessable("a picture is empty (0 bytes); send the bytes of its file")
    if len(data) > limits.picture_bytes:
        raise unprocessable(
            f"a picture has {len(data)} bytes; at most {limits.picture_bytes} are read, shrink it"
        )
    kind, width, height = _header_of(data)
    most = limits.jpeg_pixels if kind == "JPEG" else limits.picture_pixels
    if width * height > most:
        raise unprocessable(
            f"a picture has {width} x {height} pixels;"
            f" at most {most // 1_000_000} megapixels are read, shrink it"
        )


async def _raw_of_form(request: Request, body: bytes) -> RawProduct:
    form = await read_form(request, fields=_MOST_PARTS, files=_MOST_PARTS)
    try:
        if not _is_whole(request, body):
            raise _broken("it ends before its last boundary")
        return await _raw_of_fields(form, body)
    finally:
        await form.close()


async def _raw_of_fields(form: FormData, body: bytes) -> RawProduct:
    ids: list[str] = []
    texts: list[str] = []
    pictures: list[bytes] = []
    for name, value in form.multi_items():
        _check_field(name, isinstance(value, UploadFile))
        if isinstance(value, UploadFile):
            pictures.append(await value.read())
        elif value.encode() not in body:  # the parser takes it for Latin-1 then
            raise unprocessable("a field of the form is not UTF-8; encode it so")
        else:
            (ids if name == "id" else texts).append(value)
    if len(ids) > 1:
        raise unprocessable("the form has more than one id; give one")
    return RawProduct(ids[0] if ids else None, texts, pictures)


def _check_field(name: str, is_file: bool) -> None:
    """Checks that a field of a form is one of a product."""
    if name in _PICTURE_FIELDS and not is_file:
        raise unprocessable(f"{name} came as text; send a file, addresses are not fetched")
    if name in (*_TEXT_FIELDS, "id") and is_file:
        raise unprocessable(f"{name} came as a file; send it as a field of text")
    if name not in ("id", *_TEXT_FIELDS, *_PICTURE_FIELDS):
        raise unprocessable(one_line(f"there is no field {name[:60]!r}; send id, text and image"))


def _is_whole(request: Request, body: bytes) -> bool:
    """Whether a form ends with its last boundary; the parser takes one that was cut off."""
    content_type = request.headers.get("content-type", "")
    boundary = re.search(r'boundary="?([^";]+)', content_type, re.IGNORECASE)
    return boundary is not None and f"--{boundary[1].strip()}--".encode() in body


def _broken(why: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, one_line(f"the form cannot be read: {why}"))


async def _aside(body: bytes, read: Callable[[], Product]) -> Product:
    """Reads a large body in a thread, so that others need not wait."""
    return read() if len(body) <= _SMALL else await asyncio.to_thread(read)


def _picture(text: str, fetched: Fetched) -> bytes:
    found = fetched.get(text)
    if isinstance(found, RefusedError):
        raise found
    return _from_base64(text) if found is None else found


def _from_base64(text: str) -> bytes:
    """The bytes behind base64, with or without `data:...;base64,` in front.

    Raises:
        RefusedError: it is an address, or no base64.
    """
    if _ADDRESS.match(text):
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


def _one_or_several(name: str, one: str | None, several: list[str] | None) -> list[str]:
    if one is not None and several is not None:
        raise unprocessable(f"both {name} and {name}s came; give one of them")
    return [one] if one is not None else several or []


def _check_count(kind: str, count: int, most: int) -> None:
    if count > most:
        raise unprocessable(f"the product has {count} {kind}s; at most {most} are read")


def _header_of(data: bytes) -> tuple[str, int, int]:
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
