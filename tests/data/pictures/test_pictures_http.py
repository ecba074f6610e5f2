import asyncio
import io
import time
from dataclasses import replace

import pytest
from picture_server import picture, serving
from PIL import Image

from aisle.data.pictures import downloading, http
from aisle.data.pictures.downloading import DownloadSettings, RetryingFetcher
from aisle.data.pictures.hosts import FetchError, FetchStatus
from aisle.data.pictures.http import check_picture

QUICK = DownloadSettings(
    retries=2,
    backoff=0.01,
    longest_wait=1.5,
    connect_timeout=0.5,
    read_timeout=0.2,
    total_timeout=0.6,
    max_bytes=100_000,
    allow_private=True,
)


@pytest.fixture(scope="module")
def shared_server():
    with serving() as server:
        yield server


@pytest.fixture
def server(shared_server):
    shared_server.requests.clear()
    return shared_server


def fetch(url, settings=QUICK):
    async def run():
        async with RetryingFetcher(settings) as fetcher:
            return await fetcher.fetch(url)

    return asyncio.run(run())


def failure(url, settings=QUICK):
    with pytest.raises(FetchError) as caught:
        fetch(url, settings)
    return caught.value


@pytest.mark.parametrize(("path", "ending"), [("/good.jpg", ".jpg"), ("/png", ".png")])
def test_picture_comes_whole_with_the_ending_of_its_content(server, path, ending):
    got = fetch(server.url(path))
    assert got.ending == ending
    assert got.data == picture("PNG" if ending == ".png" else "JPEG")


@pytest.mark.parametrize(
    ("path", "status", "tries"),
    [
        ("/nowhere", FetchStatus.NOT_FOUND, 1),
        ("/forbidden", FetchStatus.HTTP_ERROR, 1),
        ("/html", FetchStatus.NOT_A_PICTURE, 1),
        ("/empty", FetchStatus.NOT_A_PICTURE, 1),
        ("/large", FetchStatus.TOO_LARGE, 1),
        ("/endless", FetchStatus.TOO_LARGE, 1),
        ("/always500", FetchStatus.BUSY, 3),
        ("/cut", FetchStatus.BROKEN, 3),
        ("/broken", FetchStatus.BROKEN, 3),
        ("/silent", FetchStatus.TIMEOUT, 3),
        ("/closed_for_today", FetchStatus.BUSY, 1),
        ("/loop", FetchStatus.REDIRECTS, 6),
    ],
)
def test_failure_has_a_status_and_only_passing_ones_are_tried_again(server, path, status, tries):
    assert failure(server.url(path)).status == status
    assert server.requests[path] == tries


def test_500_and_then_a_picture_is_a_picture(server):
    assert fetch(server.url("/flaky")).ending == ".jpg"
    assert server.requests["/flaky"] == 2


def test_retry_after_is_honoured(server):
    start = time.monotonic()
    assert fetch(server.url("/polite")).ending == ".jpg"
    assert time.monotonic() - start >= 1


def test_retry_after_as_a_date():
    assert http._seconds("Wed, 21 Oct 2065 07:28:00 GMT") > 1e9
    assert http._seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert http._seconds("soon") == 0


@pytest.mark.timed
def test_headers_that_never_end_hit_the_total_limit(server):
    start = time.monotonic()
    error = failure(server.url("/dribble"), replace(QUICK, total_timeout=0.3, retries=0))
    assert error.status == FetchStatus.TIMEOUT
    assert time.monotonic() - start < 1


def test_redirect_is_followed(server):
    assert fetch(server.url("/redirect?to=/good.jpg")).ending == ".jpg"


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/a.jpg", "file:///etc/passwd", "", "http://", "x.jpg"]
)
def test_only_http_and_https_are_asked(server, url):
    assert failure(url).status == FetchStatus.BAD_URL


@pytest.mark.parametrize("url", ["http://[::1", "http://a:99999/", "http://a\n.b/"])
def test_address_that_cannot_be_read(url):
    assert failure(url).status == FetchStatus.BAD_URL


def test_redirect_to_another_scheme_is_refused(server):
    assert failure(server.url("/redirect?to=file:///etc/passwd")).status == FetchStatus.BAD_URL


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f.0.0.1", "2130706433"])
def test_private_address_is_refused_however_it_is_written(server, host):
    error = failure(server.url("/good.jpg", host), replace(QUICK, allow_private=False))
    assert error.status == FetchStatus.REFUSED
    assert not server.requests


def test_redirect_to_a_private_address_is_refused(server, monkeypatch):
    monkeypatch.setattr(downloading, "is_public", lambda address: address == "127.0.0.1")
    settings = replace(QUICK, allow_private=False)
    secret = server.url("/good.jpg", "127.0.0.2")
    assert fetch(server.url("/good.jpg"), settings)
    assert failure(server.url(f"/redirect?to={secret}"), settings).status == FetchStatus.REFUSED
    assert server.requests["/good.jpg"] == 1


@pytest.mark.timed
def test_dead_host_is_given_up_after_its_first_url(server):
    settings = replace(QUICK, backoff=0.2)
    dead = server.url("/good.jpg", "127.0.0.9")

    async def run():
        async with RetryingFetcher(settings) as fetcher:
            statuses = []
            for number in range(100):
                try:
                    await fetcher.fetch(f"{dead}?{number}")
                except FetchError as error:
                    statuses.append(error.status)
            return statuses

    start = time.monotonic()
    assert asyncio.run(run()) == [FetchStatus.UNREACHABLE] * 100
    assert time.monotonic() - start < 1


def test_host_that_answers_others_is_not_given_up(server):
    async def run():
        async with RetryingFetcher(QUICK) as fetcher:
            silent = asyncio.create_task(fetcher.fetch(server.url("/silent")))
            while not silent.done():
                await fetcher.fetch(server.url("/good.jpg"))
            assert isinstance(silent.exception(), FetchError)
            return await fetcher.fetch(server.url("/good.jpg"))

    assert asyncio.run(run()).ending == ".jpg"


@pytest.mark.parametrize(
    ("form", "ending"),
    [("JPEG", ".jpg"), ("PNG", ".png"), ("GIF", ".gif"), ("WEBP", ".webp"), ("BMP", ".bmp")],
)
def test_ending_follows_the_content(form, ending):
    assert check_picture(picture(form)).ending == ending


def test_several_jpegs_in_one_file_are_a_jpeg():
    stream = io.BytesIO()
    page = Image.new("RGB", (8, 8))
    page.save(stream, "MPO", save_all=True, append_images=[page])
    assert check_picture(stream.getvalue()).ending == ".jpg"


def test_decompression_bomb_is_too_large(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(FetchError) as caught:
        check_picture(picture("PNG"))
    assert caught.value.status == FetchStatus.TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"<html>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        picture()[:30],
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(FetchError) as caught:
        check_picture(data)
    assert caught.value.status == FetchStatus.NOT_A_PICTURE


def test_transient_failures_are_those_that_may_pass():
    assert {status for status in FetchStatus if status.transient} == {
        FetchStatus.UNREACHABLE,
        FetchStatus.TIMEOUT,
        FetchStatus.BROKEN,
        FetchStatus.BUSY,
    }
