"""aisle puts every product into the right category of a shop's own tree."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aisle._version import __version__

if TYPE_CHECKING:
    from aisle.classifier import Classifier
    from aisle.data.products import Products, read_products
    from aisle.data.splits import split
    from aisle.errors import AisleError
    from aisle.evaluation.compare import compare
    from aisle.evaluation.evaluate import evaluate
    from aisle.schema import Decision, Prediction, Product

__all__ = [
    "AisleError",
    "Classifier",
    "Decision",
    "Prediction",
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
    "Product": "aisle.schema",
    "Products": "aisle.data.products",
    "compare": "aisle.evaluation.compare",
    "evaluate": "aisle.evaluation.evaluate",
    "read_products": "aisle.data.products",
    "split": "aisle.data.splits",
}


def __getattr__(name: str) -> Any:
    """Loads a name of the public face when it is first used: `import aisle` loads nothing heavy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'aisle' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
