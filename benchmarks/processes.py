"""What a process and those that it started cost, as Linux reports it in /proc."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family_of(pid: int) -> list[int]:
    """A process and all its living descendants."""
    family = [pid]
    for one in family:
        family += _children_of(one)
    return family


def cpu_seconds(pid: int) -> float:
    """The processor seconds of a process and of its children that have ended; 0 once it is gone."""
    try:
        return sum(map(int, stat_of(pid)[11:15])) / _TICKS
    except OSError:
        return 0.0


def stat_of(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat`, without the id and the name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def resident_gigabytes(pid: int) -> float:
    """The memory of a process, with its part of what it shares; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1e6


def _children_of(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for one in threads for child in (one / "children").read_text().split()]
    except OSError:  # it has ended
        return []
