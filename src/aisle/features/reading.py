"""All sources of a panel on the same products."""

from __future__ import annotations

from collections.abc import Sequence

from aisle.encoders.parallel import in_parallel
from aisle.errors import InputError
from aisle.experts.cross_fitting import Evidence
from aisle.schema import Product
from aisle.sources.base import CACHED_FROM, Source


def read_all(
    sources: Sequence[Source], products: Sequence[Product]
) -> tuple[list[Evidence], dict[int, str]]:
    """What each source reads: all sources at once for a few products, else in turn.

    A few products leave cores idle within a source; many fill them, and a run in turn can be
    stopped.
    """
    if len(products) < CACHED_FROM:
        read = in_parallel(lambda source: source.read(products), sources)
    else:
        read = [source.read(products) for source in sources]
    errors: dict[int, str] = {}
    for _, problems in read:
        errors |= problems
    return [evidence for evidence, _ in read], errors


def useful(
    sources: list[Source], evidence: list[Evidence], errors: dict[int, str]
) -> tuple[list[Source], list[Evidence]]:
    """The sources that have something to look at, at least in one row, and what that is.

    Raises:
        InputError: there are none.
    """
    pairs = [(s, e) for s, e in zip(sources, evidence, strict=True) if e.present.any()]
    if not pairs:
        raise InputError(
            "no product has a text or a picture that can be read; check --text, --image and"
            f" --image-root{_example(errors)}"
        )
    return [source for source, _ in pairs], [one for _, one in pairs]


def _example(errors: dict[int, str]) -> str:
    return f" (for example: {next(iter(errors.values()))})" if errors else ""
