"""What axe-core finds on a page that keeps people from using it."""

from __future__ import annotations

from typing import Any

import pytest


def grave_faults(page: Any) -> list[tuple[str, list[str]]]:
    """Serious and critical violations with the elements that have them."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is absent")
    found = axe.Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
