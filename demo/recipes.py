"""The plan of the sample: what goes into each listing, before a word or a line is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import repeat
from random import Random
from typing import TypeVar

from aisle.schema import CategoryPath
from demo import mess
from demo.catalogue import BRANDS, CATALOGUE
from demo.category import Category, Kind, choose
from demo.colours import COLOURS, Colour
from demo.formats import FORMATS, JPEG, UNREADABLE, Format
from demo.mess import Mess

T = TypeVar("T")

_COPIES = 46
_WRONG_LABELS = 9


class TextKind(StrEnum):
    """How much a listing's text says."""

    FULL = "title and description"
    TITLE_ONLY = "title only"
    DESCRIPTION_ONLY = "description only"
    GERMAN = "German"
    FRENCH = "French"
    SHARED = "a name that sister categories use too"
    VAGUE = "nothing about the product"
    ABSENT = "no text"


class PictureKind(StrEnum):
    """What a listing's pictures show."""

    PRODUCT = "the product"
    UNTELLING = "nothing telling"
    NONE = "no picture"
    UNREADABLE = "a picture that cannot be read"


TEXTS = {
    TextKind.FULL: 0.66,
    TextKind.TITLE_ONLY: 0.145,
    TextKind.DESCRIPTION_ONLY: 0.03,
    TextKind.GERMAN: 0.03,
    TextKind.FRENCH: 0.03,
    TextKind.SHARED: 0.045,
    TextKind.VAGUE: 0.045,
    TextKind.ABSENT: 0.015,
}
_SILENT = (TextKind.SHARED, TextKind.VAGUE, TextKind.ABSENT)
"""The texts that leave the answer to the picture."""

PICTURES = {
    PictureKind.PRODUCT: 0.8,
    PictureKind.UNTELLING: 0.08,
    PictureKind.NONE: 0.09,
    PictureKind.UNREADABLE: 0.03,
}
EXTRA_PICTURES = {0: 0.88, 1: 0.09, 2: 0.03}
TITLE_MESS: dict[Mess, float] = {
    mess.clean: 0.52,
    mess.advertised: 0.12,
    mess.shouted: 0.08,
    mess.misspelt: 0.08,
    mess.abbreviated: 0.07,
    mess.decorated: 0.06,
    mess.spaced: 0.03,
    mess.escaped: 0.02,
    mess.misdecoded: 0.02,
}
DESCRIPTION_MESS: dict[Mess, float] = {
    mess.clean: 0.52,
    mess.tagged: 0.16,
    mess.broken_lines: 0.1,
    mess.misspelt: 0.07,
    mess.escaped: 0.06,
    mess.decorated: 0.04,
    mess.shouted: 0.03,
    mess.misdecoded: 0.02,
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a listing is made from; the same recipe makes the same listing.

    Attributes:
        seed: decides on all that is left open here.
        category: the true category.
        label: the category that the listing says; wrong in a few.
        kind: the kind of product.
        colour: its colour, in words and in the picture.
        size: its size, as the seller writes it.
        brand: its brand.
        text: how much the text says.
        title_mess: what happened to the title.
        description_mess: what happened to the description.
        picture: what the pictures show.
        format: how the first picture is stored.
        extra_pictures: how many pictures there are beside the first.
    """

    seed: str
    category: Category
    label: CategoryPath
    kind: Kind
    colour: Colour
    size: str
    brand: str
    text: TextKind
    title_mess: Mess
    description_mess: Mess
    picture: PictureKind
    format: Format
    extra_pictures: int


def plan(seed: int) -> list[Recipe]:
    """The recipes of all listings in the order of the table."""
    rng = Random(f"plan {seed}")
    recipes = _originals(rng, seed)
    recipes += _copies(recipes, rng)
    rng.shuffle(recipes)
    return _mislabel(recipes, rng)


def deal(shares: Mapping[T, float], count: int, rng: Random) -> list[T]:
    """`count` values in random order, each as often as its share says and at least once.

    What rounding leaves over or takes away falls on the value with the largest share.
    """
    most = max(shares, key=lambda value: shares[value])
    copies = {value: max(1, round(share * count)) for value, share in shares.items()}
    copies[most] += count - sum(copies.values())
    values = [value for value, number in copies.items() for _ in range(number)]
    rng.shuffle(values)
    return values


def _originals(rng: Random, seed: int) -> list[Recipe]:
    categories = [category for category in CATALOGUE for _ in range(category.originals)]
    count = len(categories)
    texts = deal(TEXTS, count, rng)
    pictures = _pictures(texts, rng)
    dealt = zip(
        range(count),
        categories,
        texts,
        deal(TITLE_MESS, count, rng),
        deal(DESCRIPTION_MESS, count, rng),
        pictures,
        _formats(pictures, rng),
        deal(EXTRA_PICTURES, count, rng),
        strict=True,
    )
    return [
        Recipe(
            seed=f"{seed}/{number}",
            category=category,
            label=category.path,
            kind=rng.choice(category.kinds),
            colour=COLOURS[choose(category.colours, rng)],
            size=choose(category.sizes, rng),
            brand=choose(BRANDS[category.path[0]], rng),
            text=text,
            title_mess=title_mess,
            description_mess=description_mess,
            picture=picture,
            format=format_,
            extra_pictures=extra,
        )
        for number, category, text, title_mess, description_mess, picture, format_, extra in dealt
    ]


def _pictures(texts: list[TextKind], rng: Random) -> list[PictureKind]:
    """Where the text is silent the picture shows the product; twice there is nothing at all."""
    dealt = iter(deal(PICTURES, sum(text not in _SILENT for text in texts), rng))
    pictures = [PictureKind.PRODUCT if text in _SILENT else next(dealt) for text in texts]
    absent = [row for row, text in enumerate(texts) if text == TextKind.ABSENT]
    for row in absent[:2]:
        pictures[row] = PictureKind.NONE
    return pictures


def _formats(pictures: list[PictureKind], rng: Random) -> list[Format]:
    none, unreadable = (pictures.count(kind) for kind in (PictureKind.NONE, PictureKind.UNREADABLE))
    readable = iter(deal(FORMATS, len(pictures) - none - unreadable, rng))
    supply = {
        PictureKind.PRODUCT: readable,
        PictureKind.UNTELLING: readable,
        PictureKind.NONE: repeat(JPEG),
        PictureKind.UNREADABLE: iter(deal(UNREADABLE, unreadable, rng)),
    }
    return [next(supply[picture]) for picture in pictures]


def _copies(originals: list[Recipe], rng: Random) -> list[Recipe]:
    """Near-duplicates: the product in another colour or size, or from another seller."""
    whole = [
        recipe
        for recipe in originals
        if recipe.text in (TextKind.FULL, TextKind.TITLE_ONLY)
        and recipe.picture == PictureKind.PRODUCT
    ]
    ways = deal({_recoloured: 0.4, _resized: 0.25, _reposted: 0.35}, _COPIES, rng)
    chosen = rng.sample(whole, _COPIES)
    return [copy(recipe, rng) for copy, recipe in zip(ways, chosen, strict=True)]


def _recoloured(recipe: Recipe, rng: Random) -> Recipe:
    others = [name for name in recipe.category.colours.split(", ") if name != recipe.colour.english]
    return replace(recipe, colour=COLOURS[rng.choice(others)])


def _resized(recipe: Recipe, rng: Random) -> Recipe:
    others = [size for size in recipe.category.sizes.split(", ") if size != recipe.size]
    return replace(recipe, size=rng.choice(others))


def _reposted(recipe: Recipe, _rng: Random) -> Recipe:
    return replace(recipe, title_mess=mess.advertised, description_mess=mess.clean, format=JPEG)


def _mislabel(recipes: list[Recipe], rng: Random) -> list[Recipe]:
    """Some listings, each of another category, get the label of a wrong one."""
    for category in rng.sample(CATALOGUE, _WRONG_LABELS):
        row = rng.choice([n for n, recipe in enumerate(recipes) if recipe.category is category])
        wrong = rng.choice([other for other in CATALOGUE if other is not category])
        recipes[row] = replace(recipes[row], label=wrong.path)
    return recipes
