import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="networks are made with torch (the extra torch)")
torch.set_num_threads(1)  # on layers this small more would only wait for each other

from torch import nn  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence  # noqa: E402

from aisle.networks import text  # noqa: E402

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
def network(monkeypatch):
    """A small one with weights of all kinds, not to be trained."""
    monkeypatch.setattr(text, "UNITS", 8)
    torch.manual_seed(0)
    network = text.BilstmText(vectors(), tuned=False).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.normal_(0, 0.5)
    return network


def test_layers_are_as_specified():
    network = text.BilstmText(vectors(40, 100), tuned=False)
    for lstm in (network.forwards, network.backwards):
        assert (lstm.input_size, lstm.hidden_size, lstm.num_layers) == (100, 512, 1)
    assert (network.dense.in_features, network.dense.out_features) == (1024, 256)
    assert network.dropout.p == 0.3
    assert network.width == 256
    assert [name for name, one in network.named_parameters() if not one.requires_grad] == [
        "vectors.weight"
    ]


def test_word_vectors_can_be_learned_on():
    assert text.BilstmText(vectors(), tuned=True).vectors.weight.requires_grad


def test_equal_to_a_bidirectional_lstm_on_packed_sequences(network):
    both = nn.LSTM(DIMENSION, text.UNITS, batch_first=True, bidirectional=True)
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
    network = text.BilstmText(vectors(40, 100), tuned=False)
    lstm, units = getattr(network, direction), text.UNITS
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
