"""The networks: on texts, on pictures, and on both; and how they become ONNX."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aisle.recipes import NetworkSize

LOGITS, CONTEXT = "logits", "context"
_OPSET = 17


class BilstmText(nn.Module):
    """A bidirectional LSTM on word vectors (Schuster and Paliwal 1997, doi:10.1109/78.650093).

    An LSTM from each end of the text, and a dense layer on the last state of both.
    Weights start Glorot-uniform, orthogonal within each gate of the LSTM, with open forget gates.

    Args:
        vectors: (words + 1, d) of each word; the first row stands for no word.
        tuned: whether the vectors are trained too.
        size: of the layers.
    """

    def __init__(self, vectors: Tensor, tuned: bool, size: NetworkSize) -> None:
        super().__init__()
        self.width = size.width
        self.vectors = nn.Embedding.from_pretrained(vectors, freeze=not tuned, padding_idx=0)
        self.forwards = nn.LSTM(vectors.shape[1], size.units, batch_first=True)
        self.backwards = nn.LSTM(vectors.shape[1], size.units, batch_first=True)
        self.dense = nn.Linear(2 * size.units, size.width)
        self.dropout = nn.Dropout(size.dropout)
        for lstm in (self.forwards, self.backwards):
            _start_lstm(lstm)
        _start_dense(self.dense)

    def forward(self, tokens: Tensor) -> Tensor:
        """(b, width) of (b, t) words as numbers, with 0 for no word behind the last one."""
        lengths = (tokens > 0).sum(1, keepdim=True).clamp(min=1)
        steps = torch.arange(tokens.shape[1], device=tokens.device)
        mirrored = tokens.gather(1, (lengths - 1 - steps).clamp(min=0))
        last = (lengths - 1)[:, :, None].expand(-1, -1, self.forwards.hidden_size)
        ends = [
            lstm(self.vectors(words))[0].gather(1, last).squeeze(1)
            for lstm, words in ((self.forwards, tokens), (self.backwards, mirrored))
        ]
        dense: Tensor = self.dropout(self.dense(torch.cat(ends, 1)).relu())
        return dense


class DenseMaps(nn.Module):
    """A dense layer on the flattened feature maps of a frozen network.

    Args:
        values: the number of values in the maps of one picture.
        size: of the layers.
    """

    def __init__(self, values: int, size: NetworkSize) -> None:
        super().__init__()
        self.width = size.width
        self.dense = nn.Linear(values, size.width)
        _start_dense(self.dense)

    def forward(self, maps: Tensor) -> Tensor:
        """(b, width) of (b, values) values."""
        dense: Tensor = self.dense(maps).relu()
        return dense


class NormalisedMaps(DenseMaps):
    """As `DenseMaps`, then batch normalisation and dropout: the picture network alone."""

    def __init__(self, values: int, size: NetworkSize) -> None:
        super().__init__(values, size)
        self.norm = nn.BatchNorm1d(size.width)
        self.dropout = nn.Dropout(size.dropout)

    def forward(self, maps: Tensor) -> Tensor:
        """(b, width) of (b, values) values."""
        dense: Tensor = self.dropout(self.norm(super().forward(maps)))
        return dense


class Network(nn.Module):
    """Extractors side by side, concatenated into one context vector, and a dense layer on it.

    With one extractor it is the network of one modality. With two it is an early fusion, with its
    published fault: the modality that is learned sooner takes the lead, the other is left behind.

    Args:
        extractors: one an input.
        n_classes: the number of categories.
    """

    def __init__(self, extractors: Sequence[BilstmText | DenseMaps], n_classes: int) -> None:
        super().__init__()
        self.extractors = nn.ModuleList(extractors)
        self.head = nn.Linear(sum(one.width for one in extractors), n_classes)
        _start_dense(self.head)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """(b, n_classes) log-odds up to a constant, and the (b, d) context they are read from."""
        seen = [extract(one) for extract, one in zip(self.extractors, inputs, strict=True)]
        context = torch.cat(seen, 1)
        return self.head(context), context


def to_onnx(network: Network, inputs: Mapping[str, NDArray[Any]]) -> bytes:
    """The network as an ONNX file, with the outputs `logits` and `context`.

    Args:
        network: as it was trained.
        inputs: by name and in their order, some rows of each.
    """
    axes: dict[str, dict[int, str]] = {name: {0: "rows"} for name in (*inputs, LOGITS, CONTEXT)}
    if "tokens" in inputs:
        axes["tokens"][1] = "length"
    file = io.BytesIO()
    examples = {name: torch.from_numpy(one) for name, one in inputs.items()}
    export(network.cpu().eval(), examples, axes, file)
    return file.getvalue()


def export(
    network: nn.Module,
    inputs: Mapping[str, Tensor],
    axes: Mapping[str, Mapping[int, str]],
    file: io.BytesIO | Path,
) -> None:
    """Writes a network as ONNX.

    Args:
        network: ready to run.
        inputs: an example of each by its name, in their order.
        axes: the axes of any length, by the names of the inputs and then of the outputs.
        file: where to.
    """
    with warnings.catch_warnings(action="ignore"):  # of the exporter's future, and of LSTM layers
        torch.onnx.export(
            network,
            tuple(inputs.values()),
            file,
            input_names=list(inputs),
            output_names=list(axes)[len(inputs) :],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )


def _start_dense(layer: nn.Linear) -> None:
    """Glorot and Bengio 2010, and no offset."""
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)


def _start_lstm(lstm: nn.LSTM) -> None:
    nn.init.xavier_uniform_(lstm.weight_ih_l0)
    nn.init.zeros_(lstm.bias_ih_l0)
    nn.init.zeros_(lstm.bias_hh_l0)
    with torch.no_grad():
        for gate in lstm.weight_hh_l0.split(lstm.hidden_size):
            nn.init.orthogonal_(gate)
        lstm.bias_ih_l0[lstm.hidden_size : 2 * lstm.hidden_size] = 1
