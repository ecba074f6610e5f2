"""Texts as numbers of words, pictures as feature maps."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from handmade import PAN, SHIRT, picture, shirts_and_pans
from tiny_models import SIDE, image_repo

from aisle.encoders.feature_maps import FeatureMaps
from aisle.errors import EncoderError
from aisle.features.featurizer import FEWEST_CACHED
from aisle.features.network_inputs import MapInput, TokenInput
from aisle.features.tfidf import UNKNOWN_WORDS
from aisle.networks import vocabulary
from aisle.networks.vocabulary import NOT_LEMMATISED, Vocabulary
from aisle.schema import ImageRef, Product

SIZE = 3 * SIDE * SIDE


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache; WordNet is absent, which is quicker and the same everywhere."""
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(vocabulary, "open_lemmatizer", lambda folder: None)
    return tmp_path / "cache"


@pytest.fixture
def glove(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.txt"
    path.write_text("the 9 9 9\npan 1 2 3\nshirt 4 5 6\n")
    return path


@pytest.fixture
def backbone(tmp_path: Path) -> Path:
    return image_repo(tmp_path / "backbone", output="last_hidden_state")


def written(*texts: str) -> list[Product]:
    return [Product(str(row), (text,)) for row, text in enumerate(texts)]


def shown(*images: tuple[ImageRef, ...]) -> list[Product]:
    return [Product(str(row), (), refs) for row, refs in enumerate(images)]


@pytest.fixture
def words(glove: Path) -> TokenInput:
    made = TokenInput(Vocabulary())
    made.fit(written("shirt and pan", "shirt", "a lid"), glove)
    return made


def test_words_are_numbered_by_frequency_and_have_the_files_vectors(words: TokenInput) -> None:
    assert words.vocabulary.words_ == ["shirt", "pan", "lid"]
    assert words.vectors_ is not None
    assert words.vectors_.tolist() == [[0, 0, 0], [4, 5, 6], [1, 2, 3], [0, 0, 0]]


def test_the_notes_say_how_many_words_have_a_vector_and_that_wordnet_is_absent(
    words: TokenInput,
) -> None:
    assert words.notes == ["2 of 3 words have a vector in vectors.txt", NOT_LEMMATISED]


def test_fitting_again_forgets_the_notes(words: TokenInput, glove: Path) -> None:
    words.fit(written("pan"), glove)
    assert words.notes[0] == "1 of 1 words have a vector in vectors.txt"
    assert len(words.notes) == 2


def test_texts_are_read_as_numbers(words: TokenInput) -> None:
    column = words.read(written("A LID, a shirt!", "lid"))
    assert column.values.shape == (2, 100)
    assert column.values.dtype == np.int32
    assert column.values[:, :3].tolist() == [[3, 1, 0], [3, 0, 0]]
    assert column.present.tolist() == [True, True]
    assert column.errors == {}


def test_all_texts_of_a_product_are_read(words: TokenInput) -> None:
    column = words.read([Product("1", ("pan", "", "shirt"))])
    assert column.values[0, :3].tolist() == [2, 1, 0]


def test_a_text_without_a_known_word_is_told_and_an_empty_one_is_absent(words: TokenInput) -> None:
    column = words.read(written("shirt", "", "garden hose", "of the and", "!?"))
    assert column.present.tolist() == [True, False, False, False, False]
    assert column.errors == dict.fromkeys([2, 3, 4], UNKNOWN_WORDS)
    assert not column.values[1:].any()


def test_no_texts_are_no_rows(words: TokenInput) -> None:
    column = words.read([])
    assert column.values.shape == (0, 100)
    assert column.present.shape == (0,)


def test_a_saved_vocabulary_reads_the_same(words: TokenInput) -> None:
    again = TokenInput(Vocabulary.from_state(*words.vocabulary.state()))
    texts = written("a shirt and a pan", "hose")
    assert np.array_equal(again.read(texts).values, words.read(texts).values)
    assert again.notes == []


def test_maps_of_main_pictures(backbone: Path) -> None:
    column = MapInput(backbone).read(shown((picture(SHIRT, 1),), (), (picture(PAN, 2),)))
    assert column.values.shape == (3, SIZE)
    assert column.values.dtype == np.float16
    assert column.present.tolist() == [True, False, True]
    assert column.errors == {}
    assert not column.values[1].any()
    red = column.values.reshape(3, 3, -1).mean(axis=2)
    assert red[0, 0] > red[2, 0], "a shirt is red, and red is the first channel"


def test_another_picture_does_not_stand_in_for_a_broken_main_one(backbone: Path) -> None:
    good = picture(SHIRT, 1)
    column = MapInput(backbone).read(shown((b"broken", good), (good, b"broken"), (good,)))
    assert column.present.tolist() == [False, True, True]
    assert column.errors.keys() == {0}
    assert np.array_equal(column.values[1], column.values[2])


def test_no_pictures_at_all(backbone: Path) -> None:
    for products in ([], shown((), ())):
        column = MapInput(backbone).read(products)
        assert len(column.values) == len(products)
        assert column.present.tolist() == [False] * len(products)


def test_altered_views_are_of_the_same_products(backbone: Path) -> None:
    maps = MapInput(backbone)
    products = shown((picture(SHIRT, 1),), (b"broken",), (picture(PAN, 2),))
    maps.fit(products, 2)
    plain = maps.read(products).values
    assert len(maps.altered_) == 2
    assert all(one.shape == plain.shape for one in maps.altered_)
    for first, second in [(plain, maps.altered_[0]), (plain, maps.altered_[1]), maps.altered_]:
        assert (first[[0, 2]] != second[[0, 2]]).any(axis=1).all()
        assert not second[1].any()
    again = MapInput(backbone)
    again.fit(products, 2)
    assert all(map(np.array_equal, again.altered_, maps.altered_))


def test_no_views_read_no_picture(backbone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FeatureMaps, "encode", lambda self, inputs: pytest.fail("was encoded"))
    maps = MapInput(backbone)
    maps.fit(shirts_and_pans(4), 0)
    assert maps.altered_ == []


def test_maps_are_computed_once(
    backbone: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    products = shirts_and_pans(FEWEST_CACHED, text=False)
    maps = MapInput(backbone)
    maps.fit(products, 1)
    first = maps.read(products).values
    assert not np.array_equal(first, maps.altered_[0])
    stores = sorted(cache.glob("*.sqlite"))
    assert sum(map(rows_in, stores)) == 2 * len(products)
    monkeypatch.setattr(FeatureMaps, "encode", lambda self, inputs: pytest.fail("was encoded"))
    again = MapInput(backbone)
    again.fit(products, 1)
    assert np.array_equal(again.read(products).values, first)
    assert np.array_equal(again.altered_[0], maps.altered_[0])


def rows_in(store: Path) -> int:
    with sqlite3.connect(store) as found:
        return int(found.execute("SELECT count(*) FROM vectors").fetchone()[0])


def test_the_frozen_network_is_opened_when_first_needed(tmp_path: Path) -> None:
    maps = MapInput(tmp_path / "nowhere")
    with pytest.raises(EncoderError, match="no ONNX file for image"):
        maps.read(shown(()))


def test_a_network_without_a_feature_map_is_refused(tmp_path: Path) -> None:
    maps = MapInput(image_repo(tmp_path / "positions", output="positions"))
    with pytest.raises(EncoderError, match="backbone has no feature map") as caught:
        maps.read(shirts_and_pans(2, text=False))
    assert "\n" not in str(caught.value)
