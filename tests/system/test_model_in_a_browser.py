"""The page of the model, and the way in, in Chromium on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from accessible import grave_faults
from live_service import Server
from site_server import serving_site

pytestmark = pytest.mark.system
pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")


@pytest.fixture(scope="module")
def server(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    keys = {"a key": "review"}
    with serving_site(model_folder, tmp_path_factory.mktemp("data"), keys=keys) as server:
        yield server


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sign_in_leads_to_the_page_that_was_wanted(
    browser, server: Server, width: int, scheme: str
) -> None:
    viewport = {"width": width, "height": 900}
    context = browser.new_context(viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    faults: list[str] = []
    requests: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{server.url}/model?modalities=text")
    page.fill("#key", "not this one")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("unknown or has expired").wait_for()
    assert grave_faults(page) == []
    page.fill("#key", "a key")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="When to trust it: text").wait_for()
    assert page.url == f"{server.url}/model?modalities=text"
    assert page.locator("svg[role=img]").count() == 2
    assert page.get_by_role("link", name="Model").get_attribute("aria-current") == "page"
    page.locator(".tree summary").first.click()
    assert page.locator(".tree details[open] .leaf").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert grave_faults(page) == []
    assert [url for url in requests if not url.startswith(server.url)] == []
    assert faults == []
    context.close()


def test_a_modality_set_is_chosen_by_a_link(browser, server: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.url}/sign-in?to=/model")
    page.fill("#key", "a key")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="When to trust it: text + image").wait_for()
    page.get_by_role("link", name="image", exact=True).click()
    page.get_by_role("heading", name="When to trust it: image").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    context.close()
