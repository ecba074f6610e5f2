"""200,000 rows in 2,000 categories: seconds and peak memory of `aisle fit` and `aisle predict`.

The categories are leaves of Shopify's public tree; the titles are made of their words, of common
words and of noise. The accuracy is no figure of quality: the texts are synthetic.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.common import SHARED, need_shared, print_table

CATEGORIES, ROWS = 2_000, 100
COMMON = [
    "red",
    "blue",
    "green",
    "black",
    "white",
    "new",
    "large",
    "small",
    "set",
    "pack",
    "cotton",
    "steel",
    "wooden",
    "premium",
]


def main() -> None:
    need_shared()
    with tempfile.TemporaryDirectory() as folder:
        train, test = Path(folder) / "train.parquet", Path(folder) / "test.parquet"
        write_titles(train, seed=0, rows=ROWS)
        write_titles(test, seed=1, rows=2)
        aisle, model = Path(sys.executable).with_name("aisle"), f"{folder}/model"
        out = f"{folder}/out.parquet"
        rows = []
        for name, arguments in (
            ("fit", ("fit", train, "--to", model, "--split", "random")),
            ("predict", ("predict", model, test, "--to", out)),
        ):
            started = time.perf_counter()
            subprocess.run([aisle, *arguments], check=True, capture_output=True)
            seconds = time.perf_counter() - started
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
            rows.append((name, f"{seconds:.0f}", f"{peak:.1f}"))
        truth, answers = pq.read_table(test)["category"], pq.read_table(out)["category"]
        right = np.mean(np.array(truth.to_pylist()) == np.array(answers.to_pylist()))
    title = f"{CATEGORIES * ROWS:,} rows, {CATEGORIES:,} categories"
    print_table(title, ("command", "seconds", "peak GB so far"), rows)
    print(f"\naccuracy on {2 * CATEGORIES:,} further rows of the same making: {right:.3f}")


def write_titles(to: Path, seed: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    records = []
    for path in leaves():
        words = re.findall(r"\w+", path[-1].lower()) + re.findall(r"\w+", path[-2].lower())[:1]
        for _ in range(rows):
            own = [word for word in words if random.random() < 0.7]
            noise = [f"sku{random.integers(30_000)}" for _ in range(4)]
            title = random.permutation([*own, *random.choice(COMMON, 3), *noise])
            records.append({"title": " ".join(title), "category": " > ".join(path)})
    pq.write_table(pa.Table.from_pylist(records), to)


def leaves() -> list[list[str]]:
    lines = (SHARED / "data" / "taxonomies" / "shopify_2024-07.txt").read_text("utf-8").splitlines()
    paths = [line.split(" : ")[-1].strip() for line in lines if " > " in line]
    inner = {path.rpartition(" > ")[0] for path in paths}
    chosen = np.random.default_rng(0).permutation(sorted(set(paths) - inner))[:CATEGORIES]
    return [str(path).split(" > ") for path in chosen]


if __name__ == "__main__":
    main()
