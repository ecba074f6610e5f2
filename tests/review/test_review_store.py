from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from review_entries import entry

from aisle.errors import MissingExtraError, StoreError

pytest.importorskip("sqlalchemy")

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Engine, Integer, MetaData, create_engine, event, text

from aisle.review import store
from aisle.review.desk import Desk
from aisle.review.picture_store import PictureStore
from aisle.review.records import Order
from aisle.review.store import VERSION_TABLE, open_database
from aisle.review.tables import Base


def differences(engine: Engine, models: MetaData) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        return compare_metadata(context, models)


def message(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        open_database(url)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_migrations_and_models_agree(database_url: str) -> None:
    engine = open_database(database_url)
    assert differences(engine, Base.metadata) == []
    other = MetaData()
    for table in Base.metadata.tables.values():
        table.to_metadata(other)
    other.tables["review_products"].append_column(Column("new", Integer))
    assert len(differences(engine, other)) == 1
    engine.dispose()


def test_a_database_is_opened_again(database_url: str, tmp_path: Path) -> None:
    for _ in range(2):
        desk = Desk(open_database(database_url), PictureStore(tmp_path))
        desk.add([entry("a")])
        desk.close()
    assert [one.key for one in desk.queue()] == ["a"]
    desk.close()


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    engine = open_database(database_url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    assert "made by a newer aisle (its version is 9999); update aisle" in message(database_url)


def test_several_processes_open_an_empty_database_at_once(database_url: str) -> None:
    code = f"from aisle.review.store import open_database; open_database({database_url!r})"
    started = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]


def test_sqlite_keeps_what_it_has_said(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'aisle.db'}")
    with engine.connect() as connection:
        values = [
            connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert values == ["wal", 2, 1, 30_000]
    engine.dispose()


def test_who_writes_begins_with_the_lock_and_who_reads_without(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'aisle.db'}")
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    desk = Desk(engine, PictureStore(tmp_path))
    desk.lease("Ada")
    assert said.pop(0) == "BEGIN IMMEDIATE"
    said.clear()
    with store.writing(engine):
        assert desk.progress().waiting == 0
        assert desk.queue() == []
    assert said.count("BEGIN") == 2
    desk.close()


@pytest.mark.parametrize("order", Order)
def test_the_next_product_is_found_by_an_index(tmp_path: Path, order: Order) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'aisle.db'}")
    plans: list[str] = []

    def explain(connection, cursor, statement, parameters, *_):
        if "ORDER BY" in statement:
            rows = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[-1] for row in rows)

    event.listen(engine, "before_cursor_execute", explain)
    Desk(engine, PictureStore(tmp_path)).lease("Ada", order)
    engine.dispose()
    assert len(plans) == 1
    assert "USING INDEX" in plans[0]


@pytest.mark.parametrize("content", [b"this is no database at all " * 100, bytes(range(256)) * 64])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "aisle.db"
    path.write_bytes(content)
    assert message(f"sqlite:///{path}") == (
        f"the SQLite database {path} cannot be used: file is not a database"
    )
    assert path.read_bytes() == content


def test_a_damaged_database(tmp_path: Path) -> None:
    path = tmp_path / "aisle.db"
    desk = Desk(open_database(f"sqlite:///{path}"), PictureStore(tmp_path))
    desk.add([entry(f"p{number}") for number in range(200)])
    desk.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    desk = Desk(create_engine(f"sqlite:///{path}"), PictureStore(tmp_path))
    with pytest.raises(StoreError, match=r"cannot be used: .*malformed"):
        list(desk.decisions())
    desk.close()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    url = f"sqlite:///{tmp_path / 'file' / 'aisle.db'}"
    assert "cannot be made" in message(url)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "cannot be used" in message(f"sqlite:///{tmp_path / 'aisle.db'}")


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    assert "unable to open database file" in message(f"sqlite:///{tmp_path}")


def test_a_database_that_another_program_holds(tmp_path: Path) -> None:
    path = tmp_path / "aisle.db"
    engine = open_database(f"sqlite:///{path}", busy_seconds=0.05)
    desk = Desk(engine, PictureStore(tmp_path))
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="database is locked"):
        desk.lease("Ada")
    holder.close()
    assert desk.lease("Ada") is None
    desk.close()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ada:secret@localhost/aisle",
        "aisle.db",
        "secret",
        "",
        "://",
        "postgresql://ada:secret@host:port/aisle",
        "postgresql+asyncpg://ada:secret@localhost/aisle",
    ],
)
def test_a_url_of_another_form(url: str) -> None:
    said = message(url)
    assert "give sqlite:///FILE or postgresql://USER@HOST/NAME" in said
    assert "secret" not in said


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite://folder/aisle.db"])
def test_sqlite_without_a_file(url: str) -> None:
    assert "names no file" in message(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:secret@127.0.0.1:1/aisle",
        "postgres://127.0.0.1:1/aisle?user=ada&password=secret",
        "postgresql+psycopg://ada:secret@127.0.0.1:1/aisle?no_such_option=secret",
    ],
)
def test_a_server_that_cannot_be_reached(url: str) -> None:
    pytest.importorskip("psycopg")
    said = message(url)
    assert said.startswith("the PostgreSQL database aisle at 127.0.0.1 cannot be used: ")
    assert "secret" not in said


@pytest.mark.system
def test_a_database_that_the_server_does_not_have(postgres: str) -> None:
    assert 'database "absent" does not exist' in message(f"{postgres}/absent")


def test_postgresql_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'PostgreSQL .*"aisle\[postgresql\]"'):
        open_database("postgresql://localhost/aisle")
