"""How a training went, epoch by epoch."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Epoch:
    """One pass over the training rows.

    Attributes:
        loss: the mean cross-entropy of the training rows, in nats, with dropout at work.
        accuracy: the share of training rows answered rightly, with dropout at work.
        validation_loss: the mean cross-entropy of the rows kept for validation.
        validation_accuracy: the share of them answered rightly.
        rate: the learning rate.
        seconds: how long it took.
    """

    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    rate: float
    seconds: float


@dataclass(frozen=True)
class Curve:
    """A learning curve.

    Attributes:
        epochs: in their order.
        device: what it ran on, "cpu" or "cuda".
        note: why it ended otherwise than expected, or an empty string.
    """

    epochs: tuple[Epoch, ...]
    device: str
    note: str = ""

    @property
    def best(self) -> int:
        """The epoch of the least validation loss, whose weights were kept; counted from 0."""
        return int(np.argmin([epoch.validation_loss for epoch in self.epochs]))

    @property
    def seconds(self) -> float:
        """Of all epochs."""
        return sum(epoch.seconds for epoch in self.epochs)

    def to_array(self) -> NDArray[np.float32]:
        """(epochs, 6) the epochs as rows."""
        return np.array([astuple(epoch) for epoch in self.epochs], dtype=np.float32)

    @classmethod
    def of(cls, rows: NDArray[np.float32], device: str, note: str = "") -> Self:
        """The curve of such an array."""
        return cls(tuple(Epoch(*map(float, row)) for row in rows), device, note)
