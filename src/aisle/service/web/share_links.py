"""A link that brings a product back to the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from aisle.errors import InputError
from aisle.review.picture_store import PictureStore

LINK_CHARACTERS = 6_000
"""How long a link may be; longer ones are cut by the programs that they are sent with."""


@dataclass(frozen=True)
class Shared:
    """What a link brings.

    Attributes:
        text: of the product.
        pictures: digests of the pictures that are kept here.
        missing: how many pictures are not.
    """

    text: str = ""
    pictures: tuple[str, ...] = ()
    missing: int = 0


def make_link(text: str, pictures: Sequence[bytes], folder: Path) -> str:
    """A link to the page with a text and pictures, which are kept from now on.

    Args:
        text: of the product.
        pictures: the bytes of their files.
        folder: where pictures are kept.

    Returns:
        Path and query.

    Raises:
        InputError: the text is too long for a link.
        OutputError: a picture cannot be kept.
    """
    query = urlencode({"text": text.encode("utf-8", "replace")} if text else {})
    if len(query) > LINK_CHARACTERS:
        raise InputError(
            f"the text is too long for a link ({len(query):,} characters as part of an address,"
            f" at most {LINK_CHARACTERS:,} fit); shorten it"
        )
    kept = PictureStore(folder) if pictures else None
    parts = [query] if query else []
    parts += [f"picture={kept.keep(one)}" for one in pictures] if kept else []
    return f"/?{'&'.join(parts)}" if parts else "/"


def follow_link(text: str, digests: Sequence[str], folder: Path) -> Shared:
    """What was shared by `make_link`."""
    kept = tuple(digest for digest in digests if _is_kept(digest, folder))
    return Shared(text, kept, len(digests) - len(kept))


def _is_kept(digest: str, folder: Path) -> bool:
    try:
        PictureStore(folder).read(digest)
    except InputError:
        return False
    return True
