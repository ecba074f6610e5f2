"""The category tree: which nodes there are, and how probability adds up to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.schema import Candidate, CategoryPath


class Taxonomy:
    """A tree over the categories that a model can answer with.

    A category may be an inner node of the tree as well as a leaf: its probability then counts for
    itself and for all above it.

    Args:
        categories: distinct paths; their order is the order of the columns of all probabilities.
    """

    def __init__(self, categories: Sequence[CategoryPath]) -> None:
        self.categories = tuple(categories)
        self._members: dict[CategoryPath, list[int]] = {}
        for column, path in enumerate(self.categories):
            for depth in range(1, len(path) + 1):
                self._members.setdefault(path[:depth], []).append(column)

    def __len__(self) -> int:
        return len(self.categories)

    def __contains__(self, path: CategoryPath) -> bool:
        return path in self._members

    @property
    def depth(self) -> int:
        """The number of levels of the deepest category."""
        return max(len(path) for path in self.categories)

    def levels(
        self, path: CategoryPath, probabilities: NDArray[np.floating]
    ) -> tuple[Candidate, ...]:
        """The nodes from the root down to `path`, each with the probability of its subtree.

        Args:
            path: a node of the tree.
            probabilities: (categories,) one product's probabilities.
        """
        return tuple(
            Candidate(path[:depth], float(probabilities[self._members[path[:depth]]].sum()))
            for depth in range(1, len(path) + 1)
        )

    def at_level(self, level: int) -> tuple[tuple[CategoryPath, ...], NDArray[np.intp]]:
        """The nodes that categories fall into when paths are cut after `level` names.

        Returns:
            The distinct cut paths, and for each category the index of its own among them.
        """
        cut = [path[:level] for path in self.categories]
        nodes = tuple(dict.fromkeys(cut))
        position = {node: index for index, node in enumerate(nodes)}
        return nodes, np.array([position[path] for path in cut], dtype=np.intp)
