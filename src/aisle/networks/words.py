"""Texts to words, as the classic text networks clean them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_find_words = re.compile(r"[^\W_]+").finditer


def split_words(text: str) -> Iterator[str]:
    """The words of a text in lower case: whatever stands between characters that are neither
    letters nor digits, in the sense of Unicode.

    Words come one by one, so that whoever needs the first hundred does not read on.
    """
    return (match.group() for match in _find_words(text.lower()))


def stop_words() -> frozenset[str]:
    """Frequent English words, as scikit-learn lists them; "top" and "full" are among them."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)
