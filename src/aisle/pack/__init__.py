"""What comes inside the package, made by this project: two encoders and a model.

How each was made, and its limits, stand in the repository's `training/` folder.
"""

from __future__ import annotations

from pathlib import Path

MINI_TEXT = "aisle/mini-text"
MINI_IMAGE = "aisle/mini-image"

_HERE = Path(__file__).parent
_ENCODERS = {MINI_TEXT: _HERE / "mini-text", MINI_IMAGE: _HERE / "mini-image"}

FLIPKART = _HERE / "flipkart"
"""The folder of the model that answers where no other is named."""


def packed(spec: object) -> Path | None:
    """The folder of an encoder that comes inside the package; None for any other name."""
    return _ENCODERS.get(str(spec))
