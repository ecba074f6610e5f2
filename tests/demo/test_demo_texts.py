import re
from dataclasses import replace

import pytest

from demo import mess
from demo.colours import COLOURS
from demo.recipes import TextKind, plan
from demo.texts import write_text

MISSING = {None, "", "nan", "NaN"}
CLEAN = [
    replace(recipe, title_mess=mess.clean, description_mess=mess.clean) for recipe in plan(0)[:150]
]


def written(kind):
    return [(recipe, write_text(replace(recipe, text=kind))) for recipe in CLEAN]


def names(recipe):
    return recipe.kind.names.split(", ")


def test_full_texts_name_the_product_in_the_title():
    for recipe, text in written(TextKind.FULL):
        assert any(name in text.title for name in names(recipe))
        assert text.description not in MISSING


def test_templates_are_filled():
    for kind in TextKind:
        for _, text in written(kind):
            assert not re.search(r"[{}]", f"{text.title} {text.description}")


@pytest.mark.parametrize(
    ("kind", "has_title", "has_description"),
    [
        (TextKind.TITLE_ONLY, True, False),
        (TextKind.DESCRIPTION_ONLY, False, True),
        (TextKind.ABSENT, False, False),
    ],
)
def test_missing_texts(kind, has_title, has_description):
    for _, text in written(kind):
        assert (text.title not in MISSING) == has_title
        assert (text.description not in MISSING) == has_description


def test_vague_titles_do_not_name_the_product():
    for recipe, text in written(TextKind.VAGUE):
        own = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names(recipe)))
        assert not own.search(text.title)


def test_shared_titles_name_what_sisters_share():
    for recipe, text in written(TextKind.SHARED):
        assert any(name in text.title for name in recipe.category.shared.split(", "))


@pytest.mark.parametrize("kind", [TextKind.GERMAN, TextKind.FRENCH])
def test_foreign_titles_name_the_product(kind):
    for recipe, text in written(kind):
        name = recipe.kind.german if kind == TextKind.GERMAN else recipe.kind.french
        assert name in text.title


def test_another_colour_changes_nothing_but_the_colour():
    for recipe in CLEAN:
        first = write_text(replace(recipe, colour=COLOURS["teal"]))
        second = write_text(replace(recipe, colour=COLOURS["olive"]))
        assert second.brand == first.brand
        if first.title:
            assert second.title == first.title.replace("teal", "olive").replace(
                "petrol", "oliv"
            ).replace("bleu canard", "kaki")
