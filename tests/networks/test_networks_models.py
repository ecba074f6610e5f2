import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="networks are made with torch (the extra torch)")
torch.set_num_threads(1)  # on layers this small more would only wait for each other
pytest.importorskip("onnx", reason="networks are saved with onnx (the extra torch)")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence  # noqa: E402

from aisle.encoders.onnx_runtime import OnnxSession  # noqa: E402
from aisle.networks.models import (  # noqa: E402
    BilstmText,
    DenseMaps,
    Network,
    NormalisedMaps,
    to_onnx,
)
from aisle.recipes import NetworkSize  # noqa: E402

FULL, SMALL = NetworkSize(), NetworkSize(units=8, width=16)
WORDS, DIMENSION = 30, 6
LENGTHS = [7, 1, 3, 9, 2]


def vectors(words=WORDS, dimension=DIMENSION):
    made = torch.randn(words + 1, dimension, generator=torch.Generator().manual_seed(0))
    made[0] = 0
    return made


def texts(lengths, longest, seed=0):
    random = np.random.default_rng(seed)
    tokens = np.zeros((len(lengths), longest), np.int32)
    for row, length in enumerate(lengths):
        tokens[row, :length] = random.integers(1, WORDS + 1, length)
    return torch.from_numpy(tokens)


@pytest.fixture
def network():
    """A small one with weights of all kinds, not to be trained."""
    torch.manual_seed(0)
    network = BilstmText(vectors(), tuned=False, size=SMALL).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.normal_(0, 0.5)
    return network


def test_layers_are_as_specified():
    network = BilstmText(vectors(40, 100), tuned=False, size=FULL)
    for lstm in (network.forwards, network.backwards):
        assert (lstm.input_size, lstm.hidden_size, lstm.num_layers) == (100, 512, 1)
    assert (network.dense.in_features, network.dense.out_features) == (1024, 256)
    assert network.dropout.p == 0.3
    assert network.width == 256
    assert [name for name, one in network.named_parameters() if not one.requires_grad] == [
        "vectors.weight"
    ]


def test_word_vectors_can_be_learned_on():
    assert BilstmText(vectors(), tuned=True, size=SMALL).vectors.weight.requires_grad


def test_equal_to_a_bidirectional_lstm_on_packed_sequences(network):
    both = nn.LSTM(DIMENSION, SMALL.units, batch_first=True, bidirectional=True)
    backwards = network.backwards.state_dict()
    both.load_state_dict(
        network.forwards.state_dict() | {f"{name}_reverse": one for name, one in backwards.items()}
    )
    tokens = texts(LENGTHS, 9)
    packed = pack_padded_sequence(
        vectors()[tokens], LENGTHS, batch_first=True, enforce_sorted=False
    )
    with torch.no_grad():
        _, (last, _) = both(packed)
        expected = network.dense(torch.cat([last[0], last[1]], 1)).relu()
        torch.testing.assert_close(network(tokens), expected, rtol=0, atol=1e-6)


@torch.no_grad()
def test_padding_at_the_end_changes_nothing(network):
    tokens = texts(LENGTHS, 9)
    longer = torch.cat([tokens, tokens.new_zeros(len(LENGTHS), 91)], 1)
    torch.testing.assert_close(network(longer), network(tokens), rtol=0, atol=1e-6)


@torch.no_grad()
def test_a_text_is_answered_the_same_alone(network):
    tokens = texts([*LENGTHS, 0], 9)
    together = network(tokens)
    for row, length in enumerate([*LENGTHS, 1]):
        alone = network(tokens[[row], :length])
        torch.testing.assert_close(together[[row]], alone, rtol=0, atol=1e-6)


@torch.no_grad()
@pytest.mark.parametrize("position", [0, 4, 8])
def test_every_word_and_the_order_count(network, position):
    tokens = texts([9], 9)
    other = tokens.clone()
    other[0, position] = tokens[0, position] % WORDS + 1
    assert (network(other) - network(tokens)).abs().max() > 1e-3
    assert (network(tokens.flip(1)) - network(tokens)).abs().max() > 1e-3


@torch.no_grad()
def test_dropout_is_at_work_in_training_alone(network):
    tokens = texts([5] * 400, 5)
    kept = network(tokens)
    drawn = network.train()(tokens)
    seen = kept > 0
    dropped = (drawn[seen] == 0).float().mean()
    assert 0.28 < dropped < 0.32
    torch.testing.assert_close(drawn[seen & (drawn > 0)] * 0.7, kept[seen & (drawn > 0)])


@pytest.mark.parametrize("direction", ["forwards", "backwards"])
def test_weights_start_as_in_keras(direction):
    """But for the scale of what is orthogonal within the LSTM."""
    torch.manual_seed(0)
    network = BilstmText(vectors(40, 100), tuned=False, size=FULL)
    lstm, units = getattr(network, direction), FULL.units
    bias = lstm.bias_ih_l0.detach()
    assert (bias[units : 2 * units] == 1).all()
    assert bias.abs().sum() == units
    assert not lstm.bias_hh_l0.any()
    recurrent = lstm.weight_hh_l0.detach()
    squared = recurrent.T @ recurrent
    torch.testing.assert_close(squared / squared[0, 0], torch.eye(units), rtol=0, atol=1e-4)
    limit = (6 / (100 + 4 * units)) ** 0.5
    assert 0.99 * limit < lstm.weight_ih_l0.abs().max() <= limit
    assert 0.99 * (6 / 1280) ** 0.5 < network.dense.weight.abs().max() <= (6 / 1280) ** 0.5
    assert not network.dense.bias.any()


VALUES, CLASSES = 12, 3


def maps(rows=5):
    return torch.randn(rows, VALUES, generator=torch.Generator().manual_seed(1))


def some_texts(rows=5):
    return torch.randint(0, 10, (rows, 4), generator=torch.Generator().manual_seed(2)).sort(
        1, descending=True
    )[0]


def kinds(network):
    return [type(one) for one in network.children()]


def test_the_picture_network_is_dense_then_normalised_then_dropped_out():
    network = NormalisedMaps(VALUES, FULL)
    assert kinds(network) == [nn.Linear, nn.BatchNorm1d, nn.Dropout]
    assert network.dense.weight.shape == (256, VALUES)
    assert network.norm.num_features == 256
    assert network.dropout.p == 0.3
    assert network.width == 256


@torch.no_grad()
def test_normalisation_comes_behind_relu():
    torch.manual_seed(0)
    network = NormalisedMaps(VALUES, FULL).eval()
    norm = network.norm
    for one in (norm.weight, norm.bias, norm.running_mean):
        one.normal_()
    norm.running_var.uniform_(0.5, 2)
    seen = (maps() @ network.dense.weight.T + network.dense.bias).clamp(min=0)
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    expected = (seen - norm.running_mean) * scale + norm.bias
    torch.testing.assert_close(network(maps()), expected)


@torch.no_grad()
def test_in_training_a_batch_is_normalised_by_itself_and_dropout_comes_last():
    torch.manual_seed(0)
    network = NormalisedMaps(VALUES, FULL).train()
    seen = network(maps(2000))
    alive = seen.any(0)
    assert ((seen[:, alive] == 0).float().mean() - 0.3).abs() < 0.01
    assert seen[:, alive].mean(0).abs().max() < 0.15


@torch.no_grad()
def test_beside_texts_pictures_go_through_one_dense_layer():
    network = DenseMaps(VALUES, FULL).train()
    assert kinds(network) == [nn.Linear]
    assert network.dense.weight.shape == (256, VALUES)
    assert not network.dense.bias.any()
    expected = (maps() @ network.dense.weight.T).clamp(min=0)
    torch.testing.assert_close(network(maps()), expected)


@torch.no_grad()
def test_with_both_the_context_is_text_beside_picture():
    torch.manual_seed(0)
    text, picture = BilstmText(torch.randn(11, 6), tuned=False, size=FULL), DenseMaps(VALUES, FULL)
    network = Network([text, picture], CLASSES).eval()
    logits, context = network(some_texts(), maps())
    torch.testing.assert_close(context, torch.cat([text(some_texts()), picture(maps())], 1))
    assert context.shape == (5, 512)
    head = network.head
    torch.testing.assert_close(logits, context @ head.weight.T + head.bias)
    assert logits.shape == (5, CLASSES)
    assert head.weight.abs().max() <= (6 / (512 + CLASSES)) ** 0.5
    assert not head.bias.any()


@torch.no_grad()
def test_with_one_source_the_context_is_what_it_sees():
    picture = NormalisedMaps(VALUES, FULL)
    network = Network([picture], CLASSES).eval()
    logits, context = network(maps())
    torch.testing.assert_close(context, picture(maps()))
    assert network.head.weight.shape == (CLASSES, 256)
    assert logits.shape == (5, CLASSES)


def test_an_input_too_few_is_no_answer():
    network = Network(
        [BilstmText(torch.randn(11, 6), tuned=False, size=FULL), DenseMaps(VALUES, FULL)], CLASSES
    )
    with pytest.raises(ValueError, match="zip"):
        network(some_texts())


EXPORTED_CLASSES = 5
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
    maps = random.normal(size=(rows, VALUES))
    found = {"tokens": tokens.astype(np.int32), "maps": maps.astype(np.float32)}
    return {one: found[one] for one in INPUTS[name]}


def tensors_of(inputs):
    return [torch.from_numpy(one) for one in inputs.values()]


def trained(name, size):
    """One that has learned for some steps."""
    torch.manual_seed(0)
    extractors = {
        "bilstm-glove": lambda: [BilstmText(vectors(), True, size)],
        "mobilenet": lambda: [NormalisedMaps(VALUES, size)],
        "bilstm-mobilenet": lambda: [BilstmText(vectors(), True, size), DenseMaps(VALUES, size)],
    }
    network = Network(extractors[name](), EXPORTED_CLASSES).train()
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    for step in range(10):
        inputs = tensors_of(inputs_of(name, 16, 7, step))
        loss = functional.cross_entropy(network(*inputs)[0], torch.arange(16) % EXPORTED_CLASSES)
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
    network = trained(request.param, SMALL)
    onnx = to_onnx(network, inputs_of(request.param, 2, 3))
    return request.param, network, OnnxSession(onnx)


@pytest.mark.parametrize("rows", [1, 2, 37])
@pytest.mark.parametrize("length", [1, 5, 100])
def test_outputs_agree_with_torch(exported, rows, length):
    name, network, session = exported
    inputs = inputs_of(name, rows, length, seed=rows + length)
    expected = answers(network, inputs)
    found = [session.run(output, inputs) for output in ("logits", "context")]
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
    for output, other in zip(("logits", "context"), answers(network, inputs), strict=True):
        one = session.run(output, inputs)
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


def test_inputs_and_outputs_have_names(exported):
    name, _, session = exported
    assert list(session.inputs) == INPUTS[name]
    assert list(session.outputs) == ["logits", "context"]


def test_the_texts_shown_to_the_exporter_may_have_one_word():
    network = trained("bilstm-glove", SMALL)
    session = OnnxSession(to_onnx(network, inputs_of("bilstm-glove", 2, 1)))
    inputs = inputs_of("bilstm-glove", 5, 9)
    found = session.run("logits", inputs)
    np.testing.assert_allclose(found, answers(network, inputs)[0], rtol=0, atol=1e-4)


def test_of_full_size():
    name = "bilstm-mobilenet"
    network = trained(name, FULL)
    session = OnnxSession(to_onnx(network, inputs_of(name, 2, 3)))
    inputs = inputs_of(name, 3, 20)
    logits, context = (session.run(output, inputs) for output in ("logits", "context"))
    expected = answers(network, inputs)
    assert context.shape == (3, 512)
    np.testing.assert_allclose(logits, expected[0], rtol=0, atol=1e-4)
    np.testing.assert_allclose(context, expected[1], rtol=0, atol=1e-4)


def test_a_network_in_training_is_saved_without_dropout_and_says_nothing(capfd):
    network = trained("mobilenet", SMALL).train()
    inputs = inputs_of("mobilenet", 4, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session = OnnxSession(to_onnx(network, inputs))
    first, again = (session.run("logits", inputs) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(first, answers(network, inputs)[0], rtol=0, atol=1e-4)
    assert capfd.readouterr() == ("", "")
