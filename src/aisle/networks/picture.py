"""The picture networks: dense layers on the feature maps of a frozen MobileNet."""

from __future__ import annotations

from torch import Tensor, nn

from aisle.networks.text import DROPOUT, WIDTH, start_dense


class DenseMaps(nn.Module):
    """Flattened feature maps to what is seen in them.

    Args:
        size: values of the maps of one picture.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.width = WIDTH
        self.dense = nn.Linear(size, WIDTH)
        start_dense(self.dense)

    def forward(self, maps: Tensor) -> Tensor:
        """(b, WIDTH) of (b, size) values."""
        dense: Tensor = self.dense(maps).relu()
        return dense


class NormalisedMaps(DenseMaps):
    """As `DenseMaps`, then batch normalisation and dropout: the picture network alone."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.norm = nn.BatchNorm1d(WIDTH)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, maps: Tensor) -> Tensor:
        """(b, WIDTH) of (b, size) values."""
        dense: Tensor = self.dropout(self.norm(super().forward(maps)))
        return dense
