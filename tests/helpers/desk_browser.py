"""The review desk in Chromium."""

from __future__ import annotations

import json
import time
from typing import Any

_BEACON_MS = 400
"""What a page sends when it is left, is lost if its browser closes at once."""

_TIMEOUT_SECONDS = 15.0
_LOOK_MS = 20

_WATCH = """
window.seen = []; window.latencies = [];
let pressed = null;
addEventListener("keydown", () => { pressed = performance.now(); }, true);
addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {
  for (const { target, attributeName: name } of changes) {
    if (name === "data-ready" && target.dataset.ready) window.seen.push(target.dataset.ready);
    if (name === "data-shown" && pressed !== null) {
      window.latencies.push(Number(target.dataset.shown) - pressed);
      pressed = null;
    }
  }
}).observe(document.body, {
  subtree: true, attributes: true, attributeFilter: ["data-ready", "data-shown"],
}));
"""


class DeskPage:
    """A reviewer at the page.

    Args:
        browser: Chromium.
        url: of the service.
        name: of the reviewer.
        width: of the screen.
    """

    def __init__(self, browser: Any, url: str, name: str = "Ada", width: int = 1280) -> None:
        touch = width < 600
        size = {"width": width, "height": 900}
        self.context = browser.new_context(viewport=size, has_touch=touch)
        self.context.set_default_timeout(1_000 * _TIMEOUT_SECONDS)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.add_init_script(_WATCH)
        self.page.goto(f"{url}/review")
        self.page.fill("#name", name)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("review-desk:defined")

    def close(self) -> None:
        self.until("!document.querySelector('review-desk')?.filling")
        self.page.goto("about:blank")  # so that the page gives back what it holds
        self.page.wait_for_timeout(_BEACON_MS)
        self.context.close()

    def wait(self, selector: str) -> None:
        self.page.wait_for_selector(selector)

    def until(self, expression: str) -> None:
        """Waits until an expression is true; the page itself may not evaluate one."""
        end = time.monotonic() + _TIMEOUT_SECONDS
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, expression
            self.page.wait_for_timeout(_LOOK_MS)

    def ready(self) -> str:
        """Waits until keys count for the product in view; its key."""
        self.wait(".stage[data-ready]")
        return self.page.inner_text(".stage .reason .shop-key")

    def shows(self, key: str) -> None:
        """Waits until the product of a key is in view."""
        self.until(f"document.querySelector('.stage .shop-key')?.textContent === {json.dumps(key)}")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def settle(self) -> None:
        """Waits until all decisions have been taken by the server."""
        self.until("document.querySelector('review-desk').outbox.items.length === 0")

    @property
    def said(self) -> str:
        return self.page.inner_text(".said")

    @property
    def trouble(self) -> str:
        return self.page.text_content(".trouble") or ""
