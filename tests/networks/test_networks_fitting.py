from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="networks are made with torch (the extra torch)")
torch.set_num_threads(1)  # on layers this small more would only wait for each other
pytest.importorskip("onnx", reason="networks are saved with onnx (the extra torch)")

from aisle.encoders.folder import open_session  # noqa: E402
from aisle.errors import InputError  # noqa: E402
from aisle.networks import picture, text  # noqa: E402
from aisle.networks.batches import Material  # noqa: E402
from aisle.networks.fitting import Plan, fit_network  # noqa: E402
from aisle.networks.inputs import cut, rows_with  # noqa: E402
from aisle.networks.settings import NETWORKS, Training  # noqa: E402
from aisle.networks.training import Trainer  # noqa: E402
from aisle.schema import Modality  # noqa: E402

COUNT, ROWS, WORDS = 4, 240, 24
SEEN = 200
HOW = Training(rate=0.02, batch=32, epochs=20, patience=20, device="cpu")
VECTORS = np.random.default_rng(9).normal(size=(WORDS + 1, 6)).astype(np.float32)
VECTORS[0] = 0


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """Small networks, and a cache of its own for each test."""
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(text, "UNITS", 12)
    for module in (text, picture):
        monkeypatch.setattr(module, "WIDTH", 16)


def toy(name):
    """Two words and the centre of the pictures tell a category; the last rows stay unseen."""
    random = np.random.default_rng(0)
    labels = np.arange(ROWS) % COUNT
    tokens = random.integers(2 * COUNT + 1, WORDS + 1, (ROWS, 8))
    for place in (0, 3):
        tokens[:, place] = 2 * labels + random.integers(1, 3, ROWS)
    tokens[::3, 5:] = 0
    maps = np.eye(COUNT, 10)[labels] * 3 + random.normal(size=(ROWS, 10))
    fields = {}
    if Modality.TEXT in NETWORKS[name]:
        fields["tokens"] = tokens.astype(np.int32)
    if Modality.IMAGE in NETWORKS[name]:
        fields["maps"] = maps.astype(np.float16)
    order = np.arange(SEEN)
    return Material([rows_with(fields)], labels, COUNT, order[:160], order[160:])


def plan(name, how=HOW, seed=0, vectors=VECTORS):
    return Plan(name, vectors if Modality.TEXT in NETWORKS[name] else None, how, seed)


def answers(onnx, rows):
    return open_session(onnx).run(["logits"], cut(rows))[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_learns_what_tells_categories_apart(name):
    material = toy(name)
    onnx, curve = fit_network(plan(name), material)
    unseen = np.arange(SEEN, ROWS)
    logits = answers(onnx, material.views[0][unseen])
    assert (logits.argmax(1) == material.labels[unseen]).mean() > 0.9
    held = answers(onnx, material.views[0][material.validation])
    logs = held - np.log(np.exp(held).sum(1, keepdims=True))
    loss = -logs[np.arange(len(held)), material.labels[material.validation]].mean()
    assert loss == pytest.approx(curve.epochs[curve.best].validation_loss, abs=1e-4)


def test_of_two_sources_either_is_learned_from():
    material = toy("bilstm-mobilenet")
    onnx, _ = fit_network(plan("bilstm-mobilenet"), material)
    rows = material.views[0][SEEN:].copy()
    for field in ("tokens", "maps"):
        blind = rows.copy()
        blind[field] = 0
        right = answers(onnx, blind).argmax(1) == material.labels[SEEN:]
        assert right.mean() > 1 / COUNT
        assert np.abs(answers(onnx, blind) - answers(onnx, rows)).max() > 0.5


def test_the_same_plan_gives_the_same_file(tmp_path, monkeypatch):
    how = replace(HOW, epochs=2)
    first, _ = fit_network(plan("bilstm-mobilenet", how), toy("bilstm-mobilenet"))
    kept, _ = fit_network(plan("bilstm-mobilenet", how), toy("bilstm-mobilenet"))
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "other"))
    again, _ = fit_network(plan("bilstm-mobilenet", how), toy("bilstm-mobilenet"))
    other, _ = fit_network(plan("bilstm-mobilenet", how, seed=1), toy("bilstm-mobilenet"))
    assert first == kept == again != other


def test_word_vectors_that_are_learned_on_are_a_copy():
    vectors = VECTORS.copy()
    how = replace(HOW, epochs=2, tuned_words=True)
    fit_network(plan("bilstm-glove", how, vectors=vectors), toy("bilstm-glove"))
    np.testing.assert_array_equal(vectors, VECTORS)


class _KeptError(Exception):
    pass


def kept_in(plan, material, monkeypatch):
    """The file of a training."""

    def train(trainer, given, name, checkpoint):
        raise _KeptError(checkpoint.path)

    monkeypatch.setattr(Trainer, "train", train)
    with pytest.raises(_KeptError) as caught:
        fit_network(plan, material)
    return caught.value.args[0]


def test_whatever_changes_the_outcome_is_another_training(monkeypatch):
    name = "bilstm-mobilenet"
    one, given = plan(name), toy(name)
    altered = given.views[0].copy()
    altered["maps"][5] += 1
    labels = given.labels.copy()
    labels[0] += 1
    plans = [
        plan(name, seed=1),
        plan(name, replace(HOW, balanced=True)),
        plan(name, replace(HOW, tuned_words=True)),
        plan(name, vectors=VECTORS * 2),
    ]
    materials = [
        replace(given, views=[altered]),
        replace(given, views=[given.views[0], altered]),
        replace(given, labels=labels),
        replace(given, count=COUNT + 1),
        replace(given, train=np.arange(150), validation=np.arange(150, SEEN)),
    ]
    paths = [kept_in(one, given, monkeypatch) for _ in range(2)]
    paths += [kept_in(other, given, monkeypatch) for other in plans]
    paths += [kept_in(one, other, monkeypatch) for other in materials]
    assert paths[0] == paths[1]
    assert len(set(paths)) == 1 + len(plans) + len(materials)


def test_pictures_are_normalised_where_they_are_alone(monkeypatch):
    networks = []
    start = Trainer.__init__
    monkeypatch.setattr(
        Trainer, "__init__", lambda self, *given: networks.append(given[0]) or start(self, *given)
    )
    for name in NETWORKS:
        fit_network(plan(name, replace(HOW, epochs=1)), toy(name))
    assert [[type(one) for one in network.extractors] for network in networks] == [
        [text.BilstmText],
        [picture.NormalisedMaps],
        [text.BilstmText, picture.DenseMaps],
    ]


def test_a_loss_that_is_no_number_names_the_network():
    material = toy("mobilenet")
    material.views[0]["maps"][0, 0] = np.inf
    with pytest.raises(InputError, match="mobilenet: the loss is not a number in the first epoch"):
        fit_network(plan("mobilenet"), material)
