"""What callers say of a product, and the product that the model sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aisle.data.cleaning import clean_text
from aisle.schema import Product
from aisle.service.pictures import check_picture, from_base64
from aisle.service.refusals import malformed, unprocessable
from aisle.service.settings import Limits

Key = Annotated[str, Field(max_length=1_000)] | int


class ProductIn(BaseModel):
    """A product as JSON: text, pictures, or both."""

    model_config = ConfigDict(extra="forbid", strict=True, title="Product")

    id: Key | None = Field(None, description="The shop's own key; it comes back with the answer.")
    text: str | None = Field(None, description="What is written about the product.")
    texts: list[str] | None = Field(
        None, description="The same in several fields, the most telling first: title, description."
    )
    image: str | None = Field(None, description="A picture: the bytes of its file as base64.")
    images: list[str] | None = Field(None, description="Several pictures, the main one first.")


@dataclass(frozen=True)
class Parts:
    """A product as it came, by JSON or by a form."""

    id: str | None
    texts: Sequence[str]
    pictures: Sequence[bytes]


def parts_of_json(body: bytes, limits: Limits) -> Parts:
    """Reads a JSON body.

    Raises:
        RefusedError: it is no JSON, or not a product.
    """
    try:
        given = ProductIn.model_validate_json(body)
    except ValidationError as error:
        raise malformed(error) from error
    texts = _one_or_several("text", given.text, given.texts)
    pictures = _one_or_several("image", given.image, given.images)
    _check_count("picture", len(pictures), limits.pictures)
    key = None if given.id is None else str(given.id)
    return Parts(key, texts, [*map(from_base64, pictures)])


def to_product(parts: Parts, key: str, limits: Limits) -> Product:
    """The product that the model sees; its texts are cleaned as those of tables are.

    Args:
        parts: what came.
        key: the id of a product that came without one.
        limits: what a product may bring.

    Raises:
        RefusedError: there is nothing to look at, or too much.
    """
    _check_count("text", len(parts.texts), limits.texts)
    _check_count("picture", len(parts.pictures), limits.pictures)
    characters = sum(map(len, parts.texts))
    if characters > limits.characters:
        raise unprocessable(
            f"the text has {characters} characters; at most {limits.characters} are read, cut it"
        )
    for picture in parts.pictures:
        check_picture(picture, limits)
    texts = tuple(map(clean_text, parts.texts))
    if not any(texts) and not parts.pictures:
        raise unprocessable("there is nothing to look at; give text, image or both")
    return Product(key if parts.id is None else parts.id, texts, tuple(parts.pictures))


def _one_or_several(name: str, one: str | None, several: list[str] | None) -> list[str]:
    if one is not None and several is not None:
        raise unprocessable(f"both {name} and {name}s came; give one of them")
    return [one] if one is not None else several or []


def _check_count(kind: str, count: int, most: int) -> None:
    if count > most:
        raise unprocessable(f"the product has {count} {kind}s; at most {most} are read")
