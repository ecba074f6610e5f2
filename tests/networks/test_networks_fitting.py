from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="networks are made with torch (the extra torch)")
torch.set_num_threads(1)  # on layers this small more would only wait for each other
pytest.importorskip("onnx", reason="networks are saved with onnx (the extra torch)")

from aisle.encoders.onnx_runtime import OnnxSession  # noqa: E402
from aisle.errors import InputError  # noqa: E402
from aisle.networks.inputs import cut, rows_with  # noqa: E402
from aisle.networks.models import BilstmText, DenseMaps, NormalisedMaps  # noqa: E402
from aisle.networks.trainer import (  # noqa: E402
    NetworkPlan,
    Trainer,
    TrainingData,
    fit_network,
    training_batches,
)
from aisle.recipes import NETWORKS, NetworkSize, Training  # noqa: E402
from aisle.schema import Modality  # noqa: E402

COUNT, ROWS, WORDS = 4, 240, 24
SEEN = 200
SMALL = NetworkSize(units=12, width=16)
HOW = Training(rate=0.02, batch=32, epochs=20, patience=20, device="cpu")
VECTORS = np.random.default_rng(9).normal(size=(WORDS + 1, 6)).astype(np.float32)
VECTORS[0] = 0


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))


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
    return TrainingData([rows_with(fields)], labels, COUNT, order[:160], order[160:])


def plan(name, how=HOW, seed=0, vectors=VECTORS):
    words = vectors if Modality.TEXT in NETWORKS[name] else None
    return NetworkPlan(name, words, how, SMALL, seed)


def answers(onnx, rows):
    return OnnxSession(onnx).run("logits", cut(rows))


@pytest.mark.parametrize("name", NETWORKS)
def test_learns_what_tells_categories_apart(name):
    data = toy(name)
    onnx, curve = fit_network(plan(name), data)
    unseen = np.arange(SEEN, ROWS)
    logits = answers(onnx, data.views[0][unseen])
    assert (logits.argmax(1) == data.labels[unseen]).mean() > 0.9
    validated = answers(onnx, data.views[0][data.validation])
    logs = validated - np.log(np.exp(validated).sum(1, keepdims=True))
    loss = -logs[np.arange(len(validated)), data.labels[data.validation]].mean()
    assert loss == pytest.approx(curve.epochs[curve.best].validation_loss, abs=1e-4)


def test_of_two_sources_either_is_learned_from():
    data = toy("bilstm-mobilenet")
    onnx, _ = fit_network(plan("bilstm-mobilenet"), data)
    rows = data.views[0][SEEN:].copy()
    for field in ("tokens", "maps"):
        blind = rows.copy()
        blind[field] = 0
        right = answers(onnx, blind).argmax(1) == data.labels[SEEN:]
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


def kept_in(plan, data, monkeypatch):
    """The file of a training."""

    def train(trainer, given, name, checkpoint):
        raise _KeptError(checkpoint.path)

    monkeypatch.setattr(Trainer, "train", train)
    with pytest.raises(_KeptError) as caught:
        fit_network(plan, data)
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
        replace(one, size=NetworkSize(units=12, width=17)),
    ]
    datasets = [
        replace(given, views=[altered]),
        replace(given, views=[given.views[0], altered]),
        replace(given, labels=labels),
        replace(given, n_classes=COUNT + 1),
        replace(given, train=np.arange(150), validation=np.arange(150, SEEN)),
    ]
    paths = [kept_in(one, given, monkeypatch) for _ in range(2)]
    paths += [kept_in(other, given, monkeypatch) for other in plans]
    paths += [kept_in(one, other, monkeypatch) for other in datasets]
    assert paths[0] == paths[1]
    assert len(set(paths)) == 1 + len(plans) + len(datasets)


def test_pictures_are_normalised_where_they_are_alone(monkeypatch):
    networks = []
    start = Trainer.__init__
    monkeypatch.setattr(
        Trainer, "__init__", lambda self, *given: networks.append(given[0]) or start(self, *given)
    )
    for name in NETWORKS:
        fit_network(plan(name, replace(HOW, epochs=1)), toy(name))
    assert [[type(one) for one in network.extractors] for network in networks] == [
        [BilstmText],
        [NormalisedMaps],
        [BilstmText, DenseMaps],
    ]


def test_a_loss_that_is_no_number_names_the_network():
    data = toy("mobilenet")
    data.views[0]["maps"][0, 0] = np.inf
    with pytest.raises(InputError, match="mobilenet: the loss is not a number in the first epoch"):
        fit_network(plan("mobilenet"), data)


BLOCK = 16
"""Batches that are sorted together."""


def numbered(rows, train=None, views=1, lengths=None):
    """Maps and tokens tell the row, and maps the view; each row is a category of its own."""
    numbers = np.arange(rows)
    lengths = np.full(rows, 2) if lengths is None else lengths
    tokens = np.where(
        np.arange(max(lengths)) < np.reshape(lengths, (-1, 1)), numbers[:, None] + 1, 0
    )
    fields = [
        {
            "tokens": tokens.astype(np.int32),
            "maps": np.stack([numbers, np.full(rows, view)], 1).astype(np.float16),
        }
        for view in range(views)
    ]
    train = numbers if train is None else train
    return TrainingData([rows_with(one) for one in fields], numbers, rows, train, numbers[:1])


def epoch(rows, size, seed=0):
    return list(training_batches(rows, size, np.random.default_rng(seed)))


def rows_of(batches):
    return [row for _, labels in batches for row in labels.tolist()]


@given(st.integers(2, 150), st.integers(2, 9), st.integers(1, 3), st.integers(0, 99))
def test_each_training_row_comes_once_an_epoch_in_batches_of_two_or_more(n, size, views, seed):
    train = np.arange(0, 2 * n, 2)
    batches = epoch(numbered(2 * n, train, views), size, seed)
    rows = rows_of(batches)
    alone = n % (size * BLOCK) == 1
    assert len(rows) == len(set(rows)) == n - alone
    assert set(rows) <= set(train.tolist())
    assert all(2 <= len(labels) <= size + 1 for _, labels in batches)


def test_two_rows_are_a_batch():
    assert sorted(rows_of(epoch(numbered(2), 64))) == [0, 1]


def test_no_row_is_left_out_for_being_the_longest():
    rows = numbered(9, lengths=np.arange(1, 10))
    assert sorted(rows_of(epoch(rows, 4))) == list(range(9))


def test_a_row_left_out_is_another_one_in_each_epoch():
    size, n = 2, 2 * BLOCK + 1
    left = {min(set(range(n)) - set(rows_of(epoch(numbered(n), size, seed)))) for seed in range(30)}
    assert len(left) > 10


def test_inputs_and_labels_stay_together():
    for (tokens, maps), labels in epoch(numbered(50, views=3), 8):
        assert tokens[:, 0].tolist() == [label + 1 for label in labels.tolist()]
        assert maps[:, 0].tolist() == labels.tolist()


def test_each_epoch_has_an_order_of_its_own_and_a_seed_repeats_it():
    rows = numbered(50)
    assert rows_of(epoch(rows, 8, seed=1)) == rows_of(epoch(rows, 8, seed=1))
    assert rows_of(epoch(rows, 8, seed=1)) != rows_of(epoch(rows, 8, seed=2))


def test_texts_of_like_length_share_a_batch_within_a_block():
    lengths = np.random.default_rng(0).integers(1, 60, 4 * BLOCK)
    batches = epoch(numbered(len(lengths), lengths=lengths), 4)
    spans = sorted((min(lengths[labels]), max(lengths[labels])) for _, labels in batches)
    assert len(spans) == BLOCK
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    for (tokens, _), labels in batches:
        assert tokens.shape[1] == max(lengths[labels])


def test_short_batches_do_not_always_come_first():
    rows = numbered(64, lengths=np.arange(1, 65))
    firsts = {rows_of(epoch(rows, 4, seed))[0] // 4 for seed in range(20)}
    assert len(firsts) > 5


@pytest.mark.parametrize("views", [1, 2, 4])
def test_views_are_drawn_about_equally(views):
    rows = numbered(3000, views=views)
    counts = Counter(view for (_, maps), _ in epoch(rows, 64) for view in maps[:, 1].int().tolist())
    assert set(counts) == set(range(views))
    assert min(counts.values()) > 0.85 * 3000 / views


def test_a_row_is_seen_in_another_view_later():
    rows = numbered(100, views=2)
    first, second = (
        {int(row): int(view) for (_, maps), _ in epoch(rows, 10, seed) for row, view in maps}
        for seed in (1, 2)
    )
    assert 25 < sum(first[row] != second[row] for row in range(100)) < 75
