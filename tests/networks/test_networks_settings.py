from dataclasses import replace

import pytest

from aisle.errors import InputError
from aisle.networks.settings import NETWORKS, NetworkRecipe, Training
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
