"""Myntra's article types in Flipkart's tree, for photos of what Flipkart's rows rarely show."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from aisle.schema import CategoryPath, Product

MOST = 300
"""The most products of a category, so that two large ones do not dominate."""

_WARDROBE = {"Men": "Men's", "Women": "Women's", "Boys": "Kids'", "Girls": "Kids'"}
_FEET = {"Men": "Men's", "Women": "Women's", "Boys": "Kids' & Infant", "Girls": "Kids' & Infant"}
_BAGS = "Bags, Wallets & Belts"
_SINGLE: dict[str, CategoryPath] = {
    "Watches": ("Watches", "Wrist Watches"),
    "Sunglasses": ("Sunglasses",),
    "Backpacks": (_BAGS, "Bags"),
    "Handbags": (_BAGS, "Bags"),
    "Clutches": (_BAGS, "Wallets & Clutches"),
    "Wallets": (_BAGS, "Wallets & Clutches"),
    "Duffel Bag": (_BAGS, "Luggage & Travel"),
    "Deodorant": ("Beauty and Personal Care", "Fragrances"),
    "Perfume and Body Mist": ("Beauty and Personal Care", "Fragrances"),
}


def myntra_products(data: Path) -> list[Product]:
    """The products that have a place in Flipkart's tree, with title and photo."""
    rows = pq.read_table(data / "fashion/products.parquet").to_pylist()
    found: list[Product] = []
    counts: Counter[CategoryPath] = Counter()
    for row in rows:
        category = _place(row)
        if category and counts[category] < MOST:
            counts[category] += 1
            photo = data / "fashion/images" / row["image"]
            found.append(
                Product(f"myntra-{row['id']}", (row["productDisplayName"], ""), (photo,), category)
            )
    return found


def _place(row: dict[str, str]) -> CategoryPath | None:
    if row["masterCategory"] == "Apparel" and row["gender"] in _WARDROBE:
        return "Clothing", f"{_WARDROBE[row['gender']]} Clothing"
    if row["masterCategory"] == "Footwear" and row["gender"] in _FEET:
        return "Footwear", f"{_FEET[row['gender']]} Footwear"
    return _SINGLE.get(row["articleType"])
