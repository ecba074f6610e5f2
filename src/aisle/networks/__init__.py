"""Classic networks to compare with; nothing else in the house imports torch."""

from importlib.util import find_spec

from aisle.errors import MissingExtraError


def require_torch() -> None:
    """Whether networks can be trained here.

    Raises:
        MissingExtraError: they cannot.
    """
    if find_spec("torch") is None or find_spec("onnx") is None:
        raise MissingExtraError("torch", "torch")
