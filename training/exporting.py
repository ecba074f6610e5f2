"""A trained network to the files that aisle reads."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import nn

from training.student import SIDE

_CONFIG = {
    "size": {"height": SIDE, "width": SIDE},
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "resample": 3,
    "rescale_factor": 1 / 255,
}


class _Squares(CalibrationDataReader):
    """Pictures to find the ranges of values on."""

    def __init__(self, squares: NDArray[np.uint8]) -> None:
        self._left = iter(squares)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        square = next(self._left, None)
        if square is None:
            return None
        return {"pixel_values": (square.transpose(2, 0, 1)[None] / np.float32(127.5)) - 1}


def export(network: nn.Module, squares: NDArray[np.uint8], to: Path) -> None:
    """Writes `model.onnx` with int8 weights and activations, and its preprocessing.

    Args:
        network: the network.
        squares: (n, SIDE, SIDE, 3) pictures to find the ranges of values on.
        to: the folder.
    """
    to.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        full, ready = Path(folder, "full.onnx"), Path(folder, "ready.onnx")
        write_full(network, full)
        quant_pre_process(full, ready)
        quantize_static(
            ready,
            to / "model.onnx",
            _Squares(squares),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
    (to / "preprocessor_config.json").write_text(json.dumps(_CONFIG, indent=1) + "\n")


def write_full(network: nn.Module, file: Path) -> None:
    """Writes the network with 32-bit weights."""
    example = torch.zeros(1, 3, SIDE, SIDE)
    torch.onnx.export(
        network.cpu().eval(),
        (example,),
        file,
        input_names=["pixel_values"],
        output_names=["pooler_output"],
        dynamic_axes={"pixel_values": {0: "batch"}, "pooler_output": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    onnx.checker.check_model(str(file))
