"""A link that brings a question back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from aisle.errors import InputError
from aisle.review.picture_store import PictureStore

LINK_CHARACTERS = 6_000
"""How long a link may be; longer ones are torn by the programs that they are sent with."""


@dataclass(frozen=True)
class Shared:
    """What a link says.

    Attributes:
        text: of the product.
        picture: the bytes of its picture, or None.
        trouble: why the picture is missing, or an empty string.
    """

    text: str = ""
    picture: bytes | None = None
    trouble: str = ""


def make_link(text: str, picture: bytes | None, folder: Path) -> str:
    """A link to the page with a text and a picture, which is kept from now on.

    Args:
        text: of the product.
        picture: the bytes of its picture, or None.
        folder: where pictures are kept.

    Returns:
        Path and query.

    Raises:
        InputError: the text is too long for a link.
        OutputError: the picture cannot be kept.
    """
    query = urlencode({"text": text.encode("utf-8", "replace")} if text else {})
    if len(query) > LINK_CHARACTERS:
        raise InputError(
            f"the text is too long for a link ({len(query):,} characters as part of an address,"
            f" at most {LINK_CHARACTERS:,} fit); shorten it"
        )
    if picture is None:
        return f"/?{query}" if query else "/"
    digest = PictureStore(folder).keep(picture)
    return f"/?{query}{'&' if query else ''}picture={digest}"


def follow_link(text: str, digest: str, folder: Path) -> Shared:
    """What was shared by `make_link`; a picture that is not there any more is said."""
    if not digest:
        return Shared(text)
    try:
        return Shared(text, PictureStore(folder).read(digest))
    except InputError:
        return Shared(text, None, "the picture of this link is not kept here; pick it again")
