"""The processes that answer: what they answer, how they die and how they end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx2 as httpx
import pytest
from families import answering, lives
from live_service import Server, Setting, serving

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from aisle.classifier import Classifier
from aisle.errors import ModelError
from aisle.schema import Explanation, Product
from aisle.service.inference.workers import Question, WorkerPool
from benchmarks.processes import family_of

MUG = Product("mug", ("ceramic coffee mug",))
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells which processes there are")


class Deadly(bytes):
    """A picture that ends the process which unpacks it."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[int]]:
        return os._exit, (1,)


def test_answers_are_those_of_the_model(model: Classifier, model_folder: Path, png: bytes) -> None:
    products = [MUG, Product("red", (), (png,)), Product("both", ("cotton shirt",), (png,))]

    async def run() -> None:
        pool = WorkerPool(model_folder, 2)
        predicted, explained = await asyncio.gather(
            pool.answers([Question(one) for one in products]),
            pool.answers([Question(one, explain=True) for one in products]),
        )
        mixed = await pool.answers([Question(one, explain=one is MUG) for one in products])
        await pool.close()
        assert predicted == model.predict(products)
        assert [replace(one, explanation=None) for one in explained] == predicted
        assert [names_in(one.explanation) for one in explained] == [
            names_in(one.explanation) for one in model.explain(products)
        ]
        assert [one and bool(one.explanation) for one in mixed] == [True, False, False]

    asyncio.run(run())


def names_in(found: Explanation) -> list[str]:
    experts = [one.expert for one in found.contributions]
    return [*experts, *(word for word, _ in found.words), *(one.id for one in found.similar)]


def test_a_product_that_ends_the_process_is_alone_unanswered(
    model_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        pool = WorkerPool(model_folder, 1)
        await pool.ready()
        deadly = Question(Product("deadly", (), (Deadly(),)))
        answers = await pool.answers([Question(MUG), deadly, Question(MUG)])
        again = await pool.answers([Question(MUG)])
        await pool.close()
        assert [one and one.id for one in [*answers, *again]] == ["mug", None, "mug", "mug"]

    asyncio.run(run())
    assert "a product could not be answered: it ends the process that works on it" in caplog.text


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    async def run() -> None:
        pool = WorkerPool(tmp_path, 1)
        with pytest.raises(ModelError, match="is no aisle model"):
            await pool.ready()
        await pool.close()

    asyncio.run(run())


@pytest.fixture
def server(model_folder: Path, tmp_path: Path) -> Iterator[Server]:
    shutil.copytree(model_folder, tmp_path / "model")
    with serving(
        tmp_path / "model", Setting(inference={"workers": 2, "queue_size": 100})
    ) as server:
        yield server


@LINUX
def test_no_request_is_lost_where_a_process_is_killed(server: Server) -> None:
    before = answering(server.process.pid)
    assert len(before) == 2
    with ThreadPoolExecutor(8) as callers:
        url = f"{server.url}/v1/classify"
        asked = [
            callers.submit(httpx.post, url, json={"text": f"mug {number}"}, timeout=60)
            for number in range(100)
        ]
        asked[10].result()
        os.kill(before[0], signal.SIGKILL)
        asked[50].result()
        os.kill(before[1], signal.SIGKILL)
        assert {one.result().status_code for one in asked} == {200}
    assert server.wait_for("a worker process has died and is replaced")
    assert not server.noise


@LINUX
def test_signals_to_all_processes_end_the_service_in_order(server: Server) -> None:
    """As a terminal and systemd send them."""
    processes = family_of(server.process.pid)
    answer = httpx.post(f"{server.url}/v1/classify", json={"text": "mug"}, timeout=60)
    assert answer.status_code == 200
    for one in processes:
        os.kill(one, signal.SIGTERM)
    assert server.process.wait(30) in (0, -signal.SIGTERM)
    assert all_end(processes)
    assert not server.noise


@LINUX
def test_reloads_end_the_processes_before_and_a_damaged_folder_leaves_them(
    server: Server, tmp_path: Path
) -> None:
    before = answering(server.process.pid)
    assert httpx.post(f"{server.url}/v1/model/reload", timeout=60).status_code == 200
    assert all_end(before)
    after = answering(server.process.pid)
    assert len(after) == 2
    shutil.rmtree(tmp_path / "model")
    assert httpx.post(f"{server.url}/v1/model/reload", timeout=60).status_code == 409
    assert answering(server.process.pid) == after
    assert server.is_well()


@LINUX
def test_a_parent_that_is_killed_leaves_no_process_behind(server: Server) -> None:
    processes = family_of(server.process.pid)[1:]
    assert len(processes) >= 3
    server.process.kill()
    assert all_end(processes)


def all_end(processes: list[int], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while any(map(lives, processes)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(lives, processes))
