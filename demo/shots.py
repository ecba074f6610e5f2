"""Which pictures a listing has."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from demo.drawings import untelling
from demo.formats import JPEG, Format
from demo.photos import Photo
from demo.recipes import PictureKind, Recipe
from demo.sheet import Drawing

_UNTELLING: tuple[Drawing, ...] = (
    untelling.shop_logo,
    untelling.parcel,
    untelling.no_photo,
    untelling.size_chart,
)


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture and how it is stored."""

    photo: Photo
    format: Format


def shots(recipe: Recipe) -> list[Shot]:
    """The pictures of a listing, the main one first."""
    if recipe.picture == PictureKind.NONE:
        return []
    rng = Random(f"shots {recipe.seed}")
    untelling_too = recipe.picture == PictureKind.UNTELLING
    main = rng.choice(_UNTELLING) if untelling_too else recipe.kind.draw
    more = [
        rng.choice(_UNTELLING) if untelling_too or rng.random() < 0.3 else recipe.kind.draw
        for _ in range(recipe.extra_pictures)
    ]
    formats = [recipe.format, *[JPEG] * len(more)]
    return [
        Shot(Photo(draw, recipe.colour.rgb, f"{recipe.seed}/{number}"), format_)
        for number, (draw, format_) in enumerate(zip([main, *more], formats, strict=True))
    ]
