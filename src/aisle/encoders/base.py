"""What an encoder is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.float32]


class TextEncoder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """What users call it: the folder's name or the repo id."""

    @property
    def note(self) -> str:
        """What a user should know of how texts are read, or an empty string."""

    @property
    def fingerprint(self) -> str:
        """Changes with whatever changes the vectors: weights, preprocessing, precision."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that a model must carry to load this encoder again."""

    @property
    def root(self) -> Path | None:
        """The folder that `files` lie in; None for an encoder that is code alone."""

    def encode(self, texts: Sequence[str]) -> Array:
        """(n, d) vectors of n texts that are not empty."""


class ImageEncoder(Protocol):
    """Turns pictures into vectors, in two steps: decoding and the network run at the same time."""

    @property
    def name(self) -> str:
        """What users call it: the folder's name or the repo id."""

    @property
    def fingerprint(self) -> str:
        """Changes with whatever changes the vectors: weights, preprocessing, precision."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that a model must carry to load this encoder again."""

    @property
    def root(self) -> Path | None:
        """The folder that `files` lie in; None for an encoder that is code alone."""

    @property
    def size(self) -> int:
        """The shorter side, in pixels, below which a picture need not be decoded."""

    def prepare(self, image: Image.Image) -> Array:
        """The network's input for one upright RGB picture."""

    def encode(self, inputs: Sequence[Array]) -> Array:
        """(n, d) vectors of n prepared pictures."""
