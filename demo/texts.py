"""What sellers write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from demo.catalogue import CATALOGUE
from demo.category import choose
from demo.recipes import Recipe, TextKind

_MISSING = (None, None, "nan", "NaN", "")
"""How a missing text looks in an export."""

_BRAND_GIVEN = 0.8
_CROSS_SOLD = 0.3

_TITLES = (
    "{brand} {colour} {name}",
    "{brand} {name}, {material}, {colour}",
    "{name} {size} {colour} {material} by {brand}",
    "{colour} {material} {name} - {feature}",
    "{name} for women and men, {feature}, {size}",
    "{brand} {code} {name} {size}",
    "{name}, {feature}, {colour}",
    "{name} / {german} / {french}, {colour}",
    "{brand} {german} {name} {size}",
    "{name} {colour}",
    "{name}",
)
_OPENINGS = (
    "{name} by {brand}, made of {material}.",
    "You get: {colour} {name}, {size}.",
    "{name} in {colour}, as you have always wanted.",
    "{material}, {colour}, {size}.",
    "Brand new {name} in its original packaging.",
    "The {brand} {code} is our best seller.",
    "For every day and for special days.",
)
_PRAISE = (
    "{feature}, {feature2}.",
    "Features: {feature}, {feature2}, {feature3}.",
    "Good to know: {feature}, {feature2}.",
    "You will love this: {feature}.",
)
_FILLER = (
    "Ships within 24 hours.",
    "30 days to send it back, no questions asked.",
    "Please allow for small differences in colour, every screen is another.",
    "A great gift for birthdays and Christmas.",
    "Our support answers day and night.",
    "100% satisfaction or your money back.",
    "Quality that you can feel, at a fair price.",
    "Buy two and save 10%.",
    "Designed with love and packed with care.",
    "Colours: as in the picture.",
    "Leave us a review if you like it!",
    "Only a few pieces left in stock.",
)
_CROSS_SELLING = (
    "Goes well with our {other}.",
    "Also in our shop: {other}, {another}.",
    "Tags: {other} {another} gift idea",
    "People who bought this also bought a {other}.",
)
_VAGUE = (
    "Great gift for her",
    "Great gift for him",
    "{brand} {code}",
    "New collection, {colour}",
    "Must have this season!",
    "{brand} bestseller",
    "Item no. {code}",
    "Premium quality, {size}",
    "Limited edition {brand} {colour}",
    "See picture",
)
_SHARED_TITLES = (
    "{brand} {name} {colour}",
    "{name}, {colour}, {size}",
    "{name} for women and men",
    "{colour} {name}, brand new",
)
_GERMAN_TITLES = (
    "{brand} {german} {german_colour}",
    "{german} in {german_colour}, neu",
    "{german} {size}",
)
_GERMAN = (
    "{german} von {brand} in {german_colour}.",
    "Sofort lieferbar, kostenloser Versand.",
    "Größe: {size}.",
    "Hochwertige Qualität zum kleinen Preis.",
    "Ein schönes Geschenk für Sie und Ihn.",
)
_FRENCH_TITLES = (
    "{french} {french_colour} {brand}",
    "{french} {french_colour}, neuf",
    "{french} {size}",
)
_FRENCH = (
    "{french} de {brand}, couleur {french_colour}.",
    "Livraison gratuite et rapide.",
    "Taille : {size}.",
    "Qualité supérieure à petit prix.",
    "Idée cadeau pour elle et lui.",
)


@dataclass(frozen=True, slots=True)
class Text:
    """The text columns of a listing; a missing one is None, empty or "nan"."""

    title: str | None
    description: str | None
    brand: str | None


Sentences = Callable[[Random], list[str]]
"""Chooses the templates of a description."""


def write_text(recipe: Recipe) -> Text:
    """What the seller of the recipe's product writes."""
    rng = Random(f"text {recipe.seed}")
    facts = _facts(recipe, rng)
    titles, sentences = _STYLES[recipe.text]
    title = rng.choice(titles).format_map(facts) if titles else ""
    lines = [line.format_map(facts) for line in sentences(rng)]
    description = " ".join(line[0].upper() + line[1:] for line in lines)
    return Text(
        recipe.title_mess(title, rng) if title else rng.choice(_MISSING),
        recipe.description_mess(description, rng) if description else rng.choice(_MISSING),
        recipe.brand if rng.random() < _BRAND_GIVEN else rng.choice(_MISSING),
    )


def _facts(recipe: Recipe, rng: Random) -> dict[str, str]:
    category, kind = recipe.category, recipe.kind
    shared = recipe.text == TextKind.SHARED
    features = rng.sample(category.features.split(", "), 3)
    others = [rng.choice(other.kinds) for other in rng.sample(CATALOGUE, 2)]
    return {
        "brand": recipe.brand,
        "code": f"{recipe.brand[:2].upper()}-{rng.randint(100, 999)}",
        "name": choose(category.shared if shared else kind.names, rng),
        "german": kind.german,
        "french": kind.french,
        "colour": recipe.colour.english,
        "german_colour": recipe.colour.german,
        "french_colour": recipe.colour.french,
        "material": choose(category.materials, rng),
        "size": recipe.size,
        "feature": features[0],
        "feature2": features[1],
        "feature3": features[2],
        "other": choose(others[0].names, rng),
        "another": choose(others[1].names, rng),
    }


def _nothing(_rng: Random) -> list[str]:
    return []


def _praise(rng: Random) -> list[str]:
    praise = [
        *rng.sample(_OPENINGS, rng.randint(1, 2)),
        *rng.sample(_PRAISE, rng.randint(0, 2)),
        *rng.sample(_FILLER, rng.randint(1, 4)),
    ]
    return [*praise, rng.choice(_CROSS_SELLING)] if rng.random() < _CROSS_SOLD else praise


def _small_talk(rng: Random) -> list[str]:
    return rng.sample([*_FILLER, *_CROSS_SELLING], rng.randint(0, 4))


def _german(rng: Random) -> list[str]:
    return rng.sample(_GERMAN, rng.randint(0, 4))


def _french(rng: Random) -> list[str]:
    return rng.sample(_FRENCH, rng.randint(0, 4))


_STYLES: dict[TextKind, tuple[tuple[str, ...], Sentences]] = {
    TextKind.FULL: (_TITLES, _praise),
    TextKind.TITLE_ONLY: (_TITLES, _nothing),
    TextKind.DESCRIPTION_ONLY: ((), _praise),
    TextKind.GERMAN: (_GERMAN_TITLES, _german),
    TextKind.FRENCH: (_FRENCH_TITLES, _french),
    TextKind.SHARED: (_SHARED_TITLES, _small_talk),
    TextKind.VAGUE: (_VAGUE, _small_talk),
    TextKind.ABSENT: ((), _nothing),
}
"""How each kind of text is written: the templates of its title, and its description."""
