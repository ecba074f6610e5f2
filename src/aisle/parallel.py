"""Work on all cores at once, by threads: networks, decoders and solvers release the interpreter."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_limit: int | None = None


def cores() -> int:
    """The number of cores that this process uses: all that it may, unless `use_cores` limits it."""
    if _limit is not None:
        return _limit
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_cores(limit: int | None) -> None:
    """Limits the cores that are used: to one where several processes share the machine.

    Args:
        limit: the number of cores; None for all that the process may use.
    """
    global _limit
    _limit = limit


def in_parallel(run: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """The results in the order of the items.

    After an error or Ctrl-C no further item is begun.
    """
    with workers(len(items)) as pool:
        return list(pool.map(run, items))


def workers(jobs: int) -> Executor:
    """Threads for many jobs; the caller's own thread for a single job or core.

    After an error or Ctrl-C inside the `with` block, jobs that have not begun are dropped.
    """
    return _Threads(cores()) if jobs > 1 and cores() > 1 else _CallersThread()


class _Threads(ThreadPoolExecutor):
    """A thread pool that waits for running jobs only, where its block is left by an exception."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown(cancel_futures=kind is not None)


class _CallersThread(Executor):
    """Does each job when it is submitted."""

    def submit(self, run: Callable[..., _Result], /, *given: Any, **named: Any) -> Future[_Result]:
        done: Future[_Result] = Future()
        done.set_result(run(*given, **named))
        return done
