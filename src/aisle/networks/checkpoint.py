"""A stopped training goes on from its last epoch; a finished one is not repeated."""

from __future__ import annotations

import errno
import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aisle._version import __version__
from aisle.encoders.cache import default_cache_folder
from aisle.files import write_file


class Checkpoint:
    """The file with the state of one training, named by its data and settings.

    Args:
        arrays: all that the outcome depends on.
        settings: all else that it depends on.
    """

    def __init__(self, arrays: Sequence[NDArray[Any]], *settings: object) -> None:
        state = hashlib.blake2b(
            repr((__version__, torch.__version__, *settings)).encode(), digest_size=16
        )
        for array in arrays:
            state.update(repr((array.dtype, array.shape)).encode())
            state.update(np.ascontiguousarray(array).data)
        self._written = time.monotonic()
        self.path = default_cache_folder() / "training" / f"{state.hexdigest()}.pt"

    def read(self) -> dict[str, Any] | None:
        """The state that was written last, or None; a damaged file counts as none."""
        try:
            state: dict[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
        except Exception:  # torch raises whatever a damaged file leads it to
            return None
        return state

    def keep(self, state: Callable[[], dict[str, Any]], seconds: float) -> None:
        """Writes a state where the last one is at least so old; see `write`."""
        if time.monotonic() - self._written >= seconds:
            self.write(state())
            self._written = time.monotonic()

    def write(self, state: dict[str, Any]) -> None:
        """Keeps a state under a temporary name, then renames it.

        Raises:
            OutputError: it cannot be written.
        """
        with write_file(self.path, "set AISLE_CACHE to another folder") as new:
            try:
                with new.open("wb") as file:
                    torch.save(state, file)
            except RuntimeError as error:  # torch's error for a full disk
                raise OSError(errno.ENOSPC, "the disk may be full") from error
