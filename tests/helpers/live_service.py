"""The service as a process of its own, on a real socket of the loopback address."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx2 as httpx

PROGRAM = (
    f"import sys; sys.path.append({str(Path(__file__).parent)!r})"
    + """
import json
from pathlib import Path
from thread_pool import slow_pool
from aisle.service.app import make_app
from aisle.service.inference.engine import InferenceEngine
from aisle.service.api.keys import Keys
from aisle.service.server import run
from aisle.service.settings import Limits, InferenceSettings
given = json.loads(sys.argv[1])
desk = None
if given["desk"]:
    from aisle.review.store import open_database
    from aisle.review.desk import Desk
    from aisle.review.picture_store import PictureStore
    database = open_database("sqlite:///" + given["desk"] + "/desk.db")
    desk = Desk(database, PictureStore(Path(given["desk"])))
pool = {"make_pool": slow_pool(given["delay"])} if given["delay"] else {}
engine = InferenceEngine(given["folder"], InferenceSettings(**given["inference"]), **pool)
run(make_app(engine, Limits(**given["limits"]), Keys.from_text(given["keys"]), desk), port=0)
"""
)


class Server:
    """A running service, ready when this was made; its log is read: events, and noise."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.log: list[dict] = []
        self.noise: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()
        self.port = self.wait_for("listening")["port"]
        self.url = f"http://127.0.0.1:{self.port}"
        while not self._ready():  # the socket listens before the app has started
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=30).status_code == 200
        except httpx.HTTPError:
            return False

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            try:
                self.log.append(json.loads(line))
            except ValueError:
                self.noise.append(line)

    def wait_for(self, event: str, seconds: float = 60) -> dict:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in list(self.log):
                if line["event"] == event:
                    return line
            assert self.process.poll() is None or self.log, "the server did not start"
            time.sleep(0.02)
        raise AssertionError(f"{event} never came: {self.log}")

    def waiting(self) -> float:
        """The metric of the queue."""
        text = httpx.get(f"{self.url}/metrics", timeout=30).text
        lines = text.splitlines()
        return float(next(line for line in lines if line.startswith("aisle_queue_")).split()[1])

    def memory(self) -> int:
        """The resident memory in bytes, where /proc tells it."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def is_well(self) -> bool:
        """Whether it lives and answers a good request."""
        asked = httpx.post(f"{self.url}/v1/classify", json={"text": "coffee mug"}, timeout=30)
        return self.process.poll() is None and asked.status_code == 200


@dataclass(frozen=True)
class Setting:
    """What is unusual about a service.

    Attributes:
        delay: seconds that each group of products takes longer.
        limits: fields of `Limits`.
        inference: fields of `InferenceSettings`.
        keys: API keys as in the environment.
        desk: a folder for the queue of products to review; no queue without one.
    """

    delay: float = 0.0
    limits: dict[str, int] = field(default_factory=dict)
    inference: dict[str, float] = field(default_factory=dict)
    keys: str = ""
    desk: str = ""


@contextmanager
def serving(folder: Path, setting: Setting | None = None) -> Iterator[Server]:
    """Serves a model folder until the end of the context."""
    given = json.dumps(asdict(setting or Setting()) | {"folder": str(folder)})
    command = [sys.executable, "-c", PROGRAM, given]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield Server(process)
    finally:
        process.kill()
        process.wait()
