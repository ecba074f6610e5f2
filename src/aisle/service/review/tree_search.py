"""Finding a category of the tree by a few letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from aisle.schema import CategoryPath

_WORD = re.compile(r"[^\W_]+")
_PLURAL = 3
_IN_THE_NAME, _ABOVE = (0, 1, 2), (4, 5, 6)
"""What a word costs that is found whole, at the start of a word, or inside one."""


@dataclass(frozen=True)
class _Node:
    path: CategoryPath
    name: tuple[str, ...]
    above: tuple[str, ...]
    text: str


class TreeSearch:
    """The categories of a tree, to be searched by words and parts of words.

    Args:
        categories: their paths; a node that only has categories beneath it is none.
    """

    def __init__(self, categories: Sequence[CategoryPath]) -> None:
        self._nodes = [_node(path) for path in sorted(categories)]
        self._vocabulary = sorted({word for node in self._nodes for word in node.name + node.above})

    def search(self, query: str, limit: int = 12) -> list[CategoryPath]:
        """The categories in which all words of a query are found, the best first.

        Words in a category's own name count more than those of the nodes above it, whole words more
        than beginnings. Where nothing is found, words are taken for misspelt. Without a word the
        first categories by name are the answer.

        Args:
            query: what somebody types.
            limit: the most categories.
        """
        words = _words(query)
        if not words:
            return [node.path for node in self._nodes[:limit]]
        found = self._ranked(words) or self._ranked(tuple(map(self._corrected, words)))
        return found[:limit]

    def _ranked(self, words: Sequence[str]) -> list[CategoryPath]:
        nodes = (node for node in self._nodes if all(word in node.text for word in words))
        costs = [(_cost(node, words), node.path) for node in nodes]
        found = [(cost, len(path), path) for cost, path in costs if cost is not None]
        return [path for _, _, path in sorted(found)]

    def _corrected(self, word: str) -> str:
        return next(iter(get_close_matches(word, self._vocabulary, 1, cutoff=0.7)), word)


def _node(path: CategoryPath) -> _Node:
    name, above = _words(path[-1]), _words(" ".join(path[:-1]))
    return _Node(path, name, above, " ".join(name + above))


def _cost(node: _Node, words: Sequence[str]) -> int | None:
    """How badly a node fits, from 0; None where a word is not found."""
    total = 0
    for word in words:
        prices = [_price(word, given, _IN_THE_NAME) for given in node.name]
        prices += [_price(word, given, _ABOVE) for given in node.above]
        cheapest = min((price for price in prices if price is not None), default=None)
        if cheapest is None:
            return None
        total += cheapest
    return total * 10 + max(0, len(node.name) - len(words))


def _price(word: str, given: str, prices: tuple[int, int, int]) -> int | None:
    whole, start, inside = prices
    if given == word:
        return whole
    if given.startswith(word):
        return start
    return inside if word in given else None


def _words(text: str) -> tuple[str, ...]:
    """Lower case without accents, and without the s of the plural."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return tuple(
        word[:-1] if len(word) > _PLURAL and word.endswith("s") else word
        for word in _WORD.findall(plain)
    )
