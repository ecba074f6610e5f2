"""Picture encoders: a vision network in ONNX with the preprocessing of its repo."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aisle.encoders import parallel
from aisle.encoders.base import Array
from aisle.encoders.folder import (
    digest,
    files_in,
    onnx_file,
    open_session,
    read_json,
    run_session,
)
from aisle.errors import EncoderError
from aisle.schema import Modality

_POOLED = ("image_embeds", "pooler_output", "sentence_embedding")


class OnnxImageEncoder:
    """A vision network whose pooled output is the vector.

    Pictures are put whole on a white square rather than cropped: a product photo shows its product
    from edge to edge.

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
        self._session = open_session(onnx_file(self.files))
        self._input = self._session.get_inputs()[0].name
        outputs = [output.name for output in self._session.get_outputs()]
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
        size = -(-len(inputs) // parallel.CORES)
        parts = [inputs[start : start + size] for start in range(0, len(inputs), size)]
        return np.concatenate(parallel.in_parallel(self._run, parts))

    def _fit(self, image: Image.Image) -> Image.Image:
        return letterbox(image, self.size, self._resample)

    def _run(self, inputs: Sequence[Array]) -> Array:
        feed = {self._input: np.stack(inputs)}
        return self._vectors(run_session(self._session, self.name, self._output, feed))

    def _vectors(self, outputs: Array) -> Array:
        if outputs.ndim == 3:
            return np.asarray(outputs.mean(axis=1))
        return np.asarray(outputs.reshape(len(outputs), outputs.shape[1], -1).mean(axis=2))


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
