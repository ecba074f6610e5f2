"""JSON values to records, with every type checked: a model folder may come from anywhere."""

from __future__ import annotations

from dataclasses import is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints


def read_as(kind: Any, value: object) -> Any:
    """The value as what a type hint says; lists become tuples, objects become dataclasses.

    Args:
        kind: a dataclass, a tuple, a dict with names as keys, a union, or a plain type.
        value: as it came out of JSON.

    Raises:
        TypeError: the value is something else.
    """
    if kind is Any or type(value) is kind:
        return value
    if is_dataclass(kind):
        return _record(kind, value)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), value)
    if get_origin(kind) is dict and isinstance(value, dict):
        return {name: read_as(get_args(kind)[1], part) for name, part in value.items()}
    allowed = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    if type(value) in allowed:
        return value
    if float in allowed and type(value) is int:
        return float(value)
    raise TypeError(f"{str(value)[:60]!r} is no {getattr(kind, '__name__', kind)}")


def _record(kind: Any, value: object) -> Any:
    hints = get_type_hints(kind)
    if not isinstance(value, dict) or value.keys() != hints.keys():
        raise TypeError(f"the fields {', '.join(hints)} were expected")
    return kind(**{name: read_as(hint, value[name]) for name, hint in hints.items()})


def _tuple(kinds: tuple[Any, ...], value: object) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{str(value)[:60]!r} is no list")
    each = [kinds[0]] * len(value) if kinds[-1] is Ellipsis else kinds
    return tuple(read_as(one, part) for one, part in zip(each, value, strict=True))
