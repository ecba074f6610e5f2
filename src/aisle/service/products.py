"""What callers say of a product, and the product that the model sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aisle.data.cells import clean_text
from aisle.schema import Product
from aisle.service.api.errors import RefusedError, malformed, unprocessable
from aisle.service.pictures import check_picture, from_base64, is_address
from aisle.service.settings import Limits

Fetched = Mapping[str, bytes | RefusedError]
"""Pictures by their addresses, or why they did not come."""

NOTHING: Fetched = MappingProxyType({})

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


def parts_of_json(body: bytes, limits: Limits, fetched: Fetched = NOTHING) -> Parts:
    """Reads a JSON body.

    Raises:
        RefusedError: it is no JSON, or not a product.
    """
    try:
        given = ProductIn.model_validate_json(body)
    except ValidationError as error:
        raise malformed(error) from error
    return parts_of(given, limits, fetched)


def addresses_in(contents: Sequence[bytes], limits: Limits) -> list[str]:
    """The addresses among the pictures of products as JSON, each once; what is none has none."""
    found: dict[str, None] = {}
    for content in contents:
        with suppress(ValidationError):
            given = ProductIn.model_validate_json(content)
            pictures = [given.image] if given.image is not None else given.images or []
            if len(pictures) <= limits.pictures:
                found |= dict.fromkeys(filter(is_address, pictures))
    return list(found)


def parts_of(given: ProductIn, limits: Limits, fetched: Fetched = NOTHING) -> Parts:
    """What came as JSON, with its pictures decoded from base64.

    Args:
        given: the product.
        limits: what it may bring.
        fetched: pictures by the addresses that stand in their place, or why they did not come.

    Raises:
        RefusedError: a field came twice, or a picture is not base64, or was not fetched.
    """
    texts = _one_or_several("text", given.text, given.texts)
    pictures = _one_or_several("image", given.image, given.images)
    _check_count("picture", len(pictures), limits.pictures)
    key = None if given.id is None else str(given.id)
    return Parts(key, texts, [_picture(one, fetched) for one in pictures])


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


def _picture(text: str, fetched: Fetched) -> bytes:
    found = fetched.get(text)
    if isinstance(found, RefusedError):
        raise found
    return from_base64(text) if found is None else found


def _one_or_several(name: str, one: str | None, several: list[str] | None) -> list[str]:
    if one is not None and several is not None:
        raise unprocessable(f"both {name} and {name}s came; give one of them")
    return [one] if one is not None else several or []


def _check_count(kind: str, count: int, most: int) -> None:
    if count > most:
        raise unprocessable(f"the product has {count} {kind}s; at most {most} are read")
