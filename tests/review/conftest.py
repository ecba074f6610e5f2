"""A desk on SQLite, and the same on PostgreSQL where that is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from postgres import AbsentPostgresError, empty_database, postgres_server
from review_entries import LISTED, REACH, Clock

if TYPE_CHECKING:
    from aisle.review.desk import Desk


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server."""
    pytest.importorskip("psycopg")
    try:
        with postgres_server() as server:
            yield server
    except AbsentPostgresError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, of both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'aisle.db'}"
        return
    with empty_database(request.getfixturevalue("postgres"), f"aisle {uuid4()}") as url:
        yield url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    from aisle.duplicates.signatures import NearDuplicateSettings
    from aisle.review.desk import Desk, DeskSettings
    from aisle.review.picture_store import PictureStore
    from aisle.review.store import open_database

    settings = DeskSettings(
        lease_seconds=300,
        listed_duplicates=LISTED,
        products_per_transaction=10,
        decisions_per_query=4,
        near_duplicates=NearDuplicateSettings(reach=REACH),
    )
    made = Desk(open_database(database_url), PictureStore(tmp_path / "pictures"), settings, clock)
    yield made
    made.close()
