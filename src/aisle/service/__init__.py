"""The service: API and pages over one model; nothing else in the house imports FastAPI."""

from importlib.util import find_spec

from aisle.errors import MissingExtraError

_NEEDED = (
    "alembic",
    "fastapi",
    "fastapi_offline",
    "itsdangerous",
    "prometheus_client",
    "python_multipart",
    "sqlalchemy",
    "uvicorn",
)


def require_extra() -> None:
    """Whether the service can run here; to be called before its other modules are imported.

    Raises:
        MissingExtraError: it cannot.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        raise MissingExtraError("the service", "serve")
