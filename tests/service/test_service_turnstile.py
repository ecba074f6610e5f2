"""Products that are turned away before all else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from thread_crew import ThreadCrew

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from starlette.testclient import TestClient

from aisle.service.api.errors import overloaded
from aisle.service.app import make_app
from aisle.service.engine import Engine
from aisle.service.turnstile import Turnstile

URL = "/v1/classify"
BODY = {"text": "mug"}


class Full(Engine):
    """Has no room, until it is given some."""

    full = True

    def check_room(self) -> None:
        if self.full:
            raise overloaded("9 products wait already")


@pytest.fixture
def engine(model_folder: Path) -> Full:
    return Full(model_folder, recruit=ThreadCrew)


def test_refuses_counts_and_lets_through_what_there_is_room_for(engine: Full) -> None:
    with TestClient(Turnstile(make_app(engine), engine)) as client:
        refused = client.post(URL, json=BODY)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json() == {"error": "9 products wait already; try again in a moment"}
        counted = r'aisle_requests_total\{method="POST",route="/v1/classify",status="503"\} 1.0'
        assert re.search(counted, client.get("/metrics").text)
        assert client.get(URL).status_code == 405
        engine.full = False
        assert client.post(URL, json=BODY).status_code == 200
