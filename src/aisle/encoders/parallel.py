"""Work on all cores at once, by threads: networks and decoders let go of the interpreter."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, TypeVar

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
"""The cores that this process may use."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def use_cores(count: int) -> None:
    """Sets how many cores are used: one where processes work beside each other."""
    global CORES
    CORES = count


def in_parallel(run: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """The results in the order of the items; one item, or one core, needs no threads."""
    if CORES == 1 or len(items) == 1:
        return [run(item) for item in items]
    with ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(run, items))


def workers(jobs: int) -> Executor:
    """Threads for many jobs; the caller's own for a single job or core."""
    return ThreadPoolExecutor(CORES) if jobs > 1 and CORES > 1 else _CallersThread()


class _CallersThread(Executor):
    """Does each job when it is submitted."""

    def submit(self, run: Callable[..., _Result], /, *given: Any, **named: Any) -> Future[_Result]:
        done: Future[_Result] = Future()
        done.set_result(run(*given, **named))
        return done
