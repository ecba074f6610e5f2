"""A review desk behind the REST API, without a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from thread_pool import ThreadPool

from aisle.review.desk import Desk
from aisle.review.picture_store import PictureStore
from aisle.review.store import open_database
from aisle.service.api.keys import Keys
from aisle.service.app import make_app
from aisle.service.inference.engine import InferenceEngine

MUGS = ["Kitchen", "Mugs"]
PANS = ["Kitchen", "Pans"]


def open_desk(folder: Path, file: str = "aisle.db", **settings: Any) -> Desk:
    """A desk on SQLite."""
    database = open_database(f"sqlite:///{folder / file}")
    return Desk(database, PictureStore(folder / "pictures"), **settings)


@contextmanager
def desk_service(model: Path, desk: Desk, keys: Keys | None = None) -> Iterator[TestClient]:
    """A client of the service."""
    with TestClient(
        make_app(InferenceEngine(model, make_pool=ThreadPool), keys=keys, desk=desk)
    ) as client:
        yield client


def doubted(key: str, confidence: float = 0.4, **more: Any) -> dict[str, Any]:
    """A product with an answer that is for people."""
    answer = {
        "category": MUGS,
        "confidence": confidence,
        "alternatives": [{"category": PANS, "confidence": 0.3}],
        "decision_reason": "below the threshold",
    }
    return {"id": key, "text": f"thing {key} {sum(map(ord, key)) * 7919}", "answer": answer, **more}


def send(client: TestClient, *products: dict[str, Any] | str, query: str = "") -> dict[str, Any]:
    """What the service says to lines for the queue."""
    lines = [one if isinstance(one, str) else json.dumps(one) for one in products]
    response = client.post(f"/v1/review/products{query}", content="\n".join(lines))
    assert response.status_code == 200, response.text
    return response.json()


def take(client: TestClient, reviewer: str = "Ada", order: str = "worst") -> dict[str, Any]:
    """A product for a reviewer."""
    headers = {"X-Reviewer": reviewer}
    response = client.post("/v1/review/lease", json={"order": order}, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()["task"]


def decide(client: TestClient, lease: str, reviewer: str = "Ada", **more: Any) -> Any:
    """The response to an assignment, or to what is said otherwise."""
    body = {"lease": lease, "action": "assign", "category": MUGS} | more
    headers = {"X-Reviewer": reviewer}
    return client.post("/v1/review/decisions", json=body, headers=headers)


def undo(client: TestClient, decision: int, reviewer: str = "Ada", **more: Any) -> Any:
    """The response where a decision is taken back."""
    headers = {"X-Reviewer": reviewer}
    return client.post("/v1/review/undo", json={"decision": decision} | more, headers=headers)


def progress(client: TestClient) -> dict[str, Any]:
    """How far the queue is."""
    return client.get("/v1/review/progress").json()
