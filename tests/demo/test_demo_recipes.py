from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo import mess
from demo.catalogue import BRANDS, CATALOGUE
from demo.colours import COLOURS
from demo.recipes import (
    DESCRIPTION_MESS,
    EXTRA_PICTURES,
    PICTURES,
    TEXTS,
    TITLE_MESS,
    PictureKind,
    TextKind,
    deal,
    plan,
)


@given(
    st.lists(st.floats(0.01, 1), min_size=1, max_size=6),
    st.integers(200, 600),
    st.integers(0, 99),
)
def test_dealing_follows_the_shares(weights, count, seed):
    shares = {number: weight / sum(weights) for number, weight in enumerate(weights)}
    counts = Counter(deal(shares, count, Random(seed)))
    assert counts.total() == count
    for value, share in shares.items():
        assert counts[value] >= 1
        assert abs(counts[value] - share * count) <= len(shares)


@pytest.mark.parametrize("shares", [TEXTS, PICTURES, EXTRA_PICTURES, TITLE_MESS, DESCRIPTION_MESS])
def test_shares_sum_to_one(shares):
    assert sum(shares.values()) == pytest.approx(1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_plan_holds_every_kind_of_text_picture_and_mess(seed):
    recipes = plan(seed)
    assert {recipe.text for recipe in recipes} == set(TextKind)
    assert {recipe.picture for recipe in recipes} == set(PictureKind)
    assert {recipe.title_mess for recipe in recipes} == set(TITLE_MESS)
    assert {recipe.description_mess for recipe in recipes} == set(DESCRIPTION_MESS)
    assert {recipe.extra_pictures for recipe in recipes} == set(EXTRA_PICTURES)
    assert len({recipe.format for recipe in recipes}) == 9
    assert min(Counter(recipe.label for recipe in recipes).values()) >= 30


def test_seeds_make_different_plans():
    assert plan(0) == plan(0)
    assert [recipe.kind for recipe in plan(0)] != [recipe.kind for recipe in plan(1)]


def test_silent_texts_have_a_telling_picture():
    silent = [r for r in plan(0) if r.text in {TextKind.VAGUE, TextKind.SHARED, TextKind.ABSENT}]
    assert len(silent) > 40
    assert sum(recipe.picture != PictureKind.PRODUCT for recipe in silent) == 2


def test_copies_differ_in_one_thing():
    groups = {}
    for recipe in plan(0):
        groups.setdefault(recipe.seed, []).append(recipe)
    pairs = [group for group in groups.values() if len(group) > 1]
    assert len(pairs) == 46
    for first, second in pairs:
        assert (first.category, first.kind, first.brand) == (
            second.category,
            second.kind,
            second.brand,
        )
    assert sum(first.colour != second.colour for first, second in pairs) >= 15
    assert sum(first.size != second.size for first, second in pairs) >= 8
    reposted = [pair for pair in pairs if pair[0].colour == pair[1].colour]
    assert any(mess.advertised in {a.title_mess, b.title_mess} for a, b in reposted)


def test_wrong_labels_are_of_different_categories():
    wrong = [recipe for recipe in plan(0) if recipe.label != recipe.category.path]
    assert 6 <= len(wrong) <= 12
    assert len({recipe.category.path for recipe in wrong}) == len(wrong)


def test_catalogue_is_complete():
    assert len({category.path for category in CATALOGUE}) == len(CATALOGUE)
    draws = [kind.draw for category in CATALOGUE for kind in category.kinds]
    assert len(set(draws)) == len(draws)
    for category in CATALOGUE:
        assert category.path[0] in BRANDS
        assert set(category.colours.split(", ")) <= set(COLOURS)
        assert len(set(category.features.split(", "))) >= 3
        assert len(set(category.sizes.split(", "))) >= 2
