"""Texts, pictures or both, for a network that is trained on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np

from aisle.errors import LabelError
from aisle.experts.base import Array
from aisle.experts.cross_fitting import Evidence, Learned, Lesson
from aisle.experts.network import NetworkExpert
from aisle.networks import require_torch
from aisle.networks.inputs import Rows, rows_with
from aisle.networks.settings import NetworkRecipe
from aisle.networks.vocabulary import Vocabulary
from aisle.schema import Modality, Product
from aisle.sources.base import Read
from aisle.sources.inputs import Maps, Words


class NetworkSource:
    """What a network looks at, and the network that is trained on it.

    A product that lacks a part of what the network looks at is nothing to look at. Beside other
    sources it does not decide: a text without a word of its vocabulary may have pieces they know.

    Args:
        recipe: which network, and how it is trained.
        seed: for all that is drawn.
        words: texts as the network has learned to read them.
        maps: pictures likewise.
    """

    decides = False

    def __init__(
        self,
        recipe: NetworkRecipe,
        seed: int,
        words: Words | None = None,
        maps: Maps | None = None,
    ) -> None:
        self.name = recipe.name
        self.needs = recipe.needs
        self.recipe = recipe
        self.seed = seed
        self.words = words
        self.maps = maps

    @property
    def notes(self) -> Sequence[str]:
        """See `Source.notes`."""
        return [f"{self.name}: {note}" for note in (self.words.notes if self.words else ())]

    def fit(self, products: Sequence[Product], categories: int) -> None:  # noqa: ARG002
        """Learns the words and their vectors, and opens the frozen network.

        Raises:
            MissingExtraError: torch is not installed.
            InputError: a GPU was asked for, and there is none.
            EncoderError: word vectors or the frozen network cannot be read.
        """
        require_torch()
        from aisle.networks.training import device_of

        device_of(self.recipe.training.device)  # before pictures are read, which takes long
        if Modality.TEXT in self.needs:
            self.words = Words(Vocabulary())
            self.words.fit(products, Path(self.recipe.glove))
        if Modality.IMAGE in self.needs:
            from aisle.networks.backbone import locate_backbone

            self.maps = Maps(locate_backbone(self.recipe.backbone))
            self.maps.fit(products, self.recipe.views)

    def read(self, products: Sequence[Product]) -> Read:
        """See `Source.read`."""
        inputs = [one for one in (self.words, self.maps) if one]
        columns = {one.field: one.read(products) for one in inputs}
        errors: dict[int, str] = {}
        for column in columns.values():
            errors |= column.errors
        rows = rows_with({field: column.values for field, column in columns.items()})
        present = np.all([column.present for column in columns.values()], axis=0)
        return Evidence(cast(Array, rows), present), errors

    def learn(self, evidence: Evidence, lesson: Lesson) -> Learned:
        """See `Source.learn`: held rows say when to stop, and the network never learns from them.

        Raises:
            LabelError: there are too few rows to learn from, or to hold out.
        """
        from aisle.networks.batches import Material
        from aisle.networks.fitting import Plan, fit_network

        train = np.flatnonzero(evidence.present & lesson.apart)
        validation = lesson.held[evidence.present[lesson.held]]
        if len(train) < 2 or not len(validation):
            raise LabelError(
                f"{self.name} has {len(train)} products to learn from and {len(validation)} to be"
                " stopped by; at least 2 and 1 are needed, give more products"
            )
        vectors = self.words.vectors_ if self.words else None
        plan = Plan(self.name, vectors, self.recipe.training, self.seed)
        views = self._views(cast(Rows, evidence.features))
        material = Material(views, lesson.labels, lesson.count, train, validation)
        expert = NetworkExpert(*fit_network(plan, material))
        self._forget()
        scores = np.zeros((len(lesson.held), lesson.count), dtype=np.float32)
        scores[evidence.present[lesson.held]] = expert.scores(evidence.features[validation])
        return Learned(expert, scores)

    def _forget(self) -> None:
        """Lets go of what only learning needs."""
        if self.words:
            self.words.vectors_ = None
        if self.maps:
            self.maps.altered_ = []

    def _views(self, rows: Rows) -> list[Rows]:
        """The rows, and the same rows with augmented views of their pictures."""
        altered = self.maps.altered_ if self.maps else []
        return [rows, *(rows_with(_fields(rows) | {Maps.field: maps}) for maps in altered)]


def _fields(rows: Rows) -> dict[str, Rows]:
    return {name: rows[name] for name in rows.dtype.names or ()}
