"""Pictures by their addresses: from listed hosts alone, at allowed addresses alone, in bounds."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from picture_server import PictureServer, picture, serving

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from starlette.testclient import TestClient
from thread_pool import ThreadPool

from aisle.data.pictures import addresses
from aisle.service.api.errors import RefusedError
from aisle.service.app import make_app
from aisle.service.fetching import FetchLimits, PictureFetcher
from aisle.service.inference.engine import InferenceEngine
from aisle.service.middleware import MemoryBudget
from aisle.service.settings import Limits

LIMITS = Limits(picture_bytes=100_000)
BOUNDS = FetchLimits(timeout=0.5)
NOT_LISTED = "host that is not fetched from"
NOT_FETCHED = "could not be fetched from its address within 0.5 seconds"


@pytest.fixture
def remote() -> Iterator[PictureServer]:
    with serving() as server:
        yield server


def is_loopback(address: str) -> bool:
    return address == "127.0.0.1"


def fetcher_of(remote: PictureServer, *more: str, **options: object) -> PictureFetcher:
    hosts = (f"127.0.0.1:{remote.server_port}", *more)
    return PictureFetcher(hosts, LIMITS, **({"bounds": BOUNDS, "allowed": is_loopback} | options))


def fetch(fetcher: PictureFetcher, *urls: str) -> dict[str, bytes | str]:
    """What becomes of the addresses of one product each; nothing stays counted."""

    async def run() -> dict[str, bytes | str]:
        budget = MemoryBudget(1_000_000)
        products = [json.dumps({"image": url}).encode() for url in urls]
        async with fetcher.fetched(products, budget) as found:
            assert budget.used == sum(len(one) for one in found.values() if isinstance(one, bytes))
        await fetcher.close()
        assert budget.used == 0
        return {
            url: str(one) if isinstance(one, RefusedError) else one for url, one in found.items()
        }

    return asyncio.run(run())


def test_a_picture_of_a_listed_host(remote: PictureServer) -> None:
    good, moved = remote.url("/good.jpg"), remote.url("/redirect?to=/good.jpg")
    assert fetch(fetcher_of(remote), good, moved) == {good: picture(), moved: picture()}


@pytest.mark.timed
@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/forbidden", "/always500", "/broken", "/silent", "/dribble", "/loop", "/cut"],
)
def test_all_that_goes_wrong_is_told_alike(remote: PictureServer, path: str) -> None:
    url, started = remote.url(path), time.monotonic()
    assert NOT_FETCHED in fetch(fetcher_of(remote), url)[url]
    assert time.monotonic() - started < 3


def test_private_and_unreachable_addresses_are_told_alike(remote: PictureServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    unreachable, private = f"http://127.0.0.1:{port}/", f"http://10.0.0.1:{port}/"
    inner, named = f"http://[::ffff:10.0.0.1]:{port}/", f"http://no.such.host.invalid:{port}/"
    urls = (unreachable, private, inner, named)
    hosts = [url.removeprefix("http://").strip("/") for url in urls]
    told = fetch(PictureFetcher(hosts, bounds=BOUNDS, allowed=is_loopback), *urls)
    assert len(told) == 4
    assert len(set(told.values())) == 1


def test_nothing_private_is_connected_to_by_default(remote: PictureServer) -> None:
    url = remote.url("/good.jpg")
    fetcher = PictureFetcher([f"127.0.0.1:{remote.server_port}"], bounds=BOUNDS)
    assert NOT_FETCHED in fetch(fetcher, url)[url]
    assert not remote.requests


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:{port}/good.jpg",
        "http://127.0.0.1:1/",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/good.jpg",
        "//evil.example/",
        "http://[",
        "",
    ],
)
def test_redirects_go_to_listed_hosts_alone(remote: PictureServer, target: str) -> None:
    url = remote.url("/redirect?to=" + target.format(port=remote.server_port))
    assert NOT_FETCHED in fetch(fetcher_of(remote), url)[url]
    assert not remote.requests["/good.jpg"]


def test_a_redirect_to_a_private_address_of_a_listed_host(remote: PictureServer) -> None:
    url = remote.url("/redirect?to=http://10.0.0.1/good.jpg")
    assert NOT_FETCHED in fetch(fetcher_of(remote, "10.0.0.1"), url)[url]


@contextmanager
def names(monkeypatch: pytest.MonkeyPatch, *answers: str) -> Iterator[list[str]]:
    """A name server that answers in turn, the last answer for good."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[tuple]:
        address = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    with monkeypatch.context() as patch:
        patch.setattr(addresses.socket, "getaddrinfo", getaddrinfo)
        yield asked


def test_a_name_that_moves_between_look_ups(
    remote: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checked address is the one that is connected to, and the next connection checks anew."""
    host = f"shop.example:{remote.server_port}"
    url, other = f"http://{host}/good.jpg", f"http://{host}/redirect?to=http://{host}/good.jpg"
    with names(monkeypatch, "127.0.0.1", "10.0.0.1") as asked:
        assert fetch(fetcher_of(remote, host), url) == {url: picture()}
        assert asked == ["shop.example"]
    with names(monkeypatch, "10.0.0.1", "127.0.0.1"):
        assert NOT_FETCHED in fetch(fetcher_of(remote, host), url)[url]
    with names(monkeypatch, "127.0.0.1", "10.0.0.1") as asked:
        fetch(fetcher_of(remote, host), other)
        assert len(asked) <= 2
    assert remote.requests["/good.jpg"] <= 2


def test_what_is_too_large_is_not_read_to_its_end(remote: PictureServer) -> None:
    large, endless = remote.url("/large"), remote.url("/endless")
    told = fetch(fetcher_of(remote), large, endless)
    assert all("more than 100000 bytes" in told[url] for url in (large, endless))


def test_a_body_of_a_gigabyte(remote: PictureServer) -> None:
    sent = 0

    def pour() -> None:
        nonlocal sent
        connection, _ = listening.accept()
        with connection:
            connection.recv(9_999)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            try:
                for _ in range(1_000):
                    sent += connection.send(bytes(1_000_000))
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=pour)
        thread.start()
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        url = f"http://{host}/"
        told = fetch(fetcher_of(remote, host), url)
        thread.join()
    assert "more than 100000 bytes" in told[url]
    assert sent < 50_000_000


def test_no_more_than_some_at_once(remote: PictureServer) -> None:
    now, most, lock = 0, 0, threading.Lock()

    def watch(_: str) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1

    remote.on_request = watch
    urls = [remote.url(f"/good.jpg/{number}") for number in range(12)]
    bounds = FetchLimits(concurrency=3, queue_size=10, timeout=5)
    told = fetch(fetcher_of(remote, bounds=bounds), *urls)
    assert most <= 3
    assert sum(one == picture() for one in told.values()) == 10
    assert sum("too many pictures are being fetched" in str(one) for one in told.values()) == 2


Client = Callable[[PictureFetcher | None], TestClient]


@pytest.fixture
def with_fetcher(engine: InferenceEngine) -> Iterator[Client]:
    clients: list[TestClient] = []

    def make(fetcher: PictureFetcher | None) -> TestClient:
        clients.append(
            TestClient(
                make_app(
                    InferenceEngine(engine.folder, make_pool=ThreadPool), LIMITS, fetcher=fetcher
                )
            )
        )
        return clients[-1].__enter__()

    yield make
    for client in clients:
        client.__exit__(None, None, None)


def test_one_product_with_pictures_by_address_and_as_base64(
    with_fetcher: Client, remote: PictureServer
) -> None:
    client = with_fetcher(fetcher_of(remote))
    own = b64encode(picture("PNG")).decode()
    body = {"id": "a", "images": [remote.url("/good.jpg"), own]}
    answer = client.post("/v1/classify", json=body)
    same = {"id": "a", "images": [b64encode(picture()).decode(), own]}
    assert answer.json() == client.post("/v1/classify", json=same).json()
    assert client.app.state.budget.used == 0


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/html", "not a picture"),
        ("/empty", "empty"),
        ("/nowhere", NOT_FETCHED),
        ("/large", "100000"),
    ],
)
def test_what_is_wrong_with_a_picture_is_told(
    with_fetcher: Client, remote: PictureServer, path: str, words: str
) -> None:
    client = with_fetcher(fetcher_of(remote))
    answer = client.post("/v1/classify", json={"text": "mug", "image": remote.url(path)})
    assert answer.status_code == 422
    assert words in answer.json()["error"]
    assert "127.0.0.1" not in answer.text
    assert client.app.state.budget.used == 0


def test_too_many_pictures_are_not_fetched(with_fetcher: Client, remote: PictureServer) -> None:
    images = [remote.url(f"/good.jpg/{number}") for number in range(9)]
    answer = with_fetcher(fetcher_of(remote)).post("/v1/classify", json={"images": images})
    assert "at most 8" in answer.json()["error"]
    assert not remote.requests


def test_lines_with_addresses(with_fetcher: Client, remote: PictureServer) -> None:
    lines = [
        {"id": "a", "image": remote.url("/good.jpg")},
        {"id": "b", "image": remote.url("/nowhere")},
        {"id": "c", "text": "mug", "image": "http://evil.example/"},
        {"id": "d", "text": "mug"},
    ]
    content = "\n".join(map(json.dumps, lines))
    client = with_fetcher(fetcher_of(remote))
    text = client.post("/v1/classify/batch", content=content).text
    answers = [json.loads(line) for line in text.splitlines()]
    assert [one["id"] for one in answers] == list("abcd")
    assert [one["status"] for one in answers] == ["ok", "failed", "failed", "ok"]
    assert answers[0]["modalities"] == ["image"]
    assert NOT_FETCHED in answers[1]["error"]
    assert NOT_LISTED in answers[2]["error"]
    assert client.app.state.budget.used == 0


def test_without_a_list_nothing_is_fetched(with_fetcher: Client, remote: PictureServer) -> None:
    answer = with_fetcher(None).post("/v1/classify", json={"image": remote.url("/good.jpg")})
    assert answer.status_code == 422
    assert "addresses are not fetched" in answer.json()["error"]
    assert not remote.requests
