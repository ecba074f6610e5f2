"""A process and those that it started, as Linux tells of them."""

from __future__ import annotations

from pathlib import Path


def family_of(pid: int) -> list[int]:
    """The process and all its descendants."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(stat_of(int(folder.name))[1])
        except OSError:  # it has ended
            continue
    family = [pid]
    for one in family:
        family += [child for child, parent in parents.items() if parent == one]
    return family


def stat_of(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` from the state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def resident_megabytes(pid: int) -> float:
    """The memory of a process that it shares with nobody, and its part of what it shares."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1000
