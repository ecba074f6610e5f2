"""Colours: their names in three languages, and their tones."""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[int, int, int]

WHITE: Rgb = (255, 255, 255)
INK: Rgb = (38, 38, 44)
STEEL: Rgb = (176, 182, 190)
GOLD: Rgb = (222, 180, 84)
LEATHER: Rgb = (128, 82, 48)


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour that a product is sold in."""

    english: str
    german: str
    french: str
    rgb: Rgb


COLOURS = {
    colour.english: colour
    for colour in (
        Colour("black", "schwarz", "noir", (46, 46, 52)),
        Colour("white", "weiß", "blanc", (242, 241, 236)),
        Colour("grey", "grau", "gris", (136, 140, 148)),
        Colour("red", "rot", "rouge", (200, 46, 48)),
        Colour("blue", "blau", "bleu", (54, 108, 196)),
        Colour("navy", "dunkelblau", "bleu marine", (36, 52, 96)),
        Colour("green", "grün", "vert", (62, 140, 84)),
        Colour("olive", "oliv", "kaki", (112, 116, 62)),
        Colour("yellow", "gelb", "jaune", (238, 196, 60)),
        Colour("orange", "orange", "orange", (230, 126, 44)),
        Colour("pink", "rosa", "rose", (232, 140, 168)),
        Colour("purple", "lila", "violet", (126, 82, 160)),
        Colour("teal", "petrol", "bleu canard", (38, 134, 140)),
        Colour("brown", "braun", "marron", (126, 84, 54)),
        Colour("beige", "beige", "beige", (216, 196, 162)),
        Colour("gold", "gold", "doré", GOLD),
        Colour("silver", "silber", "argenté", (190, 194, 202)),
        Colour("rose gold", "roségold", "or rose", (218, 160, 142)),
        Colour("copper", "kupfer", "cuivre", (190, 112, 70)),
    )
}


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """`first` with a share of `second` in it, from 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def darker(rgb: Rgb, share: float = 0.22) -> Rgb:
    """The colour in shade."""
    return mix(rgb, (18, 18, 28), share)


def lighter(rgb: Rgb, share: float = 0.3) -> Rgb:
    """The colour in light."""
    return mix(rgb, WHITE, share)


def contrasting(rgb: Rgb) -> Rgb:
    """A tone of the colour that can be told from it: light on dark, dark on light."""
    return lighter(rgb, 0.62) if sum(rgb) < 330 else darker(rgb, 0.42)
