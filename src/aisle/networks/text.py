"""The text network: a bidirectional LSTM on word vectors."""

from __future__ import annotations

import torch
from torch import Tensor, nn

UNITS = 512
WIDTH = 256
DROPOUT = 0.3


class BilstmText(nn.Module):
    """Texts to what is said in them (Schuster and Paliwal 1997, doi:10.1109/78.650093).

    Word vectors, an LSTM from each end of the text, and a dense layer on the last state of both.
    Weights start Glorot-uniform, orthogonal within each gate of the LSTM, with open forget gates.

    Args:
        vectors: (words + 1, d) of each word; the first row stands for no word.
        tuned: whether vectors are learned on.
    """

    def __init__(self, vectors: Tensor, tuned: bool) -> None:
        super().__init__()
        self.width = WIDTH
        self.vectors = nn.Embedding.from_pretrained(vectors, freeze=not tuned, padding_idx=0)
        self.forwards = nn.LSTM(vectors.shape[1], UNITS, batch_first=True)
        self.backwards = nn.LSTM(vectors.shape[1], UNITS, batch_first=True)
        self.dense = nn.Linear(2 * UNITS, WIDTH)
        self.dropout = nn.Dropout(DROPOUT)
        for lstm in (self.forwards, self.backwards):
            _start(lstm)
        start_dense(self.dense)

    def forward(self, tokens: Tensor) -> Tensor:
        """(b, WIDTH) of (b, t) words as numbers, with 0 for no word behind the last one."""
        lengths = (tokens > 0).sum(1, keepdim=True).clamp(min=1)
        steps = torch.arange(tokens.shape[1], device=tokens.device)
        mirrored = tokens.gather(1, (lengths - 1 - steps).clamp(min=0))
        last = (lengths - 1)[:, :, None].expand(-1, -1, UNITS)
        ends = [
            lstm(self.vectors(words))[0].gather(1, last).squeeze(1)
            for lstm, words in ((self.forwards, tokens), (self.backwards, mirrored))
        ]
        dense: Tensor = self.dropout(self.dense(torch.cat(ends, 1)).relu())
        return dense


def start_dense(layer: nn.Linear) -> None:
    """Glorot and Bengio 2010, and no offset."""
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)


def _start(lstm: nn.LSTM) -> None:
    nn.init.xavier_uniform_(lstm.weight_ih_l0)
    nn.init.zeros_(lstm.bias_ih_l0)
    nn.init.zeros_(lstm.bias_hh_l0)
    with torch.no_grad():
        for gate in lstm.weight_hh_l0.split(UNITS):
            nn.init.orthogonal_(gate)
        lstm.bias_ih_l0[UNITS : 2 * UNITS] = 1
