"""Image encoders: a vision network in ONNX, or a classical picture descriptor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aisle.encoders.base import Array
from aisle.encoders.hub import digest, files_in, onnx_file, read_json
from aisle.encoders.onnx_runtime import OnnxSession
from aisle.errors import EncoderError
from aisle.parallel import in_parallel
from aisle.schema import Modality

_POOLED = ("image_embeds", "pooler_output", "sentence_embedding")
_SIDE = 96
_CELL = 12
_ORIENTATIONS = 9
_HUES, _SATURATIONS, _VALUES = 12, 3, 3


class OnnxImageEncoder:
    """A vision network whose pooled output is the vector.

    Pictures are put whole on a white square rather than cropped: a product photo shows its product
    from edge to edge. Each picture runs alone, which costs no time on one core, so that a stop by
    Ctrl-C waits for one picture at most.

    Args:
        root: a folder with an ONNX file and `preprocessor_config.json`.
        name: what to call it; the folder's name by default.
    """

    def __init__(self, root: Path, name: str = "") -> None:
        self.root = root
        self.name = name or root.name
        self.files = files_in(root, Modality.IMAGE)
        config = read_json(root / "preprocessor_config.json")
        self.size = input_side(config, root)
        try:
            self._resample = Image.Resampling(config.get("resample", Image.Resampling.BICUBIC))
            self._factor, self._offset = _normalisation(config)
        except (TypeError, ValueError) as error:
            raise EncoderError(f"{root}/preprocessor_config.json: {error}") from error
        self._session = OnnxSession(onnx_file(self.files), self.name)
        outputs = list(self._session.outputs)
        self._output = next((name for name in _POOLED if name in outputs), outputs[0])

    @cached_property
    def fingerprint(self) -> str:
        """Of the files and the way pictures are fitted into the square."""
        return digest(self.files, "onnx-image", "letterbox")

    def prepare(self, image: Image.Image) -> Array:
        """(3, size, size) normalised channels."""
        pixels = np.asarray(self._fit(image), dtype=np.float32) * self._factor + self._offset
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))

    def encode(self, inputs: Sequence[Array]) -> Array:
        """(n, d) pooled outputs; the mean over positions where the network does not pool."""
        return np.concatenate(in_parallel(self._encode_one, inputs))

    def _fit(self, image: Image.Image) -> Image.Image:
        return letterbox(image, self.size, self._resample)

    def _encode_one(self, pixels: Array) -> Array:
        feed = {self._session.inputs[0]: pixels[None]}
        return self._vectors(self._session.run(self._output, feed))

    def _vectors(self, outputs: Array) -> Array:
        if outputs.ndim == 3:
            return np.asarray(outputs.mean(axis=1))
        return np.asarray(outputs.reshape(len(outputs), outputs.shape[1], -1).mean(axis=2))


class PictureDescriptor:
    """Oriented gradients and colour histograms, for when no network is given.

    Histograms of oriented gradients after Dalal and Triggs (2005, doi:10.1109/CVPR.2005.177): 8 x 8
    cells of 9 orientations, normalised in blocks of 2 x 2. Colours as the square root of an HSV
    histogram of 12 x 3 x 3 bins over the picture and over its middle.
    """

    name = "aisle/picture-descriptor"
    fingerprint = "picture-descriptor-1"
    files = ()
    root = None
    size = _SIDE

    def prepare(self, image: Image.Image) -> Array:
        """(96, 96, 3) values 0 to 255."""
        return np.asarray(letterbox(image, _SIDE, Image.Resampling.BILINEAR), dtype=np.float32)

    def encode(self, inputs: Sequence[Array]) -> Array:
        """(n, 1980) descriptors, each part of unit length."""
        return np.stack([self._describe(pixels) for pixels in inputs])

    def _describe(self, pixels: Array) -> Array:
        middle = pixels[_SIDE // 4 : -_SIDE // 4, _SIDE // 4 : -_SIDE // 4]
        parts = [_gradients(pixels), _colours(pixels), _colours(middle)]
        return np.concatenate([part / max(float(np.linalg.norm(part)), 1e-9) for part in parts])


def letterbox(image: Image.Image, side: int, resample: Image.Resampling) -> Image.Image:
    """The whole picture, centred on a white square."""
    scale = side / max(image.size)
    width, height = (max(1, round(length * scale)) for length in image.size)
    square = Image.new("RGB", (side, side), "white")
    square.paste(
        image.resize((width, height), resample), ((side - width) // 2, (side - height) // 2)
    )
    return square


def input_side(config: dict[str, Any], root: Path) -> int:
    """The side in pixels of the square that a network looks at.

    Args:
        config: what `preprocessor_config.json` holds.
        root: the folder that it lies in, for the error.

    Raises:
        EncoderError: it names no size.
    """
    for key in ("crop_size", "size"):
        value = config.get(key)
        if isinstance(value, dict):
            value = value.get("height") or value.get("shortest_edge")
        if isinstance(value, int) and value > 0:
            return value
    raise EncoderError(f"{root}/preprocessor_config.json names no size; add for example size: 224")


def _normalisation(config: dict[str, Any]) -> tuple[Array, Array]:
    """Factor and offset, (3,) each, that turn values 0 to 255 into the network's input."""
    scale = float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", True) else 1.0
    mean, deviation = np.zeros(3, np.float32), np.ones(3, np.float32)
    if config.get("do_normalize", True):
        mean = np.array(config.get("image_mean", (0.5, 0.5, 0.5)), dtype=np.float32)
        deviation = np.array(config.get("image_std", (0.5, 0.5, 0.5)), dtype=np.float32)
    if mean.shape != (3,) or deviation.shape != (3,) or not np.all(deviation > 0):
        raise ValueError("image_mean and image_std are needed for 3 channels, image_std above 0")
    return np.asarray(scale / deviation, np.float32), np.asarray(-mean / deviation, np.float32)


def _gradients(pixels: Array) -> Array:
    """Histograms of oriented gradients of the channel that changes most at each pixel."""
    down, right = np.asarray(np.gradient(pixels, axis=(0, 1)))
    strength = np.hypot(down, right)
    rows, columns = np.indices(strength.shape[:2])
    strongest = rows, columns, strength.argmax(axis=2)
    angle = np.arctan2(down[strongest], right[strongest]) % np.pi
    weight = np.sqrt(strength[strongest])
    orientation = (angle * (_ORIENTATIONS / np.pi)).astype(np.intp) % _ORIENTATIONS
    cells = _SIDE // _CELL
    index = ((rows // _CELL) * cells + columns // _CELL) * _ORIENTATIONS + orientation
    counts = np.bincount(index.ravel(), weight.ravel(), cells * cells * _ORIENTATIONS)
    return _blocks(counts.reshape(cells, cells, _ORIENTATIONS).astype(np.float32))


def _blocks(cells: Array) -> Array:
    """Cells of 2 x 2 neighbours side by side, each block of unit length, cut at 0.2."""
    corners = (cells[:-1, :-1], cells[:-1, 1:], cells[1:, :-1], cells[1:, 1:])
    blocks: Array = np.concatenate(corners, axis=2)
    norms = np.linalg.norm(blocks, axis=2, keepdims=True)
    return np.asarray(np.minimum(blocks / (norms + 1e-6), 0.2), dtype=np.float32).ravel()


def _colours(pixels: Array) -> Array:
    image = Image.fromarray(pixels.astype(np.uint8)).convert("HSV")
    hue, saturation, value = np.moveaxis(np.asarray(image, dtype=np.intp), 2, 0)
    index = (hue * _HUES // 256 * _SATURATIONS + saturation * _SATURATIONS // 256) * _VALUES
    counts = np.bincount((index + value * _VALUES // 256).ravel(), minlength=_HUES * 9)
    return np.sqrt(counts).astype(np.float32)
