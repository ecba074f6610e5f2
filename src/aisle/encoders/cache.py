"""Vectors kept by meaning: encoder fingerprint and content hash."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

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

    Several processes may use a file at once. A file that is damaged is begun anew. In a `with`
    block the file stays open, which saves waiting for the disk at each call.

    Args:
        fingerprint: of the encoder.
        folder: where the file lies; see `default_cache_folder`.
    """

    def __init__(self, fingerprint: str, folder: Path | None = None) -> None:
        folder = folder or default_cache_folder()
        self._path = folder / f"{fingerprint}.sqlite"
        self._stays_open = False
        self._store: sqlite3.Connection | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"the cache folder {folder} cannot be written ({error.strerror}); set AISLE_CACHE"
            ) from error
        try:
            self._create()
        except sqlite3.DatabaseError:
            self._begin_anew()

    def __enter__(self) -> Self:
        self._stays_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self._stays_open = False
        self._close()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Array]:
        """The vectors that are there.

        Raises:
            OutputError: the file cannot be opened.
        """
        try:
            return self._find(keys)
        except sqlite3.DatabaseError:
            self._begin_anew()
            return {}

    def put(self, entries: Iterable[tuple[bytes, Array]]) -> None:
        """Keeps vectors.

        Raises:
            OutputError: the disk is full, or the file cannot be written.
        """
        rows = [(key, vector.astype(np.float32).tobytes()) for key, vector in entries]
        try:
            self._insert(rows)
        except sqlite3.DatabaseError:
            self._begin_anew()
            self._insert(rows)

    def _find(self, keys: Sequence[bytes]) -> dict[bytes, Array]:
        found: dict[bytes, Array] = {}
        with self._open() as store:
            for start in range(0, len(keys), _CHUNK):
                chunk = keys[start : start + _CHUNK]
                marks = ",".join("?" * len(chunk))
                query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"
                for key, vector in store.execute(query, chunk):
                    found[key] = np.frombuffer(vector, dtype=np.float32)
        return found

    def _insert(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        with self._open() as store:
            store.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def _create(self) -> None:
        with self._open() as store:
            store.execute("PRAGMA journal_mode=WAL")
            store.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"
                " WITHOUT ROWID"
            )

    def _begin_anew(self) -> None:
        self._close()
        for ending in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        self._create()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction; damage is left to the caller, all else is an OutputError."""
        try:
            if self._store is None:
                self._store = sqlite3.connect(self._path, timeout=60)
                self._store.execute("PRAGMA synchronous=NORMAL")
            with self._store as store:
                yield store
        except sqlite3.OperationalError as error:  # a full disk, no permission, locked for long
            raise OutputError(f"the cache {self._path} cannot be used: {error}") from error
        finally:
            if not self._stays_open:
                self._close()

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
