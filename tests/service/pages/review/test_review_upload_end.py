"""What becomes of an upload when the service stops."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import httpx2 as httpx
import pytest
from review_service import open_desk
from site_server import serving_site

pytest.importorskip("nicegui", reason="the pages are made with NiceGUI (the extra serve)")

from aisle.service.pages.review import filling_route
from aisle.service.pages.review.filling import Filling

ROWS = 1_500


def test_what_was_accepted_is_queued_before_the_end(model_folder: Path, tmp_path: Path) -> None:
    table = "id,title\n" + "".join(f"k{row},zzzz{row} yyyy\n" for row in range(ROWS))
    with serving_site(model_folder, tmp_path, pace={"together": 2, "workers": 1}) as server:
        with httpx.Client(base_url=server.url, timeout=30) as client:
            client.post("/sign-in", data={"name": "Ada"})
            sent = client.post("/review/filling?name=t.csv", content=table.encode())
        assert sent.status_code == 202
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        assert server.noise == []
    with closing(open_desk(tmp_path)) as desk:
        assert desk.progress().waiting == ROWS


def test_what_is_not_queued_in_time_ends_early_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless:
        def __init__(self, *_: object) -> None: ...

        async def fill(self, *_: object) -> None:
            await asyncio.sleep(60)

    site = SimpleNamespace(engine=None, desk=None, limits=None)
    monkeypatch.setattr(filling_route, "Filler", Endless)
    monkeypatch.setattr(filling_route, "the_site", lambda: site)
    filling = Filling("t.csv", "Ada")
    folder = tempfile.TemporaryDirectory(dir=tmp_path)

    async def work() -> None:
        task = asyncio.create_task(filling_route._fill(filling, Path(folder.name), folder))
        filling_route._running.add(task)
        await filling_route.finish_uploads(0.05)
        filling_route._running.discard(task)

    asyncio.run(work())
    assert filling.finished
    assert "stopped before all rows were queued" in filling.error
    assert not Path(folder.name).exists()
