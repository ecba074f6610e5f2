import subprocess
import sys

import numpy as np
import pytest
from onnx import TensorProto, helper
from scipy.special import softmax
from tiny_models import save_onnx

from aisle.encoders.onnx_runtime import OnnxSession
from aisle.errors import EncoderError
from aisle.experts import network as module
from aisle.experts.network import NetworkExpert
from aisle.networks.inputs import rows_with
from aisle.summary import Epoch, TrainingCurve

COUNT, SIZE = 3, 4
CURVE = TrainingCurve(
    (Epoch(1.5, 0.5, 1.25, 0.25, 0.125, 2.0), Epoch(1.0, 0.75, 1.5, 0.5, 0.125, 2.5)),
    "cuda",
    "mobilenet: a note",
)
WEIGHTS = np.random.default_rng(0).normal(size=(SIZE, COUNT)).astype(np.float32)


@pytest.fixture
def expert(tmp_path):
    """One layer on maps; the context is twice the maps."""
    save_onnx(
        tmp_path / "model.onnx",
        [
            helper.make_node("Add", ["maps", "maps"], ["context"]),
            helper.make_node("MatMul", ["maps", "weights"], ["logits"]),
        ],
        [("maps", TensorProto.FLOAT, ["rows", SIZE])],
        [
            ("logits", TensorProto.FLOAT, ["rows", COUNT]),
            ("context", TensorProto.FLOAT, ["rows", SIZE]),
        ],
        [("weights", WEIGHTS)],
    )
    return NetworkExpert((tmp_path / "model.onnx").read_bytes(), CURVE)


def maps(rows, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, SIZE)).astype(np.float16)


@pytest.mark.parametrize("rows", [1, 32, 33, 100])
def test_scores_are_log_odds_of_the_softmax(expert, rows):
    share = softmax(maps(rows).astype(np.float64) @ WEIGHTS, axis=1)
    scores = expert.scores(rows_with({"maps": maps(rows)}))
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, np.log(share / (1 - share)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rows", [1, 70])
def test_the_context_is_what_the_last_layer_reads(expert, rows):
    context = expert.similarity_features(rows_with({"maps": maps(rows)}))
    np.testing.assert_allclose(context, 2.0 * maps(rows), rtol=1e-3)


def test_a_state_brings_back_scores_and_curve(expert):
    rows = rows_with({"maps": maps(5)})
    state = expert.state()
    again = NetworkExpert.from_state(state)
    np.testing.assert_array_equal(again.scores(rows), expert.scores(rows))
    assert again.curve == CURVE
    assert again.state().arrays.keys() == state.arrays.keys()


def test_a_curve_without_a_note_comes_back():
    curve = TrainingCurve(CURVE.epochs, "cpu")
    assert NetworkExpert.from_state(NetworkExpert(b"", curve).state()).curve == curve


def test_a_network_is_opened_once(expert, monkeypatch):
    opened = []
    monkeypatch.setattr(module, "OnnxSession", lambda onnx: opened.append(1) or OnnxSession(onnx))
    for _ in range(2):
        expert.scores(rows_with({"maps": maps(320)}))
    assert len(opened) == 1


@pytest.mark.parametrize("kept", [0, 40, 0.5])
def test_a_damaged_network_is_one_line(expert, kept):
    data = expert.onnx
    damaged = data[: int(len(data) * kept)] if kept < 1 else b"x" * kept
    with pytest.raises(EncoderError, match="the network cannot be loaded") as caught:
        NetworkExpert(damaged, CURVE).scores(rows_with({"maps": maps(2)}))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("field", [{"maps": np.zeros((2, 7))}, {"tokens": np.ones((2, 7), int)}])
def test_rows_of_another_network_are_one_line(expert, field):
    with pytest.raises(EncoderError, match="the network cannot be run") as caught:
        expert.scores(rows_with(field))
    assert "\n" not in str(caught.value)


WITHOUT_TORCH = """
import sys


class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name in ("torch", "onnx"):
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, NotInstalled())
import numpy as np
from aisle.experts.network import NetworkExpert
from aisle.networks.inputs import rows_with
from aisle.summary import TrainingCurve

state, fields, expected = (dict(np.load(name)) for name in sys.argv[1:])
curve = TrainingCurve.from_array(state["curve"], "cpu")
expert, rows = NetworkExpert(state["onnx"].tobytes(), curve), rows_with(fields)
np.testing.assert_allclose(expert.scores(rows), expected["scores"], rtol=0, atol=1e-4)
np.testing.assert_allclose(expert.similarity_features(rows), expected["context"], rtol=0, atol=1e-4)
assert not {"torch", "onnx"} & set(sys.modules)
"""


def test_answers_without_torch(tmp_path):
    torch = pytest.importorskip("torch", reason="networks are made with torch (the extra torch)")
    from aisle.experts.discriminant import log_odds
    from aisle.networks.models import BilstmText, DenseMaps, Network, to_onnx
    from aisle.recipes import NetworkSize

    small = NetworkSize(units=8, width=16)
    torch.manual_seed(0)
    extractors = [BilstmText(torch.randn(21, 5), False, small), DenseMaps(SIZE, small)]
    network = Network(extractors, COUNT).eval()
    tokens = np.random.default_rng(0).integers(1, 21, (50, 9)).astype(np.int32)
    tokens[np.arange(9) >= np.arange(50)[:, None] % 10] = 0
    fields = {"tokens": tokens, "maps": maps(50).astype(np.float32)}
    with torch.no_grad():
        logits, context = network(*(torch.from_numpy(one) for one in fields.values()))
    expert = NetworkExpert(to_onnx(network, fields), CURVE)
    paths = [str(tmp_path / name) for name in ("state.npz", "fields.npz", "expected.npz")]
    np.savez(paths[0], onnx=np.frombuffer(expert.onnx, np.uint8), curve=CURVE.to_array())
    np.savez(paths[1], **fields)
    np.savez(paths[2], scores=log_odds(logits.numpy()), context=context.numpy())
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *paths], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
