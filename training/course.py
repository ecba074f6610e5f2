"""What is shown to the student, how large, and how fast it learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_WARM_UP = 500


@dataclass(frozen=True)
class Phase:
    """Epochs at some sizes of pictures, batch by batch in turn: small ones teach faster."""

    sides: Sequence[int]
    epochs: int


@dataclass(frozen=True)
class Course:
    """Phases under one learning rate.

    Attributes:
        phases: what happens, in order.
        rate: the largest learning rate.
        draws: how many photos of each source an epoch draws; all photos once, where it is empty.
    """

    phases: Sequence[Phase]
    rate: float
    draws: Mapping[str, int] = field(default_factory=dict)

    @property
    def plan(self) -> list[Sequence[int]]:
        """The sizes of each epoch."""
        return [phase.sides for phase in self.phases for _ in range(phase.epochs)]

    def order(self, sources: NDArray[np.str_], epoch: int) -> NDArray[np.intp]:
        """The photos of an epoch; `sources` (n,) says where each photo is from."""
        chance = np.random.default_rng(epoch)
        if not self.draws:
            return chance.permutation(len(sources))
        parts = [_drawn(sources == one, count, chance) for one, count in self.draws.items()]
        return chance.permutation(np.concatenate(parts))

    def rate_at(self, step: int, steps: int) -> float:
        """The learning rate at a step of the whole course, whose epochs have `steps` each.

        Up, level, and over the last third down to zero (Hu et al. 2024, arXiv 2404.06395).
        """
        left = 1 - step / (steps * len(self.plan))
        return self.rate * min((step + 1) / _WARM_UP, 1.0, 3 * left)


def _drawn(wanted: NDArray[np.bool_], count: int, chance: np.random.Generator) -> NDArray[np.intp]:
    """So many of the wanted rows; each comes equally often, give or take one."""
    rows = np.flatnonzero(wanted)
    rounds = [chance.permutation(rows) for _ in range(-(-count // len(rows)))]
    return np.concatenate(rounds)[:count]
