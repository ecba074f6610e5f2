"""A model folder to a smaller one, for the package."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.classifier import Classifier
from aisle.model_folder.layout import read_model, write_model

_SMALL = 1_000
"""Arrays of fewer numbers stay as they are."""


def write_small(model: Classifier, to: Path) -> None:
    """Writes a model in half precision; its encoders are those inside the package."""
    with TemporaryDirectory() as folder:
        whole = Path(folder, "model")
        model.save(whole)
        contents = read_model(whole)
        arrays = {name: _shrunk(name, array) for name, array in contents.arrays.items()}
        small = replace(contents, arrays=arrays, files={})
        write_model(small, to)


def _shrunk(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Out-of-fold confidences stay: half precision rounds what is nearly 1 to 1."""
    large = array.dtype == np.float32 and array.size >= _SMALL and not name.startswith("oof/")
    return array.astype(np.float16) if large else array
