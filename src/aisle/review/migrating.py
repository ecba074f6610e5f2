"""Brings the tables of a database up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, func, select

from aisle.errors import StoreError

VERSION_TABLE = "review_version"
_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x6169736C65  # "aisle"


def migrate(engine: Engine) -> None:
    """Runs the migrations that a database has not seen, all or none.

    Where several processes come at once, the first does it while the others wait.

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
    """Waits until nobody else holds this lock; the end of the transaction gives it back.

    On SQLite each transaction that writes has such a lock.
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
