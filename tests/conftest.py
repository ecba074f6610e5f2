"""A small shop that tests make for themselves, and the folder of real data beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # OpenBLAS and torch read it when they are loaded

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

from aisle.classifier import Classifier
from aisle.data.products import Products, read_products

settings.register_profile(
    "busy machine",
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("busy machine")

SHARED = Path(__file__).parents[2] / "shared"

LONGEST = (
    "test_docs.py",
    "test_openapi.py",
    "test_review_commands.py",
    "test_wheel.py",
    "test_workers.py",
)
"""Files that take many seconds: begun first, or all workers but one would wait for them."""

WORDS = {
    ("Clothing", "Shirts"): ("shirt cotton collar sleeve slim button", (200, 40, 40)),
    ("Clothing", "Skirts"): ("skirt pleated hem flared denim waist", (40, 180, 60)),
    ("Kitchen", "Pans"): ("pan nonstick induction lid frying handle", (50, 60, 200)),
    ("Kitchen", "Mugs"): ("mug ceramic coffee dishwasher cup handle", (220, 200, 40)),
}
NOISE = [
    "new",
    "best",
    "sale",
    "free",
    "delivery",
    "pack",
    "original",
    "quality",
    "gift",
    "offer",
    "blue",
    "large",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)


def write_shop(folder: Path, rows: int = 160, seed: int = 0) -> Path:
    """Writes a table of products in four categories with telling words and telling colours."""
    random = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    records = []
    for row in range(rows):
        category = list(WORDS)[row % len(WORDS)]
        words, colour = WORDS[category]
        title = [*random.choice(words.split(), 2), *random.choice(NOISE, 4), f"m{row}x{seed}"]
        pixels = np.clip(np.array(colour) + random.normal(0, 45, (24, 24, 3)), 0, 255)
        name = f"images/{row}.png"
        Image.fromarray(pixels.astype(np.uint8)).save(folder / name)
        records.append(
            {
                "id": f"p{row}",
                "title": " ".join(random.permutation(title)),
                "description": " ".join(random.choice(NOISE, 6)) if row % 3 else "",
                "brand": f"brand{row % 7}",
                "images": [name] if row % 5 else [],
                "category": " > ".join(category),
            }
        )
    path = folder / "products.parquet"
    pq.write_table(pa.Table.from_pylist(records), path)
    return path


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["AISLE_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def shop_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def new_shop_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shop(tmp_path_factory.mktemp("new"), rows=60, seed=1)


@pytest.fixture(scope="session")
def shop(shop_file: Path) -> Products:
    return read_products(shop_file)


@pytest.fixture(scope="session")
def new_shop(new_shop_file: Path) -> Products:
    return read_products(new_shop_file)


@pytest.fixture(scope="session")
def model(shop: Products) -> Classifier:
    return Classifier(precision=0.8).fit(shop)


@pytest.fixture(scope="session")
def model_folder(model: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "model"
    model.save(folder)
    return folder
