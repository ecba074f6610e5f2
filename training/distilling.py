"""The student learns to say what its teachers say of a photo."""

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

from training.course import Course
from training.student import WIDTH, Student
from training.views import Batch, view

BATCH = 32
DECAY = 0.02


@dataclass(frozen=True)
class Lessons:
    """What teachers say of n photos.

    Attributes:
        sources: (n,) which part of the data folder each is from.
        squares: (n, side, side, 3) values 0 to 255.
        maps: for each teacher (n, s, s, d), float16, of mean 0 and variance 1.
        wholes: for each teacher (n, d), likewise.
    """

    sources: NDArray[np.str_]
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
    courses: Sequence[Course],
    work: Path,
    watch: Callable[[Student], dict[str, float]],
) -> Student:
    """Trains a student from random weights; goes on from the last epoch that `work` holds.

    Args:
        lessons: what is to be learned.
        courses: how long, at which sizes and rates, and with which photos.
        work: where a checkpoint and the learning curve are kept.
        watch: figures of the student so far, for the learning curve alone.
    """
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    pupil = Pupil([one.shape[3] for one in lessons.maps], [one.shape[1] for one in lessons.wholes])
    pupil = pupil.to(device, memory_format=torch.channels_last)
    for number, course in enumerate(courses):
        attended = _Attended(course, pupil, work / f"student.{number}.pt")
        for epoch in range(attended.resume(device), len(course.plan)):
            started = time.perf_counter()
            loss = attended.attend(lessons, epoch)
            figures = {"course": number, "epoch": epoch + 1, "loss": loss}
            figures |= watch(pupil.student.eval()) | {"seconds": time.perf_counter() - started}
            with (work / "curve.jsonl").open("a") as file:
                print(json.dumps(figures), file=file)
    return pupil.student.eval()


class _Attended:
    """A course that a pupil attends, with its checkpoint."""

    def __init__(self, course: Course, pupil: Pupil, checkpoint: Path) -> None:
        self.course, self.pupil, self.checkpoint = course, pupil, checkpoint
        self.optimizer = torch.optim.AdamW(pupil.parameters(), weight_decay=DECAY)

    def resume(self, device: torch.device) -> int:
        """Takes the checkpoint up, if there is one; how many epochs it has seen."""
        if not self.checkpoint.exists():
            return 0
        state = torch.load(self.checkpoint, map_location=device)
        self.pupil.load_state_dict(state["pupil"])
        self.optimizer.load_state_dict(state["optimizer"])
        return int(state["epochs"])

    def attend(self, lessons: Lessons, epoch: int) -> float:
        """One epoch, kept in the checkpoint; the mean loss."""
        torch.manual_seed(epoch)
        self.pupil.train()
        order = self.course.order(lessons.sources, epoch)
        steps, losses = len(order) // BATCH, []
        batches = _batches(lessons, order, self.pupil.on_whole.weight.device)
        for step, (batch, side) in enumerate(zip(batches, cycle(self.course.plan[epoch]))):
            rate = self.course.rate_at(epoch * steps + step, steps)
            self.optimizer.param_groups[0]["lr"] = rate
            losses.append(_learn(self.pupil, self.optimizer, view(batch, side, side // 16)))
        state = {"pupil": self.pupil.state_dict(), "optimizer": self.optimizer.state_dict()}
        new = self.checkpoint.with_suffix(".new")
        torch.save(state | {"epochs": epoch + 1}, new)
        new.replace(self.checkpoint)
        return float(np.mean(losses))


def _batches(lessons: Lessons, order: NDArray[np.intp], device: torch.device) -> Iterator[Batch]:
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
