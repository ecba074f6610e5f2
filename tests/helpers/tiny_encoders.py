"""Encoders of a few weights for products of `handmade`."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "encoders"))

from tiny_models import image_repo, static_repo, text_repo

__all__ = ["image_repo", "static_repo", "text_repo"]
