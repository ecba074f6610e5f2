import importlib
import json
import sys

import numpy as np
import onnx
import pytest
from hub_server import in_place_of_the_hub
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.numpy import load_file, save_file
from tiny_mobilenet import CONFIG, EPSILON, PREPROCESSING, SIDE, random_weights, save_folder
from tiny_models import SHARED_MODELS, image_repo, save_json, save_onnx, shared_model

from aisle.encoders.feature_maps import FeatureMaps
from aisle.encoders.image import OnnxImageEncoder
from aisle.encoders.onnx_runtime import OnnxSession
from aisle.errors import EncoderError, MissingExtraError, OutputError

SHARED = SHARED_MODELS / "mobilenet-v1-1.0-224"
CONVERTED = ["onnx/model.onnx", "preprocessor_config.json"]


@pytest.fixture
def backbone(tmp_path, monkeypatch):
    """The module, with a cache folder of its own."""
    pytest.importorskip("torch", reason="networks are made with torch (the extra torch)")
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    return importlib.import_module("aisle.networks.backbone")


def names():
    blocks = ["conv_stem", *(f"layer.{number}" for number in range(26))]
    parts = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    for block in blocks:
        yield f"{block}.convolution.weight"
        yield from (f"{block}.normalization.{part}" for part in parts)


@pytest.fixture
def folder(backbone, tmp_path):
    """A folder as transformers saves it, with random weights."""
    return save_folder(tmp_path / "net", random_weights(backbone.MobileNetV1(SIDE, 0.25)))


def files_of(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def pictures(side, count=3):
    shape = (count, 3, side, side)
    return list(np.random.default_rng(1).normal(0, 1, shape).astype(np.float32))


def run(network, inputs):
    import torch

    with torch.no_grad():
        return [output.numpy() for output in network(torch.from_numpy(np.stack(inputs)))]


def test_parameters_have_the_names_and_number_of_transformers(backbone):
    network = backbone.MobileNetV1()
    assert set(network.state_dict()) == set(names())
    assert sum(parameter.numel() for parameter in network.parameters()) == 3_206_976


@pytest.mark.parametrize("side", [32, 33, 34, 35])
def test_padding_is_that_of_tensorflow(backbone, tmp_path, side):
    stem = backbone.MobileNetV1(side).conv_stem.eval()
    weight = stem.convolution.weight.detach().numpy()
    convolution = helper.make_node(
        "Conv", ["pixels", "weight"], ["y"], auto_pad="SAME_UPPER", strides=[2, 2]
    )
    rows = (side + 1) // 2
    save_onnx(
        tmp_path / "model.onnx",
        [convolution],
        [("pixels", TensorProto.FLOAT, ["batch", 3, side, side])],
        [("y", TensorProto.FLOAT, ["batch", 32, rows, rows])],
        [("weight", weight)],
    )
    inputs = np.stack(pictures(side))
    padded = OnnxSession(tmp_path / "model.onnx").run("y", {"pixels": inputs})
    expected = np.clip(padded / np.sqrt(1 + EPSILON), 0, 6)
    np.testing.assert_allclose(np.stack(run(stem, inputs)), expected, atol=1e-5)


def test_weights_of_transformers_become_a_network_in_the_cache(backbone, folder, tmp_path):
    root = backbone.locate_backbone(folder)
    assert root.parent == tmp_path / "cache" / "backbones"
    assert files_of(root) == CONVERTED
    assert [path.name for path in root.parent.iterdir()] == [root.name]
    network = backbone.load_mobilenet(folder)
    state = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    for name, values in load_file(folder / "model.safetensors").items():
        if name.startswith("mobilenet_v1."):
            np.testing.assert_array_equal(state[name.removeprefix("mobilenet_v1.")], values)
    inputs = pictures(SIDE)
    maps, pooled = run(network, inputs)
    assert maps.shape == (3, 256, SIDE // 32, SIDE // 32)
    encoder = FeatureMaps(root)
    assert encoder.size == SIDE
    np.testing.assert_allclose(encoder.encode(inputs), maps.reshape(3, -1), atol=1e-4)
    np.testing.assert_allclose(OnnxImageEncoder(root).encode(inputs), pooled, atol=1e-4)
    assert maps.std() > 0.1


def test_names_without_the_prefix_and_half_precision(backbone, folder, tmp_path):
    weights = load_file(folder / "model.safetensors")
    bare = {name.removeprefix("mobilenet_v1."): values for name, values in weights.items()}
    one = backbone.load_mobilenet(save_folder(tmp_path / "bare", bare))
    half = {name: values.astype(np.float16) for name, values in weights.items()}
    other = backbone.load_mobilenet(save_folder(tmp_path / "half", half))
    inputs = pictures(SIDE)
    expected = run(backbone.load_mobilenet(folder), inputs)[1]
    np.testing.assert_array_equal(run(one, inputs)[1], expected)
    np.testing.assert_allclose(run(other, inputs)[1], expected, atol=0.05)


def test_second_time_nothing_is_converted(backbone, folder, monkeypatch):
    first = backbone.locate_backbone(folder)
    monkeypatch.setattr(backbone, "save_mobilenet", None)
    assert backbone.locate_backbone(str(folder)) == first


def test_other_weights_or_preprocessing_are_another_network(backbone, folder):
    roots = {backbone.locate_backbone(folder)}
    save_json(folder / "preprocessor_config.json", PREPROCESSING | {"image_mean": [0.4] * 3})
    roots.add(backbone.locate_backbone(folder))
    weights = load_file(folder / "model.safetensors")
    weights["mobilenet_v1.conv_stem.convolution.weight"] *= 2
    save_file(weights, folder / "model.safetensors")
    roots.add(backbone.locate_backbone(folder))
    assert len(roots) == 3


def test_interrupted_conversion_leaves_nothing(backbone, folder, tmp_path, monkeypatch):
    def interrupted(network, file):
        file.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(backbone, "save_mobilenet", interrupted)
    with pytest.raises(KeyboardInterrupt):
        backbone.locate_backbone(folder)
    assert list((tmp_path / "cache" / "backbones").iterdir()) == []


def test_repo_of_the_hub_with_a_pickle_on_its_main_branch(backbone, folder, tmp_path, monkeypatch):
    files = {name: (folder / name).read_bytes() for name in files_of(folder)}
    pickle = {name: body for name, body in files.items() if name.endswith(".json")}
    pickle |= {"pytorch_model.bin": b"x", "README.md": b"x"}
    repos = {"google/net": {"main": pickle, "refs/pr/1": pickle | files}}
    with in_place_of_the_hub(repos, tmp_path / "hub", monkeypatch) as hub:
        with pytest.raises(EncoderError, match=r"no ONNX file .*@refs/pr/1$"):
            backbone.locate_backbone("google/net")
        assert hub.fetched() == []
        root = backbone.locate_backbone("google/net@refs/pr/1")
        assert hub.fetched() == files_of(folder)
        hub.requests.clear()
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        assert backbone.locate_backbone("google/net@refs/pr/1") == root
        assert hub.requests == []
    assert files_of(root) == CONVERTED
    assert root == backbone.locate_backbone(folder)


def test_network_in_onnx_is_taken_as_it_is(backbone, folder, tmp_path, monkeypatch):
    image_repo(folder)
    assert backbone.locate_backbone(folder) == folder
    files = {name: (folder / name).read_bytes() for name in files_of(folder)}
    repos = {"org/net": {"main": files}}
    with in_place_of_the_hub(repos, tmp_path / "hub", monkeypatch) as hub:
        assert files_of(backbone.locate_backbone("org/net")) == ["config.json", *CONVERTED]
        assert "model.safetensors" not in hub.fetched()


def without(name):
    return lambda weights: weights.pop(name)


def transposed(name):
    return lambda weights: weights.update({name: np.ascontiguousarray(weights[name].T)})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            without("mobilenet_v1.layer.7.normalization.running_var"),
            r"layer\.7\.normalization\.running_var is missing",
        ),
        (
            transposed("mobilenet_v1.layer.25.convolution.weight"),
            r"layer\.25\.convolution\.weight is \(1, 1, 256, 256\); \(256, 256, 1, 1\) was",
        ),
    ],
)
def test_weights_that_do_not_fit_are_one_line(backbone, folder, change, says):
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors")
    refused(backbone, folder, says)


def refused(backbone, folder, says):
    with pytest.raises(EncoderError, match=says) as caught:
        backbone.locate_backbone(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"model_type": "vit"}, "model_type is 'vit', 'mobilenet_v1' was expected"),
        ({"model_type": None}, "model_type is None"),
        ({"tf_padding": False}, "tf_padding is False, True was expected"),
        ({"hidden_act": "swish"}, "hidden_act is 'swish'"),
        ({"depth_multiplier": 1.0}, r"conv_stem\.convolution\.weight is \(8, 3, 3, 3\); \(32, 3"),
        ({"depth_multiplier": "wide"}, "depth_multiplier is 'wide'"),
        ({"depth_multiplier": 1e30}, "a number above 0, at most 4"),
        ({"depth_multiplier": None}, "depth_multiplier is None"),
    ],
)
def test_other_networks_are_one_line(backbone, folder, config, says):
    save_json(folder / "config.json", CONFIG | config)
    refused(backbone, folder, says)


def test_damaged_or_absent_files_are_one_line(backbone, folder, tmp_path):
    whole = (folder / "model.safetensors").read_bytes()
    for size in (0, 4, len(whole) // 2):
        (folder / "model.safetensors").write_bytes(whole[:size])
        refused(backbone, folder, "model.safetensors cannot be read")
    (folder / "model.safetensors").write_bytes(whole)
    (folder / "preprocessor_config.json").unlink()
    refused(backbone, folder, "names no size")
    (folder / "config.json").unlink()
    refused(backbone, folder, "no ONNX file for image")
    refused(backbone, tmp_path / "nothing", "neither a folder nor a repo id")


def test_cache_folder_that_cannot_be_written(backbone, folder, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(OutputError, match="set AISLE_CACHE"):
        backbone.locate_backbone(folder)


def test_torch_that_is_missing_is_one_line_naming_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "aisle.networks.backbone", raising=False)
    with pytest.raises(MissingExtraError, match=r'torch .*pip install "aisle\[torch\]"'):
        importlib.import_module("aisle.networks.backbone")


def folded_weights(file):
    """The convolutions of an ONNX file in their order, by the names of transformers."""
    graph = onnx.load(file).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    convolutions = [node.input for node in graph.node if node.op_type == "Conv"]
    blocks = ["conv_stem", *(f"layer.{number}" for number in range(26))]
    weights = {}
    for block, (_, weight, bias) in zip(blocks, convolutions, strict=True):
        ones = np.ones(len(arrays[bias]), np.float32)
        weights[f"{block}.convolution.weight"] = arrays[weight]
        norm = {
            "weight": ones * np.float32(np.sqrt(1 + EPSILON)),
            "bias": arrays[bias],
            "running_mean": ones * 0,
            "running_var": ones,
        }
        weights |= {f"{block}.normalization.{name}": value for name, value in norm.items()}
    return {f"mobilenet_v1.{name}": values for name, values in weights.items()}


@shared_model("mobilenet-v1-1.0-224")
def test_trained_weights_give_the_maps_of_the_trained_network(backbone, tmp_path):
    folder = save_folder(
        tmp_path / "net",
        folded_weights(SHARED / "onnx" / "model.onnx"),
        json.loads((SHARED / "preprocessor_config.json").read_text()),
        depth_multiplier=1.0,
    )
    ours, theirs = FeatureMaps(backbone.locate_backbone(folder)), FeatureMaps(SHARED)
    stripes = Image.new("RGB", (300, 200), "navy")
    for x in range(0, 300, 40):
        stripes.paste("white", (x, 0, x + 20, 200))
    photos = sorted((SHARED_MODELS.parent / "data/flipkart/images").glob("*.jpg"))[:3]
    inputs = [theirs.prepare(Image.open(photo).convert("RGB")) for photo in photos]
    inputs += [ours.prepare(stripes), *pictures(224, 2)]
    expected = theirs.encode(inputs)
    assert expected.shape[1] == 50_176
    maps = run(backbone.load_mobilenet(folder), inputs)[0]
    assert np.abs(maps.reshape(expected.shape) - expected).max() < 1e-4
    assert np.abs(ours.encode(inputs) - expected).max() < 1e-4
