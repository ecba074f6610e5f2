"""The database of the desk: opened by its URL, with the tables of today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from aisle.errors import MissingExtraError, StoreError

VERSION_TABLE = "review_version"
_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x6169736C65  # "aisle"
_WANTED = "give sqlite:///FILE or postgresql://USER@HOST/NAME"
_CONNECT_SECONDS = 10
_SILENT_SECONDS = 20
"""How long a silent connection counts as alive, roughly."""
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_BEGIN = "begin"
_STATEMENT_VALUES = 5_000
_Value = TypeVar("_Value", int, str)


def open_database(url: str, busy_seconds: float = 30) -> Engine:
    """Opens a database, creates an SQLite file that does not exist, and brings it up to date.

    Several processes may open the same at once.

    Args:
        url: `sqlite:///FILE`, or `postgresql://USER:PASSWORD@HOST/NAME`.
        busy_seconds: how long a call waits for an SQLite file that another program writes.

    Raises:
        StoreError: the URL has another form, the database cannot be reached, read or written, or
            a newer aisle made it. The message never holds a password.
        MissingExtraError: PostgreSQL is asked for and psycopg is not installed.
    """
    parsed = _parse(url)
    engine = _sqlite(parsed, busy_seconds) if parsed.drivername == "sqlite" else _postgresql(parsed)
    try:
        with store_errors(engine):
            migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; on SQLite only one at a time.

    Raises:
        StoreError: the database cannot be reached or written.
    """
    with store_errors(engine), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads; on SQLite it does not wait for those that write.

    Raises:
        StoreError: the database cannot be reached.
    """
    with store_errors(engine), engine.connect() as connection:
        connection.execution_options(**{_BEGIN: "BEGIN"})
        yield connection


@contextmanager
def store_errors(engine: Engine) -> Iterator[None]:
    """Turns what the database raises into a StoreError of one line."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        raise StoreError(
            f"{_named(engine.url)} cannot be used: {_reason(error, engine.url)}"
        ) from error


def statement_parts(values: Iterable[_Value]) -> Iterator[list[_Value]]:
    """Values in order, as many at a time as every database takes in one statement."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _STATEMENT_VALUES):
        yield ordered[start : start + _STATEMENT_VALUES]


def _named(url: URL) -> str:
    """The database as messages name it, without user, password and options."""
    if url.drivername == "sqlite":
        return f"the SQLite database {url.database}"
    return f"the PostgreSQL database {url.database or ''} at {url.host or 'this machine'}"


def _reason(error: SQLAlchemyError, url: URL) -> str:
    said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    for secret in filter(None, (url.password, *map(str, url.query.values()))):
        said = said.replace(secret, "***")
    return said


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError(f"the URL of the database cannot be read; {_WANTED}") from error
    if parsed.drivername in _POSTGRESQL:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite":
        raise StoreError(f"{parsed.drivername[:40]} is no database that is known here; {_WANTED}")
    if parsed.host or not parsed.database or parsed.database == ":memory:":
        raise StoreError("the URL of the database names no file; give sqlite:///FILE")
    return parsed


def _sqlite(url: URL, busy_seconds: float) -> Engine:
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder of {path} cannot be made: {error.strerror}") from error
    engine = create_engine(url, connect_args={"timeout": busy_seconds})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Takes the write lock at once: a transaction that first reads could not get it later."""
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))


def _postgresql(url: URL) -> Engine:
    if find_spec("psycopg") is None:
        raise MissingExtraError("PostgreSQL", "postgresql")
    timeouts = {
        "connect_timeout": _CONNECT_SECONDS,
        "tcp_user_timeout": 1_000 * _SILENT_SECONDS,
        "keepalives_idle": _SILENT_SECONDS // 2,
        "keepalives_interval": _SILENT_SECONDS // 4,
        "keepalives_count": 2,
    }
    return create_engine(url, pool_pre_ping=True, connect_args=timeouts)


def migrate(engine: Engine) -> None:
    """Runs the migrations that a database lacks, all or none.

    Of several processes the first does it while the others wait.

    Raises:
        StoreError: the database was made by a newer aisle.
    """
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("version_table", VERSION_TABLE)
    with engine.begin() as connection:
        lock_for_writing(connection)
        if not _is_current(connection, ScriptDirectory.from_config(config)):
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def lock_for_writing(connection: Connection) -> None:
    """Waits for a lock that is kept until the end of the transaction.

    On SQLite every transaction that writes has such a lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _is_current(connection: Connection, scripts: ScriptDirectory) -> bool:
    options = {"version_table": VERSION_TABLE}
    revision = MigrationContext.configure(connection, opts=options).get_current_revision()
    try:
        scripts.get_revision(revision or "base")
    except CommandError as error:
        raise StoreError(
            f"the database was made by a newer aisle (its version is {revision});"
            " update aisle, or give another database"
        ) from error
    return revision == scripts.get_current_head()
