import io
import time
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aisle.data.products import read_products
from aisle.data.splits import (
    assign_folds,
    groups_by,
    leaked_rows,
    near_duplicate_groups,
    split,
)
from aisle.errors import InputError
from aisle.schema import Product


def read(rows):
    return read_products(pl.DataFrame(rows, strict=False))


def catalogue(count=200, categories=4):
    """Products whose texts have no word in common."""
    return read(
        {
            "id": [str(row) for row in range(count)],
            "title": [f"item{row} word{row} thing{row}" for row in range(count)],
            "brand": [f"brand{row % 7}" if row % 5 else None for row in range(count)],
            "category": [f"c{row % categories}" for row in range(count)],
        }
    )


def ids(products):
    return [item.id for item in products]


def drawing(seed, kind="PNG", size=64, **how):
    """A picture of random blocks; the same seed is the same picture in any format and size."""
    blocks = np.random.default_rng(seed).integers(256, size=(4, 4, 3), dtype=np.uint8)
    image = Image.fromarray(blocks).resize((size, size), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


@pytest.mark.parametrize("by", ["near-duplicates", "random", "brand"])
def test_both_parts_together_are_all_labelled_rows(by):
    products = catalogue()
    train, test = split(products, by=by)
    assert sorted(ids(train) + ids(test)) == sorted(ids(products))
    assert train.table.column("id").to_pylist() == ids(train)


@pytest.mark.parametrize(
    "size", [0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.33, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99]
)
def test_share_and_stratification(size):
    products = catalogue(400)
    _, test = split(products, by="random", test_size=size)
    assert len(test) == pytest.approx(400 * size, abs=4)
    counts = Counter(item.category for item in test)
    assert max(counts.values()) - min(counts[(f"c{i}",)] for i in range(4)) <= 3


@pytest.mark.parametrize("size", [0, 1, -0.2, 1.5, float("nan")])
def test_test_size_that_is_no_share(size):
    with pytest.raises(InputError, match="between 0 and 1"):
        split(catalogue(10), test_size=size)


def test_seed_decides():
    products = catalogue()
    assert ids(split(products, seed=1)[1]) == ids(split(products, seed=1)[1])
    assert ids(split(products, seed=1)[1]) != ids(split(products, seed=2)[1])


def test_rows_without_a_label_are_left_out():
    products = read({"title": ["ab", "cd", "ef"], "category": ["x", None, "x"]})
    train, test = split(products, by="random")
    assert sorted(ids(train) + ids(test)) == ["0", "2"]


def test_nearly_the_same_texts_stay_on_one_side():
    base = [" ".join(f"w{row}x{word}" for word in range(20)) for row in range(60)]
    texts = base + [text.replace("x7", "x99") for text in base]
    products = read({"title": texts, "category": ["a", "b"] * 60})
    for seed in range(3):
        train, test = split(products, seed=seed)
        assert not {int(key) % 60 for key in ids(train)} & {int(key) % 60 for key in ids(test)}
        assert test


def test_nearly_the_same_pictures_stay_on_one_side():
    pictures = [drawing(seed) for seed in range(30)]
    pictures += [drawing(seed, "JPEG", 128, quality=80) for seed in range(30)]
    titles = [f"item{row} word{row}" for row in range(60)]
    products = read({"title": titles, "image": pictures, "category": ["a"] * 60})
    groups = near_duplicate_groups(products)
    assert np.array_equal(groups[:30], groups[30:])
    assert len(set(groups.tolist())) == 30
    train, test = split(products)
    assert not {int(key) % 30 for key in ids(train)} & {int(key) % 30 for key in ids(test)}


def test_text_and_picture_chain_together():
    products = [
        Product("0", ("red cotton shirt",), (drawing(1),)),
        Product("1", ("red cotton shirt",), (drawing(2),)),
        Product("2", ("green wool hat",), (drawing(2),)),
        Product("3", ("blue silk scarf",), (drawing(3),)),
    ]
    groups = near_duplicate_groups(products).tolist()
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_products_without_text_or_readable_picture_are_each_alone(tmp_path):
    white = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(white, "PNG")
    products = [
        Product("0"),
        Product("1", ("",)),
        Product("2", ("x",), (b"broken",)),
        Product("3", ("!",), (tmp_path / "nothing.jpg",)),
        Product("4", ("",), (tmp_path,)),
        Product("5", ("",), (white.getvalue(),)),
        Product("6", ("",), (white.getvalue(),)),
        Product("7", ("",), (drawing(0)[:90],)),
    ]
    assert len(set(near_duplicate_groups(products).tolist())) == len(products)


def test_column_keeps_its_values_on_one_side_and_rows_without_one_are_alone():
    products = catalogue()
    groups = groups_by(products, "brand")
    without = [row for row, brand in enumerate(products.table["brand"].to_pylist()) if not brand]
    assert len(set(groups[without].tolist())) == len(without) == 40
    assert len(set(groups.tolist())) == 40 + 7
    train, test = split(products, by="brand", test_size=0.3)
    brands = [set(filter(None, part.table["brand"].to_pylist())) for part in (train, test)]
    assert not brands[0] & brands[1]
    assert all(brands)


def test_column_values_are_compared_without_case_and_spaces():
    products = read({"title": ["a", "b", "c"], "brand": ["Acme", " acme ", "other"]})
    groups = groups_by(products, "brand").tolist()
    assert groups[0] == groups[1] != groups[2]


def test_unknown_column_is_named_with_those_there_are():
    with pytest.raises(InputError, match=r"cannot split by 'colour'.* id, title, brand, category"):
        split(catalogue(10), by="colour")


@pytest.mark.parametrize("size", [0.2, 0.5, 0.8])
def test_two_rows_are_one_and_one(size):
    train, test = split(read({"title": ["ab cd", "ef gh"], "category": ["x", "y"]}), test_size=size)
    assert (len(train), len(test)) == (1, 1)


def test_what_cannot_be_parted_is_one_clear_line():
    same = read({"title": ["ab cd"] * 9, "category": ["x"] * 9, "brand": ["b"] * 9})
    for by in ("near-duplicates", "brand"):
        with pytest.raises(InputError, match=f"by '{by}', all 9 products stay on one side"):
            split(same, by=by)
    assert len(split(same, by="random")[1]) in (1, 2)
    for labels in ([None, None], ["x", None]):
        with pytest.raises(InputError, match="at least 2 are needed"):
            split(read({"title": ["ab", "cd"], "category": labels}))


def test_largest_group_is_learned_from():
    brands = ["large"] * 70 + [f"small{row}" for row in range(30)]
    products = read({"title": ["a"] * 100, "brand": brands, "category": ["x"] * 100})
    train, test = split(products, by="brand")
    assert train.table["brand"].to_pylist().count("large") == 70
    assert 0 < len(test) <= 20


@given(
    groups=st.lists(st.integers(0, 8), min_size=1, max_size=40),
    folds=st.integers(2, 6),
    seed=st.integers(0, 9),
)
def test_groups_are_dealt_whole(groups, folds, seed):
    products = [Product(str(row), category=(f"c{row % 3}",)) for row in range(len(groups))]
    dealt = assign_folds(products, np.array(groups), folds, seed)
    assert len({(g, f) for g, f in zip(groups, dealt.tolist(), strict=True)}) == len(set(groups))
    assert set(dealt.tolist()) <= set(range(folds))
    assert len(set(dealt.tolist())) == min(folds, len(set(groups)))


def test_each_category_is_spread_evenly():
    products = [Product(str(row), category=(f"c{row % 10}",)) for row in range(500)]
    dealt = assign_folds(products, np.arange(500), 5, 0)
    for category in range(10):
        assert np.bincount(dealt[category::10]).tolist() == [10] * 5


@pytest.mark.timed
def test_large_group_of_many_categories_is_dealt_quickly():
    products = [Product(str(row), category=(f"c{row % 3000}",)) for row in range(30_000)]
    start = time.perf_counter()
    assign_folds(products, np.zeros(30_000, dtype=np.intp), 5, 0)
    assert time.perf_counter() - start < 3


def test_leaked_rows():
    assert leaked_rows(np.arange(100), 5, 0) == 0
    pairs = np.repeat(np.arange(500), 2)
    assert leaked_rows(pairs, 5, 0) == pytest.approx(800, abs=50)
    assert leaked_rows(pairs, 5, 0) == leaked_rows(pairs, 5, 0)
    assert leaked_rows(np.zeros(1000, dtype=np.intp), 2, 0) == 1000


def test_leaked_rows_as_counted_one_by_one():
    groups = np.random.default_rng(1).integers(60, size=150)
    fold = np.random.default_rng(4).integers(3, size=150)
    leaked = sum(
        any(groups[other] == groups[row] and fold[other] != fold[row] for other in range(150))
        for row in range(150)
    )
    assert leaked_rows(groups, 3, 4) == leaked
