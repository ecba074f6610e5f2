"""Sessions of those who signed in by a key: they end by signing out, and after some hours.

A signed cookie alone would be good for whoever has a copy of it. So an empty file in the data
folder remembers each session that was ended before its time, for all servers of the folder and
beyond their end.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from aisle.errors import OutputError

SESSION_SECONDS = 12 * 3_600
_FOLDER = "signed-out"


def new_session() -> str:
    """A session that begins now, as cookies name it."""
    return f"{int(time.time())}-{secrets.token_hex(16)}"


def session_lasts(data: Path, session: str) -> bool:
    """Whether a session was not ended, and is not too old.

    Args:
        data: the data folder.
        session: from `new_session`, or empty.
    """
    return _is_young(session) and not (data / _FOLDER / session).exists()


def end_session(data: Path, session: str) -> None:
    """Ends a session, and forgets those that would be too old by now.

    Args:
        data: the data folder.
        session: from `new_session`, or empty.

    Raises:
        OutputError: the data folder cannot be written.
    """
    folder = data / _FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for ended in folder.iterdir():
            if not _is_young(ended.name):
                ended.unlink(missing_ok=True)
        if _is_young(session):
            (folder / session).touch()
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}") from error


def _is_young(session: str) -> bool:
    begun = session.partition("-")[0]
    return begun.isdecimal() and time.time() - int(begun) < SESSION_SECONDS
