"""The service under load, with `aisle predict` and a bare loop in the same run.

`wrk` asks a real `aisle serve` over loopback, each caller as soon as it is answered; server and
load share the cores of the machine. With `--overload` twice as much as it can answer comes for
three minutes, at a fixed rate, which `wrk` cannot send: that is `benchmarks.overload`.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image

from aisle.batch.local import predict_table
from aisle.catalogue import write_catalogue
from aisle.classifier import Classifier
from aisle.data.products import Products, read_products
from aisle.encoders.image import OnnxImageEncoder
from aisle.pack import MINI_IMAGE, packed
from aisle.schema import Product
from benchmarks.common import FLIPKART, print_table, subset_1050
from benchmarks.overload import overload
from benchmarks.processes import cpu_seconds, family_of

PRODUCTS = 200
SIDE = 500
"""The longer side of pictures, in pixels, at most."""
ROUNDS = 5
SECONDS = 8
CALLERS = (1, 8, 16, 30)
SCRIPT = """
local requests = {}
init = function()
  for body in io.lines("%s") do
    local headers = {["Content-Type"] = "application/json"}
    requests[#requests + 1] = wrk.format("POST", "/v1/classify", headers, body)
  end
end
local sent = 0
request = function()
  sent = sent + 1
  return requests[sent %% #requests + 1]
end
"""


@dataclass(frozen=True)
class Load:
    """What callers saw: answers a second, milliseconds, refusals; and the server's core-ms each."""

    rate: float
    p50: float
    p99: float
    refused: int
    cores: float


@dataclass(frozen=True)
class Server:
    """A running `aisle serve`."""

    pid: int
    port: int


def main(arguments: Sequence[str] = ()) -> None:
    if shutil.which("wrk") is None:
        sys.exit("there is no wrk; install it (on Debian: apt install wrk)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        products = with_jpegs(folder)
        bodies = [body_of(product) for product in products]
        (folder / "bodies").write_text("\n".join(bodies))
        (folder / "wrk.lua").write_text(SCRIPT % (folder / "bodies"))
        with serving(folder) as server:
            capacity = compare(server, products, folder)
            if "--overload" in arguments:
                overload(server.pid, server.port, bodies, capacity)


def compare(server: Server, products: Products, folder: Path) -> float:
    """Prints what was measured in turn; gives the largest median of products a second."""
    model = Classifier.load()
    model.predict(products.items)
    ask(server, folder, 8)
    bare, batch = [], []
    loads: dict[int, list[Load]] = {callers: [] for callers in CALLERS}
    for number in range(ROUNDS):
        bare.append(bare_rate(products))
        os.environ["AISLE_CACHE"] = f"{folder}/cache {number}"
        batch.append(batch_rate(model, products, folder))
        for callers, runs in loads.items():
            runs.append(ask(server, folder, callers))
    empty = ("",) * 5
    rows = [
        ("decoding and the network alone", range_of(bare), *empty),
        ("`aisle predict`, nothing cached", range_of(batch), *empty),
        *(row_of(callers, runs, batch) for callers, runs in loads.items()),
    ]
    header = (
        "what",
        "products/s (least to most)",
        "of `predict` (least)",
        "p50, ms",
        "p99, ms",
        "core-ms each",
        "503",
    )
    title = f"{len(products)} products, text and picture, {os.cpu_count()} cores, {ROUNDS} rounds"
    print_table(title, header, rows)
    return max(float(np.median([one.rate for one in runs])) for runs in loads.values())


def row_of(callers: int, runs: Sequence[Load], batch: Sequence[float]) -> tuple[object, ...]:
    """Medians over the rounds."""
    ratios = [one.rate / other for one, other in zip(runs, batch, strict=True)]
    return (
        f"`aisle serve`, callers at once: {callers}",
        range_of([one.rate for one in runs]),
        f"{np.median(ratios):.2f} ({min(ratios):.2f})",
        f"{np.median([one.p50 for one in runs]):.0f}",
        f"{np.median([one.p99 for one in runs]):.0f}",
        f"{np.median([one.cores for one in runs]):.1f}",
        sum(one.refused for one in runs),
    )


def range_of(rates: Sequence[float]) -> str:
    return f"{np.median(rates):.0f} ({min(rates):.0f} to {max(rates):.0f})"


def with_jpegs(folder: Path) -> Products:
    """Products with a text and a picture as shops send it: the real ones where they are there."""
    real = FLIPKART.is_dir()
    products = subset_1050() if real else read_products(write_catalogue(folder / "sample"))
    items: dict[int, Product] = {}
    for row, product in enumerate(products):
        if len(items) < PRODUCTS and product.text and product.images:
            file = folder / f"{row}.jpg"
            try:
                with Image.open(product.images[0]) as image:
                    image.thumbnail((SIDE, SIDE))
                    image.convert("RGB").save(file, quality=85)
            except OSError:  # the sample has pictures that cannot be read
                continue
            items[row] = dataclasses.replace(product, images=(file,))
    return dataclasses.replace(products.take([*items]), items=(*items.values(),))


def body_of(product: Product) -> str:
    picture = base64.b64encode(product.images[0].read_bytes()).decode()
    return json.dumps({"texts": product.texts, "image": picture})


def batch_rate(model: Classifier, products: Products, folder: Path) -> float:
    """Products a second from files to a table."""
    started = time.perf_counter()
    predict_table(model, products, folder / "answers.parquet")
    return len(products) / (time.perf_counter() - started)


def bare_rate(products: Products) -> float:
    """Pictures a second by Pillow and ONNX Runtime in a loop, 32 at a time."""
    encoder = OnnxImageEncoder(packed(MINI_IMAGE))
    side = encoder.size
    session = ort.InferenceSession(encoder.root / "model.onnx")
    name = session.get_inputs()[0].name
    started = time.perf_counter()
    for start in range(0, len(products), 32):
        batch = []
        for product in products.items[start : start + 32]:
            with Image.open(io.BytesIO(product.images[0].read_bytes())) as image:
                image.draft("RGB", (side, side))
                pixels = np.asarray(image.convert("RGB").resize((side, side), 3), np.float32)
            batch.append((pixels / 127.5 - 1).transpose(2, 0, 1))
        session.run(None, {name: np.stack(batch)})
    return len(products) / (time.perf_counter() - started)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """`aisle serve` with the model inside the package, on a port of its own."""
    command = [Path(sys.executable).with_name("aisle"), "serve", "--port", "0", "--data", folder]
    log = folder / "log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, stderr=stderr)
    try:
        while not (line := re.search(r'"listening".*"port": (\d+)', log.read_text())):
            if process.poll() is not None:
                sys.exit(f"aisle serve has ended: {log.read_text()}")
            time.sleep(0.1)
        yield Server(process.pid, int(line[1]))
    finally:
        process.terminate()
        process.wait()


def ask(server: Server, folder: Path, callers: int) -> Load:
    """Some seconds of load by wrk."""
    command = ["wrk", "-t1", f"-c{callers}", f"-d{SECONDS}", "--latency", "--timeout=60"]
    command += ["-s", f"{folder}/wrk.lua", f"http://127.0.0.1:{server.port}/v1/classify"]
    before = spent_by(server)
    report = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    spent = spent_by(server) - before
    count = int(number(r"(\d+) requests in", report))
    refused = int(number(r"responses: (\d+)", report))
    answered = count - refused
    return Load(
        rate=number(r"Requests/sec: +([\d.]+)", report) * answered / count,
        p50=milliseconds("50", report),
        p99=milliseconds("99", report),
        refused=refused,
        cores=spent / answered * 1000,
    )


def number(pattern: str, report: str) -> float:
    found = re.search(pattern, report)
    return float(found[1]) if found else 0.0


def milliseconds(percent: str, report: str) -> float:
    found = re.search(rf"\n +{percent}% +([\d.]+)(us|ms|s) *\n", report)
    assert found, report
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


def spent_by(server: Server) -> float:
    """The processor seconds of a server and all that it started."""
    return sum(map(cpu_seconds, family_of(server.pid)))


if __name__ == "__main__":
    main(sys.argv[1:])
