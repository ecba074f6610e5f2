"""Which photos the picture network never sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from training.photos import find_photos, is_held_out, load_squares


def data(folder: Path) -> Path:
    (folder / "flipkart/images").mkdir(parents=True)
    rows = []
    for number in range(60):
        name = f"{number}.jpg"
        Image.new("RGB", (40, 20), (4 * number, 0, 0)).save(folder / "flipkart/images" / name)
        rows.append({"uniq_id": f"product {number}", "images": [name] if number % 2 else None})
    pq.write_table(pa.Table.from_pylist(rows), folder / "flipkart/products.parquet")
    return folder


def test_about_three_products_in_ten_are_held_out_by_their_key() -> None:
    share = np.mean([is_held_out(f"key {number}") for number in range(3000)])
    assert 0.27 < share < 0.33


def test_all_photos_of_a_held_out_product_are_held_out(tmp_path: Path) -> None:
    photos = find_photos(data(tmp_path))
    assert len(photos.paths) == 60
    for path, held_out in zip(photos.paths, photos.held_out, strict=True):
        known = int(path.stem) % 2 == 1
        assert held_out == (known and is_held_out(f"product {path.stem}"))


def test_photos_know_which_part_of_the_folder_they_are_from(tmp_path: Path) -> None:
    folder = data(tmp_path)
    for part in ("photos/clothing", "fashion/images"):
        (folder / part).mkdir(parents=True)
        Image.new("RGB", (9, 9)).save(folder / part / "one.jpg")
    photos = find_photos(folder)
    assert dict(zip(*np.unique(photos.sources, return_counts=True), strict=True)) == {
        "clothing": 1,
        "fashion": 1,
        "flipkart": 60,
    }


def test_squares_show_the_whole_photo_on_white(tmp_path: Path) -> None:
    photos = find_photos(data(tmp_path))
    (square,) = load_squares(photos.paths[:1], side=40)
    assert square.shape == (40, 40, 3)
    assert (square[0] == 255).all()
    assert (square[20, :, 1] < 20).all()
