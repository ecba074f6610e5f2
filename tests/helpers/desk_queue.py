"""Products for a review desk that tests make, each with a picture and an answer of the model."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from aisle.review.entries import Entry
from aisle.schema import Candidate, CategoryPath, Decision, Modality, Prediction, Product, Status

SHORTLIST: tuple[CategoryPath, ...] = (
    ("Kitchen", "Mugs"),
    ("Kitchen", "Pans"),
    ("Clothing", "Shirts"),
    ("Clothing", "Skirts"),
)
"""What the keys 1 to 4 stand for; the shop of the tests has no more."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def noise(seed: int, size: int = 200) -> bytes:
    """A picture that looks like no other."""
    blocks = np.random.default_rng(seed).integers(0, 256, (10, 10, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(blocks).resize((size, size), Image.Resampling.NEAREST).save(file, "JPEG")
    return file.getvalue()


def words(seed: int, count: int = 8) -> str:
    """A text that is like no other."""
    random = np.random.default_rng(seed)
    return " ".join("".join(random.choice(list(_LETTERS), 6)) for _ in range(count))


def entry(
    key: str,
    texts: Sequence[str],
    pictures: Sequence[bytes] = (),
    confidence: float = 0.4,
    value: float = 0.0,
) -> Entry:
    """A product that the model doubts."""
    answer = Prediction(
        id=key,
        category=SHORTLIST[0],
        confidence=confidence,
        levels=(),
        alternatives=tuple(Candidate(path, 0.1) for path in SHORTLIST[1:]),
        decision=Decision.REVIEW,
        decision_reason="confidence is below the threshold",
        modalities=(Modality.TEXT,),
        status=Status.OK,
    )
    return Entry(Product(key, tuple(texts), tuple(pictures)), answer, value)


def entries(count: int, start: int = 0) -> list[Entry]:
    """Products that resemble each other in nothing, the worst first."""
    return [
        entry(f"p{seed}", [f"Product {seed} {words(seed)}"], [noise(seed)], 0.1 + seed / 10_000)
        for seed in range(start, start + count)
    ]


def group(count: int, seed: int = 9_000, confidence: float = 0.05) -> list[Entry]:
    """Near-duplicates: the same text and picture under several keys."""
    text, picture = f"Same thing {words(seed, 12)}", noise(seed)
    return [entry(f"same{seed}-{one}", [text], [picture], confidence) for one in range(count)]
