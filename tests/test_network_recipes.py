from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.errors import InputError
from aisle.networks.inputs import cut, rows_with
from aisle.recipes import NETWORKS, NetworkRecipe, Training
from aisle.schema import Modality


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """A text network, in a folder with the word vectors that it takes by default."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "glove.6B.100d.txt").touch()
    return NetworkRecipe("bilstm-glove")


def test_defaults_are_those_of_the_first_author():
    assert Training() == Training(
        rate=1e-4, batch=64, epochs=50, patience=3, balanced=False, tuned_words=False, device="auto"
    )


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("bilstm-glove", {Modality.TEXT}),
        ("mobilenet", {Modality.IMAGE}),
        ("bilstm-mobilenet", {Modality.TEXT, Modality.IMAGE}),
    ],
)
def test_each_network_looks_at_what_its_name_says(recipe, name, needs):
    one = replace(recipe, name=name)
    one.check()
    assert one.needs == needs
    assert len(NETWORKS) == 3


def test_a_picture_network_needs_no_word_vectors():
    NetworkRecipe("mobilenet", views=20, training=Training(device="cpu", batch=2)).check()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "resnet"}, "no network 'resnet'; bilstm-glove, mobilenet"),
        ({"glove": "no.txt"}, "bilstm-glove needs word vectors, and there is no file 'no.txt'"),
        ({"name": "bilstm-mobilenet", "glove": "no.txt"}, "bilstm-mobilenet needs word vectors"),
        ({"views": -1}, "views is -1; 0 to 20"),
        ({"views": 21}, "views is 21; 0 to 20"),
    ],
)
def test_a_recipe_that_cannot_be_made_is_one_line(recipe, changes, said):
    with pytest.raises(InputError) as caught:
        replace(recipe, **changes).check()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"epochs": 0}, "epochs 0"),
        ({"batch": 1}, "batch 1"),
        ({"patience": 0}, "patience 0"),
        ({"rate": 0.0}, "rate is 0.0"),
        ({"rate": 1.0}, "rate is 1.0"),
        ({"rate": float("nan")}, "rate is nan"),
        ({"device": "tpu"}, "device is 'tpu'; auto, cpu, cuda"),
    ],
)
def test_a_training_that_cannot_be_done_is_one_line(recipe, changes, said):
    with pytest.raises(InputError) as caught:
        replace(recipe, training=Training(**changes)).check()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def texts(lengths, longest):
    """Rows of so many words, then zeros."""
    tokens = np.zeros((len(lengths), longest), np.int32)
    for row, length in enumerate(lengths):
        tokens[row, :length] = np.arange(1, length + 1)
    return tokens


def test_rows_keep_all_fields_in_their_order():
    tokens, maps = texts([2, 0, 3], 4), np.arange(15, dtype=np.float16).reshape(3, 5)
    rows = rows_with({"tokens": tokens, "maps": maps})
    assert rows.shape == (3,)
    assert rows.dtype.names == ("tokens", "maps")
    np.testing.assert_array_equal(rows["tokens"], tokens)
    np.testing.assert_array_equal(rows[[2, 0]]["maps"], maps[[2, 0]])


def test_networks_take_fields_in_the_same_order_and_maps_in_full_precision():
    maps = np.arange(6, dtype=np.float16).reshape(2, 3)
    fields = cut(rows_with({"tokens": texts([2, 1], 4), "maps": maps}))
    assert list(fields) == ["tokens", "maps"]
    assert fields["tokens"].dtype == np.int32
    assert fields["maps"].dtype == np.float32
    np.testing.assert_array_equal(fields["maps"], maps)


@given(st.lists(st.integers(0, 7), max_size=6), st.integers(7, 9))
def test_texts_are_cut_after_the_longest_and_lose_no_word(lengths, width):
    tokens = texts(lengths, width)
    found = cut(rows_with({"tokens": tokens}))["tokens"]
    kept = max([1, *lengths])
    np.testing.assert_array_equal(found, tokens[:, :kept])
    assert found.shape == (len(lengths), kept)
    assert found.flags.c_contiguous
