"""Ensembles of experts whose features are their scores, so that a test writes them down."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from aisle.decision.rules import DecisionRule
from aisle.ensemble.ensemble import Ensemble, Member
from aisle.experts.expert import TrainableExpert
from aisle.experts.state import State
from aisle.features.featurizer import Evidence, Featurized, Featurizer
from aisle.schema import ModalitySet

PRECISION = 0.9


class Repeater(TrainableExpert):
    """An expert whose features are its scores."""

    kind: ClassVar[str] = "repeater"

    def fit(self, features: np.ndarray, labels: np.ndarray, n_classes: int) -> Repeater:
        return self

    def scores(self, features: np.ndarray) -> np.ndarray:
        return features

    def state(self) -> State:
        return State()

    @classmethod
    def from_state(cls, state: State) -> Repeater:
        return cls()


class Comparer(Repeater):
    """One whose scores say which category fits best, but not whether any does."""

    kind: ClassVar[str] = "comparer"
    open_set: ClassVar[bool] = False


class Given(Featurizer):
    """Stands for what a test hands to the ensemble as evidence."""

    kind: ClassVar[str] = "given"

    def __init__(self, name: str, needs: ModalitySet, make: Callable[[], TrainableExpert]) -> None:
        self.name = name
        self.needs = needs
        self.make = make

    def fit(self, products: object, n_classes: int) -> Given:
        return self

    def transform(self, products: object) -> Featurized:
        raise NotImplementedError

    def new_expert(self) -> TrainableExpert:
        return self.make()

    def state(self) -> State:
        return State()

    @classmethod
    def from_state(cls, state: State) -> Given:
        raise NotImplementedError


def member(name: str, needs: ModalitySet, make: Callable[[], TrainableExpert] = Repeater) -> Member:
    return Member.of(Given(name, needs, make))


def rule(ensemble: Ensemble, modalities: ModalitySet, precision: float = PRECISION) -> DecisionRule:
    """The decision rule for a set of modalities."""
    return DecisionRule.fit(ensemble.oof_shortlists_[modalities], precision)


def mean_weights(ensemble: Ensemble, modalities: ModalitySet) -> tuple[float, ...]:
    """One weight a member, the mean over categories."""
    return tuple(map(float, ensemble.weights_[modalities].mean(axis=1)))


def sets_in(ensemble: Ensemble, evidence: list[Evidence]) -> list[ModalitySet]:
    """What there is to look at in each row."""
    return list(ensemble.answer(evidence).modalities)
