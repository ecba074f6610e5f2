"""Texts by their words."""

import numpy as np
import pytest
from handmade import shirts_and_pans

import aisle.sources.words
from aisle.experts.linear import LinearExpert
from aisle.experts.sampled import SampledLinearExpert
from aisle.experts.tfidf import TfidfFeatures
from aisle.schema import Product
from aisle.sources.words import TfidfSource


def test_tfidf_is_absent_where_there_is_no_text() -> None:
    source = TfidfSource(TfidfFeatures())
    products = [Product("1", ("red shirt",)), Product("2", ("",)), Product("3")]
    source.fit(products, 2)
    evidence, errors = source.read(products)
    assert evidence.present.tolist() == [True, False, False]
    assert evidence.features.shape[0] == 3
    assert errors == {}


def test_the_title_is_known_from_the_other_texts() -> None:
    source = TfidfSource(TfidfFeatures())
    texts = [("red shirt", "fine cotton"), ("blue pan", "with lid"), ("red shirt", "a lid")]
    products = [Product(str(row), fields) for row, fields in enumerate(texts)]
    source.fit(products, 2)
    here, there = source.read(
        [Product("1", ("red shirt", "lid")), Product("2", ("lid", "red shirt"))]
    )[0].features.toarray()
    assert not np.allclose(here, there)


def test_many_rows_and_categories_are_learned_against_a_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aisle.sources.words, "MANY", 100)
    products = shirts_and_pans(10, image=False)
    source = TfidfSource(TfidfFeatures())
    source.fit(products, 10)
    assert isinstance(source.make(), LinearExpert)
    source.fit(products, 11)
    assert isinstance(source.make(), SampledLinearExpert)
