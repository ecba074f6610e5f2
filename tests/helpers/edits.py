"""JSON values with one place in them changed, as a hand might damage a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st


def json_values(words: Sequence[str]) -> st.SearchStrategy[Any]:
    """Small JSON values, whose texts are some words or anything."""
    texts = st.sampled_from(words) if words else st.text(max_size=5)
    return st.recursive(
        st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=4,
    )


def edited(data: st.DataObject, value: Any, put: st.SearchStrategy[Any]) -> Any:
    """The value with one place in it changed to what is drawn, left out or doubled."""
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 9)):
        keys = sorted(value) if isinstance(value, dict) else range(len(value))
        key = data.draw(st.sampled_from(keys))
        deed = data.draw(st.sampled_from(["inside", "inside", "inside", "drop", "double"]))
        changed = value.copy()
        if deed == "inside":
            changed[key] = edited(data, value[key], put)
        elif deed == "drop":
            del changed[key]
        elif isinstance(value, list):
            changed.append(value[key])
        return changed
    return data.draw(put)
