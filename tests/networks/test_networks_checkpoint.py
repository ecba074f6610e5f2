from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from disks import small_disk

torch = pytest.importorskip("torch", reason="networks are made with torch (the extra torch)")
torch.set_num_threads(1)  # on layers this small more would only wait for each other

from aisle.errors import OutputError  # noqa: E402
from aisle.networks import checkpoint as module  # noqa: E402
from aisle.networks.checkpoint import Checkpoint  # noqa: E402
from aisle.networks.inputs import rows_with  # noqa: E402
from aisle.networks.models import BilstmText, Network, NormalisedMaps  # noqa: E402
from aisle.networks.trainer import Trainer, TrainingData  # noqa: E402
from aisle.recipes import NetworkSize, Training  # noqa: E402

SMALL = NetworkSize(units=4, width=8)
HOW = Training(rate=0.01, batch=16, epochs=6, patience=5, device="cpu", checkpoint_seconds=0)
A_CALLS = 4
"""Batches an epoch: three to learn from, and one to validate."""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))


def data():
    """Rows to validate contradict those to learn from: the loss soon rises, the rate is cut."""
    random = np.random.default_rng(0)
    tokens = random.integers(1, 9, (64, 5)).astype(np.int32)
    maps = random.normal(size=(64, 6)).astype(np.float32)
    labels = (maps[:, 0] > 0).astype(np.intp)
    labels[48:] = 1 - labels[48:]
    views = [rows_with({"tokens": tokens, "maps": one}) for one in (maps, maps * 1.1)]
    return TrainingData(views, labels, 3, np.arange(48), np.arange(48, 64))


def train(checkpoint, how=HOW):
    """Weights and curve of one training from the start, or from where it was."""
    torch.manual_seed(0)
    vectors = torch.randn(10, 3)
    extractors = [BilstmText(vectors, True, SMALL), NormalisedMaps(6, SMALL)]
    network = Network(extractors, 3)
    curve = Trainer(network, how, 7).train(data(), "toy", checkpoint)
    return network.state_dict(), curve


def interrupted(checkpoint, after, how=HOW):
    """A training with Ctrl-C after so many batches; returns how many were answered."""
    answer, calls = Trainer._logits, iter(range(after))

    def answer_some(trainer, inputs):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return answer(trainer, inputs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "_logits", answer_some)
        with pytest.raises(KeyboardInterrupt):
            train(checkpoint, how)


def counted(monkeypatch):
    """How many epochs are trained from now on, as the length of a list."""
    epoch, done = Trainer._epoch, []
    monkeypatch.setattr(Trainer, "_epoch", lambda *given: done.append(1) or epoch(*given))
    return done


def agree(one, other):
    (weights, curve), (others, other_curve) = one, other
    assert weights.keys() == others.keys()
    assert all(torch.equal(weights[name], others[name]) for name in weights)
    np.testing.assert_array_equal(curve.to_array()[:, :5], other_curve.to_array()[:, :5])
    assert curve.note == other_curve.note


@pytest.fixture
def straight():
    """What comes of the training when nothing interrupts it."""
    found = train(Checkpoint([], "straight"))
    rates = [epoch.rate for epoch in found[1].epochs]
    assert len(rates) == 6
    assert min(rates) < max(rates)
    return found


@pytest.mark.parametrize("epochs", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("more", [1, 3])
def test_goes_on_as_if_it_had_not_been_stopped(straight, monkeypatch, epochs, more):
    interrupted(Checkpoint([], "stopped"), epochs * A_CALLS + more)
    done = counted(monkeypatch)
    agree(train(Checkpoint([], "stopped")), straight)
    assert len(done) == 6 - epochs


def test_short_epochs_are_not_each_kept(straight):
    interrupted(Checkpoint([], "stopped"), 3 * A_CALLS, replace(HOW, checkpoint_seconds=60))
    assert Checkpoint([], "stopped").read() is None
    agree(train(Checkpoint([], "stopped")), straight)


def test_a_state_is_kept_when_the_last_one_is_old(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    checkpoint, kept = Checkpoint([], "state"), []
    for now[0] in (5.0, 19.0, 21.0, 40.0, 41.5, 60.0):
        checkpoint.keep(lambda: kept.append(now[0]) or {"note": "a note"}, 20)
    assert kept == [21.0, 41.5]
    assert checkpoint.read() == {"note": "a note"}


def test_may_be_stopped_again_and_again(straight):
    for _ in range(4):
        interrupted(Checkpoint([], "stopped"), A_CALLS + 2)
    agree(train(Checkpoint([], "stopped")), straight)


def test_what_has_ended_is_not_repeated(straight, monkeypatch):
    done = counted(monkeypatch)
    agree(train(Checkpoint([], "straight")), straight)
    assert not done
    assert set(Checkpoint([], "straight").read()) == {"best", "epochs", "note"}


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"no such file" * 99],
    ids=["cut off", "empty", "foreign"],
)
def test_a_damaged_file_is_begun_anew(straight, monkeypatch, damage):
    interrupted(Checkpoint([], "stopped"), 2 * A_CALLS)
    path = Checkpoint([], "stopped").path
    path.write_bytes(damage(path.read_bytes()))
    assert Checkpoint([], "stopped").read() is None
    done = counted(monkeypatch)
    agree(train(Checkpoint([], "stopped")), straight)
    assert len(done) == 6


def test_a_state_comes_back_and_leaves_no_other_file():
    checkpoint = Checkpoint([], "state")
    assert checkpoint.read() is None
    for note in ("first", "second"):
        checkpoint.write({"note": note, "best": {"weight": torch.arange(3.0)}})
    state = checkpoint.read()
    assert state["note"] == "second"
    assert state["best"]["weight"].tolist() == [0, 1, 2]
    assert list(checkpoint.path.parent.iterdir()) == [checkpoint.path]


def test_nothing_but_data_is_read(tmp_path):
    class Foreign:
        def __reduce__(self):
            return (tmp_path.joinpath("touched").touch, ())

    checkpoint = Checkpoint([], "state")
    checkpoint.write({"note": Foreign()})
    assert checkpoint.read() is None
    assert not tmp_path.joinpath("touched").exists()


A, B = np.arange(6), np.arange(6, 10)


@pytest.mark.parametrize(
    ("arrays", "settings"),
    [
        ([A, B], (HOW, 1)),
        ([A, B], (Training(), 0)),
        ([A, B], (HOW,)),
        ([A, B + 1], (HOW, 0)),
        ([B, A], (HOW, 0)),
        ([A[:4], np.arange(4, 10)], (HOW, 0)),
        ([np.arange(10)], (HOW, 0)),
        ([A.reshape(2, 3), B], (HOW, 0)),
        ([A.view(np.float64), B], (HOW, 0)),
    ],
)
def test_other_data_or_settings_are_another_training(arrays, settings):
    one = Checkpoint([A, B], HOW, 0)
    assert Checkpoint(arrays, *settings).path != one.path
    assert Checkpoint([A.copy(), B.copy()], HOW, 0).path == one.path


def test_another_torch_is_another_training(monkeypatch):
    one = Checkpoint([A], HOW)
    monkeypatch.setattr(torch, "__version__", "2.6.0")
    assert Checkpoint([A], HOW).path != one.path


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, monkeypatch):
    tmp_path.joinpath("file").touch()
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(
        OutputError, match="cannot be written: Not a directory; set AISLE_CACHE"
    ) as e:
        train(Checkpoint([], "state"))
    assert "\n" not in str(e.value)


def test_a_full_disk_is_one_line(tmp_path, monkeypatch):
    with small_disk(tmp_path / "disk", "100k") as folder:
        monkeypatch.setenv("AISLE_CACHE", str(folder))
        checkpoint = Checkpoint([], "state")
        checkpoint.write({"note": "first"})
        with pytest.raises(OutputError, match="the disk may be full; set AISLE_CACHE") as e:
            checkpoint.write({"best": torch.zeros(100_000)})
        assert "\n" not in str(e.value)
        assert checkpoint.read() == {"note": "first"}
