"""What it takes to add an expert of one's own; docs/extending.md shows how."""

from aisle.experts.expert import Array, Expert, Features, Labels, TrainableExpert
from aisle.experts.linear import LinearExpert, LinearSettings
from aisle.experts.registry import register
from aisle.experts.state import State
from aisle.features.defaults import default_featurizers
from aisle.features.featurizer import Evidence, Featurized, Featurizer

__all__ = [
    "Array",
    "Evidence",
    "Expert",
    "Features",
    "Featurized",
    "Featurizer",
    "Labels",
    "LinearExpert",
    "LinearSettings",
    "State",
    "TrainableExpert",
    "default_featurizers",
    "register",
]
