"""The groups of products that come one after the other."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

from aisle.duplicates.signatures import NearDuplicateSettings, Signature


class NearDuplicates:
    """Groups of near-duplicates, each known by the signature of its first product.

    There are no chains, along which a group would drift: a product belongs to a group whose first
    product it is a near-duplicate of.

    Args:
        settings: what near-duplicates are, and how many groups of a bucket a product is compared
            with: the newest.

    Example:
        >>> from aisle.duplicates.signatures import sign
        >>> found = NearDuplicates()
        >>> found.add(7, sign("a red cotton shirt"))
        >>> found.find(sign("Red cotton shirt!"))
        7
        >>> found.find(sign("a blue mug of steel"))
    """

    def __init__(self, settings: NearDuplicateSettings | None = None) -> None:
        self._settings = settings or NearDuplicateSettings()
        self._signatures: dict[int, Signature] = {}
        self._in_bucket: dict[int, deque[int]] = defaultdict(
            lambda: deque(maxlen=self._settings.reach)
        )

    def add(self, group: int, signature: Signature, buckets: Iterable[int] | None = None) -> None:
        """Begins a group; later groups have larger numbers.

        Args:
            group: its number.
            signature: of its first product.
            buckets: some of those of the signature, where they are known; else all of them.
        """
        self._signatures[group] = signature
        for bucket in signature.buckets() if buckets is None else buckets:
            self._in_bucket[bucket].append(group)

    def find(self, signature: Signature) -> int | None:
        """The oldest group that a product belongs to, or None."""
        buckets = filter(self._in_bucket.__contains__, signature.buckets())
        candidates = sorted({group for bucket in buckets for group in self._in_bucket[bucket]})
        return next((one for one in candidates if self._is_near(one, signature)), None)

    def _is_near(self, group: int, signature: Signature) -> bool:
        return signature.is_near(self._signatures[group], self._settings)
