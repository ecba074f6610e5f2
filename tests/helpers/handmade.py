"""Products that a test spells out, without a table file."""

import io
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from PIL import Image

from aisle.data.products import Products
from aisle.schema import CategoryPath, ImageRef, Product

SHIRT = ("Clothing", "Shirts")
PAN = ("Kitchen", "Pans")

TELLING = {SHIRT: "shirt cotton collar sleeve", PAN: "pan lid frying handle"}
COLOURS = {SHIRT: (200, 40, 40), PAN: (40, 60, 200)}


def products_from(items: Iterable[Product], **columns: list[object]) -> Products:
    """Products with a table of their keys and whatever columns are named."""
    kept = tuple(items)
    table = pa.table({"id": [item.id for item in kept], **columns})
    return Products(kept, table)


def title(category: CategoryPath, number: int) -> str:
    """A telling text that no other number has."""
    words = TELLING[category].split()
    return f"{words[number % 4]} {words[(number // 4) % 4]} n{number * 7919} k{number * 104729}"


def picture(category: CategoryPath, number: int) -> bytes:
    """A noisy PNG picture in the category's colour."""
    random = np.random.default_rng(number)
    pixels = np.array(COLOURS[category]) + random.normal(0, 45, (16, 16, 3))
    file = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def shirts_and_pans(count: int, *, text: bool = True, image: bool = True) -> list[Product]:
    """Shirts and pans in turn, with what is asked for."""
    made = []
    for number in range(count):
        category = (SHIRT, PAN)[number % 2]
        images: tuple[ImageRef, ...] = (picture(category, number),) if image else ()
        texts = (title(category, number),) if text else ()
        made.append(Product(f"p{number}", texts, images, category))
    return made
