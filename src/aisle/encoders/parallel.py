"""Work on all cores at once, by threads: networks and decoders let go of the interpreter."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

CORES = os.cpu_count() or 1

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_parallel(run: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """The results in the order of the items; a single item runs on the caller's own thread."""
    if len(items) == 1:
        return [run(items[0])]
    with ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(run, items))
