"""The service around a small model, and what callers send."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from aisle.service.inference.engine import InferenceEngine


@pytest.fixture(scope="session")
def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (24, 24), (200, 40, 40)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def engine(model_folder: Path) -> InferenceEngine:
    from thread_pool import ThreadPool

    from aisle.service.inference.engine import InferenceEngine

    return InferenceEngine(model_folder, make_pool=ThreadPool)


@pytest.fixture(scope="module")
def client(engine: InferenceEngine) -> Iterator[TestClient]:
    from starlette.testclient import TestClient

    from aisle.service.app import make_app

    with TestClient(make_app(engine)) as client:
        yield client
