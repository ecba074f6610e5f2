"""Files and folders that are there whole or not at all.

Everything is written under a temporary name in the folder where it is to stand, and renamed when
it is complete. What stood there before stays until then, and stays where the writing fails.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with write_file(Path(folder, "a.txt")) as part:
    ...         _ = part.write_text("whole")
    ...     Path(folder, "a.txt").read_text()
    'whole'
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from aisle.errors import OutputError

_PREFIX = ".aisle-"


@contextmanager
def write_file(to: Path, hint: str = "") -> Iterator[Path]:
    """Gives the path to write to; it becomes `to` when the block ends well.

    Args:
        to: the file; its folder is made where it does not exist.
        hint: what a user can do where the file cannot be written, for the error message.

    Raises:
        OutputError: the file cannot be written.
    """
    with _output_errors(to, hint), _folder_beside(to) as temporary:
        part = temporary / to.name
        yield part
        part.replace(to)


@contextmanager
def write_folder(to: Path, hint: str = "") -> Iterator[Path]:
    """Gives an empty folder to fill; it becomes `to` when the block ends well.

    A folder that stands at `to` is replaced as a whole; it comes back where that fails.

    Args:
        to: the folder; its parent is made where it does not exist.
        hint: what a user can do where the folder cannot be written, for the error message.

    Raises:
        OutputError: the folder cannot be written.
    """
    with _output_errors(to, hint), _folder_beside(to) as temporary:
        new, old = temporary / "new", temporary / "old"
        new.mkdir()
        yield new
        if to.exists():
            to.rename(old)
        try:
            new.rename(to)
        except OSError:
            if old.exists():
                old.rename(to)
            raise


def check_writable(to: Path) -> None:
    """Makes sure that `to` can be written, before the work whose result is to stand there.

    Raises:
        OutputError: it cannot.
    """
    with _output_errors(to, ""), _folder_beside(to):
        pass


def sync(path: Path) -> None:
    """Puts the content of a file, or the names in a folder, on the disk.

    Without it a power cut may lose what was written last.

    Raises:
        OutputError: the disk fails.
    """
    with _output_errors(path, ""):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _folder_beside(to: Path) -> Iterator[Path]:
    parent = to.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # a file stands where a folder is needed
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from error
    with TemporaryDirectory(dir=parent, prefix=_PREFIX) as name:
        yield Path(name)


@contextmanager
def _output_errors(to: Path, hint: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = f"; {hint}" if hint else ""
        raise OutputError(f"{to} cannot be written: {error.strerror or error}{advice}") from error
