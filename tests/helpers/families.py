"""Processes and those that they started, where /proc tells of them."""

from __future__ import annotations

from benchmarks.processes import family_of, stat_of


def answering(pid: int) -> list[int]:
    """The processes that answer for a server: they alone are its grandchildren."""
    return [one for one in family_of(pid)[1:] if int(stat_of(one)[1]) != pid]


def lives(pid: int) -> bool:
    """Whether it has neither ended nor waits for its parent to see that."""
    try:
        return stat_of(pid)[0] != "Z"
    except OSError:
        return False
