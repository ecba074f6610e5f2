"""The kinds of experts and featurizers that a model folder can hold, by name."""

from __future__ import annotations

from typing import Protocol, Self, TypeVar

from aisle.errors import ModelError
from aisle.experts.state import State


class Stored(Protocol):
    """What has a kind and can be kept in a model folder."""

    kind: str

    def state(self) -> State:
        """All that was learned."""

    @classmethod
    def from_state(cls, state: State) -> Self:
        """What had this state."""


Class = TypeVar("Class", bound=type)

_KINDS: dict[str, type] = {}


def register(cls: Class) -> Class:
    """Makes a kind known, so that model folders with it can be loaded; a class decorator.

    Raises:
        ValueError: another class has this kind.
    """
    known = _KINDS.setdefault(cls.kind, cls)  # type: ignore[attr-defined]
    if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
        raise ValueError(f"the kind {known.__qualname__!r} has a name that {cls} claims, too")
    _KINDS[known.kind] = cls  # type: ignore[attr-defined]
    return cls


def kind_named(kind: str) -> type[Stored]:
    """The class of a kind.

    Raises:
        ModelError: no such kind is registered.
    """
    if kind not in _KINDS:
        raise ModelError(
            f"the model has a part of the kind {kind!r}, which is not part of aisle; import the"
            " module that registers it before you load the model"
        )
    return _KINDS[kind]
