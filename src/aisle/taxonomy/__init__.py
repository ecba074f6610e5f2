"""The category tree."""

from aisle.taxonomy.tree import Taxonomy

__all__ = ["Taxonomy"]
