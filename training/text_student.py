"""Learns the vectors of word pieces so that their mean over a text points to its target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import trange

from training.text_bags import Array, Bags


@dataclass(frozen=True)
class TextTargets:
    """The texts to learn from, and their targets.

    Attributes:
        bags: n texts.
        targets: (n, d) directions of unit length.
    """

    bags: Bags
    targets: Array


@dataclass(frozen=True)
class Training:
    """How to learn.

    Attributes:
        epochs: times that each text is seen.
        batch: texts a step.
        rate: learning rate of Adam at the start; it falls to zero linearly.
        dropout: the part of a text's pieces that is hidden in a step.
        seed: of order and dropout.
    """

    epochs: int
    batch: int
    rate: float
    dropout: float
    seed: int = 0


def learn(vectors: Array, task: TextTargets, training: Training) -> Array:
    """(vocabulary, d) vectors of pieces, beginning with those given."""
    torch.use_deterministic_algorithms(True)
    rng = np.random.default_rng(training.seed)
    weights = torch.nn.Parameter(torch.tensor(vectors))
    targets = torch.from_numpy(task.targets)
    rows = np.flatnonzero(np.diff(task.bags.starts))
    steps = -(-len(rows) // training.batch)
    optimiser = torch.optim.Adam([weights], lr=training.rate)
    decay = torch.optim.lr_scheduler.LinearLR(optimiser, 1, 0, training.epochs * steps)
    for _ in trange(training.epochs, desc="epochs", disable=None):
        for batch in np.array_split(rng.permutation(rows), steps):
            seen = _hide(task.bags.take(batch), training.dropout, rng)
            loss = _distance(weights, seen, targets[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            decay.step()
    return np.asarray(weights.detach().numpy())


def _hide(bags: Bags, part: float, rng: np.random.Generator) -> Bags:
    return bags.keep(rng.random(len(bags.pieces)) >= part)


def _distance(weights: Tensor, bags: Bags, targets: Tensor) -> Tensor:
    """The mean cosine distance."""
    pieces, starts = torch.from_numpy(bags.pieces), torch.from_numpy(bags.starts)
    means = functional.embedding_bag(pieces, weights, starts, mode="mean", include_last_offset=True)
    return 1 - functional.cosine_similarity(means, targets).mean()
