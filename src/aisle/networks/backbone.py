"""The frozen network under the picture networks: as ONNX, or MobileNet v1 weights made into it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from safetensors import SafetensorError

from aisle.encoders.cache import default_cache_folder
from aisle.encoders.hub import digest, locate_files, names_in, needed_files, read_json
from aisle.encoders.image import input_side
from aisle.errors import EncoderError, MissingExtraError
from aisle.files import write_folder
from aisle.recipes import MOBILENET
from aisle.schema import Modality

try:
    import onnx
    import torch
    from safetensors.torch import load_file
    from torch import Tensor, nn

    from aisle.networks.models import export
except ImportError as error:
    raise MissingExtraError(error.name or "torch", "torch") from error

_CONFIG = "config.json"
_PREPROCESSING = "preprocessor_config.json"
_WEIGHTS = "model.safetensors"
_EPSILON = 0.001
_LEAST_CHANNELS = 8
_WIDEST = 4
_ARCHITECTURE = {
    "model_type": "mobilenet_v1",
    "hidden_act": "relu6",
    "layer_norm_eps": _EPSILON,
    "min_depth": _LEAST_CHANNELS,
    "num_channels": 3,
    "tf_padding": True,
}
_STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
_PREFIX = "mobilenet_v1."
_UNUSED = "num_batches_tracked"


def locate_backbone(spec: str | Path) -> Path:
    """A folder with a vision network as an ONNX file and its `preprocessor_config.json`.

    A folder or repo that has no ONNX file, but MobileNet v1 weights of Hugging Face transformers,
    is converted into the cache folder, once.

    Args:
        spec: a local folder, or a repo id with an optional revision: "org/name@revision".

    Raises:
        EncoderError: there is no such folder or repo, or nothing in it can be used.
        OutputError: the cache folder cannot be written.
    """
    root = locate_files(spec, _needed)
    return _converted(root) if _WEIGHTS in _needed(names_in(root)) else root


def load_mobilenet(root: Path) -> MobileNetV1:
    """The network in a folder of Hugging Face transformers, ready to run.

    Args:
        root: a folder with `config.json`, `preprocessor_config.json` and `model.safetensors`.

    Raises:
        EncoderError: it is another network, or its weights are damaged or do not fit.
    """
    network = _untrained(root)
    weights = _read_weights(root / _WEIGHTS)
    state = network.state_dict()
    for name in state:
        if not name.endswith(_UNUSED):
            _check(weights.get(name), state[name], f"{root / _WEIGHTS}: the tensor {name}")
    network.load_state_dict({name: weights.get(name, own) for name, own in state.items()})
    network.eval()
    return network


class MobileNetV1(nn.Module):
    """MobileNet v1 (Howard et al. 2017, arXiv 1704.04861) without its classifier.

    Parameters are named as in MobileNetV1Model of Hugging Face transformers.

    Args:
        side: of the pictures, in pixels.
        multiplier: by which every layer is wider than in the paper.
    """

    def __init__(self, side: int = 224, multiplier: float = 1.0) -> None:
        super().__init__()
        self.side = side
        depth = 32
        channels = _channels(depth, multiplier)
        self.conv_stem = _Block(3, channels, side, kernel=3, stride=2)
        side = -(-side // 2)
        self.layer = nn.ModuleList()
        for number, stride in enumerate(_STRIDES):
            if number == 0 or stride == 2:
                depth *= 2
            wider = _channels(depth, multiplier)
            self.layer.append(_Block(channels, channels, side, 3, stride, groups=channels))
            side = -(-side // stride)
            self.layer.append(_Block(channels, wider, side))
            channels = wider

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """The last feature map (batch, channels, rows, columns), and its mean (batch, channels).

        Args:
            pixels: (batch, 3, side, side) normalised pictures.
        """
        features = self.conv_stem(pixels)
        for block in self.layer:
            features = block(features)
        return features, features.mean((2, 3))


class _Block(nn.Module):
    """A convolution padded like TensorFlow's "SAME", batch normalisation and ReLU6."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        side: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
    ) -> None:
        super().__init__()
        missing = kernel - (side % stride or stride)
        both, end = divmod(missing, 2)
        self.padding = nn.ZeroPad2d((0, end, 0, end)) if end else nn.Identity()
        self.convolution = nn.Conv2d(
            inputs, outputs, kernel, stride, padding=both, groups=groups, bias=False
        )
        self.normalization = nn.BatchNorm2d(outputs, eps=_EPSILON)
        self.activation = nn.ReLU6()

    def forward(self, features: Tensor) -> Tensor:
        convolved = self.convolution(self.padding(features))
        activated: Tensor = self.activation(self.normalization(convolved))
        return activated


def save_mobilenet(network: MobileNetV1, file: Path) -> None:
    """Writes the network as ONNX for batches of any size.

    The outputs are "last_hidden_state" and "pooler_output".
    """
    pixels = torch.zeros(1, 3, network.side, network.side)
    names = ("pixel_values", "last_hidden_state", "pooler_output")
    export(network, {names[0]: pixels}, {name: {0: "batch"} for name in names}, file)
    onnx.checker.check_model(file)


def _needed(names: Iterable[str]) -> tuple[str, ...]:
    """The files of an ONNX network, else those that `load_mobilenet` reads."""
    there = set(names)
    try:
        return needed_files(there, Modality.IMAGE)
    except EncoderError as error:
        if {_CONFIG, _WEIGHTS} <= there:
            return tuple(sorted({_CONFIG, _PREPROCESSING, _WEIGHTS} & there))
        raise EncoderError(
            f"{error}, or {_CONFIG} and {_WEIGHTS} of MobileNet v1 as in {MOBILENET}"
        ) from error


def _converted(root: Path) -> Path:
    """The folder in the cache with the network as ONNX, made where it is not there."""
    network = load_mobilenet(root)
    files = [root / name for name in (_CONFIG, _PREPROCESSING, _WEIGHTS)]
    folder = default_cache_folder() / "backbones" / digest(files, "mobilenet-v1", 1)
    if not folder.exists():
        with write_folder(folder, "set AISLE_CACHE to another folder") as new:
            (new / "onnx").mkdir()
            save_mobilenet(network, new / "onnx" / "model.onnx")
            shutil.copyfile(root / _PREPROCESSING, new / _PREPROCESSING)
    return folder


def _untrained(root: Path) -> MobileNetV1:
    config = read_json(root / _CONFIG)
    given = _ARCHITECTURE | {"model_type": None} | config
    for key, expected in _ARCHITECTURE.items():
        if given[key] != expected:
            raise EncoderError(
                f"{root / _CONFIG}: {key} is {given[key]!r}, {expected!r} was expected;"
                " any network but MobileNet v1 is needed as an ONNX file"
            )
    multiplier = config.get("depth_multiplier", 1.0)
    if not isinstance(multiplier, int | float) or not 0 < multiplier <= _WIDEST:
        raise EncoderError(
            f"{root / _CONFIG}: depth_multiplier is {multiplier!r}; a number above 0, at most"
            f" {_WIDEST}, was expected"
        )
    return MobileNetV1(input_side(read_json(root / _PREPROCESSING), root), multiplier)


def _channels(depth: int, multiplier: float) -> int:
    return max(int(depth * multiplier), _LEAST_CHANNELS)


def _read_weights(file: Path) -> dict[str, Tensor]:
    try:
        weights = load_file(file)
    except (SafetensorError, OSError) as error:
        raise EncoderError(f"{file} cannot be read: {error}; fetch it again") from error
    return {name.removeprefix(_PREFIX): tensor for name, tensor in weights.items()}


def _check(found: Tensor | None, own: Tensor, what: str) -> None:
    if found is None:
        raise EncoderError(f"{what} is missing; MobileNet v1 was expected")
    if found.shape != own.shape:
        raise EncoderError(f"{what} is {tuple(found.shape)}; {tuple(own.shape)} was expected")
