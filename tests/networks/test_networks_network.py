import pytest

torch = pytest.importorskip("torch", reason="networks are made with torch (the extra torch)")

from torch import nn  # noqa: E402

from aisle.networks.network import Network  # noqa: E402
from aisle.networks.picture import DenseMaps, NormalisedMaps  # noqa: E402
from aisle.networks.text import BilstmText  # noqa: E402

SIZE, COUNT = 12, 3


def maps(rows=5):
    return torch.randn(rows, SIZE, generator=torch.Generator().manual_seed(1))


def texts(rows=5):
    return torch.randint(0, 10, (rows, 4), generator=torch.Generator().manual_seed(2)).sort(
        1, descending=True
    )[0]


def kinds(network):
    return [type(one) for one in network.children()]


def test_the_picture_network_is_dense_then_normalised_then_dropped_out():
    network = NormalisedMaps(SIZE)
    assert kinds(network) == [nn.Linear, nn.BatchNorm1d, nn.Dropout]
    assert network.dense.weight.shape == (256, SIZE)
    assert network.norm.num_features == 256
    assert network.dropout.p == 0.3
    assert network.width == 256


@torch.no_grad()
def test_normalisation_comes_behind_relu():
    torch.manual_seed(0)
    network = NormalisedMaps(SIZE).eval()
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
    network = NormalisedMaps(SIZE).train()
    seen = network(maps(2000))
    alive = seen.any(0)
    assert ((seen[:, alive] == 0).float().mean() - 0.3).abs() < 0.01
    assert seen[:, alive].mean(0).abs().max() < 0.15


@torch.no_grad()
def test_beside_texts_pictures_go_through_one_dense_layer():
    network = DenseMaps(SIZE).train()
    assert kinds(network) == [nn.Linear]
    assert network.dense.weight.shape == (256, SIZE)
    assert not network.dense.bias.any()
    expected = (maps() @ network.dense.weight.T).clamp(min=0)
    torch.testing.assert_close(network(maps()), expected)


@torch.no_grad()
def test_with_both_the_context_is_text_beside_picture():
    torch.manual_seed(0)
    text, picture = BilstmText(torch.randn(11, 6), tuned=False), DenseMaps(SIZE)
    network = Network([text, picture], COUNT).eval()
    logits, context = network(texts(), maps())
    torch.testing.assert_close(context, torch.cat([text(texts()), picture(maps())], 1))
    assert context.shape == (5, 512)
    head = network.head
    torch.testing.assert_close(logits, context @ head.weight.T + head.bias)
    assert logits.shape == (5, COUNT)
    assert head.weight.abs().max() <= (6 / (512 + COUNT)) ** 0.5
    assert not head.bias.any()


@torch.no_grad()
def test_with_one_source_the_context_is_what_it_sees():
    picture = NormalisedMaps(SIZE)
    network = Network([picture], COUNT).eval()
    logits, context = network(maps())
    torch.testing.assert_close(context, picture(maps()))
    assert network.head.weight.shape == (COUNT, 256)
    assert logits.shape == (5, COUNT)


def test_an_input_too_few_is_no_answer():
    network = Network([BilstmText(torch.randn(11, 6), tuned=False), DenseMaps(SIZE)], COUNT)
    with pytest.raises(ValueError, match="zip"):
        network(texts())
