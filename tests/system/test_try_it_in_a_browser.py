"""The page "Try it" in Chromium, on a real server."""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx2 as httpx
import numpy as np
import pytest
from accessible import grave_faults
from live_service import Server
from PIL import Image
from site_server import serving_site

from aisle.pack import FLIPKART

pytestmark = pytest.mark.system
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

RED, BLUE = (200, 40, 40), (50, 60, 200)
HOSTILE = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"

_TRANSFER = """
([data, name, type]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  transfer.items.add(new File([bytes], name, {type}));
  return transfer;
}
"""
_PASTE = """
(clipboardData) => document.getElementById("text").dispatchEvent(
  new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}))
"""


def picture(colour: tuple[int, int, int] = RED) -> bytes:
    file, noise = BytesIO(), np.random.default_rng(3).normal(0, 45, (24, 24, 3))
    pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def server(
    model_folder: Path, shop_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("data")
    with serving_site(model_folder, data, catalogue=shop_file) as server:
        yield server


@pytest.fixture
def page(browser, server: Server) -> Iterator:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: is_fault(line) and faults.append(line.text))
    page.goto(server.url)
    yield page
    context.close()
    assert faults == []


def is_fault(line) -> bool:
    """Whether a line of the console says more than that the service has refused something."""
    return line.type == "error" and "status of 4" not in line.text


def winner(page, name: str) -> None:
    playwright.expect(page.locator(".winner").first).to_have_text(name, timeout=20_000)


def says(page, sentence: str) -> None:
    playwright.expect(page.get_by_text(sentence).first).to_be_visible(timeout=20_000)


def pick(page, data: bytes, name: str = "picture.png") -> None:
    page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": data})


def transfer(page, data: bytes, name: str = "picture.png", kind: str = "image/png"):
    return page.evaluate_handle(_TRANSFER, [b64encode(data).decode(), name, kind])


def test_the_first_page_is_seen_soon_and_asks_for_nothing_elsewhere(
    browser, server: Server
) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    started = time.perf_counter()
    page.goto(server.url)
    page.locator(".answer").wait_for()
    print(f"from goto to the answer area: {time.perf_counter() - started:.2f} s")  # noqa: T201
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith((server.url, "data:"))] == []
    page.close()


def test_a_text_is_answered_without_a_button(page) -> None:
    page.locator("#text").press_sequentially("ceramic coffee mug")
    winner(page, "Mugs")
    assert page.locator(".levels li").count() == 2
    assert page.locator("mark").count() > 0
    assert page.locator(".experts li").count() > 1
    assert page.locator(".similar img").count() > 0
    says(page, "There is no picture.")


def test_pictures_are_picked_dropped_pasted_and_removed(page) -> None:
    shown = page.locator("#pictures img")
    pick(page, picture(RED))
    winner(page, "Shirts")
    page.dispatch_event(".drop", "drop", {"dataTransfer": transfer(page, picture(BLUE))})
    playwright.expect(shown).to_have_count(2)
    page.evaluate(_PASTE, transfer(page, picture(BLUE)))
    playwright.expect(shown).to_have_count(3)
    page.locator("[data-remove]").first.click()
    winner(page, "Pans")
    for _ in range(2):
        page.locator("[data-remove]").first.click()
    says(page, "The answer comes here while you type.")


def test_no_more_pictures_are_taken_than_are_read(page) -> None:
    files = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": picture()} for n in range(9)]
    page.set_input_files("#file", files)
    says(page, "8.png: At most 8 pictures are read.")
    winner(page, "Shirts")
    assert page.locator("#pictures img").count() == 8


def test_text_and_picture_are_answered_together_and_alone(page) -> None:
    page.fill("#text", "nonstick frying pan")
    pick(page, picture(BLUE))
    playwright.expect(page.locator(".part .figure")).to_have_count(3, timeout=20_000)
    winner(page, "Pans")
    assert page.locator(".drop img").get_attribute("src").startswith("data:image/jpeg")


def test_a_sample_is_one_click(page) -> None:
    page.locator(".sample").first.press("Enter")
    page.locator(".winner").wait_for()
    page.locator(".drop img").wait_for()
    assert page.input_value("#text") != ""


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty (0 bytes)"),
        (b"no picture", "not a picture in a known format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG is a drawing"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC pictures cannot be decoded"),
        (picture()[:70], "Damaged picture"),
    ],
)
def test_what_is_no_picture_is_said_at_the_picture(page, data: bytes, sentence: str) -> None:
    page.fill("#text", "coffee mug")
    pick(page, data)
    says(page, sentence)
    winner(page, "Mugs")
    assert page.locator(".drop img").count() == 0
    pick(page, picture())
    playwright.expect(page.locator("[role=alert] p")).to_have_count(0, timeout=20_000)


def test_a_file_of_50_mb_is_not_sent(page, tmp_path: Path) -> None:
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(50_000_000)
    page.set_input_files("#file", tmp_path / "large.png")
    says(page, "The picture has more than 20 MB")


def test_a_text_of_a_megabyte_is_said_at_the_text(page) -> None:
    page.fill("#text", "mug " * 250_000)
    says(page, "The text has 1,000,000 characters")
    page.fill("#text", "coffee mug")
    winner(page, "Mugs")
    playwright.expect(page.locator("[role=alert] p")).to_have_count(0, timeout=20_000)


def test_an_address_that_is_dropped_is_not_fetched(page) -> None:
    dropped = page.evaluate_handle(
        "() => { const t = new DataTransfer(); t.setData('text/uri-list', 'http://a.b/c.png');"
        " return t; }"
    )
    page.dispatch_event(".drop", "drop", {"dataTransfer": dropped})
    says(page, "addresses are not fetched")


def test_a_link_reproduces_the_state(page, browser, server: Server) -> None:
    page.fill("#text", "\n</textarea> 1 < 2 & nonstick pan")
    pick(page, picture(BLUE))
    winner(page, "Pans")
    page.click("#share")
    page.wait_for_url("**/?text=*")
    other = browser.new_page()
    other.goto(page.url)
    winner(other, "Pans")
    assert other.input_value("#text") == page.input_value("#text")
    other.locator(".drop img").wait_for()
    assert other.locator(".decision").inner_text() == page.locator(".decision").inner_text()
    other.goto(f"{server.url}/?text=mug&picture={'0' * 64}")
    says(other, "A picture of this link is not kept here")
    other.close()


def test_a_text_too_long_for_a_link_is_said(page) -> None:
    page.fill("#text", "coffee mug " * 1_000)
    page.click("#share")
    says(page, "too long for a link")


def test_nothing_from_outside_runs(page) -> None:
    page.fill("#text", f"1 < 2 mug &lt;b&gt; {HOSTILE}</script>")
    pick(page, picture(), f"{HOSTILE.replace('/', '')}.png")
    page.locator(".winner").wait_for()
    page.locator(".drop .name").wait_for()
    assert "onerror" in page.locator(".drop .name").inner_text()
    page.click("#share")
    page.wait_for_url("**/?text=*")
    page.reload()
    page.locator(".winner").wait_for()
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_nothing_is_cut_off(page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.fill("#text", "coffee mug " + "x" * 300)
    pick(page, picture())
    playwright.expect(page.locator(".part .figure")).to_have_count(3, timeout=20_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.locator(".sample").first.wait_for()
    found = grave_faults(page)
    page.fill("#text", "ceramic coffee mug")
    pick(page, b"no picture")
    winner(page, "Mugs")
    found += grave_faults(page)
    pick(page, picture())
    playwright.expect(page.locator(".part .figure")).to_have_count(3, timeout=20_000)
    found += grave_faults(page)
    assert found == []


def test_the_keyboard_reaches_everything_in_order(page) -> None:
    page.locator(".sample").last.focus()
    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert reached == ["text", "file", "share"]


def test_an_older_answer_never_follows_a_newer_one(
    browser, model_folder: Path, tmp_path: Path
) -> None:
    with serving_site(model_folder, tmp_path, delay=1.0) as server:
        page = browser.new_page()
        page.goto(server.url)
        page.evaluate(
            "() => { window.seen = []; new MutationObserver(() => {"
            " const one = document.querySelector('.winner')?.textContent;"
            " if (one && one !== seen.at(-1)) seen.push(one); })"
            ".observe(document.body, {subtree: true, childList: true}); }"
        )
        page.fill("#text", "nonstick frying pan")
        page.wait_for_timeout(600)  # it has been asked by now
        page.fill("#text", "coffee mug")
        winner(page, "Mugs")
        page.wait_for_timeout(1_500)
        assert page.evaluate("seen") == ["Mugs"]
        page.close()


def test_a_busy_server_says_so_and_is_asked_again(
    browser, model_folder: Path, tmp_path: Path
) -> None:
    inference = {"queue_size": 1, "workers": 1, "batch_size": 1}
    with serving_site(model_folder, tmp_path, delay=3.0, inference=inference) as server:
        page = browser.new_page()
        page.goto(server.url)
        callers = [threading.Thread(target=_classify, args=[server.url]) for _ in range(2)]
        for caller in callers:
            caller.start()
            page.wait_for_timeout(300)
        page.fill("#text", "coffee mug")
        says(page, "try again in a moment")
        winner(page, "Mugs")
        for caller in callers:
            caller.join()
        page.close()


def test_two_models_stand_next_to_each_other(browser, model_folder: Path, tmp_path: Path) -> None:
    with serving_site(model_folder, tmp_path, second=FLIPKART) as server:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(server.url)
        page.fill("#text", "ceramic coffee mug")
        playwright.expect(page.locator(".winner")).to_have_text(["Mugs", "Coffee Mugs"])
        says(page, "The models give different answers.")
        first, second = (page.locator(".model").nth(n).bounding_box() for n in (0, 1))
        assert first["y"] == second["y"]
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.close()


def _classify(url: str) -> None:
    httpx.post(f"{url}/v1/classify?explain=true", json={"text": "pan"}, timeout=60)
