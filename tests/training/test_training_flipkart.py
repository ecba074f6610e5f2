"""The model inside the package: how it is fitted and made small."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from handmade import products_from, shirts_and_pans

from aisle.classifier import Classifier
from aisle.ensemble.oof_shortlists import OofShortlists
from aisle.model_folder.layout import read_model
from aisle.schema import Modality, Product
from training.flipkart import by_title_alone, pocket_classifier
from training.shrinking import write_small


@pytest.fixture(scope="module")
def pocket() -> Classifier:
    return pocket_classifier().fit(products_from(shirts_and_pans(60, image=False)))


def test_it_keeps_no_products_but_how_they_were_answered(pocket: Classifier) -> None:
    assert pocket.summary().reference_products == ()
    assert [len(one.oof_predictions) for one in pocket.summary().by_modalities] == [60]


def test_a_small_copy_answers_alike(pocket: Classifier, tmp_path: Path) -> None:
    write_small(pocket, tmp_path / "small")
    small = Classifier.load(tmp_path / "small")
    items = shirts_and_pans(20, image=False)
    np.testing.assert_allclose(small.predict_proba(items), pocket.predict_proba(items), atol=0.01)
    assert not (tmp_path / "small" / "members").exists()
    kinds = {array.dtype for array in read_model(tmp_path / "small").arrays.values()}
    assert np.dtype(np.float16) in kinds


def test_out_of_fold_confidences_stay_as_they_are(pocket: Classifier, tmp_path: Path) -> None:
    text = frozenset({Modality.TEXT})
    proba = np.random.default_rng(0).dirichlet([1, 1], 2000).astype(np.float32)
    columns, zeros = np.tile(np.arange(2, dtype=np.int32), (2000, 1)), np.zeros(2000, np.float32)
    many = OofShortlists.of(np.zeros(2000, dtype=np.intp), columns, proba, zeros, zeros)
    model = pocket_classifier()
    model.model_ = replace(pocket.model_, oof_shortlists={text: many})
    write_small(model, tmp_path / "small")
    kept = Classifier.load(tmp_path / "small").model_.oof_shortlists[text]
    assert kept.confidence.tolist() == many.confidence.tolist()


def test_every_other_product_loses_its_description() -> None:
    items = [Product(key, (f"title {key}", "long")) for key in "abc"]
    texts = [product.texts for product in by_title_alone(products_from(items))]
    assert texts == [("title a", "long"), ("title b",), ("title c", "long")]
