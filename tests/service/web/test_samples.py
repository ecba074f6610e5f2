"""Samples to click, and the catalogue that brings their pictures."""

from __future__ import annotations

import copy
import gc
import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from aisle.classifier import Classifier
from aisle.data.products import read_products
from aisle.pack import FLIPKART
from aisle.schema import Product
from aisle.service.web.samples import SAMPLES, Catalogue, samples, samples_of


def with_reference(*products: tuple[str, str, tuple[str, ...]]) -> SimpleNamespace:
    """A model that keeps these products: id, title, category."""
    kept = [SimpleNamespace(id=key, title=title, category=path) for key, title, path in products]
    return SimpleNamespace(summary=lambda: SimpleNamespace(reference_products=kept))


def test_the_catalogue_brings_text_and_picture(model: Classifier, shop_file: Path) -> None:
    catalogue = Catalogue(read_products(shop_file).items)
    found = samples(model, catalogue)
    assert len(found) == SAMPLES
    assert all(one.pictures and one.thumbnail and one.text.startswith(one.title) for one in found)
    by_text = {product.text: product.category for product in catalogue.products}
    assert {by_text[one.text][0] for one in found} == {"Clothing", "Kitchen"}


def test_without_a_catalogue_reference_products_bring_titles(model: Classifier) -> None:
    found = samples(model, Catalogue())
    assert len(found) == SAMPLES
    assert {one.title for one in found} <= {one.title for one in model.summary().reference_products}
    assert not any(one.pictures for one in found)


def test_they_come_from_different_branches() -> None:
    shirts = [(str(row), f"shirt {row}", ("Clothing", "Shirts")) for row in range(90)]
    mugs = [(str(row), f"mug {row}", ("Kitchen", "Mugs")) for row in range(3)]
    titles = [
        one.title for one in samples(with_reference(*shirts, *mugs, ("x", "", ("X",))), Catalogue())
    ]
    assert titles[:6] == ["shirt 0", "mug 0", "shirt 11", "mug 1", "shirt 22", "mug 2"]
    assert len(titles) == SAMPLES


def test_a_model_without_reference_products_gets_drawn_ones() -> None:
    found = samples(Classifier.load(FLIPKART), Catalogue())
    assert len(found) == SAMPLES
    assert all(one.text and one.pictures and one.thumbnail for one in found)


def test_a_catalogue_knows_pictures_by_id(shop_file: Path) -> None:
    catalogue = Catalogue(read_products(shop_file).items)
    assert (catalogue.thumbnail("p1") or "").startswith("data:image/jpeg;base64,")
    assert catalogue.thumbnail("p0") is None  # it has no picture
    assert catalogue.thumbnail("<script>") is None


def test_a_damaged_picture_is_no_thumbnail() -> None:
    assert Catalogue([Product("a", ("mug",), (b"no picture",))]).thumbnail("a") is None


def test_samples_are_made_once_and_keep_no_model_alive(model: Classifier) -> None:
    one = copy.copy(model)
    made = samples_of(one, Catalogue())
    assert made
    assert samples_of(one, Catalogue()) is made
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None
