"""A trained network as an expert: answering needs ONNX Runtime alone."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from aisle.encoders.onnx_runtime import OnnxSession
from aisle.experts.base import Array, Features
from aisle.experts.odds import log_odds
from aisle.networks.inputs import Rows, cut
from aisle.parallel import in_parallel
from aisle.summary import TrainingCurve

_CHUNK = 32


class NetworkExpert:
    """Answers as a network does.

    Args:
        onnx: the file of the network, with the outputs `logits` and `context`.
        curve: how it was trained.
    """

    def __init__(self, onnx: bytes, curve: TrainingCurve) -> None:
        self.onnx = onnx
        self.curve = curve

    def scores(self, features: Features) -> Array:
        """See `Expert.scores`: log-odds of each category against all others."""
        return log_odds(self._run(features, "logits"))

    def context(self, features: Features) -> Array:
        """(n, d) the vectors that the last layer reads: similar ones are answered alike."""
        return self._run(features, "context")

    def state(self) -> dict[str, NDArray[np.generic]]:
        """See `Expert.state`."""
        return {
            "onnx": np.frombuffer(self.onnx, dtype=np.uint8),
            "curve": self.curve.to_array(),
            "remarks": np.frombuffer(
                f"{self.curve.device}\n{self.curve.note}".encode(), dtype=np.uint8
            ),
        }

    @classmethod
    def from_state(cls, state: dict[str, NDArray[Any]]) -> Self:
        """See `Expert.from_state`."""
        device, _, note = state["remarks"].tobytes().decode().partition("\n")
        return cls(state["onnx"].tobytes(), TrainingCurve.from_array(state["curve"], device, note))

    @cached_property
    def _session(self) -> OnnxSession:
        return OnnxSession(self.onnx)

    def _run(self, features: Features, output: str) -> Array:
        rows, session = cast(Rows, features), self._session
        parts = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
        return np.concatenate(in_parallel(lambda part: session.run(output, cut(part)), parts))
