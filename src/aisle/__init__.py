"""aisle puts every product into the right category of a shop's own tree."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from aisle._version import __version__

if TYPE_CHECKING:
    from aisle.classifier import Classifier
    from aisle.data.products import Products, read_products
    from aisle.data.splits import split
    from aisle.errors import AisleError
    from aisle.evaluation.compare import compare
    from aisle.evaluation.evaluate import evaluate
    from aisle.predictions import Predictions
    from aisle.schema import Decision, Prediction, Product

__all__ = [
    "AisleError",
    "Classifier",
    "Decision",
    "Prediction",
    "Predictions",
    "Product",
    "Products",
    "__version__",
    "compare",
    "evaluate",
    "read_products",
    "split",
]

_HOMES = {
    "AisleError": "aisle.errors",
    "Classifier": "aisle.classifier",
    "Decision": "aisle.schema",
    "Prediction": "aisle.schema",
    "Predictions": "aisle.predictions",
    "Product": "aisle.schema",
    "Products": "aisle.data.products",
    "compare": "aisle.evaluation.compare",
    "evaluate": "aisle.evaluation.evaluate",
    "read_products": "aisle.data.products",
    "split": "aisle.data.splits",
}


def __dir__() -> list[str]:
    return __all__


if not TYPE_CHECKING:  # else a misspelt name would be of any type

    def __getattr__(name: str) -> object:
        """Loads a public name when it is first used: `import aisle` loads nothing heavy."""
        if name not in _HOMES:
            raise AttributeError(f"module 'aisle' has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)
