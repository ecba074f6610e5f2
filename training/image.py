"""Trains aisle-mini-image: `python -m training.image --data DIR --models DIR --work DIR`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.command import read_folders
from training.course import Course, Phase
from training.distilling import TeacherOutputs, distil
from training.exporting import export
from training.photos import find_photos, load_squares
from training.probing import accuracy_in_folds, accuracy_on, labelled_pictures
from training.student import SIDE, Student, TwoScales
from training.teachers import MOBILENET, VIT, run_teacher

TEACHERS = (VIT, MOBILENET)
ALL = Course((Phase((64,), 7), Phase((96,), 13)), rate=1e-3)
BALANCED = Course(
    (Phase((96,), 8), Phase((96, 128), 8)),
    rate=7e-4,
    draws={"flipkart": 8000, "fashion": 6000, "clothing": 5000, "grocery": 5000},
)
"""Flipkart shows all kinds of goods, but is a twelfth of the photos."""

_DIMENSIONS = 192
_SAME_PHOTO = 0.97
_SAMPLE = 2000
_CALIBRATION = 300


def main() -> None:
    """Runs the teachers, trains the student, exports and measures the network."""
    folders = read_folders(__doc__, Path("src/aisle/pack/mini-image"))
    known = labelled_pictures(folders.data)
    squares = load_squares(known.paths, SIDE)

    def watch(student: Student) -> dict[str, float]:
        vectors = encode(student, squares)
        return {
            "five folds": accuracy_in_folds(vectors, known.labels, seed=0),
            "not distilled on": accuracy_on(vectors, known.labels, known.held_out),
        }

    outputs = prepare(folders.data, folders.models, folders.work)
    student = distil(outputs, (ALL, BALANCED), folders.work, watch)
    export(TwoScales(student), squares[~known.held_out][:_CALIBRATION], folders.to)


def prepare(data: Path, models: Path, work: Path) -> TeacherOutputs:
    """All photos except those held out and their near copies, with the outputs of the teachers."""
    photos = find_photos(data)
    for teacher in TEACHERS:
        if not (work / f"{teacher}.whole.npy").exists():
            run_teacher(models, teacher, photos.paths, work)
    if not (work / "squares.npy").exists():
        np.save(work / "squares.npy", load_squares(photos.paths))
    chosen = np.flatnonzero(~_copies(np.load(work / f"{VIT}.whole.npy"), photos.held_out))
    maps = [_in_axes(work, f"{one}.maps", chosen) for one in TEACHERS]
    wholes = [_in_axes(work, f"{one}.whole", chosen) for one in TEACHERS]
    squares = np.load(work / "squares.npy", mmap_mode="r")[chosen]
    return TeacherOutputs(photos.sources[chosen], squares, maps, wholes)


def encode(network: nn.Module, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, d) vectors of (n, side, side, 3) pictures."""
    device = next(network.parameters()).device
    parts = []
    with torch.no_grad():
        for start in range(0, len(squares), 128):
            pixels = torch.from_numpy(squares[start : start + 128]).to(device).permute(0, 3, 1, 2)
            parts.append(network(pixels.float() / 127.5 - 1).cpu().numpy())
    return np.concatenate(parts)


def _copies(whole: NDArray[np.float16], held_out: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n,) which photos are held out, or are nearly the same to a teacher as one that is."""
    vectors = whole.astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors @ vectors[held_out].T).max(axis=1) > _SAME_PHOTO


def _in_axes(work: Path, name: str, rows: NDArray[np.intp]) -> NDArray[np.float16]:
    """A teacher's outputs for some photos, on their principal axes, of variance 1 on average.

    Axes of small variance are raised by the fourth root of the variance, not made equal.
    """
    file = work / f"{name}.axes.npy"
    if not file.exists():
        features = np.load(work / f"{name}.npy", mmap_mode="r")
        sample = features[rows[:: max(1, len(rows) // _SAMPLE)]].reshape(-1, features.shape[-1])
        mean = sample.mean(axis=0, dtype=np.float32)
        values, axes = np.linalg.eigh(np.cov((sample - mean).T))
        values, axes = values[-_DIMENSIONS:], axes[:, -_DIMENSIONS:]
        axes = (axes * values**-0.25 / np.sqrt(np.sqrt(values).mean())).astype(np.float32)
        np.save(
            file, np.stack([((features[row] - mean) @ axes).astype(np.float16) for row in rows])
        )
    return np.load(file)


if __name__ == "__main__":
    main()
