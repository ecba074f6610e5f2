import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="networks are made with torch (the extra torch)")
torch.set_num_threads(1)  # on layers this small more would only wait for each other

from torch.nn import functional  # noqa: E402

from aisle.errors import InputError  # noqa: E402
from aisle.networks.checkpoint import Checkpoint  # noqa: E402
from aisle.networks.inputs import rows_with  # noqa: E402
from aisle.networks.models import BilstmText, DenseMaps, Network, NormalisedMaps  # noqa: E402
from aisle.networks.trainer import (  # noqa: E402
    Trainer,
    TrainingData,
    category_weights,
    device_of,
    tensors,
)
from aisle.recipes import NetworkSize, Training  # noqa: E402

SMALL = NetworkSize(units=4, width=8)
QUICK = Training(rate=0.02, batch=16, epochs=6, patience=6, device="cpu")
WORDS = 12
NO_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))


def toy(labels=None, maps=None, rows=64, seed=0):
    """Three quarters to learn from, some without a word; noise where nothing is given."""
    random = np.random.default_rng(seed)
    tokens = random.integers(1, WORDS + 1, (rows, 5)).astype(np.int32)
    tokens[::3, 3:] = 0
    tokens[::7] = 0
    maps = random.normal(size=(rows, 6)) if maps is None else maps
    labels = random.integers(0, 2, rows) if labels is None else labels
    fields = rows_with({"tokens": tokens, "maps": maps.astype(np.float32)})
    order = random.permutation(rows)
    split = rows * 3 // 4
    return TrainingData([fields], labels, int(labels.max()) + 1, order[:split], order[split:])


def pictures_of(data):
    views = [rows_with({"maps": rows["maps"]}) for rows in data.views]
    return TrainingData(views, data.labels, data.n_classes, data.train, data.validation)


def word_vectors():
    vectors = torch.randn(WORDS + 1, 3, generator=torch.Generator().manual_seed(0))
    vectors[0] = 0
    return vectors


def joint(tuned=False):
    torch.manual_seed(0)
    return Network([BilstmText(word_vectors(), tuned, SMALL), DenseMaps(6, SMALL)], 2)


def of_pictures(cls=Network):
    torch.manual_seed(0)
    return cls([NormalisedMaps(6, SMALL)], 2)


def train(network, data, how=QUICK, seed=0):
    return Trainer(network, how, seed).train(data, "toy", Checkpoint([], how, seed))


@torch.no_grad()
def answers(network, data):
    network.eval()
    return network(*tensors(data.views[0][data.validation]))[0]


def weights_of(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def scripted(monkeypatch, losses):
    """Validation losses as told; gives the weights that each was told of."""
    told, seen = iter(losses), []

    def validate(trainer, *_):
        seen.append(weights_of(trainer.network))
        return next(told), 0.5

    monkeypatch.setattr(Trainer, "_validate", validate)
    return seen


def noisy():
    """A task in which learning by heart comes after learning."""
    random = np.random.default_rng(3)
    maps = random.normal(size=(120, 6))
    labels = (maps[:, 0] + random.normal(0, 1.0, 120) > 0).astype(np.intp)
    return pictures_of(toy(labels, maps, rows=120))


def test_stops_when_the_validation_loss_rises_and_keeps_the_best_weights():
    data, network = noisy(), of_pictures()
    curve = train(network, data, Training(rate=0.03, batch=16, epochs=50, device="cpu"))
    losses = [epoch.validation_loss for epoch in curve.epochs]
    assert 0 < curve.best < len(losses) - 1
    assert len(losses) == curve.best + 1 + 3
    labels = torch.from_numpy(data.labels[data.validation])
    kept = float(functional.cross_entropy(answers(network, data), labels))
    assert kept == pytest.approx(min(losses), abs=1e-6)
    right = (answers(network, data).argmax(1) == labels).float().mean()
    assert curve.epochs[curve.best].validation_accuracy == pytest.approx(float(right))
    assert curve.note == ""


R, CUT, TWICE = 1e-2, 2e-3, 4e-4


@pytest.mark.parametrize(
    ("losses", "patience", "best", "rates"),
    [
        ([3, 2, 2.1, 2.2, 2.3], 3, 1, [R, R, R, R, CUT]),
        ([3, 3, 3, 3], 3, 0, [R, R, R, CUT]),
        ([3, 2, 2.1, 1.9, 2, 1.8], 3, 5, [R] * 6),
        ([3, 4, 4, 4, 4, 4], 5, 0, [R, R, R, CUT, CUT, TWICE]),
        ([3, 4, 4, 2, 4, 4], 5, 3, [R, R, R, CUT, CUT, CUT]),
    ],
)
def test_patience_and_plateaus(monkeypatch, losses, patience, best, rates):
    seen = scripted(monkeypatch, losses)
    network = of_pictures()
    how = Training(rate=R, batch=16, epochs=6, patience=patience, device="cpu")
    curve = train(network, pictures_of(toy()), how)
    assert len(curve.epochs) == len(losses)
    assert [epoch.validation_loss for epoch in curve.epochs] == losses
    assert curve.best == best
    assert [epoch.rate for epoch in curve.epochs] == pytest.approx(rates)
    assert same(network.state_dict(), seen[best])
    assert not same(network.state_dict(), seen[best - 1])


def test_no_more_epochs_than_asked_for():
    assert len(train(of_pictures(), pictures_of(toy()), QUICK).epochs) == 6


def test_the_curve_tells_of_training_rows():
    data = pictures_of(toy())
    torch.manual_seed(0)
    network = Network([DenseMaps(6, SMALL)], 2)
    how = Training(rate=1e-9, batch=20, epochs=1, device="cpu")
    curve = train(network, data, how)
    epoch = curve.epochs[0]
    data = replace(data, validation=data.train)
    labels = torch.from_numpy(data.labels[data.train])
    logits = answers(network, data)
    assert epoch.loss == pytest.approx(float(functional.cross_entropy(logits, labels)), rel=1e-5)
    assert epoch.accuracy == pytest.approx(float((logits.argmax(1) == labels).float().mean()))
    assert curve.seconds > 0
    assert curve.device == "cpu"


def test_a_seed_repeats_the_training_and_another_one_does_not():
    curves, weights = {}, {}
    for run, seed in enumerate((5, 5, 6)):
        network = joint()
        how = Training(rate=0.02, batch=16, epochs=2 + (run == 0), patience=3, device="cpu")
        curves[run] = train(network, toy(), how, seed).to_array()[:2, :5]
        weights[run] = weights_of(network)
    np.testing.assert_array_equal(curves[0], curves[1])
    assert not np.array_equal(curves[0], curves[2])
    assert not same(weights[1], weights[2])


def test_the_order_of_rows_is_of_the_seed():
    """Nothing else is drawn in a network without dropout."""
    weights = []
    for seed in (5, 6):
        torch.manual_seed(0)
        network = Network([DenseMaps(6, SMALL)], 2)
        train(network, pictures_of(toy()), QUICK, seed)
        weights.append(weights_of(network))
    assert not same(*weights)


@pytest.mark.parametrize("tuned", [False, True])
def test_word_vectors_move_only_where_they_are_to_be_learned_on(tuned):
    network = joint(tuned)
    labels = np.arange(64) % 2
    train(network, toy(labels), QUICK)
    moved = (network.extractors[0].vectors.weight.detach() - word_vectors()).abs().amax(1)
    assert moved[0] == 0
    assert (moved[1:] > 0).all() if tuned else not moved.any()


def rare():
    """Every 40th row is of the second category, and nothing tells them apart."""
    labels = (np.arange(800) % 40 == 0).astype(np.intp)
    return pictures_of(toy(labels, np.zeros((800, 6)), rows=800))


@pytest.mark.parametrize(("balanced", "low", "high"), [(False, 0.0, 0.06), (True, 0.4, 0.6)])
def test_balanced_categories_count_the_same(balanced, low, high):
    data, network = rare(), of_pictures()
    how = Training(rate=0.02, batch=16, epochs=12, patience=12, balanced=balanced, device="cpu")
    curve = train(network, data, how)
    proba = answers(network, data).softmax(1)[:, 1]
    assert low < proba.mean() < high
    labels = data.labels[data.validation]
    shares = np.bincount(data.labels[data.train]) / len(data.train)
    each = -np.log(np.where(labels, proba, 1 - proba)) / (2 * shares[labels] if balanced else 1)
    assert curve.epochs[curve.best].validation_loss == pytest.approx(each.mean(), rel=1e-4)


def test_a_category_that_is_never_learned_from_does_not_outweigh_the_others():
    labels = np.array([0, 1] * 30 + [2] * 4)
    fields = rows_with({"maps": np.zeros((64, 6), np.float32)})
    data = TrainingData([fields], labels, 4, np.arange(50), np.arange(50, 64))
    weights = category_weights(data).tolist()
    assert weights == [1, 1, 1, 1]


class Spoilt(Network):
    """Its answers are no numbers after so many batches."""

    left = 0

    def forward(self, *inputs):
        self.left -= 1
        logits, context = super().forward(*inputs)
        return logits * (math.nan if self.left < 0 else 1), context


def test_a_loss_that_is_no_number_in_the_first_epoch_is_one_line(tmp_path):
    maps = np.random.default_rng(0).normal(size=(64, 6))
    maps[:, 2] = math.nan
    with pytest.raises(InputError, match="toy: the loss is not a number in the first") as caught:
        train(of_pictures(), pictures_of(toy(maps=maps)), QUICK)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("*.pt"))


@pytest.mark.parametrize("left", [8, 11], ids=["training", "validation"])
def test_a_loss_that_is_no_number_later_ends_it_with_the_best_weights(left):
    network = of_pictures(Spoilt)
    network.left = left
    data = pictures_of(toy())
    curve = train(network, data, QUICK)
    assert len(curve.epochs) == 2
    assert "toy: the loss was not a number in epoch 3" in curve.note
    assert f"the weights of epoch {curve.best + 1} are kept" in curve.note
    assert "\n" not in curve.note
    assert np.isfinite(curve.to_array()).all()
    network.left = 99
    labels = torch.from_numpy(data.labels[data.validation])
    kept = float(functional.cross_entropy(answers(network, data), labels))
    assert kept == pytest.approx(curve.epochs[curve.best].validation_loss, abs=1e-6)


def test_no_step_is_taken_on_a_loss_that_is_no_number(monkeypatch):
    network = of_pictures(Spoilt)
    network.left = 9
    seen = scripted(monkeypatch, [3, 2, 1, 1, 1])
    steps = Counter()
    step = torch.optim.Adam.step
    monkeypatch.setattr(
        torch.optim.Adam, "step", lambda *a, **k: steps.update(["step"]) or step(*a, **k)
    )
    curve = train(network, pictures_of(toy()), QUICK)
    assert steps["step"] == 9
    assert len(curve.epochs) == 3
    assert same(network.state_dict(), seen[2])


@NO_GPU
def test_a_gpu_asked_for_in_vain_is_one_line():
    with pytest.raises(InputError, match="torch finds no GPU here; use auto or cpu") as caught:
        Trainer(of_pictures(), Training(device="cuda"), 0)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "there", "found"),
    [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_the_gpu_is_taken_where_there_is_one(monkeypatch, name, there, found):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert device_of(name).type == found


class _AskedError(Exception):
    pass


@pytest.mark.parametrize(("device", "mixed"), [("cpu", False), ("cuda", True)])
def test_mixed_precision_is_for_the_gpu_alone(monkeypatch, device, mixed):
    def autocast(device_type, dtype, enabled):
        raise _AskedError(device_type, dtype, enabled)

    monkeypatch.setattr(torch, "autocast", autocast)
    trainer = Trainer(of_pictures(), QUICK, 0)
    trainer.device = torch.device(device)
    with pytest.raises(_AskedError) as caught:
        trainer._logits(tensors(pictures_of(toy()).views[0]))
    assert caught.value.args == (device, torch.bfloat16, mixed)


def test_the_cpu_computes_in_full_precision():
    data, network = pictures_of(toy()), of_pictures()
    trainer = Trainer(network, QUICK, 0)
    network.eval()
    found = trainer._logits(tensors(data.views[0][data.validation]))
    assert found.dtype == torch.float32
    assert torch.equal(found, answers(network, data))


@GPU
def test_a_gpu_learns_as_well():
    labels = np.arange(64) % 2
    maps = np.where(labels[:, None], 1.0, -1.0) * np.ones((64, 6))
    network = joint()
    curve = train(
        network, toy(labels, maps), Training(rate=0.02, batch=16, epochs=6, device="auto")
    )
    assert curve.device == "cuda"
    assert curve.epochs[-1].validation_accuracy == 1
    assert all(one.dtype == torch.float32 for one in network.parameters())
