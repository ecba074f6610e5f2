"""One cell of a table to clean text."""

from __future__ import annotations

import html
import re
import unicodedata

MISSING = frozenset({"", "nan", "none", "null", "n/a", "na", "#n/a", "-", "<na>"})
"""What tables write, in lower case, where a text is missing."""

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
