"""Texts and pictures by the vectors of encoders."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from featurized import read
from handmade import picture, shirts_and_pans
from tiny_models import image_repo, static_repo, text_repo

from aisle.errors import EncoderError
from aisle.experts.kernel import KernelExpert
from aisle.features.embeddings import (
    DESCRIPTOR,
    ImageEmbeddingFeaturizer,
    TextEmbeddingFeaturizer,
    short_name,
)
from aisle.features.featurizer import FEWEST_CACHED, TEXT
from aisle.features.tfidf import TfidfFeaturizer
from aisle.schema import Product


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("org/name", "name"),
        ("org/name@v1.0", "name"),
        ("org/name@refs/pr/1", "name"),
        ("models/minilm/", "minilm"),
        (Path("/a/b/minilm"), "minilm"),
        ("minilm", "minilm"),
    ],
)
def test_short_name(spec: str | Path, name: str) -> None:
    assert short_name(spec) == name


def test_a_text_encoder_reads_all_texts_of_a_product(tmp_path: Path) -> None:
    featurizer = TextEmbeddingFeaturizer(text_repo(tmp_path / "words"))
    products = [Product("1", ("", "cotton")), Product("2", ("cotton",)), Product("3", ("steel",))]
    featurizer.fit(products, 2)
    vectors = read(featurizer, products)[0].features
    assert np.array_equal(vectors[0], vectors[1])
    assert not np.array_equal(vectors[0], vectors[2])
    assert (featurizer.name, featurizer.needs) == ("words", TEXT)
    assert isinstance(featurizer.new_expert(), KernelExpert)


def test_a_static_embedding_is_a_text_encoder(tmp_path: Path) -> None:
    featurizer = TextEmbeddingFeaturizer(static_repo(tmp_path / "static"))
    evidence, _ = read(featurizer, [Product("1", ("red shirt",)), Product("2")])
    assert evidence.present.tolist() == [True, False]


def test_pictures_that_cannot_be_read_are_named_by_row(tmp_path: Path) -> None:
    featurizer = ImageEmbeddingFeaturizer(image_repo(tmp_path / "pixels"))
    good = picture(("Kitchen", "Pans"), 1)
    products = [
        Product("1", (), (good,)),
        Product("2", (), (b"broken",)),
        Product("3", (), (b"", good)),
        Product("4"),
    ]
    evidence, errors = read(featurizer, products)
    assert evidence.present.tolist() == [True, False, True, False]
    assert errors.keys() == {1, 2}
    assert "0 bytes" in errors[2]
    assert np.array_equal(evidence.features[0], evidence.features[2])


def test_the_built_in_descriptor_needs_no_folder() -> None:
    featurizer = ImageEmbeddingFeaturizer(DESCRIPTOR)
    evidence, _ = read(featurizer, [Product("1", (), (picture(("Kitchen", "Pans"), 1),))])
    assert featurizer.name == "picture-descriptor"
    assert evidence.features.shape == (1, 1980)


@pytest.mark.parametrize("make", [TextEmbeddingFeaturizer, ImageEmbeddingFeaturizer])
def test_an_encoder_is_opened_when_fitted_and_not_before(
    make: type[TextEmbeddingFeaturizer] | type[ImageEmbeddingFeaturizer],
) -> None:
    featurizer = make("/no/such/encoder")
    with pytest.raises(EncoderError, match="/no/such/encoder is neither a folder nor a repo id"):
        featurizer.fit([], 2)


def test_no_products_are_no_evidence(tmp_path: Path) -> None:
    tfidf = TfidfFeaturizer()
    tfidf.fit(shirts_and_pans(4), 2)
    for featurizer in (
        tfidf,
        TextEmbeddingFeaturizer(text_repo(tmp_path / "w")),
        ImageEmbeddingFeaturizer(DESCRIPTOR),
    ):
        evidence, errors = read(featurizer, [])
        assert evidence.present.shape == (0,)
        assert evidence.present.dtype == np.bool_
        assert evidence.features.shape[0] == 0
        assert errors == {}


def test_vectors_of_many_products_are_kept_and_of_few_are_not(cache: Path) -> None:
    featurizer = ImageEmbeddingFeaturizer(DESCRIPTOR)
    read(featurizer, shirts_and_pans(FEWEST_CACHED - 1, text=False))
    assert not cache.exists()
    products = shirts_and_pans(FEWEST_CACHED, text=False)
    first = read(featurizer, products)[0].features
    (file,) = cache.glob("*.sqlite")
    with sqlite3.connect(file) as store:
        assert store.execute("SELECT count(*) FROM vectors").fetchone() == (len(products),)
    assert np.array_equal(read(featurizer, products)[0].features, first)


def test_what_is_kept_is_not_encoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    products = shirts_and_pans(40, text=False)
    featurizer = ImageEmbeddingFeaturizer(DESCRIPTOR)
    read(featurizer, products)
    calls = []
    encode = type(featurizer.encoder).encode
    monkeypatch.setattr(
        type(featurizer.encoder), "encode", lambda self, x: calls.append(len(x)) or encode(self, x)
    )
    read(featurizer, shirts_and_pans(44, text=False))
    assert sum(calls) == 4
