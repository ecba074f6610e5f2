"""What a model folder keeps of an expert or a featurizer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True)
class State:
    """All that was learned, in four kinds of parts, each by name.

    Attributes:
        arrays: NumPy arrays.
        terms: lists of words.
        settings: what JSON can hold: numbers, text, lists, objects.
        files: files by their path in the model folder; when saved, where they are now or what they
            hold; when loaded, where they are.
    """

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    terms: Mapping[str, list[str]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Path | bytes] = field(default_factory=dict)
