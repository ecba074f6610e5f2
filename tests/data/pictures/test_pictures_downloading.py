import asyncio
import json
import signal
import threading
import time
from dataclasses import replace

import pytest
from picture_server import picture, serving

from aisle.data.pictures import downloading as download
from aisle.data.pictures.downloading import FAILURES_FILE, Downloader, DownloadSettings
from aisle.data.pictures.hosts import FetchStatus
from aisle.errors import OutputError

DOWNLOADER = Downloader(
    DownloadSettings(
        concurrency=4,
        retries=1,
        backoff=0.01,
        read_timeout=0.2,
        total_timeout=1,
        allow_private=True,
    )
)


@pytest.fixture
def server():
    with serving() as server:
        yield server


def test_every_url_has_a_status_and_every_picture_a_file(server, tmp_path):
    urls = [server.url(path) for path in ("/good.jpg", "/png", "/html", "/nowhere", "/silent")]
    report = DOWNLOADER.fetch([*urls, urls[0]], tmp_path / "a" / "images")
    assert [report.downloads[url].status for url in urls] == [
        FetchStatus.OK,
        FetchStatus.OK,
        FetchStatus.NOT_A_PICTURE,
        FetchStatus.NOT_FOUND,
        FetchStatus.TIMEOUT,
    ]
    assert report.counts == {"ok": 2, "not a picture": 1, "not found": 1, "timeout": 1}
    jpeg, png = (report.downloads[url].file for url in urls[:2])
    assert (tmp_path / "a" / "images" / jpeg).read_bytes() == picture("JPEG")
    assert (tmp_path / "a" / "images" / png).read_bytes() == picture("PNG")
    assert (jpeg[-4:], png[-4:]) == (".jpg", ".png")
    assert server.requests["/good.jpg"] == 1


def test_second_run_asks_only_for_what_may_have_passed(server, tmp_path):
    urls = [server.url(path) for path in ("/good.jpg", "/html", "/nowhere", "/always500")]
    first = DOWNLOADER.fetch(urls, tmp_path)
    server.requests.clear()
    second = DOWNLOADER.fetch(urls, tmp_path)
    assert dict(server.requests) == {"/always500": 2}
    assert second.downloads == first.downloads


def test_failure_that_passes_is_forgotten(server, tmp_path):
    url = server.url("/good.jpg")
    record = {"url": url, "status": "timeout", "detail": "fell silent"}
    gone = {"url": "http://elsewhere.example/a.jpg", "status": "not found", "detail": "HTTP 404"}
    lines = [json.dumps(record), json.dumps(gone), '{"url": "cut o']
    (tmp_path / FAILURES_FILE).write_text("\n".join(lines))
    assert DOWNLOADER.fetch([url], tmp_path).counts == {"ok": 1}
    kept = [json.loads(line) for line in (tmp_path / FAILURES_FILE).read_text().splitlines()]
    assert kept == [gone]


def test_what_a_killed_run_left_behind_counts_as_not_there(server, tmp_path):
    url = server.url("/good.jpg")
    name = DOWNLOADER.fetch([url], tmp_path).downloads[url].file
    (tmp_path / ".aisle-killed").mkdir()
    (tmp_path / name).rename(tmp_path / ".aisle-killed" / name)
    assert DOWNLOADER.fetch([url], tmp_path).downloads[url].file == name
    (tmp_path / name).write_bytes(b"")
    assert DOWNLOADER.fetch([url], tmp_path).downloads[url].file == name
    assert server.requests["/good.jpg"] == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [".aisle-killed", name]


def test_no_more_than_the_allowed_number_at_once(server, tmp_path):
    active, peak, lock = 0, 0, threading.Lock()

    def watch(_path):
        nonlocal active, peak
        with lock:
            active += 1
            peak = max(peak, active)
        time.sleep(0.02)
        with lock:
            active -= 1

    server.on_request = watch
    urls = [server.url(f"/good.jpg/{number}") for number in range(20)]
    assert DOWNLOADER.fetch(urls, tmp_path).counts == {"ok": 20}
    assert peak == 4


def test_ctrl_c_keeps_what_came_and_the_next_run_goes_on(server, tmp_path):
    good = [server.url(f"/good.jpg/{number}") for number in range(5)]
    bad = server.url("/nowhere")

    def interrupt(path):
        if path == "/silent":
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    server.on_request = interrupt
    urls = [bad, *good, server.url("/silent"), server.url("/png")]
    one_by_one = Downloader(replace(DOWNLOADER.settings, concurrency=1))
    with pytest.raises(KeyboardInterrupt):
        one_by_one.fetch(urls, tmp_path)
    assert not server.requests["/png"]
    server.on_request = lambda path: None
    server.requests.clear()
    assert DOWNLOADER.fetch([bad, *good], tmp_path).counts == {"ok": 5, "not found": 1}
    assert not server.requests


def test_notebook_that_runs_a_loop_already(server, tmp_path):
    async def cell():
        return DOWNLOADER.fetch([server.url("/good.jpg")], tmp_path)

    assert asyncio.run(cell()).counts == {"ok": 1}


def test_nothing_to_fetch_leaves_an_empty_folder(tmp_path):
    assert DOWNLOADER.fetch([], tmp_path / "images").counts == {}
    assert list((tmp_path / "images").iterdir()) == []


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "images").write_text("here already")
    with pytest.raises(OutputError, match="cannot be made"):
        DOWNLOADER.fetch([], tmp_path / "images")


def test_full_disk_is_one_error_and_leaves_no_half_file(server, tmp_path, monkeypatch):
    def write_bytes(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download.Path, "write_bytes", write_bytes)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        DOWNLOADER.fetch([server.url("/good.jpg"), server.url("/silent")], tmp_path)
    assert list(tmp_path.iterdir()) == []
