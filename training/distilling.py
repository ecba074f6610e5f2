"""The student learns to say what its teachers say of a photo."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.student import WIDTH, Student
from training.views import Batch, view

BATCH = 32
RATE = 1e-3
DECAY = 0.02
_WARM_UP = 500


@dataclass(frozen=True)
class Phase:
    """Epochs at one size of pictures: small ones teach faster."""

    side: int
    epochs: int


@dataclass(frozen=True)
class Lessons:
    """What teachers say of n photos.

    Attributes:
        squares: (n, side, side, 3) values 0 to 255.
        maps: for each teacher (n, s, s, d), float16, of mean 0 and variance 1.
        wholes: for each teacher (n, d), likewise.
    """

    squares: NDArray[np.uint8]
    maps: Sequence[NDArray[np.float16]]
    wholes: Sequence[NDArray[np.float16]]


class Pupil(nn.Module):
    """The student, with a mouth for each teacher's words; the mouths are dropped afterwards."""

    def __init__(self, maps: Sequence[int], wholes: Sequence[int]) -> None:
        super().__init__()
        self.student = Student()
        self.on_early = nn.Conv2d(144, sum(maps), 1)
        self.on_late = nn.Conv2d(WIDTH, sum(maps), 1)
        self.on_whole = nn.Linear(WIDTH, sum(wholes))

    def loss(self, batch: Batch) -> Tensor:
        """The mean squared error of all that is said of a batch of views."""
        early = self.student.early(batch.pixels)
        late = self.student.late(early)
        said = torch.cat(list(batch.maps), 1)
        coarse = functional.adaptive_avg_pool2d(said, late.shape[2])
        whole = torch.cat(list(batch.wholes), 1)
        return (
            functional.mse_loss(self.on_early(early).float(), said)
            + functional.mse_loss(self.on_late(late).float(), coarse)
            + functional.mse_loss(self.on_whole(late.mean(dim=(2, 3))).float(), whole)
        )


def distil(
    lessons: Lessons,
    phases: Sequence[Phase],
    work: Path,
    watch: Callable[[Student], dict[str, float]],
) -> Student:
    """Trains a student from random weights; goes on from the last epoch that `work` holds.

    Args:
        lessons: what is to be learned.
        phases: how long, and at which sizes.
        work: where a checkpoint and the learning curve are kept.
        watch: figures of the student so far, for the learning curve alone.
    """
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    pupil = Pupil([one.shape[3] for one in lessons.maps], [one.shape[1] for one in lessons.wholes])
    pupil = pupil.to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(pupil.parameters(), lr=RATE, weight_decay=DECAY)
    checkpoint, done = work / "student.pt", 0
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device)
        pupil.load_state_dict(state["pupil"])
        optimizer.load_state_dict(state["optimizer"])
        done = state["epochs"]
    steps = len(lessons.squares) // BATCH
    plan = [phase.side for phase in phases for _ in range(phase.epochs)]
    for epoch, side in enumerate(plan[done:], done):
        started, losses = time.perf_counter(), []
        pupil.train()
        for step, batch in enumerate(_batches(lessons, epoch, device)):
            rate = _rate(epoch * steps + step, len(plan) * steps)
            optimizer.param_groups[0]["lr"] = rate
            losses.append(_learn(pupil, optimizer, view(batch, side, side // 16)))
        state = {"pupil": pupil.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save(state | {"epochs": epoch + 1}, work / "student.pt.new")
        (work / "student.pt.new").replace(checkpoint)
        figures = {"epoch": epoch + 1, "side": side, "loss": float(np.mean(losses))}
        figures |= watch(pupil.student.eval()) | {"seconds": time.perf_counter() - started}
        with (work / "curve.jsonl").open("a") as file:
            print(json.dumps(figures), file=file)
    return pupil.student.eval()


def _batches(lessons: Lessons, seed: int, device: torch.device) -> Iterator[Batch]:
    order = np.random.default_rng(seed).permutation(len(lessons.squares))
    for start in range(0, len(order) - BATCH + 1, BATCH):
        rows = np.sort(order[start : start + BATCH])
        pixels = torch.from_numpy(lessons.squares[rows]).to(device).permute(0, 3, 1, 2)
        maps = [torch.from_numpy(one[rows]).to(device).permute(0, 3, 1, 2) for one in lessons.maps]
        wholes = [torch.from_numpy(one[rows]).to(device).float() for one in lessons.wholes]
        yield Batch(pixels.float() / 127.5 - 1, [one.float() for one in maps], wholes)


def _learn(pupil: Pupil, optimizer: torch.optim.Optimizer, batch: Batch) -> float:
    with torch.autocast("cuda", torch.bfloat16, enabled=batch.pixels.is_cuda):
        pixels = batch.pixels.contiguous(memory_format=torch.channels_last)
        loss = pupil.loss(Batch(pixels, batch.maps, batch.wholes))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(pupil.parameters(), 1.0)
    optimizer.step()
    return float(loss)


def _rate(step: int, steps: int) -> float:
    """Up, level, and over the last third down to zero (Hu et al. 2024, arXiv 2404.06395)."""
    return RATE * min((step + 1) / _WARM_UP, 1.0, 3 * (steps - step) / steps)
