"""Products that wait for a person: the queue, the leases on it, and what was decided."""

from importlib.util import find_spec

from aisle.errors import MissingExtraError

_NEEDED = ("sqlalchemy", "alembic")


def require_database() -> None:
    """Whether the desk can run here; to be called before its other modules are imported.

    `aisle.review.client` and `aisle.review.records` do without.

    Raises:
        MissingExtraError: it cannot.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        raise MissingExtraError("the review desk", "serve")
