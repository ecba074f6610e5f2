"""kill -9 while two reviewers work: no decision that was acknowledged is lost or doubled."""

from __future__ import annotations

import itertools
import json
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from postgres import AbsentPostgresError, empty_database, postgres_server
from review_service import MUGS, PANS, doubted
from site_server import serving_site

pytestmark = pytest.mark.system

PRODUCTS = 200
KILLS = 6
LEASE_SECONDS = 6
CATEGORIES = [MUGS, PANS, ["Clothing", "Shirts"]]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'aisle.db'}"
        return
    try:
        with postgres_server() as server, empty_database(server, "kill") as url:
            yield url
    except AbsentPostgresError as error:
        pytest.skip(str(error))


@dataclass
class Reviewer:
    """Takes and decides until nothing is left; asks again where no answer came.

    Attributes:
        name: in the header.
        port: of the server on the loopback address.
        acknowledged: keys and categories that the server has confirmed, in their order.
        repeated: decisions that were sent more than once.
        too_late: decisions that were not written before their lease had expired.
    """

    name: str
    port: int
    acknowledged: list[tuple[str, list[str]]] = field(default_factory=list)
    repeated: int = 0
    too_late: int = 0

    def work(self) -> None:
        chance = random.Random(self.name)
        with httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10) as client:
            while self._left(client):
                task = self._ask(client, "POST", "lease", {})[0].json()["task"]
                if task is None:
                    time.sleep(0.1)  # the other holds the last one, or nobody knows its lease
                else:
                    self._decide(client, task, chance.choice(CATEGORIES))

    def _decide(self, client: httpx2.Client, task: dict, category: list[str]) -> None:
        decision = {"lease": task["lease"], "action": "assign", "category": category}
        told, tries = self._ask(client, "POST", "decisions", decision)
        self.repeated += tries > 1
        if told.status_code == 409:
            self.too_late += 1
            return
        assert told.status_code == 200, told.text
        assert told.json()["category"] == category
        self.acknowledged.append((task["product"]["key"], category))

    def _left(self, client: httpx2.Client) -> bool:
        found = self._ask(client, "GET", "progress")[0].json()
        return found["waiting"] + found["held"] > 0

    def _ask(
        self, client: httpx2.Client, method: str, path: str, body: object = None
    ) -> tuple[httpx2.Response, int]:
        """The answer, and how often it was asked for."""
        headers = {"X-Reviewer": self.name}
        for tries in itertools.count(1):
            try:
                answer = client.request(method, f"/v1/review/{path}", json=body, headers=headers)
                if answer.status_code != 503:
                    return answer, tries
            except httpx2.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError


def test_no_decision_is_lost_or_doubled(
    model_folder: Path,
    tmp_path: Path,
    database: str,
    record_property: Callable[[str, object], None],
) -> None:
    chance, port = random.Random(5), free_port()
    kills = sorted(chance.sample(range(5, PRODUCTS - 5), KILLS))
    reviewers = [Reviewer("Ada", port), Reviewer("Grace", port)]
    threads = [threading.Thread(target=one.work, daemon=True) for one in reviewers]
    settings = {"database": database, "lease_seconds": LEASE_SECONDS, "port": port}
    for life, kill_at in enumerate(kills):
        with serving_site(model_folder, tmp_path / "data", **settings) as server:
            if life == 0:
                fill(server.url)
                for thread in threads:
                    thread.start()
            while done(reviewers) < kill_at:
                assert all(thread.is_alive() for thread in threads)
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.03))
        assert server.process.returncode == -signal.SIGKILL
    with serving_site(model_folder, tmp_path / "data", **settings) as server:
        for thread in threads:
            thread.join(60)
        exported = httpx2.get(f"{server.url}/v1/review/decisions?format=jsonl", timeout=60)
    for one in reviewers:
        record_property(one.name, f"{one.repeated} sent again, {one.too_late} too late")
    rows = [json.loads(line) for line in exported.text.splitlines()]
    assert Counter(row["id"] for row in rows) == Counter(f"k{n}" for n in range(PRODUCTS))
    assert done(reviewers) == PRODUCTS
    kept = {(row["reviewer"], row["id"], row["category"]) for row in rows}
    assert kept == {
        (one.name, key, " > ".join(path)) for one in reviewers for key, path in one.acknowledged
    }


def fill(url: str) -> None:
    lines = [json.dumps(doubted(f"k{n}", n / PRODUCTS)) for n in range(PRODUCTS)]
    answer = httpx2.post(f"{url}/v1/review/products", content="\n".join(lines), timeout=60)
    assert answer.json()["new"] == PRODUCTS


def done(reviewers: list[Reviewer]) -> int:
    return sum(len(one.acknowledged) for one in reviewers)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
