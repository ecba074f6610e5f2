"""The command line, run inside the test's process as its entry point runs it."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from aisle.cli import main


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


NOTE = re.compile("^guessed columns|pictures are not there")


class CommandLine:
    """Runs `aisle ARGUMENTS`."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._patch = patch

    def __call__(self, *arguments: str | Path) -> Result:
        self._capsys.readouterr()
        self._patch.setattr(sys, "argv", ["aisle", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        written = self._capsys.readouterr()
        return Result(code, written.out, written.err)

    def mistake(self, *arguments: str | Path) -> str:
        """Runs a command that must end with one line on stderr and exit code 2; gives the line."""
        result = self(*arguments)
        assert result.code == 2, result
        lines = [line for line in result.err.splitlines() if not NOTE.search(line)]
        assert len(lines) == 1, result.err
        assert lines[0].startswith("aisle: ")
        return lines[0].removeprefix("aisle: ")
