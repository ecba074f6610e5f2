"""Vectors kept by meaning: encoder fingerprint and content hash."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import platformdirs

from aisle.encoders.base import Array
from aisle.errors import OutputError

_CHUNK = 500


def default_cache_folder() -> Path:
    """$AISLE_CACHE, else the user's cache folder of the platform."""
    return Path(os.environ.get("AISLE_CACHE") or platformdirs.user_cache_path("aisle"))


def content_key(content: bytes | str) -> bytes:
    """16 bytes that stand for a content."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return hashlib.blake2b(data, digest_size=16).digest()


class VectorCache:
    """The vectors of one encoder in a file, written as they come: what is done stays done.

    Several processes may use a file at once. A file that is damaged is begun anew.

    Args:
        fingerprint: of the encoder.
        folder: where the file lies; see `default_cache_folder`.
    """

    def __init__(self, fingerprint: str, folder: Path | None = None) -> None:
        folder = folder or default_cache_folder()
        self._path = folder / f"{fingerprint}.sqlite"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._create()
        except sqlite3.DatabaseError:
            self._path.unlink(missing_ok=True)
            self._create()
        except OSError as error:
            raise OutputError(
                f"the cache folder {folder} cannot be written ({error.strerror}); set AISLE_CACHE"
            ) from error

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Array]:
        """The vectors that are there."""
        found: dict[bytes, Array] = {}
        with closing(self._connect()) as store:
            for start in range(0, len(keys), _CHUNK):
                chunk = keys[start : start + _CHUNK]
                marks = ",".join("?" * len(chunk))
                query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"
                for key, vector in store.execute(query, chunk):
                    found[key] = np.frombuffer(vector, dtype=np.float32)
        return found

    def put(self, entries: Iterable[tuple[bytes, Array]]) -> None:
        """Keeps vectors.

        Raises:
            OutputError: the disk is full, or the file cannot be written.
        """
        rows = [(key, vector.astype(np.float32).tobytes()) for key, vector in entries]
        try:
            with closing(self._connect()) as store, store:
                store.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        except sqlite3.OperationalError as error:
            raise OutputError(f"the cache {self._path} cannot be written: {error}") from error

    def _create(self) -> None:
        with closing(self._connect()) as store, store:
            store.execute("PRAGMA journal_mode=WAL")
            store.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"
                " WITHOUT ROWID"
            )

    def _connect(self) -> sqlite3.Connection:
        store = sqlite3.connect(self._path, timeout=60)
        store.execute("PRAGMA synchronous=NORMAL")
        return store
