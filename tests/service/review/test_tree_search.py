import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.service.review.tree_search import TreeSearch

TREE = TreeSearch(
    [
        ("Kitchen",),
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
        ("clohting", ("Clothing", "Women's Clothing", "Skirts")),
    ],
)
def test_best_node_comes_first(query: str, found: tuple[str, ...]) -> None:
    assert first(query) == found


def test_a_node_is_found_where_it_is_a_category_itself() -> None:
    assert TREE.search("kitchen")[0] == ("Kitchen",)
    assert TREE.search("clothing") == [("Clothing", "Women's Clothing", "Skirts")]


def test_name_counts_more_than_what_is_above_it() -> None:
    found = TREE.search("kitchen")
    assert found.index(("Kitchen",)) < found.index(("Garden", "Kitchen Gardens"))
    assert found.index(("Garden", "Kitchen Gardens")) < found.index(("Kitchen", "Mugs"))


def test_all_words_must_be_found() -> None:
    assert TREE.search("kitchen zebra") == []


def test_without_words_the_first_categories() -> None:
    first_two = [("Clothing", "Women's Clothing", "Skirts"), ("Garden", "Kitchen Gardens")]
    assert TREE.search(" / ", limit=2) == TREE.search("", limit=2) == first_two


def test_says_no_more_than_wanted() -> None:
    many = TreeSearch([("Shop", f"Shelf {number}") for number in range(100)])
    assert len(many.search("shelf", limit=7)) == 7


@given(st.text(max_size=40))
def test_any_text_can_be_searched(query: str) -> None:
    assert len(TREE.search(query)) <= 12
