"""The model inside the package: how it is fitted and made small."""

from pathlib import Path

import numpy as np
import pytest
from aisle.panel.held import keep_predictions
from aisle.storage.folder import read_model
from handmade import products_from, shirts_and_pans

from aisle.classifier import Classifier
from aisle.schema import Modality, Product
from training.flipkart import PocketClassifier, by_title_alone
from training.shrinking import write_small


@pytest.fixture(scope="module")
def pocket() -> PocketClassifier:
    return PocketClassifier(precision=0.8).fit(products_from(shirts_and_pans(60, image=False)))


def test_it_keeps_no_products_but_how_they_were_answered(pocket: PocketClassifier) -> None:
    assert pocket.memory_.products == []
    assert [len(held) for held in pocket.panel_.held_answers_.values()] == [60]


def test_a_small_copy_answers_alike(pocket: PocketClassifier, tmp_path: Path) -> None:
    write_small(pocket, tmp_path / "small")
    small = Classifier.load(tmp_path / "small")
    items = shirts_and_pans(20, image=False)
    np.testing.assert_allclose(small.predict_proba(items), pocket.predict_proba(items), atol=0.01)
    assert not (tmp_path / "small" / "encoders").exists()
    kinds = {array.dtype for array in read_model(tmp_path / "small").arrays.values()}
    assert np.dtype(np.float16) in kinds


def test_confidences_in_held_out_products_stay_as_they_are(
    pocket: PocketClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, proba = frozenset({Modality.TEXT}), np.random.default_rng(0).dirichlet([1, 1], 2000)
    many = keep_predictions(np.zeros(2000, int), proba.astype(np.float32), np.ones(2000, bool), 0)
    monkeypatch.setitem(pocket.panel_.held_answers_, text, many)
    write_small(pocket, tmp_path / "small")
    small = Classifier.load(tmp_path / "small")
    assert small.panel_.held_answers_[text].confidence.tolist() == many.confidence.tolist()


def test_every_other_product_loses_its_description() -> None:
    items = [Product(key, (f"title {key}", "long")) for key in "abc"]
    texts = [product.texts for product in by_title_alone(products_from(items))]
    assert texts == [("title a", "long"), ("title b",), ("title c", "long")]
