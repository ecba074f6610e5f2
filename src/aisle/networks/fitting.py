"""From rows to a trained network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from aisle.networks.batches import Material
from aisle.networks.checkpoint import Checkpoint
from aisle.networks.exporting import to_onnx
from aisle.networks.inputs import cut
from aisle.networks.network import Network
from aisle.networks.picture import DenseMaps, NormalisedMaps
from aisle.networks.settings import Training
from aisle.networks.text import BilstmText
from aisle.networks.training import MOST_SEEDS, Trainer
from aisle.summary import TrainingCurve


@dataclass(frozen=True)
class Plan:
    """Which network is trained, and how.

    Attributes:
        name: what users call it.
        word_vectors: (words + 1, d) where it reads texts, else None.
        training: the settings.
        seed: for all that is drawn.
    """

    name: str
    word_vectors: NDArray[np.float32] | None
    training: Training
    seed: int


def fit_network(plan: Plan, material: Material) -> tuple[bytes, TrainingCurve]:
    """A trained network as an ONNX file, and its learning curve.

    A training that was stopped goes on from its last epoch.

    Raises:
        InputError: the loss is not a number, or a GPU was asked for and there is none.
        OutputError: the checkpoint cannot be written.
    """
    torch.manual_seed(plan.seed % MOST_SEEDS)
    network = Network(_extractors(plan, material), material.count)
    words = [] if plan.word_vectors is None else [plan.word_vectors]
    trainer = Trainer(network, plan.training, plan.seed)
    checkpoint = Checkpoint(
        [*material.views, material.labels, material.train, material.validation, *words],
        material.count,
        plan.name,
        plan.training,
        plan.seed,
        trainer.device.type,
    )
    curve = trainer.train(material, plan.name, checkpoint)
    return to_onnx(network, cut(material.views[0][material.train[:2]])), curve


def _extractors(plan: Plan, material: Material) -> list[BilstmText | DenseMaps]:
    """Texts first; pictures are normalised where they are alone."""
    found: list[BilstmText | DenseMaps] = []
    fields = material.views[0].dtype
    if plan.word_vectors is not None:
        vectors = torch.tensor(plan.word_vectors)
        found.append(BilstmText(vectors, plan.training.tuned_words))
    if "maps" in (fields.names or ()):
        size = int(fields["maps"].shape[0])
        found.append(DenseMaps(size) if found else NormalisedMaps(size))
    return found
