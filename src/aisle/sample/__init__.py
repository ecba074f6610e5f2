"""A sample shop that aisle generates itself: messy listings and drawn pictures."""

from aisle.sample.write import GENERATED, WRONG_LABELS, write_sample

__all__ = ["GENERATED", "WRONG_LABELS", "write_sample"]
