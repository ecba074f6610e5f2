"""What a network looks at, and what of it the network learns from."""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from featurized import read
from handmade import picture, shirts_and_pans
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_models import SIDE, image_repo

import aisle.features.network_featurizer
import aisle.recipes
from aisle.errors import EncoderError, InputError, LabelError, MissingExtraError
from aisle.experts.training_task import TrainingTask
from aisle.features.featurizer import Evidence
from aisle.features.network_featurizer import NetworkFeaturizer
from aisle.features.tfidf import UNKNOWN_WORDS
from aisle.networks import vocabulary
from aisle.networks.inputs import rows_with
from aisle.recipes import NetworkRecipe, Training
from aisle.schema import Modality, Product
from aisle.summary import Epoch, TrainingCurve

TEXT, IMAGE = frozenset({Modality.TEXT}), frozenset({Modality.IMAGE})
CURVE = TrainingCurve((Epoch(1, 0.5, 1, 0.5, 1e-4, 1),), "cpu")
PICTURE = picture(("Clothing", "Shirts"), 1)


@pytest.fixture(autouse=True)
def _own_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(vocabulary, "open_lemmatizer", lambda folder: None)


@pytest.fixture
def recipe(tmp_path: Path) -> NetworkRecipe:
    """Of the network that needs both."""
    glove = tmp_path / "glove.txt"
    glove.write_text("shirt 1 2\npan 3 4\n")
    backbone = image_repo(tmp_path / "backbone", output="last_hidden_state")
    return NetworkRecipe("bilstm-mobilenet", str(glove), str(backbone))


@pytest.fixture
def torch_is_there() -> None:
    pytest.importorskip("torch", reason="networks are trained with torch (the extra torch)")


def fitted(recipe: NetworkRecipe, name: str, seed: int = 0) -> NetworkFeaturizer:
    featurizer = NetworkFeaturizer(replace(recipe, name=name), seed)
    featurizer.fit(shirts_and_pans(8), 2)
    return featurizer


@pytest.mark.parametrize(
    ("name", "needs"),
    [("bilstm-glove", TEXT), ("mobilenet", IMAGE), ("bilstm-mobilenet", TEXT | IMAGE)],
)
def test_name_and_needs_are_those_of_the_recipe(
    recipe: NetworkRecipe, name: str, needs: frozenset[Modality]
) -> None:
    featurizer = NetworkFeaturizer(replace(recipe, name=name), 0)
    assert (featurizer.name, featurizer.needs, list(featurizer.notes)) == (name, needs, [])


@pytest.mark.usefixtures("torch_is_there")
def test_each_network_reads_what_it_needs(recipe: NetworkRecipe) -> None:
    products = shirts_and_pans(4)
    fields = {}
    for name in ("bilstm-glove", "mobilenet", "bilstm-mobilenet"):
        evidence, errors = read(fitted(recipe, name), products)
        fields[name] = {f: evidence.features[f].shape for f in evidence.features.dtype.names}
        assert evidence.present.all()
        assert errors == {}
    texts, pictures = {"tokens": (4, 100)}, {"maps": (4, 3 * SIDE * SIDE)}
    assert fields == {
        "bilstm-glove": texts,
        "mobilenet": pictures,
        "bilstm-mobilenet": texts | pictures,
    }
    assert list(fields["bilstm-mobilenet"]) == ["tokens", "maps"], "as the network takes them"


@pytest.mark.usefixtures("torch_is_there")
def test_the_notes_name_the_network(recipe: NetworkRecipe) -> None:
    featurizer = fitted(recipe, "bilstm-glove")
    assert featurizer.notes[0].startswith("bilstm-glove: 2 of ")
    assert featurizer.notes[0].endswith(" words have a vector in glove.txt")
    assert fitted(recipe, "mobilenet").notes == []


@pytest.mark.usefixtures("torch_is_there")
def test_a_product_that_lacks_a_part_is_nothing_to_look_at(recipe: NetworkRecipe) -> None:
    products = [
        Product("both", ("shirt",), (PICTURE,)),
        Product("text", ("shirt",)),
        Product("picture", (), (PICTURE,)),
        Product("unknown", ("hose",), (PICTURE,)),
        Product("broken", ("shirt",), (b"broken",)),
        Product("neither"),
    ]
    evidence, errors = read(fitted(recipe, "bilstm-mobilenet"), products)
    assert evidence.present.tolist() == [True, False, False, False, False, False]
    assert errors.keys() == {3, 4}
    assert errors[3] == UNKNOWN_WORDS
    assert "not a picture" in errors[4]


@pytest.mark.usefixtures("torch_is_there")
def test_products_without_any_picture_can_be_read(recipe: NetworkRecipe) -> None:
    evidence, _ = read(fitted(recipe, "bilstm-mobilenet"), [Product("1", ("shirt",))])
    assert evidence.present.tolist() == [False]
    assert len(evidence.features) == 1


def test_without_torch_the_extra_is_named(
    recipe: NetworkRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aisle.recipes, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'pip install "aisle\[torch\]"') as caught:
        fitted(replace(recipe, glove="/no/such/file"), "bilstm-glove")
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("torch_is_there")
@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("bilstm-glove", {"glove": "/no/such/file"}, "/no/such/file does not exist"),
        ("mobilenet", {"backbone": "/no/such"}, "/no/such is neither a folder nor a repo id"),
    ],
)
def test_what_is_missing_is_told_when_fitting(
    recipe: NetworkRecipe, name: str, change: dict[str, str], reason: str
) -> None:
    with pytest.raises(EncoderError, match=reason) as caught:
        fitted(replace(recipe, **change), name)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("torch_is_there")
def test_a_gpu_that_is_not_there_is_told_before_anything_is_read(
    recipe: NetworkRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("torch").cuda, "is_available", lambda: False)
    asked = replace(recipe, glove="/no/such/file", training=Training(device="cuda"))
    with pytest.raises(InputError, match="device is cuda, but torch finds no GPU here"):
        fitted(asked, "bilstm-mobilenet")


class Named:
    """An expert that scores every category by the number of the row."""

    def __init__(self, onnx: bytes, curve: TrainingCurve) -> None:
        self.curve = curve

    def scores(self, features: np.ndarray) -> np.ndarray:
        return np.repeat(features["tokens"][:, :1], 2, axis=1).astype(np.float32)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    """The plans and materials of trainings, none of which takes place."""
    pytest.importorskip("torch", reason="networks are trained with torch (the extra torch)")
    asked: list[tuple[Any, Any]] = []
    fitting = importlib.import_module("aisle.networks.trainer")

    def note(plan: object, material: object) -> tuple[bytes, TrainingCurve]:
        asked.append((plan, material))
        return b"", CURVE

    monkeypatch.setattr(fitting, "fit_network", note)
    monkeypatch.setattr(aisle.features.network_featurizer, "NetworkExpert", Named)
    return asked


def numbered(present: list[bool]) -> Evidence:
    """Rows that hold their own number, counted from 1."""
    tokens = np.arange(1, len(present) + 1, dtype=np.int32)[:, None]
    return Evidence(rows_with({"tokens": tokens}), np.array(present))


def task_of(count: int, apart: list[int], folds: list[int] | None = None) -> TrainingTask:
    """Each row is a fold of its own where no folds are given."""
    dealt = np.arange(count) if folds is None else np.array(folds, dtype=np.intp)
    return TrainingTask(np.arange(count) % 2, 2, dealt, np.array(apart, dtype=np.intp))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_calibration_rows_are_validation_and_nothing_of_their_folds_is_training(
    trained: list[tuple[Any, Any]], data: Any
) -> None:
    count = data.draw(st.integers(3, 30))
    folds = data.draw(st.lists(st.integers(0, 7), min_size=count, max_size=count))
    present = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    apart = sorted(data.draw(st.sets(st.integers(0, count - 1))))
    featurizer = NetworkFeaturizer(NetworkRecipe("bilstm-glove"), 0)
    there = {row for row in range(count) if present[row]}
    near = {row for row in range(count) if folds[row] in {folds[one] for one in apart}}
    trained.clear()
    try:
        learned = featurizer.learn(numbered(present), task_of(count, apart, folds))
    except LabelError:
        assert len(there - near) < 2 or not there & set(apart)
        assert not trained
        return
    material = trained[0][1]
    assert set(material.train.tolist()) == there - near
    assert set(material.validation.tolist()) == there & set(apart)
    own = [row + 1 if present[row] else 0 for row in apart]
    assert learned.oof_scores.tolist() == [[number, number] for number in own]


def test_the_plan_is_that_of_the_recipe(
    recipe: NetworkRecipe, trained: list[tuple[Any, Any]]
) -> None:
    training = Training(rate=0.5, epochs=3)
    featurizer = fitted(replace(recipe, training=training), "bilstm-mobilenet", seed=7)
    products, vectors = shirts_and_pans(8), featurizer.words.vectors_
    learned = featurizer.learn(read(featurizer, products)[0], task_of(8, [0, 5]))
    plan, material = trained[0]
    assert (plan.name, plan.training, plan.seed) == ("bilstm-mobilenet", training, 7)
    assert plan.word_vectors is vectors
    assert featurizer.words.vectors_ is None
    assert material.n_classes == 2
    assert material.labels.tolist() == [0, 1] * 4
    assert len(material.views) == 1
    assert learned.expert.curve is CURVE


def test_a_picture_network_has_no_word_vectors(
    recipe: NetworkRecipe, trained: list[tuple[Any, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Named, "scores", lambda self, rows: np.zeros((len(rows), 2), np.float32))
    featurizer = fitted(recipe, "mobilenet")
    featurizer.learn(read(featurizer, shirts_and_pans(8))[0], task_of(8, [0]))
    assert trained[0][0].word_vectors is None


def test_altered_pictures_come_with_the_same_texts(
    recipe: NetworkRecipe, trained: list[tuple[Any, Any]]
) -> None:
    featurizer = fitted(replace(recipe, views=2), "bilstm-mobilenet")
    evidence, _ = read(featurizer, shirts_and_pans(8))
    pictures = featurizer.maps.altered_
    featurizer.learn(evidence, task_of(8, [0]))
    views = trained[0][1].views
    assert len(views) == 3
    assert featurizer.maps.altered_ == []
    assert views[0] is evidence.features
    for view, altered in zip(views[1:], pictures, strict=True):
        assert view.dtype == views[0].dtype
        assert np.array_equal(view["tokens"], views[0]["tokens"])
        assert np.array_equal(view["maps"], altered)
        assert not np.array_equal(view["maps"], views[0]["maps"])


@pytest.mark.parametrize(
    ("present", "apart", "counts"),
    [
        ([True, False, False, True], [0], "1 products to learn from and 1 to be stopped by"),
        ([True, True, True, True], [], "4 products to learn from and 0 to be stopped by"),
        ([True, True, True, False], [3], "3 products to learn from and 0 to be stopped by"),
        ([False] * 4, [0], "0 products to learn from and 0 to be stopped by"),
    ],
)
def test_too_few_rows_are_told(
    trained: list[tuple[Any, Any]], present: list[bool], apart: list[int], counts: str
) -> None:
    featurizer = NetworkFeaturizer(NetworkRecipe("bilstm-glove"), 0)
    with pytest.raises(LabelError, match=f"bilstm-glove has {counts}; at least 2 and 1") as caught:
        featurizer.learn(numbered(present), task_of(4, apart))
    assert "\n" not in str(caught.value)
    assert not trained
