"""What is known of a category of the sample shop."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from aisle.schema import CategoryPath
from demo.sheet import Drawing

Words = str
"""Phrases with commas between them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of product: how it looks, and what sellers call it."""

    draw: Drawing
    names: Words
    german: str
    french: str


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf of the shop's tree and the words for what lies on it.

    Attributes:
        path: its names from the root down.
        originals: how many listings of it there are, copies not counted.
        kinds: the kinds of product in it.
        shared: names for its products that other categories use as well.
        colours: the English names of the colours that its products come in.
        materials: what its products are made of.
        sizes: how its sellers write sizes.
        features: what its sellers praise.
    """

    path: CategoryPath
    originals: int
    kinds: tuple[Kind, ...]
    shared: Words
    colours: Words
    materials: Words
    sizes: Words
    features: Words


def choose(words: Words, rng: Random) -> str:
    """One of the phrases."""
    return rng.choice(words.split(", "))
