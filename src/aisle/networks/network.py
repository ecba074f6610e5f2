"""A network over one source, or over both."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aisle.networks.picture import DenseMaps
from aisle.networks.text import BilstmText, start_dense


class Network(nn.Module):
    """Extractors side by side, concatenated into one context vector, and a dense layer on it.

    With one extractor it is the network of one source. With two it is the early fusion whose fault
    is published: the source that is learned sooner takes the lead, and the other is left behind.

    Args:
        extractors: one an input.
        count: the number of categories.
    """

    def __init__(self, extractors: Sequence[BilstmText | DenseMaps], count: int) -> None:
        super().__init__()
        self.extractors = nn.ModuleList(extractors)
        self.head = nn.Linear(sum(one.width for one in extractors), count)
        start_dense(self.head)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """(b, count) log-odds up to a constant, and the (b, d) context they are read from."""
        seen = [extract(one) for extract, one in zip(self.extractors, inputs, strict=True)]
        context = torch.cat(seen, 1)
        return self.head(context), context
