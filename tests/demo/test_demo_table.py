"""The catalogue that the package carries is the one that the generator makes."""

from io import BytesIO

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from aisle.catalogue import CATALOGUE_FILE, KIT_FILE
from demo.kit import kit_photo
from demo.recipes import PictureKind, TextKind, plan
from demo.table import listing, numbered

RECIPES = numbered(plan(0))


@pytest.fixture(scope="module")
def shipped():
    return {row["id"]: row for row in pq.read_table(CATALOGUE_FILE).to_pylist()}


def pixels(data):
    return np.asarray(Image.open(BytesIO(data)).convert("RGB"), dtype=float)


def assert_same_picture(first, second):
    """Another version of Pillow may compress otherwise."""
    assert np.abs(pixels(first) - pixels(second)).mean() < 1


def test_every_listing_has_its_recipe(shipped):
    assert list(shipped) == list(RECIPES)
    assert {recipe.text for recipe in RECIPES.values()} == set(TextKind)
    wrong = [id_ for id_, one in RECIPES.items() if one.label != one.category.path]
    assert len(wrong) == 9
    for id_ in wrong:
        assert shipped[id_]["category"] == " > ".join(RECIPES[id_].label)


@pytest.mark.parametrize("id_", list(RECIPES)[::20])
def test_listing_is_what_the_generator_makes(shipped, id_):
    made, kept = listing(id_, RECIPES[id_]), shipped[id_]
    pictures = zip(made.pop("pictures"), kept.pop("pictures"), strict=True)
    assert made == kept
    for one, other in pictures:
        assert one["name"] == other["name"]
        if RECIPES[id_].picture is not PictureKind.UNREADABLE:
            assert_same_picture(one["data"], other["data"])


def test_the_generator_repeats_itself():
    id_, recipe = next(iter(RECIPES.items()))
    assert listing(id_, recipe) == listing(id_, recipe)


def test_kit_photo_is_what_the_generator_draws():
    assert_same_picture(kit_photo(), KIT_FILE.read_bytes())
