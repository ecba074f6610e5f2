"""The training of the picture network, on a few drawn squares."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="training needs torch")

from aisle.encoders.image import OnnxImageEncoder  # noqa: E402
from training.course import Course, Phase  # noqa: E402
from training.distilling import BATCH, TeacherOutputs, distil  # noqa: E402
from training.exporting import export  # noqa: E402
from training.image import encode  # noqa: E402
from training.student import SIDE, WIDTH, Student, TwoScales  # noqa: E402
from training.views import Batch, view  # noqa: E402


def outputs(count: int = 8 * BATCH) -> TeacherOutputs:
    """Coloured squares; teachers say which colour."""
    random = np.random.default_rng(0)
    colours = random.integers(0, 256, (count, 3), dtype=np.uint8)
    squares = np.broadcast_to(colours[:, None, None], (count, 64, 64, 3)).copy()
    said = ((colours - 127.5) / 74).astype(np.float16)
    maps = np.broadcast_to(said[:, None, None], (count, 7, 7, 3)).copy()
    sources = np.where(np.arange(count) < count // 8, "rare", "usual")
    return TeacherOutputs(sources, squares, [maps], [said])


def course(epochs: int) -> Course:
    return Course([Phase((32,), epochs)], rate=1e-3)


def curve_of(work: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (work / "curve.jsonl").read_text().splitlines()]


def test_maps_move_with_the_photo() -> None:
    torch.manual_seed(0)
    pixels = torch.rand(16, 1, 32, 32).round().repeat(1, 3, 1, 1) * 2 - 1
    coarse = torch.nn.functional.adaptive_avg_pool2d(pixels, 16)[:, :1]
    seen = view(Batch(pixels, [coarse], [torch.zeros(16, 2)]), 32, 16)
    shrunk = torch.nn.functional.adaptive_avg_pool2d(seen.pixels, 16)[:, :1]
    moved = torch.corrcoef(torch.stack([shrunk.flatten(), seen.maps[0].flatten()]))[0, 1]
    still = torch.corrcoef(torch.stack([shrunk.flatten(), coarse.flatten()]))[0, 1]
    assert moved > still + 0.2


def test_it_learns_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    def watch(student: Student) -> dict[str, float]:
        return {"outputs": float(encode(student, outputs(4).squares).shape[1])}

    distil(outputs(), [course(4)], tmp_path, watch)
    distil(outputs(), [course(6)], tmp_path, watch)
    curve = curve_of(tmp_path)
    assert [one["epoch"] for one in curve] == [1, 2, 3, 4, 5, 6]
    assert curve[-1]["loss"] < curve[0]["loss"]
    assert curve[0]["outputs"] == WIDTH


def test_a_second_course_goes_on_from_the_first(tmp_path: Path) -> None:
    distil(outputs(), [course(3), Course([Phase((32, 48), 1)], 1e-4)], tmp_path, lambda _: {})
    first, *_, last = curve_of(tmp_path)
    assert (last["course"], last["epoch"]) == (1, 1)
    assert last["loss"] < first["loss"]


def test_an_epoch_shows_each_photo_once() -> None:
    sources = outputs().sources
    orders = [course(1).order(sources, epoch) for epoch in range(2)]
    for order in orders:
        assert sorted(order) == list(range(len(sources)))
    assert (orders[0] != orders[1]).any()


def test_draws_show_photos_of_a_source_equally_often() -> None:
    sources = outputs().sources
    order = Course([Phase((32,), 1)], 1e-3, {"rare": 80, "usual": 100}).order(sources, 0)
    times = np.bincount(order, minlength=len(sources))
    assert (times[sources == "rare"].sum(), times[sources == "usual"].sum()) == (80, 100)
    assert set(times[sources == "rare"]) == {2, 3}
    assert set(times[sources == "usual"]) == {0, 1}


def test_the_exported_network_says_what_the_trained_one_says(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = TwoScales(Student()).eval()
    random = np.random.default_rng(0)
    squares = random.integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
    squares = squares.repeat(SIDE // 8, axis=1).repeat(SIDE // 8, axis=2)
    export(network, squares, tmp_path / "network")
    encoder = OnnxImageEncoder(tmp_path / "network")
    assert encoder.size == SIDE
    found = encoder.encode([encoder.prepare(Image.fromarray(square)) for square in squares])
    expected = encode(network, squares)
    for one, other in zip(found, expected, strict=True):
        assert np.corrcoef(one, other)[0, 1] > 0.99
