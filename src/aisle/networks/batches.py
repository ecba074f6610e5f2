"""Rows of features to batches of tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aisle.networks.inputs import Rows, cut

_BLOCK = 16
"""So many batches are drawn at a time, and their texts sorted by length: less is padded."""


@dataclass(frozen=True)
class Material:
    """What a network learns from.

    Attributes:
        views: the n rows of its inputs, and other views of the same rows, if there are any.
        labels: (n,) the right categories.
        count: the number of categories.
        train: the rows to learn from.
        validation: the rows that say when to stop.
    """

    views: Sequence[Rows]
    labels: NDArray[np.intp]
    count: int
    train: NDArray[np.intp]
    validation: NDArray[np.intp]


def drawn(
    material: Material, size: int, generator: np.random.Generator
) -> Iterator[tuple[list[Tensor], Tensor]]:
    """The training rows in random order, a random view of each; batches have 2 rows or more.

    A row that would be a batch of its own goes with the batch before. Where it is a block of its
    own it is left out; that is another row in each epoch.
    """
    order = generator.permutation(material.train)
    batches = []
    for start in range(0, len(order), size * _BLOCK):
        block = _by_length(material.views[0], order[start : start + size * _BLOCK])
        batches += np.array_split(block, range(size, len(block) - 1, size))
    for number in generator.permutation(len(batches)):
        rows = batches[number]
        if len(rows) > 1:
            picked = material.views[0][rows]
            drawn_view = generator.integers(len(material.views), size=len(rows))
            for view in range(1, len(material.views)):
                mine = drawn_view == view
                picked[mine] = material.views[view][rows[mine]]
            yield tensors(picked), torch.from_numpy(material.labels[rows])


def tensors(rows: Rows) -> list[Tensor]:
    """One tensor an input."""
    return [torch.from_numpy(one) for one in cut(rows).values()]


def _by_length(features: Rows, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    if "tokens" not in (features.dtype.names or ()):
        return rows
    lengths = (features["tokens"][rows] > 0).sum(axis=1)
    return rows[np.argsort(lengths, kind="stable")]
