"""The training loop of all networks."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from aisle.errors import InputError
from aisle.networks.batches import Material, drawn, tensors
from aisle.networks.checkpoint import Checkpoint
from aisle.networks.network import Network
from aisle.networks.settings import Training
from aisle.summary import Epoch, TrainingCurve

CUT = 0.2
"""The learning rate is cut to this share after two epochs without a lower validation loss."""

MOST_SEEDS = 2**63
"""torch takes no larger seed than this."""

_ANSWERED = 256
"""Rows at a time where nothing is learned."""


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

    def train(self, material: Material, name: str, checkpoint: Checkpoint) -> TrainingCurve:
        """Trains until the validation loss falls no more; the network then has its best weights.

        Args:
            material: what is learned from.
            name: of the network, for the progress bar.
            checkpoint: where the state is kept, and the outcome: the same training is not done
                twice.

        Raises:
            InputError: the loss is not a number from the first epoch on.
        """
        self._resume(checkpoint.read())
        weights = _category_weights(material).to(self.device) if self.training.balanced else None
        total = self.training.epochs
        with tqdm(total=total, desc=f"{name}: epochs", disable=None, leave=False) as bar:
            bar.update(len(self._epochs))
            while not self._done():
                epoch = self._epoch(material, weights)
                if math.isnan(epoch.loss + epoch.validation_loss):
                    self._lose(name)
                else:
                    self._keep(epoch)
                checkpoint.keep(self._state)
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

    def _epoch(self, material: Material, weights: Tensor | None) -> Epoch:
        started, number = time.perf_counter(), len(self._epochs)
        torch.manual_seed((self.seed * 1_000 + number) % MOST_SEEDS)
        generator = np.random.default_rng((self.seed, number))
        self.network.train()
        losses, right, rows = 0.0, 0, 0
        for inputs, labels in drawn(material, self.training.batch, generator):
            labels = labels.to(self.device)
            logits = self._answers(inputs)
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
        validation_loss, validation_accuracy = self._validate(material, weights)
        return Epoch(
            loss=losses / max(rows, 1),
            accuracy=right / max(rows, 1),
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            rate=self._optimizer.param_groups[0]["lr"],
            seconds=time.perf_counter() - started,
        )

    def _answers(self, inputs: list[Tensor]) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, self.device.type == "cuda"):
            logits, _ = self.network(*(one.to(self.device) for one in inputs))
        return logits.float()

    @torch.no_grad()
    def _validate(self, material: Material, weights: Tensor | None) -> tuple[float, float]:
        self.network.eval()
        rows = material.validation
        parts = [
            self._answers(tensors(material.views[0][rows[start : start + _ANSWERED]]))
            for start in range(0, len(rows), _ANSWERED)
        ]
        logits, labels = torch.cat(parts), torch.from_numpy(material.labels[rows]).to(self.device)
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


def device_of(name: str) -> torch.device:
    """Where a network learns.

    Raises:
        InputError: a GPU was asked for, and there is none.
    """
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise InputError("device is cuda, but torch finds no GPU here; use auto or cpu")
    return torch.device("cuda" if there and name != "cpu" else "cpu")


def _loss(logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
    """The mean cross-entropy; not divided by the weights of a batch, which would undo them."""
    return functional.cross_entropy(logits, labels, weights, reduction="sum") / len(labels)


def _category_weights(material: Material) -> Tensor:
    """(count,) such that all categories that occur weigh the same, 1 on average over rows.

    One that does not occur weighs 1: it is none of those learned, but validation rows may have it.
    """
    counts = np.bincount(material.labels[material.train], minlength=material.count)
    share = len(material.train) / max(1, (counts > 0).sum())
    weights = np.where(counts > 0, share / np.maximum(counts, 1), 1)
    return torch.from_numpy(weights.astype(np.float32))
