"""Processes and those that they started, where /proc tells of them."""

from __future__ import annotations

from pathlib import Path


def _fields(pid: int) -> list[str]:
    """Those of its `stat` from the state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def descendants(pid: int) -> list[int]:
    """All that a process has started, and what those have."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(_fields(int(folder.name))[1])
        except OSError:  # it has ended
            continue
    family = [pid]
    for one in family:
        family += [child for child, parent in parents.items() if parent == one]
    return family[1:]


def answering(pid: int) -> list[int]:
    """The processes that answer for a server: they alone are its grandchildren."""
    return [one for one in descendants(pid) if int(_fields(one)[1]) != pid]


def lives(pid: int) -> bool:
    """Whether it has neither ended nor waits for its parent to see that."""
    try:
        return _fields(pid)[0] != "Z"
    except OSError:
        return False
