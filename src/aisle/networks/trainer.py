"""From rows to a trained network: batches, the training loop, early stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from aisle.errors import InputError
from aisle.networks.checkpoint import Checkpoint
from aisle.networks.inputs import Rows, cut
from aisle.networks.models import BilstmText, DenseMaps, Network, NormalisedMaps, to_onnx
from aisle.recipes import NetworkSize, Training
from aisle.summary import Epoch, TrainingCurve

CUT = 0.2
"""The learning rate is cut to this share after two epochs without a lower validation loss."""

MOST_SEEDS = 2**63
"""torch takes no larger seed than this."""

_PREDICTED = 256
"""Rows at a time where nothing is learned."""

_BLOCK = 16
"""The batches drawn at a time; their texts are sorted by length, so that less is padded."""


@dataclass(frozen=True)
class TrainingData:
    """What a network learns from.

    Attributes:
        views: the n rows of its inputs, and other views of the same rows, if there are any.
        labels: (n,) the categories.
        n_classes: the number of categories.
        train: the rows to learn from.
        validation: the rows whose loss stops the training.
    """

    views: Sequence[Rows]
    labels: NDArray[np.intp]
    n_classes: int
    train: NDArray[np.intp]
    validation: NDArray[np.intp]


@dataclass(frozen=True)
class NetworkPlan:
    """Which network is trained, and how.

    Attributes:
        name: what users call it.
        word_vectors: (words + 1, d) for a network that reads texts, else None.
        training: the settings.
        size: the size of its layers.
        seed: of all random draws.
    """

    name: str
    word_vectors: NDArray[np.float32] | None
    training: Training
    size: NetworkSize
    seed: int


def fit_network(plan: NetworkPlan, data: TrainingData) -> tuple[bytes, TrainingCurve]:
    """A trained network as an ONNX file, and its training curve.

    A training that was stopped goes on from its last epoch.

    Raises:
        InputError: the loss is not a number, or a GPU was asked for and there is none.
        OutputError: the checkpoint cannot be written.
    """
    torch.manual_seed(plan.seed % MOST_SEEDS)
    network = Network(_extractors(plan, data), data.n_classes)
    words = [] if plan.word_vectors is None else [plan.word_vectors]
    trainer = Trainer(network, plan.training, plan.seed)
    checkpoint = Checkpoint(
        [*data.views, data.labels, data.train, data.validation, *words],
        data.n_classes,
        plan.name,
        plan.training,
        plan.size,
        plan.seed,
        trainer.device.type,
    )
    curve = trainer.train(data, plan.name, checkpoint)
    return to_onnx(network, cut(data.views[0][data.train[:2]])), curve


class Trainer:
    """Adam, a learning rate that is cut on a plateau, early stopping, the best weights kept.

    Args:
        network: with its first weights; learns in place.
        training: how.
        seed: for the order of rows, the views of them, and dropout.
    """

    def __init__(self, network: Network, training: Training, seed: int) -> None:
        self.device = device_of(training.device)
        self.network = network.to(self.device)
        self.training = training
        self.seed = seed
        learned = [one for one in network.parameters() if one.requires_grad]
        self._optimizer = torch.optim.Adam(learned, training.rate)
        self._schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
            self._optimizer, factor=CUT, patience=1
        )
        self._epochs: list[Epoch] = []
        self._best: dict[str, Tensor] = {}
        self._note = ""

    def train(self, data: TrainingData, name: str, checkpoint: Checkpoint) -> TrainingCurve:
        """Trains until the validation loss falls no more; the network then has its best weights.

        Args:
            data: what is learned from.
            name: of the network, for the progress bar.
            checkpoint: where the state is kept, and the outcome: the same training is not done
                twice.

        Raises:
            InputError: the loss is not a number from the first epoch on.
        """
        self._resume(checkpoint.read())
        weights = category_weights(data).to(self.device) if self.training.balanced else None
        total = self.training.epochs
        with tqdm(total=total, desc=f"{name}: epochs", disable=None, leave=False) as bar:
            bar.update(len(self._epochs))
            while not self._done():
                epoch = self._epoch(data, weights)
                if math.isnan(epoch.loss + epoch.validation_loss):
                    self._lose(name)
                else:
                    self._keep(epoch)
                checkpoint.keep(self._state, self.training.checkpoint_seconds)
                bar.update()
                bar.set_postfix(validation=f"{epoch.validation_accuracy:.1%}")
        self.network.load_state_dict(self._best)
        checkpoint.write(self._outcome())
        return self._curve

    def _done(self) -> bool:
        done = len(self._epochs)
        waited = done - 1 - self._curve.best if done else 0
        over = done >= self.training.epochs or waited >= self.training.patience
        return over or bool(self._note)

    def _epoch(self, data: TrainingData, weights: Tensor | None) -> Epoch:
        started, number = time.perf_counter(), len(self._epochs)
        torch.manual_seed((self.seed * 1_000 + number) % MOST_SEEDS)
        generator = np.random.default_rng((self.seed, number))
        self.network.train()
        losses, right, rows = 0.0, 0, 0
        for inputs, labels in training_batches(data, self.training.batch, generator):
            labels = labels.to(self.device)
            logits = self._logits(inputs)
            loss = _loss(logits, labels, weights)
            if not torch.isfinite(loss):
                losses = math.nan
                break
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            losses += loss.item() * len(labels)
            right += int((logits.argmax(1) == labels).sum())
            rows += len(labels)
        validation_loss, validation_accuracy = self._validate(data, weights)
        return Epoch(
            loss=losses / max(rows, 1),
            accuracy=right / max(rows, 1),
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            rate=self._optimizer.param_groups[0]["lr"],
            seconds=time.perf_counter() - started,
        )

    def _logits(self, inputs: list[Tensor]) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, self.device.type == "cuda"):
            logits, _ = self.network(*(one.to(self.device) for one in inputs))
        return logits.float()

    @torch.no_grad()
    def _validate(self, data: TrainingData, weights: Tensor | None) -> tuple[float, float]:
        self.network.eval()
        rows = data.validation
        parts = [
            self._logits(tensors(data.views[0][rows[start : start + _PREDICTED]]))
            for start in range(0, len(rows), _PREDICTED)
        ]
        logits, labels = torch.cat(parts), torch.from_numpy(data.labels[rows]).to(self.device)
        right = (logits.argmax(1) == labels).float().mean()
        return float(_loss(logits, labels, weights)), float(right)

    def _keep(self, epoch: Epoch) -> None:
        self._epochs.append(epoch)
        self._schedule.step(epoch.validation_loss)
        if self._curve.best == len(self._epochs) - 1:
            self._best = {
                name: value.detach().cpu().clone()
                for name, value in self.network.state_dict().items()
            }

    def _lose(self, name: str) -> None:
        if not self._epochs:
            raise InputError(
                f"{name}: the loss is not a number in the first epoch; give a lower --rate"
            )
        self._note = (
            f"{name}: the loss was not a number in epoch {len(self._epochs) + 1}, the weights of"
            f" epoch {self._curve.best + 1} are kept; a lower --rate may help"
        )

    @property
    def _curve(self) -> TrainingCurve:
        return TrainingCurve(tuple(self._epochs), self.device.type, self._note)

    def _outcome(self) -> dict[str, Any]:
        """What a finished training leaves."""
        epochs = torch.from_numpy(self._curve.to_array())
        return {"best": self._best, "epochs": epochs, "note": self._note}

    def _state(self) -> dict[str, Any]:
        """What a training goes on from."""
        return self._outcome() | {
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
        }

    def _resume(self, state: dict[str, Any] | None) -> None:
        if state is None:
            return
        self._best, self._note = state["best"], state["note"]
        self._epochs = list(
            TrainingCurve.from_array(state["epochs"].numpy(), self.device.type).epochs
        )
        if "optimizer" in state:
            self.network.load_state_dict(state["network"])
            self._optimizer.load_state_dict(state["optimizer"])
            self._schedule.load_state_dict(state["schedule"])


def training_batches(
    data: TrainingData, size: int, generator: np.random.Generator
) -> Iterator[tuple[list[Tensor], Tensor]]:
    """The training rows in random order, a random view of each; batches have 2 rows or more.

    A row that would be a batch of its own joins the batch before it. Where it is a block of its own
    it is left out; that is another row in each epoch.
    """
    order = generator.permutation(data.train)
    batches = []
    for start in range(0, len(order), size * _BLOCK):
        block = _by_length(data.views[0], order[start : start + size * _BLOCK])
        batches += np.array_split(block, range(size, len(block) - 1, size))
    for number in generator.permutation(len(batches)):
        rows = batches[number]
        if len(rows) > 1:
            picked = data.views[0][rows]
            drawn_view = generator.integers(len(data.views), size=len(rows))
            for view in range(1, len(data.views)):
                chosen = drawn_view == view
                picked[chosen] = data.views[view][rows[chosen]]
            yield tensors(picked), torch.from_numpy(data.labels[rows])


def tensors(rows: Rows) -> list[Tensor]:
    """One tensor an input."""
    return [torch.from_numpy(one) for one in cut(rows).values()]


def device_of(name: str) -> torch.device:
    """Where a network learns.

    Raises:
        InputError: a GPU was asked for, and there is none.
    """
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise InputError("device is cuda, but torch finds no GPU here; use auto or cpu")
    return torch.device("cuda" if there and name != "cpu" else "cpu")


def _extractors(plan: NetworkPlan, data: TrainingData) -> list[BilstmText | DenseMaps]:
    """Texts first; pictures are normalised where they are alone."""
    found: list[BilstmText | DenseMaps] = []
    fields = data.views[0].dtype
    if plan.word_vectors is not None:
        vectors = torch.tensor(plan.word_vectors)
        found.append(BilstmText(vectors, plan.training.tuned_words, plan.size))
    if "maps" in (fields.names or ()):
        layer = DenseMaps if found else NormalisedMaps
        found.append(layer(int(fields["maps"].shape[0]), plan.size))
    return found


def _by_length(features: Rows, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    if "tokens" not in (features.dtype.names or ()):
        return rows
    lengths = (features["tokens"][rows] > 0).sum(axis=1)
    return rows[np.argsort(lengths, kind="stable")]


def _loss(logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
    """The mean cross-entropy; not divided by the weights of a batch, which would undo them."""
    return functional.cross_entropy(logits, labels, weights, reduction="sum") / len(labels)


def category_weights(data: TrainingData) -> Tensor:
    """(n_classes,) such that all categories that occur weigh the same, 1 on average over rows.

    One that does not occur weighs 1: it is none of those learned, but validation rows may have it.
    """
    counts = np.bincount(data.labels[data.train], minlength=data.n_classes)
    share = len(data.train) / max(1, (counts > 0).sum())
    weights = np.where(counts > 0, share / np.maximum(counts, 1), 1)
    return torch.from_numpy(weights.astype(np.float32))
