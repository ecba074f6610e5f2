"""A trained network to ONNX."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from warnings import catch_warnings

import torch
from numpy.typing import NDArray

from aisle.networks.network import Network

LOGITS, CONTEXT = "logits", "context"


def to_onnx(network: Network, inputs: Mapping[str, NDArray[Any]]) -> bytes:
    """The network as an ONNX file, with the outputs `logits` and `context`.

    Args:
        network: as it was trained.
        inputs: by name and in their order, some rows of each.
    """
    network = network.cpu().eval()
    axes: dict[str, dict[int, str]] = {name: {0: "rows"} for name in (*inputs, LOGITS, CONTEXT)}
    if "tokens" in inputs:
        axes["tokens"][1] = "length"
    file = io.BytesIO()
    with catch_warnings(action="ignore"):  # of the exporter's future, and of LSTM over batches
        torch.onnx.export(
            network,
            tuple(torch.from_numpy(one) for one in inputs.values()),
            file,
            input_names=list(inputs),
            output_names=[LOGITS, CONTEXT],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    return file.getvalue()
