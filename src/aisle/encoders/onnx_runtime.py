"""ONNX Runtime: the only module that imports it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import EncoderError

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read once, when the library is loaded

import onnxruntime as ort

ort.disable_telemetry_events()  # on Windows the environment variable is not read


class OnnxSession:
    """A network in ONNX on the CPU, each run on one core.

    Several runs at a time on one core each are faster than one after the other on all cores: the
    cores need not wait for each other within a layer. ONNX Runtime's telemetry is off: it would
    send model names to its vendor, and keep a device id in the user's cache folder.

    Args:
        model: the file, or what it holds.
        name: what errors call the network; by default the file.

    Attributes:
        inputs: the names of the inputs.
        outputs: the shape of each output by its name; axes of any length have names.

    Raises:
        EncoderError: ONNX Runtime cannot load it.
    """

    def __init__(self, model: Path | bytes, name: str = "") -> None:
        self._name = name or ("the network" if isinstance(model, bytes) else str(model))
        options = ort.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        try:
            self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises one class a cause, without a common base
            place = self._name if isinstance(model, bytes) else model
            raise EncoderError(
                f"{place} cannot be loaded by ONNX Runtime: {_first_line(error)}"
            ) from error
        self.inputs: tuple[str, ...] = tuple(one.name for one in self._session.get_inputs())
        self.outputs: dict[str, list[int | str]] = {
            one.name: one.shape for one in self._session.get_outputs()
        }

    def run(self, output: str, feed: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """One output of the network.

        Args:
            output: the output's name.
            feed: the inputs by name.

        Raises:
            EncoderError: ONNX Runtime cannot run the network on these inputs.
        """
        try:
            return np.asarray(self._session.run([output], dict(feed))[0], dtype=np.float32)
        except Exception as error:  # one class a cause again
            raise EncoderError(
                f"{self._name} cannot be run by ONNX Runtime: {_first_line(error)}"
            ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
