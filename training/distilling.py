"""The student learns to give the outputs of its teachers for a photo."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from aisle.files import write_file
from training.course import Course
from training.student import WIDTH, Student
from training.views import Batch, view

BATCH = 32
DECAY = 0.02


@dataclass(frozen=True)
class TeacherOutputs:
    """The outputs of teachers for n photos.

    Attributes:
        sources: (n,) the part of the data folder that each is from.
        squares: (n, side, side, 3) values 0 to 255.
        maps: for each teacher (n, s, s, d), float16, of mean 0 and variance 1.
        wholes: for each teacher (n, d), likewise.
    """

    sources: NDArray[np.str_]
    squares: NDArray[np.uint8]
    maps: Sequence[NDArray[np.float16]]
    wholes: Sequence[NDArray[np.float16]]


class StudentWithHeads(nn.Module):
    """The student with heads for the outputs of its teachers; the heads are dropped afterwards."""

    def __init__(self, maps: Sequence[int], wholes: Sequence[int]) -> None:
        super().__init__()
        self.student = Student()
        self.on_early = nn.Conv2d(144, sum(maps), 1)
        self.on_late = nn.Conv2d(WIDTH, sum(maps), 1)
        self.on_whole = nn.Linear(WIDTH, sum(wholes))

    def loss(self, batch: Batch) -> Tensor:
        """The mean squared error of all heads on a batch of views."""
        early = self.student.early(batch.pixels)
        late = self.student.late(early)
        maps = torch.cat(list(batch.maps), 1)
        coarse = functional.adaptive_avg_pool2d(maps, late.shape[2])
        whole = torch.cat(list(batch.wholes), 1)
        return (
            functional.mse_loss(self.on_early(early).float(), maps)
            + functional.mse_loss(self.on_late(late).float(), coarse)
            + functional.mse_loss(self.on_whole(late.mean(dim=(2, 3))).float(), whole)
        )


def distil(
    outputs: TeacherOutputs,
    courses: Sequence[Course],
    work: Path,
    watch: Callable[[Student], dict[str, float]],
) -> Student:
    """Trains a student from random weights; goes on from the last epoch that `work` holds.

    Args:
        outputs: what is learned.
        courses: how long, at which sizes and rates, and with which photos.
        work: where a checkpoint and the learning curve are kept.
        watch: gives figures of the student so far, for the learning curve alone.
    """
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = StudentWithHeads(
        [one.shape[3] for one in outputs.maps], [one.shape[1] for one in outputs.wholes]
    )
    model = model.to(device, memory_format=torch.channels_last)
    for number, course in enumerate(courses):
        run = _CourseRun(course, model, work / f"student.{number}.pt")
        for epoch in range(run.resume(device), len(course.plan)):
            started = time.perf_counter()
            loss = run.train_epoch(outputs, epoch)
            figures = {"course": number, "epoch": epoch + 1, "loss": loss}
            figures |= watch(model.student.eval()) | {"seconds": time.perf_counter() - started}
            with (work / "curve.jsonl").open("a") as file:
                print(json.dumps(figures), file=file)
    return model.student.eval()


class _CourseRun:
    """The run of a course, with its checkpoint."""

    def __init__(self, course: Course, model: StudentWithHeads, checkpoint: Path) -> None:
        self.course, self.model, self.checkpoint = course, model, checkpoint
        self.optimizer = torch.optim.AdamW(model.parameters(), weight_decay=DECAY)

    def resume(self, device: torch.device) -> int:
        """Loads the checkpoint, if there is one, and returns the number of epochs that are done."""
        if not self.checkpoint.exists():
            return 0
        state = torch.load(self.checkpoint, map_location=device)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        return int(state["epochs"])

    def train_epoch(self, outputs: TeacherOutputs, epoch: int) -> float:
        """One epoch, kept in the checkpoint; the mean loss."""
        torch.manual_seed(epoch)
        self.model.train()
        order = self.course.order(outputs.sources, epoch)
        steps, losses = len(order) // BATCH, []
        batches = _batches(outputs, order, self.model.on_whole.weight.device)
        for step, (batch, side) in enumerate(zip(batches, cycle(self.course.plan[epoch]))):
            rate = self.course.rate_at(epoch * steps + step, steps)
            self.optimizer.param_groups[0]["lr"] = rate
            losses.append(_learn(self.model, self.optimizer, view(batch, side, side // 16)))
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        with write_file(self.checkpoint) as part:
            torch.save(state | {"epochs": epoch + 1}, part)
        return float(np.mean(losses))


def _batches(
    outputs: TeacherOutputs, order: NDArray[np.intp], device: torch.device
) -> Iterator[Batch]:
    for start in range(0, len(order) - BATCH + 1, BATCH):
        rows = np.sort(order[start : start + BATCH])
        pixels = torch.from_numpy(outputs.squares[rows]).to(device).permute(0, 3, 1, 2)
        maps = [torch.from_numpy(one[rows]).to(device).permute(0, 3, 1, 2) for one in outputs.maps]
        wholes = [torch.from_numpy(one[rows]).to(device).float() for one in outputs.wholes]
        yield Batch(pixels.float() / 127.5 - 1, [one.float() for one in maps], wholes)


def _learn(model: StudentWithHeads, optimizer: torch.optim.Optimizer, batch: Batch) -> float:
    with torch.autocast("cuda", torch.bfloat16, enabled=batch.pixels.is_cuda):
        pixels = batch.pixels.contiguous(memory_format=torch.channels_last)
        loss = model.loss(Batch(pixels, batch.maps, batch.wholes))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss)
