"""Whether the service says that its review desk cannot be used, and for how long it thinks."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from uuid import uuid4

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from postgres import AbsentPostgresError, empty_database, postgres_server
from review_service import desk_service, open_desk
from starlette.testclient import TestClient

from aisle.review.desk import Desk
from aisle.review.picture_store import PictureStore
from aisle.review.store import open_database
from aisle.service.observability import StoreProbe

READY = {"status": "ready"}
UNREACHABLE = {
    "error": "the database of the review desk cannot be reached; try again in a moment",
}


def asked(client: TestClient) -> tuple[int, dict]:
    """What the probe says; products are placed whatever it is."""
    answer = client.get("/health/ready")
    assert client.post("/v1/classify", json={"text": "coffee mug"}).status_code == 200
    assert client.get("/health/live").status_code == 200
    return answer.status_code, answer.json()


def until_ready(client: TestClient) -> bool:
    end = time.monotonic() + 30
    while (ready := asked(client)) != (200, READY) and time.monotonic() < end:
        time.sleep(0.05)
    return ready == (200, READY)


def test_a_service_without_a_desk_needs_no_database(client: TestClient) -> None:
    assert asked(client) == (200, READY)


def test_a_database_that_is_away_and_comes_back(model_folder: Path, tmp_path: Path) -> None:
    desk, file, kept = open_desk(tmp_path), tmp_path / "aisle.db", tmp_path / "kept.db"
    with desk_service(model_folder, desk) as client:
        assert asked(client) == (200, READY)
        desk.close()
        file.rename(kept)
        file.mkdir()
        assert asked(client) == (503, UNREACHABLE)
        assert client.get("/health/ready").headers["retry-after"] == "5"
        file.rmdir()
        kept.rename(file)
        assert asked(client) == (200, READY)


def test_a_database_that_is_damaged(model_folder: Path, tmp_path: Path) -> None:
    desk, file, kept = open_desk(tmp_path), tmp_path / "aisle.db", tmp_path / "kept.db"
    with desk_service(model_folder, desk) as client:
        desk.close()
        shutil.copy(file, kept)
        file.write_bytes(b"no database " * 1_000)
        assert asked(client) == (503, UNREACHABLE)
        shutil.copy(kept, file)
        assert asked(client) == (200, READY)


def test_a_database_that_hangs(model_folder: Path, tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    with desk_service(model_folder, desk) as client:
        desk.close()
        with closing(sqlite3.connect(tmp_path / "aisle.db")) as alone:
            alone.execute("PRAGMA locking_mode=EXCLUSIVE")
            alone.execute("BEGIN EXCLUSIVE")
            assert asked(client) == (503, UNREACHABLE)
        assert until_ready(client)


def test_one_thread_asks_for_all() -> None:
    gate, questions = threading.Event(), []

    def ask() -> None:
        questions.append(threading.get_ident())
        gate.wait(30)

    async def run() -> None:
        probe = StoreProbe(ask, seconds=0.02)
        assert not any(await asyncio.gather(*(probe.succeeds() for _ in range(40))))
        assert not await probe.succeeds()
        assert len(questions) == 1
        gate.set()
        patient = StoreProbe(ask, seconds=30)
        assert await patient.succeeds()
        assert await patient.succeeds()
        assert len(questions) == 3

    asyncio.run(run())


@pytest.fixture
def postgres() -> Iterator[str]:
    pytest.importorskip("psycopg")
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres_server())
        except AbsentPostgresError as error:
            pytest.skip(str(error))
        yield server


@pytest.mark.system
def test_postgresql_that_is_away_or_hangs(
    model_folder: Path, tmp_path: Path, postgres: str
) -> None:
    import psycopg

    name = f"aisle-{uuid4()}"
    with (
        empty_database(postgres, name) as url,
        psycopg.connect(f"{postgres}/postgres", autocommit=True) as other,
        desk_service(model_folder, Desk(open_database(url), PictureStore(tmp_path))) as client,
    ):
        assert asked(client) == (200, READY)
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        other.execute(ended, [name])
        assert asked(client) == (503, UNREACHABLE)
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert until_ready(client)
        with psycopg.connect(url) as locking:
            locking.execute("LOCK TABLE review_products")
            assert asked(client) == (503, UNREACHABLE)
        assert until_ready(client)
