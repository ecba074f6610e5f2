"""Which part of a Flipkart category a model shall learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aisle.errors import LabelError
from aisle.schema import CategoryPath


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A rule leaves a product out, for a reason."""

    reason: str


LabelRule = Callable[[Sequence[CategoryPath]], Sequence[CategoryPath | Unlabelled]]
"""The labels of products, one each, from the categories of all of them; none of these is empty."""


def full_path(paths: Sequence[CategoryPath]) -> Sequence[CategoryPath | Unlabelled]:
    """The whole category."""
    return paths


@dataclass(frozen=True, slots=True)
class FirstLevels:
    """The category cut after some levels; one that is not that deep stays as it is.

    Args:
        depth: the number of levels, at least 1.

    Raises:
        LabelError: the depth is less than 1.
    """

    depth: int

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise LabelError(f"there is no level {self.depth}; the root is level 1")

    def __call__(self, paths: Sequence[CategoryPath]) -> Sequence[CategoryPath | Unlabelled]:
        """The cut categories."""
        return [path[: self.depth] for path in paths]


@dataclass(frozen=True, slots=True)
class FrequentRootWords:
    """The first word of the root in lower case, where enough products have it.

    With more than 500 of the 20,000 products of the whole set these are the ten labels of earlier
    work on it (17,285 products): automotive, beauty, clothing, computers, footwear, home,
    jewellery, kitchen, mobiles, watches.

    Args:
        more_than: a word with no more products than this is left out.
    """

    more_than: int = 500

    def __call__(self, paths: Sequence[CategoryPath]) -> Sequence[CategoryPath | Unlabelled]:
        """The words as categories of one level."""
        words = [path[0].split()[0].lower() for path in paths]
        counts = Counter(words)
        rare = Unlabelled(
            f"no more than {self.more_than} products share the first word of the root"
        )
        return [(word,) if counts[word] > self.more_than else rare for word in words]
