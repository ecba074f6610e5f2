"""What goes into the queue: its record, the checks that it passes, and what became of it.

Needs the base install alone, so that programs elsewhere can fill the queue of a service.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from dataclasses import asdict, dataclass

from aisle.data.pictures.reading import read_bytes
from aisle.errors import ImageError, InputError
from aisle.schema import ImageRef, Prediction, Product

MAX_KEY_BYTES = 2_000
"""The longest key of a product and name of a reviewer, in UTF-8; PostgreSQL indexes little more."""

_STORABLE = f"give 1 to {MAX_KEY_BYTES} bytes, none of them 0"
_ANSWER_FIELDS = ("category", "confidence", "alternatives", "decision_reason")
"""What the queue keeps of an answer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A product for the queue.

    Attributes:
        product: what is known of it; its `id` is its key in the queue.
        answer: what the model said.
        value: what a right category is worth, in any unit.

    Raises:
        InputError: the key, the value or a confidence cannot be kept.
    """

    product: Product
    answer: Prediction
    value: float = 0.0

    def __post_init__(self) -> None:
        if not is_storable(self.product.id):
            raise InputError(f"the id cannot be kept; {_STORABLE}")
        others = (one.confidence for one in self.answer.alternatives)
        if not all(map(math.isfinite, (self.value, self.answer.confidence, *others))):
            raise InputError("a value or a confidence is no finite number; give another")

    def to_line(self) -> bytes:
        """The entry as one JSON line, with its pictures; a picture that cannot be read is left out.

        The service reads such lines under /v1/review/products.
        """
        answer = asdict(self.answer)
        content = {
            "id": self.product.id,
            "texts": list(self.product.texts),
            "images": [b64encode(data).decode() for data in readable_pictures(self.product)],
            "value": self.value,
            "answer": {name: answer[name] for name in _ANSWER_FIELDS},
        }
        return json.dumps(content, allow_nan=False).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """A product that the queue did not take.

    Attributes:
        key: the shop's own key.
        reason: a sentence.
    """

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the products that were added.

    Attributes:
        new: products that the queue did not know.
        renewed: products that waited already; they wait on with their new content.
        decided: products that had been decided; they were left alone.
        refused: products that a service refused; the desk itself refuses none.
    """

    new: int = 0
    renewed: int = 0
    decided: int = 0
    refused: tuple[RefusedEntry, ...] = ()

    def __add__(self, other: Added) -> Added:
        return Added(
            self.new + other.new,
            self.renewed + other.renewed,
            self.decided + other.decided,
            self.refused + other.refused,
        )


def readable_pictures(product: Product) -> list[bytes]:
    """The bytes of a product's pictures, the main one first, without those that cannot be read."""
    return [data for ref in product.images if (data := _read(ref)) is not None]


def read_value(cell: object) -> float | None:
    """What a cell of a table says that a right category is worth; None where it is no number.

    >>> read_value("12.5"), read_value("cheap")
    (12.5, None)
    """
    try:
        value = float(str(cell))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def check_reviewer(name: str) -> str:
    """The name, if it can be kept.

    Raises:
        InputError: it cannot.
    """
    if not is_storable(name):
        raise InputError(f"the name of the reviewer cannot be kept; {_STORABLE}")
    return name


def is_storable(text: str) -> bool:
    """Whether every database takes it as a key or a name: not too long, no NUL, no half pairs.

    >>> is_storable("B07-XL"), is_storable("")
    (True, False)
    """
    try:
        return 0 < len(text.encode("utf-8")) <= MAX_KEY_BYTES and "\x00" not in text
    except UnicodeEncodeError:
        return False


def _read(ref: ImageRef) -> bytes | None:
    try:
        return read_bytes(ref)
    except ImageError:
        return None
