"""Texts, pictures or both, for a network that is trained on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import ClassVar, Self, cast

import numpy as np

from aisle.errors import LabelError
from aisle.experts.expert import Array, CrossFitted
from aisle.experts.network import NetworkExpert
from aisle.experts.registry import register
from aisle.experts.state import State
from aisle.experts.training_task import TrainingTask
from aisle.features.featurizer import (
    Evidence,
    Featurized,
    Featurizer,
    encoder_files,
    folder_of,
)
from aisle.features.network_inputs import MapInput, TokenInput
from aisle.networks.inputs import Rows, rows_with
from aisle.networks.vocabulary import Vocabulary
from aisle.recipes import NetworkRecipe, require_torch
from aisle.schema import Modality, Product
from aisle.typed_json import read_as

_BACKBONE = "backbone/"


@register
class NetworkFeaturizer(Featurizer):
    """What a network looks at, and the network that is trained on it.

    A product that lacks a part of what the network looks at is nothing to it. With others it is
    not required: a text without a word of its vocabulary may have character n-grams they know.

    Args:
        recipe: which network, and how it is trained.
        seed: for all that is drawn.
        words: texts as the network has learned to read them.
        maps: pictures likewise.
    """

    kind: ClassVar[str] = "network inputs"
    required: ClassVar[bool] = False
    single_validation_fold: ClassVar[bool] = True

    def __init__(
        self,
        recipe: NetworkRecipe,
        seed: int,
        words: TokenInput | None = None,
        maps: MapInput | None = None,
    ) -> None:
        self.name = recipe.name
        self.needs = recipe.needs
        self.recipe = recipe
        self.seed = seed
        self.words = words
        self.maps = maps

    @property
    def notes(self) -> Sequence[str]:
        """See `Featurizer.notes`."""
        return [f"{self.name}: {note}" for note in (self.words.notes if self.words else ())]

    def fit(self, products: Sequence[Product], n_classes: int) -> Self:  # noqa: ARG002
        """Learns the words and their vectors, and opens the frozen network.

        Raises:
            MissingExtraError: torch is not installed.
            InputError: a GPU was asked for, and there is none.
            EncoderError: word vectors or the frozen network cannot be read.
        """
        require_torch()
        from aisle.networks.trainer import device_of

        device_of(self.recipe.training.device)  # before pictures are read, which takes long
        if Modality.TEXT in self.needs:
            self.words = TokenInput(Vocabulary())
            self.words.fit(products, Path(self.recipe.glove))
        if Modality.IMAGE in self.needs:
            from aisle.networks.backbone import locate_backbone

            self.maps = MapInput(locate_backbone(self.recipe.backbone))
            self.maps.fit(products, self.recipe.views)
        return self

    def check(self, products: Sequence[Product]) -> None:
        """See `Featurizer.check`."""
        self.recipe.check_products(products)

    def transform(self, products: Sequence[Product]) -> Featurized:
        """See `Featurizer.transform`."""
        inputs = [one for one in (self.words, self.maps) if one]
        columns = {one.field: one.read(products) for one in inputs}
        errors: dict[int, str] = {}
        for column in columns.values():
            errors |= column.errors
        rows = rows_with({field: column.values for field, column in columns.items()})
        present = np.all([column.present for column in columns.values()], axis=0)
        return Featurized(Evidence(cast(Array, rows), present), errors)

    def learn(self, evidence: Evidence, task: TrainingTask) -> CrossFitted:
        """See `Featurizer.learn`: the calibration rows stop the training, which never sees them.

        Raises:
            LabelError: there are too few rows to learn from, or to stop the training.
        """
        from aisle.networks.trainer import NetworkPlan, TrainingData, fit_network

        train = np.flatnonzero(evidence.present & task.training_only)
        there = evidence.present[task.calibration_rows]
        validation = task.calibration_rows[there]
        if len(train) < 2 or not len(validation):
            raise LabelError(
                f"{self.name} has {len(train)} products to learn from and {len(validation)} to be"
                " stopped by; at least 2 and 1 are needed, give more products"
            )
        vectors = self.words.vectors_ if self.words else None
        plan = NetworkPlan(self.name, vectors, self.recipe.training, self.recipe.size, self.seed)
        views = self._views(cast(Rows, evidence.features))
        data = TrainingData(views, task.labels, task.n_classes, train, validation)
        expert = NetworkExpert(*fit_network(plan, data))
        self._forget()
        scores = np.zeros((len(there), task.n_classes), dtype=np.float32)
        scores[there] = expert.scores(evidence.features[validation])
        return CrossFitted(expert, scores)

    def state(self) -> State:
        """See `Featurizer.state`."""
        terms, arrays = self.words.vocabulary.state() if self.words else ({}, {})
        files = encoder_files(self.maps.backbone) if self.maps else {}
        return State(
            arrays=arrays,
            terms=terms,
            settings={"recipe": asdict(self.recipe), "seed": self.seed},
            files={f"{_BACKBONE}{name}": path for name, path in files.items()},
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        """See `Featurizer.from_state`."""
        recipe = read_as(NetworkRecipe, state.settings["recipe"])
        reads, sees = Modality.TEXT in recipe.needs, Modality.IMAGE in recipe.needs
        vocabulary = Vocabulary.from_state(dict(state.terms), dict(state.arrays)) if reads else None
        return cls(
            recipe,
            state.settings["seed"],
            TokenInput(vocabulary) if vocabulary else None,
            MapInput(folder_of(state.files) / _BACKBONE) if sees else None,
        )

    def _forget(self) -> None:
        """Lets go of what only learning needs."""
        if self.words:
            self.words.vectors_ = None
        if self.maps:
            self.maps.altered_ = []

    def _views(self, rows: Rows) -> list[Rows]:
        """The rows, and the same rows with augmented views of their pictures."""
        altered = self.maps.altered_ if self.maps else []
        return [rows, *(rows_with(_fields(rows) | {MapInput.field: maps}) for maps in altered)]


def _fields(rows: Rows) -> dict[str, Rows]:
    return {name: rows[name] for name in rows.dtype.names or ()}
