"""One cell of a table to what it stands for: a clean text, a list, a category, pictures."""

from __future__ import annotations

import ast
import html
import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aisle.schema import CategoryPath, ImageRef

MISSING = frozenset({"", "nan", "none", "null", "n/a", "na", "#n/a", "-", "<na>"})
"""What tables write, in lower case, where a text is missing."""

_CERTAIN_SEPARATOR = " >> "
"""Stands nowhere but between the levels of a path."""

_LIKELY_SEPARATORS = (" > ", ">", " / ", "/", " | ", "|", " :: ")

_UNSEEN = re.compile(
    r"<(script|style)\b[^<]*+(?:<(?!/?\1\b)[^<]*+)*+</\1\b[^<>]*>"
    r"|<!--[^<-]*+(?:(?!-->|<!--)[<-][^<-]*+)*+-->",
    re.IGNORECASE,
)
"""What a browser does not show; like all patterns here, it takes linear time on any text."""
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff]+")


def clean_text(value: object) -> str:
    """The text of a cell: no markup, entities or control characters, single spaces, NFC.

    Lists are joined by a space. What stands for a missing text becomes an empty string.
    """
    if isinstance(value, list | tuple):
        return " ".join(filter(None, map(clean_text, value)))
    if value is None or (isinstance(value, float) and value != value):
        return ""
    text = str(value)
    if text.strip().lower() in MISSING:
        return ""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", _UNSEEN.sub(" ", text))
    return " ".join(unicodedata.normalize("NFC", _CONTROL.sub(" ", text)).split())


def parse_list(text: str) -> list[Any] | None:
    """The list that a text spells, in JSON or as pandas writes a list into a CSV file.

    Example:
        >>> parse_list('["a.jpg", "b.jpg"]')
        ['a.jpg', 'b.jpg']
    """
    if not text.lstrip().startswith("["):
        return None
    for parse in (json.loads, ast.literal_eval):
        try:
            value = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list):
            return value
    return None


def read_category(value: object, separator: str) -> CategoryPath | None:
    """The category that a cell names: a path, a list of names, or a list of one path.

    Example:
        >>> read_category('["Clothing >> Shirts"]', " >> ")
        ('Clothing', 'Shirts')
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        names = parse_list(value)
        value = value.strip('[]"') if names is None and '["' in value else names or value
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if value is None:
        return None
    parts = value if isinstance(value, list | tuple) else str(value).split(separator)
    return tuple(filter(None, map(clean_text, parts))) or None


def separator_of(labels: Sequence[object], separator: str) -> str:
    """The separator of paths: the given one, or " >> " where most hold that and none the given."""
    texts = _texts(labels)
    if any(separator in text for text in texts):
        return separator
    return _CERTAIN_SEPARATOR if _most_hold(_CERTAIN_SEPARATOR, texts) else separator


def other_separator(labels: Sequence[object], separator: str) -> str:
    """Another separator that most labels hold, where none holds the given one; else empty."""
    texts = _texts(labels)
    if any(separator in text for text in texts):
        return ""
    return next((other for other in _LIKELY_SEPARATORS if _most_hold(other, texts)), "")


def read_images(value: object, root: Path) -> tuple[ImageRef, ...]:
    """The pictures that a cell holds or names: one or a list of them.

    Args:
        value: bytes, a file name, a path, a URL, or a list of these, also as text; or a dictionary
            with `bytes` and `path`, as in Hugging Face data sets.
        root: the folder that names start from.
    """
    if isinstance(value, bytes):
        return (value,)
    if isinstance(value, dict):
        return read_images(value.get("bytes") or value.get("path"), root)
    if isinstance(value, list | tuple):
        return tuple(ref for part in value for ref in read_images(part, root))
    text = "" if value is None else str(value).strip()
    parts = parse_list(text)
    if parts is not None:
        return read_images(parts, root)
    return (_locate(text, root),) if clean_text(text) else ()


def _locate(text: str, root: Path) -> Path:
    """A picture's file: a URL stands for the file of its last part, downloaded before."""
    if text.startswith(("http://", "https://")):
        text = text.partition("?")[0].rpartition("/")[2]
    return root / text


def _texts(labels: Sequence[object]) -> list[str]:
    firsts = (one[0] if isinstance(one, list) and len(one) == 1 else one for one in labels)
    return [one for one in firsts if isinstance(one, str)]


def _most_hold(separator: str, texts: Sequence[str]) -> bool:
    return bool(texts) and 2 * sum(separator in text for text in texts) > len(texts)
