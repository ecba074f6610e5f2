"""`aisle fit` on the names of the ten largest roots: seconds and peak memory of the whole process.

TF-IDF + LinearSVC on the same names, in a process of its own, is the baseline.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.common import FLIPKART, need_shared, print_table

RUNS = 3
_SVC = """
import sys, pyarrow.parquet as pq
from benchmarks.common import linear_svc
table = pq.read_table(sys.argv[1])
linear_svc(table["title"].to_pylist(), table["category"].to_pylist())
"""


def main() -> None:
    need_shared()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "names.parquet"
        rows = write_names(table)
        aisle = [Path(sys.executable).with_name("aisle"), "fit", table, "--to", f"{folder}/model"]
        svc = [sys.executable, "-c", _SVC, table]
        found = []
        for name, command in (("aisle fit", aisle), ("TF-IDF + LinearSVC, fit alone", svc)):
            times = []
            for _ in range(RUNS):
                started = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True)
                times.append(time.perf_counter() - started)
            times = sorted(times)
            found.append((name, f"{times[RUNS // 2]:.1f}", f"{times[0]:.1f} to {times[-1]:.1f}"))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    header = ("command", "seconds, median", "range")
    print_table(f"{rows:,} names, ten categories, default settings, {RUNS} runs", header, found)
    print(f"\nlargest process: {peak:.2f} GB")


def write_names(to: Path) -> int:
    """The names and roots of the products of the ten largest roots."""
    source = pq.read_table(
        FLIPKART / "products.parquet", columns=["product_name", "product_category_tree"]
    )
    trees = [
        tree.strip('[]"').split(" >> ") for tree in source["product_category_tree"].to_pylist()
    ]
    largest = {root for root, _ in Counter(tree[0] for tree in trees).most_common(10)}
    rows = [
        {"title": name, "category": tree[0]}
        for name, tree in zip(source["product_name"].to_pylist(), trees, strict=True)
        if tree[0] in largest
    ]
    pq.write_table(pa.Table.from_pylist(rows), to)
    return len(rows)


if __name__ == "__main__":
    main()
