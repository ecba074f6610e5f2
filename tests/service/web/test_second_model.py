"""Both models of a site are loaded anew."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import httpx2 as httpx
import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from live_service import Server
from site_server import serving_site


def loads(server: Server) -> list[str]:
    return sorted(one["model"] for one in server.log if one["event"] == "the model was loaded")


def test_by_a_signal_and_over_http(model_folder: Path, tmp_path: Path) -> None:
    second = shutil.copytree(model_folder, tmp_path / "second")
    once = sorted([model_folder.name, "second"])
    with serving_site(model_folder, tmp_path / "data", second=second) as server:
        assert httpx.post(f"{server.url}/v1/model/reload", timeout=60).status_code == 200
        server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 60
        while len(loads(server)) < 4 and time.monotonic() < end:
            time.sleep(0.05)
        assert loads(server) == sorted(once * 2)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
