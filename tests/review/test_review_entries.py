from __future__ import annotations

import math
from dataclasses import replace

import pytest
from review_entries import answer

from aisle.errors import InputError
from aisle.review.entries import MAX_KEY_BYTES, Added, Entry, RefusedEntry, read_value
from aisle.schema import Candidate, Product


@pytest.mark.parametrize(
    "key", ["", "a\x00", "\ud800", "a" * (MAX_KEY_BYTES + 1), "я" * (MAX_KEY_BYTES // 2 + 1)]
)
def test_a_key_that_cannot_be_kept(key: str) -> None:
    with pytest.raises(InputError, match=r"cannot be kept; give 1 to 2000 bytes, none of them 0"):
        Entry(Product(key), answer("a"))


@pytest.mark.parametrize(
    "key", ["a", "a" * MAX_KEY_BYTES, "я" * (MAX_KEY_BYTES // 2), " ", "../../etc"]
)
def test_any_other_key(key: str) -> None:
    assert Entry(Product(key), answer("a")).product.id == key


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none(number: float) -> None:
    product, said = Product("a"), answer("a")
    for make in (
        lambda: Entry(product, said, number),
        lambda: Entry(product, replace(said, confidence=number)),
        lambda: Entry(product, replace(said, alternatives=(Candidate(("A",), number),))),
    ):
        with pytest.raises(InputError, match="no finite number"):
            make()


def test_counts_add_up() -> None:
    a, b = RefusedEntry("a", "no text"), RefusedEntry("b", "no picture")
    counts = Added(1, 2, 3, (a,)) + Added(10, 20, 30, (b,))
    assert counts == Added(11, 22, 33, (a, b))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (7, 7.0),
        ("2.5", 2.5),
        (" -1e2 ", -100.0),
        *((cell, None) for cell in (True, "cheap", "", None, "nan", math.inf, "1e999")),
    ],
)
def test_what_a_cell_says_of_a_value(cell: object, value: float | None) -> None:
    assert read_value(cell) == value
