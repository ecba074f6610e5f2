"""Bytes of unknown origin to text."""

from __future__ import annotations

import codecs

_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def decode(data: bytes) -> str:
    """Reads bytes as their byte order mark says, else as UTF-8, else byte by byte as cp1252.

    A file that is UTF-8 but for a few bytes keeps its UTF-8: only the bytes that do not fit are
    read as cp1252, and those that cp1252 leaves open as Latin-1. NUL characters are dropped.
    """
    encoding = "utf-8"
    for mark, name in _BOMS.items():
        if data.startswith(mark):
            data, encoding = data[len(mark) :], name
            break
    return data.decode(encoding, errors="aisle.cp1252").replace("\x00", "")


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    text = "".join(_legacy_character(bytes([value])) for value in bad)
    return text, error.end


def _legacy_character(byte: bytes) -> str:
    try:
        return byte.decode("cp1252")
    except UnicodeDecodeError:
        return byte.decode("latin-1")


codecs.register_error("aisle.cp1252", _as_cp1252)
