"""A PostgreSQL server of Debian's packages, for as long as the tests run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PACKAGES = Path("/usr/lib/postgresql")


class AbsentPostgresError(Exception):
    """Says in one line why there is no server."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """Starts a server of its own on a free port; its URL, without a database.

    Raises:
        AbsentPostgresError: there is none to start.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="aisle-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        port = _free_port()
        data = folder / "data"
        _run(programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N")
        options = f"-p {port} -k {folder} -h 127.0.0.1 -c fsync=on -c max_connections=50"
        start = [
            programs / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            folder / "log",
            "-o",
            options,
            "start",
        ]
        _run(*start)
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def empty_database(server: str, name: str) -> Iterator[str]:
    """An empty database of a server; its URL."""
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield f"{server}/{name}"
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _programs() -> Path:
    found = [path.parent for path in _PACKAGES.glob("*/bin/initdb")]
    if not found:
        raise AbsentPostgresError("PostgreSQL is absent; apt-get install postgresql brings it")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        raise AbsentPostgresError("PostgreSQL does not run as root, and runuser is absent")
    return max(found, key=lambda path: float(path.parent.name))


def _run(*command: str | Path) -> None:
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    try:
        subprocess.run(
            [*as_postgres, *map(str, command)],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or b"").decode(errors="replace").split("\n")[0]
        raise AbsentPostgresError(f"PostgreSQL cannot be started: {said or error}") from error


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
