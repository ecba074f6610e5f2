"""Visitors of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from aisle.service.inference.engine import InferenceEngine


@pytest.fixture
def visitor(engine: InferenceEngine, tmp_path: Path) -> Iterator[TestClient]:
    """Somebody who looks at a site that is open."""
    from site_client import site_client

    with site_client(engine, tmp_path) as client:
        yield client


@pytest.fixture
def stranger(engine: InferenceEngine, tmp_path: Path) -> Iterator[TestClient]:
    """Somebody who looks at a site with keys, and has not signed in."""
    from site_client import site_client

    with site_client(
        engine, tmp_path, keys={"see-only": "classify", "decides": "review"}
    ) as client:
        yield client
