"""A trained network as an expert: answering needs ONNX Runtime alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self, cast

import numpy as np

from aisle.encoders.onnx_runtime import OnnxSession
from aisle.experts.discriminant import log_odds
from aisle.experts.expert import Array, Expert, Features
from aisle.experts.registry import register
from aisle.experts.state import State
from aisle.networks.inputs import Rows, cut
from aisle.parallel import in_parallel
from aisle.summary import TrainingCurve

_CHUNK = 32
_FILE = "network.onnx"


@register
class NetworkExpert(Expert):
    """Answers as a network does.

    Args:
        onnx: the file of the network, with the outputs `logits` and `context`.
        curve: how it was trained.
    """

    kind: ClassVar[str] = "network"
    open_set: ClassVar[bool] = False

    def __init__(self, onnx: bytes, curve: TrainingCurve) -> None:
        self.onnx = onnx
        self.curve = curve

    @property
    def notes(self) -> Sequence[str]:
        """See `Expert.notes`: why the training ended otherwise than expected."""
        return (self.curve.note,) if self.curve.note else ()

    def scores(self, features: Features) -> Array:
        """See `Expert.scores`: log-odds of each category against all others."""
        return log_odds(self._run(features, "logits"))

    def similarity_features(self, features: Features) -> Features:
        """(n, d) the vectors that the last layer reads: similar ones are answered alike."""
        return self._run(features, "context")

    def state(self) -> State:
        """See `Expert.state`."""
        return State(
            arrays={"curve": self.curve.to_array()},
            settings={"device": self.curve.device, "note": self.curve.note},
            files={_FILE: self.onnx},
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        """See `Expert.from_state`."""
        settings = state.settings
        curve = TrainingCurve.from_array(
            state.arrays["curve"], settings["device"], settings["note"]
        )
        file = state.files[_FILE]
        return cls(file.read_bytes() if isinstance(file, Path) else file, curve)

    @cached_property
    def _session(self) -> OnnxSession:
        return OnnxSession(self.onnx)

    def _run(self, features: Features, output: str) -> Array:
        rows, session = cast(Rows, features), self._session
        parts = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
        return np.concatenate(in_parallel(lambda part: session.run(output, cut(part)), parts))
