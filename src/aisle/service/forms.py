"""Products as multipart forms: fields of text and files of pictures, held in memory."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from aisle.service.api.errors import RefusedError, one_line, unprocessable
from aisle.service.products import Parts

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MOST_PARTS = 100
_TEXT_FIELDS = ("text", "texts")
_PICTURE_FIELDS = ("image", "images")


class _Part:
    def __init__(self) -> None:
        self.headers: dict[str, bytes] = {}
        self.data = bytearray()


def parts_of_form(body: bytes, content_type: str) -> Parts:
    """Reads a body of the type multipart/form-data.

    Args:
        body: the whole of it.
        content_type: the header, which names the boundary.

    Raises:
        RefusedError: it is broken, or has parts that a product does not have.
    """
    found: dict[str, list[bytes]] = {"id": [], "text": [], "image": []}
    for part in _split(body, content_type):
        _, options = parse_options_header(part.headers.get("content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        found[_kind(name, b"filename" in options)].append(bytes(part.data))
    if len(found["id"]) > 1:
        raise unprocessable("the form has more than one id; give one")
    texts = [*map(_text, found["text"])]
    return Parts(_text(found["id"][0]) if found["id"] else None, texts, found["image"])


def _kind(name: str, is_file: bool) -> str:
    """Which part of a product a part of the form is."""
    if name in _PICTURE_FIELDS and is_file:
        return "image"
    if name in _PICTURE_FIELDS:
        raise unprocessable(f"{name} came as text; send a file, addresses are not fetched")
    if name in (*_TEXT_FIELDS, "id") and is_file:
        raise unprocessable(f"{name} came as a file; send it as a field of text")
    if name in _TEXT_FIELDS:
        return "text"
    if name == "id":
        return "id"
    raise unprocessable(one_line(f"there is no field {name[:60]!r}; send id, text and image"))


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise unprocessable("a field of the form is not UTF-8; encode it so") from error


def _split(body: bytes, content_type: str) -> list[_Part]:
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _broken("its Content-Type names no boundary")
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise _broken("it does not follow the format") from error
    if not collector.ended:
        raise _broken("it ends before its last boundary")
    return collector.parts


def _broken(why: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, f"the multipart form cannot be read: {why}")


class _Collector:
    """Gathers parts as the parser comes upon them."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.ended = False
        self._name = bytearray()
        self._value = bytearray()

    def callbacks(self) -> MultipartCallbacks:
        """By the parser's names."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_part_data": lambda data, start, end: self.parts[-1].data.extend(data[start:end]),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) == _MOST_PARTS:
            raise unprocessable(f"the form has more than {_MOST_PARTS} parts; send fewer")
        self.parts.append(_Part())

    def _header(self) -> None:
        name = self._name.decode("latin-1").lower()
        self.parts[-1].headers[name] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _end(self) -> None:
        self.ended = True
