import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.data.presets.flipkart.tree import RawCategory, category_paths, parse_tree


def tree(*names):
    return f'["{" >> ".join(names)}"]'


def category(*names, title="", brand=""):
    return category_paths([RawCategory(tree(*names), title, brand)])[0]


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ('["Clothing >> Shirts"]', ("Clothing", "Shirts")),
        ('["Sunglasses"]', ("Sunglasses",)),
        ('["Golf >> The \\"RH\\" Ball..."]', ("Golf", 'The "RH" Ball...')),
        ('["Car Headlights\xa0 >> Car Fog Lamps? >> "]', ("Car Headlights", "Car Fog Lamps")),
        ('["Clothing >> Shir', ("Clothing", "Shir")),
        ("Clothing >> Shirts", ("Clothing", "Shirts")),
        ('["a"', ("a",)),
        ('"Clothing >> Shirts"', ("Clothing", "Shirts")),
        ("[" * 100_000, ()),
        ("[]", ()),
        ("", ()),
    ],
)
def test_parse_tree(raw, path):
    assert parse_tree(raw) == path


@given(st.text())
def test_any_text_is_parsed(raw):
    assert all(parse_tree(raw))


@pytest.mark.parametrize(
    ("last", "title"),
    [
        ("AW Bellies", "AW Bellies"),
        ("aw  bellies", "AW Bellies "),
        ("Zixtro Bug (Black, Backpack)", "Zixtro Bug"),
        ("Eternal Gandhi Super Series Crystal Paper Weight...", "Eternal Gandhi Super Series"),
        ("A Name Whose Title Was Lost By Somebody On The Wa...", ""),
    ],
)
def test_own_name_is_dropped(last, title):
    assert category("Footwear", "Ballerinas", last, title=title) == ("Footwear", "Ballerinas")


@pytest.mark.parametrize(
    ("last", "title"),
    [("Umbrellas", "Umbrella"), ("Rings", "Radiant Bay Ring"), ("Rings", ""), ("Caps", "Caps 3")],
)
def test_category_is_not_taken_for_the_own_name(last, title):
    assert category("Jewellery", last, title=title) == ("Jewellery", last)


def test_nothing_but_the_own_name_is_no_category():
    assert category("Vishudh Printed Kurta", title="Vishudh Printed Kurta") == ()


def test_brand_level_is_dropped_by_title_or_brand():
    by_title = category("Clothing", "Shorts", "Alisha Shorts", title="Alisha Cycling Shorts")
    by_brand = category("Posters", "MNTC Posters", title="Cristiano Ronaldo", brand="MNTC")
    assert by_title == ("Clothing", "Shorts")
    assert by_brand == ("Posters",)


def test_brand_level_above_others_is_dropped_alone():
    path = category(
        "Software", "Physical", "Eureka.in Physical", "Maths", title="Eureka.in Class 7"
    )
    assert path == ("Software", "Physical", "Maths")


def test_level_that_only_ends_like_its_parent_is_kept():
    names = ("Clothing", "Women's Clothing", "Shirts", "Formal Shirts", "T-Shirts", "T-Shirts")
    assert category(*names, title="Alisha Women's Formal Shirt", brand="Alisha") == names


def test_majority_of_the_products_decides_for_all_of_them():
    titles = ["Pet Hut Bed", "Petshop7 Bed", "Royal Bed"]
    furniture = tree("Furniture", "Pet Furniture")
    raws = [RawCategory(furniture, title, "") for title in titles]
    assert category_paths(raws) == [("Furniture", "Pet Furniture")] * 3
    shirts = tree("Shirts", "Zara Shirts")
    raws = [RawCategory(shirts, title, "") for title in ("Zara Shirt", "Zara Blue Shirt", "Blue")]
    assert category_paths(raws) == [("Shirts",)] * 3
