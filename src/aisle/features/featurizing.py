"""All featurizers of an ensemble on the same products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aisle.errors import InputError
from aisle.features.featurizer import FEWEST_CACHED, Evidence, Featurized, Featurizer
from aisle.parallel import in_parallel
from aisle.schema import Product


def featurize(
    featurizers: Sequence[Featurizer], products: Sequence[Product]
) -> tuple[list[Evidence], dict[int, str]]:
    """What each featurizer makes of products, and by row what could not be read.

    All featurizers run at once for a few products, which leave cores idle within one; else in turn,
    so that a run can be stopped.
    """
    if len(products) < FEWEST_CACHED:
        found = in_parallel(lambda one: one.transform(products), featurizers)
    else:
        found = [one.transform(products) for one in featurizers]
    return [one.evidence for one in found], all_errors(found)


def all_errors(found: Sequence[Featurized]) -> dict[int, str]:
    """By row, what could not be read by any featurizer."""
    errors: dict[int, str] = {}
    for one in found:
        errors |= one.errors
    return errors


def check_readable(evidence: Sequence[Evidence], errors: Mapping[int, str]) -> None:
    """Whether there is anything to look at, at least in one row.

    Raises:
        InputError: there is not.
    """
    if not any(one.present.any() for one in evidence):
        example = f" (for example: {next(iter(errors.values()))})" if errors else ""
        raise InputError(
            "no product has a text or a picture that can be read; check --text, --image and"
            f" --image-root{example}"
        )
