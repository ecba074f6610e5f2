import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="networks are made with torch (the extra torch)")
torch.set_num_threads(1)  # on layers this small more would only wait for each other
pytest.importorskip("onnx", reason="networks are saved with onnx (the extra torch)")

from torch.nn import functional  # noqa: E402

from aisle.encoders.folder import open_session  # noqa: E402
from aisle.networks import picture, text  # noqa: E402
from aisle.networks.exporting import to_onnx  # noqa: E402
from aisle.networks.network import Network  # noqa: E402

WORDS, DIMENSION, SIZE, COUNT = 40, 8, 20, 5
INPUTS = {
    "bilstm-glove": ["tokens"],
    "mobilenet": ["maps"],
    "bilstm-mobilenet": ["tokens", "maps"],
}


def inputs_of(name, rows, length, seed=0):
    """Texts of all lengths up to this one and, where there is room, one without a word."""
    random = np.random.default_rng(seed)
    lengths = random.integers(1, length + 1, rows)
    lengths[0] = length
    lengths[1:2] = 0
    tokens = random.integers(1, WORDS + 1, (rows, length))
    tokens[np.arange(length) >= lengths[:, None]] = 0
    maps = random.normal(size=(rows, SIZE))
    found = {"tokens": tokens.astype(np.int32), "maps": maps.astype(np.float32)}
    return {one: found[one] for one in INPUTS[name]}


def tensors_of(inputs):
    return [torch.from_numpy(one) for one in inputs.values()]


def network_of(name, seed=0):
    """One that has learned for some steps."""
    torch.manual_seed(seed)
    vectors = torch.randn(WORDS + 1, DIMENSION)
    vectors[0] = 0
    extractors = {
        "bilstm-glove": lambda: [text.BilstmText(vectors, tuned=True)],
        "mobilenet": lambda: [picture.NormalisedMaps(SIZE)],
        "bilstm-mobilenet": lambda: [text.BilstmText(vectors, True), picture.DenseMaps(SIZE)],
    }
    network = Network(extractors[name](), COUNT).train()
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    for step in range(10):
        inputs = tensors_of(inputs_of(name, 16, 7, step))
        loss = functional.cross_entropy(network(*inputs)[0], torch.arange(16) % COUNT)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def answers(network, inputs):
    with torch.no_grad():
        return [one.numpy() for one in network.cpu().eval()(*tensors_of(inputs))]


@pytest.fixture(scope="module", params=INPUTS)
def exported(request):
    """A network's name, the network, and its ONNX file in a session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "UNITS", 16)
        network = network_of(request.param)
        onnx = to_onnx(network, inputs_of(request.param, 2, 3))
        yield request.param, network, open_session(onnx)


@pytest.mark.parametrize("rows", [1, 2, 37])
@pytest.mark.parametrize("length", [1, 5, 100])
def test_outputs_agree_with_torch(exported, rows, length):
    name, network, session = exported
    inputs = inputs_of(name, rows, length, seed=rows + length)
    expected = answers(network, inputs)
    found = session.run(["logits", "context"], inputs)
    assert np.ptp(expected[0]) > 0.1
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


@pytest.mark.parametrize("rows", [1, 3])
def test_rows_without_any_word_are_answered_as_by_torch(exported, rows):
    name, network, session = exported
    inputs = inputs_of(name, rows, 4)
    if "tokens" in inputs:
        inputs["tokens"][:] = 0
    for one, other in zip(session.run(None, inputs), answers(network, inputs), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


def test_inputs_and_outputs_have_names(exported):
    name, _, session = exported
    assert [one.name for one in session.get_inputs()] == INPUTS[name]
    assert [one.name for one in session.get_outputs()] == ["logits", "context"]


def test_the_texts_shown_to_the_exporter_may_have_one_word(monkeypatch):
    monkeypatch.setattr(text, "UNITS", 4)
    network = network_of("bilstm-glove")
    session = open_session(to_onnx(network, inputs_of("bilstm-glove", 2, 1)))
    inputs = inputs_of("bilstm-glove", 5, 9)
    found = session.run(["logits"], inputs)[0]
    np.testing.assert_allclose(found, answers(network, inputs)[0], rtol=0, atol=1e-4)


def test_of_full_size():
    name = "bilstm-mobilenet"
    network = network_of(name)
    session = open_session(to_onnx(network, inputs_of(name, 2, 3)))
    inputs = inputs_of(name, 3, 20)
    logits, context = session.run(["logits", "context"], inputs)
    expected = answers(network, inputs)
    assert context.shape == (3, 512)
    np.testing.assert_allclose(logits, expected[0], rtol=0, atol=1e-4)
    np.testing.assert_allclose(context, expected[1], rtol=0, atol=1e-4)


def test_a_network_in_training_is_saved_without_dropout_and_says_nothing(capfd):
    network = network_of("mobilenet").train()
    inputs = inputs_of("mobilenet", 4, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session = open_session(to_onnx(network, inputs))
    first, again = (session.run(["logits"], inputs)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(first, answers(network, inputs)[0], rtol=0, atol=1e-4)
    assert capfd.readouterr() == ("", "")
