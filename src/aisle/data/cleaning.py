"""One cell of a table to clean text."""

from __future__ import annotations

import html
import re
import unicodedata
from html.parser import HTMLParser

MISSING = frozenset({"", "nan", "none", "null", "n/a", "na", "#n/a", "-", "<na>"})
"""What tables write, in lower case, where a text is missing."""

_TAG = re.compile(r"</?[a-zA-Z!]")
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
    if _TAG.search(text):
        text = _strip_tags(text)
    return " ".join(unicodedata.normalize("NFC", _CONTROL.sub(" ", text)).split())


class _TextOnly(HTMLParser):
    _UNREAD = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self._unread += tag in self._UNREAD
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in self._UNREAD and self._unread > 0
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.parts.append(data)


def _strip_tags(text: str) -> str:
    parser = _TextOnly()
    parser.feed(text)
    parser.close()
    return "".join(parser.parts)
