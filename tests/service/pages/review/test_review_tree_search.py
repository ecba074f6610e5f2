import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.service.pages.review.tree_search import TreeSearch

TREE = TreeSearch(
    [
        ("Kitchen", "Mugs"),
        ("Kitchen", "Mugs", "Travel Mugs"),
        ("Kitchen", "Pans & Lids"),
        ("Garden", "Kitchen Gardens"),
        ("Clothing", "Women's Clothing", "Skirts"),
        ("Électronique", "Télévisions"),
    ]
)


def first(query: str) -> tuple[str, ...]:
    return TREE.search(query)[0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("mugs", ("Kitchen", "Mugs")),
        ("mug", ("Kitchen", "Mugs")),
        ("travel", ("Kitchen", "Mugs", "Travel Mugs")),
        ("mug tra", ("Kitchen", "Mugs", "Travel Mugs")),
        ("KITCHEN", ("Kitchen",)),
        ("kitchen lid", ("Kitchen", "Pans & Lids")),
        ("garden kit", ("Garden", "Kitchen Gardens")),
        ("television", ("Électronique", "Télévisions")),
        ("women skirt", ("Clothing", "Women's Clothing", "Skirts")),
        ("skrits", ("Clothing", "Women's Clothing", "Skirts")),
    ],
)
def test_best_node_comes_first(query: str, found: tuple[str, ...]) -> None:
    assert first(query) == found


def test_inner_nodes_can_be_found() -> None:
    assert ("Clothing", "Women's Clothing") in TREE.search("clothing")


def test_name_counts_more_than_what_is_above_it() -> None:
    found = TREE.search("kitchen")
    assert found.index(("Kitchen",)) < found.index(("Garden", "Kitchen Gardens"))
    assert found.index(("Garden", "Kitchen Gardens")) < found.index(("Kitchen", "Mugs"))


def test_all_words_must_be_found() -> None:
    assert TREE.search("kitchen zebra") == []


def test_without_words_the_first_level() -> None:
    tops = [("Clothing",), ("Garden",), ("Kitchen",), ("Électronique",)]
    assert TREE.search(" / ") == TREE.search("") == tops


def test_says_no_more_than_wanted() -> None:
    many = TreeSearch([("Shop", f"Shelf {number}") for number in range(100)])
    assert len(many.search("shelf", limit=7)) == 7


@given(st.text(max_size=40))
def test_any_text_can_be_searched(query: str) -> None:
    assert len(TREE.search(query)) <= 12
