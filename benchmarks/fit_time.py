"""What a fit costs, as a ratio to one LinearSVC on the same texts; what the model is worth.

Each fit runs in a process of its own. A table is fitted by LinearSVC and by aisle in turns, whole;
then the parts to learn from, by seed, and the products apart are answered. LinearSVC stands on
TF-IDF of words (1-2) and of characters in words (3-5), sublinear, of terms in two texts or more,
and is fitted once: no folds, no probabilities, no thresholds, no pictures.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from aisle.data.products import Products, read_products
from aisle.data.splits import split
from benchmarks.common import SHARED, labels_of, need_shared, print_table, subset_1050, ten_labels
from benchmarks.one_fit import CONTENDERS
from benchmarks.processes import cpu_seconds, family_of, resident_gigabytes

Figures = dict[str, float]
Turn = dict[str, Figures]
Parts = tuple[Products, Products]

_LOOK_EVERY = 0.2


@dataclass(frozen=True)
class Table:
    """A table to fit.

    Attributes:
        products: all of it.
        parts: the products to learn from and those apart, by seed.
        warm: whether the vectors of texts and pictures lie in the cache before the fit.
    """

    products: Callable[[], Products]
    parts: Callable[[Products, int], Parts]
    warm: bool = False


def forty_rows() -> Products:
    """40 products of three categories, names and descriptions alone."""
    return _forty(_three_roots())


def mwpd() -> Products:
    """13,012 offers of hundreds of shops."""
    source = SHARED / "data" / "mwpd" / "products.parquet"
    fields = ["title", "description", "shop_category"]
    return read_products(source, text=fields, label="category", id="id")


def cdiscount() -> Products:
    """40,060 French products, very skewed; there are no pictures."""
    source = SHARED / "data" / "cdiscount" / "products.parquet"
    return read_products(source, text=["title", "description"], label="category", id="id")


def forty_parts(_: Products, seed: int) -> Parts:
    train, test = near_duplicates(_three_roots(), seed)
    return _forty(train), test


def near_duplicates(products: Products, seed: int) -> Parts:
    """Four fifths and one fifth, near-duplicates on one side."""
    return split(products, seed=seed)


def own_parts(products: Products, _: int) -> Parts:
    """The two parts that the table names; seeds are the classifier's alone."""
    apart = pc.equal(products.table["split"], "validation").to_numpy()
    return products.take(np.flatnonzero(~apart)), products.take(np.flatnonzero(apart))


NAMES = ("title", "description")
TABLES = {
    "40": Table(forty_rows, forty_parts, warm=True),
    "1050": Table(lambda: subset_1050(NAMES), near_duplicates, warm=True),
    "mwpd": Table(mwpd, own_parts),
    "ten": Table(lambda: ten_labels(NAMES), near_duplicates),
    "cdiscount": Table(cdiscount, near_duplicates),
}


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=TABLES, action="append", help="one table; may come again")
    parser.add_argument("--repeats", type=int, default=3, help="timed fits of the whole table")
    parser.add_argument("--seeds", type=int, default=3, help="fits of a part, for the quality")
    parser.add_argument("--limit", type=float, default=3600, help="seconds that a fit may take")
    parser.add_argument("--memory", type=float, default=12, help="GB that a process may address")
    parser.add_argument("--contender", choices=CONTENDERS, action="append", help="not all of them")
    given = parser.parse_args(arguments)
    need_shared()
    contenders = given.contender or ["LinearSVC", "aisle"]
    for name in given.only or TABLES:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), given.limit, given.memory, TABLES[name].warm)
            run(name, bench, Plan(contenders, given.repeats, given.seeds))


@dataclass(frozen=True)
class Plan:
    """Who is fitted, and how often.

    Attributes:
        contenders: in the order of a turn.
        repeats: timed fits of the whole table.
        seeds: fits of a part, with products apart.
    """

    contenders: Sequence[str]
    repeats: int
    seeds: int

    def turn(self, bench: Bench, train: str, test: str = "", seed: int = 0) -> Turn:
        """A fit of each contender."""
        return {name: bench.fit(name, train, test, seed) for name in self.contenders}


class Bench:
    """Runs fits in processes of their own.

    Args:
        folder: for products, and for vectors.
        limit: seconds that a process may take.
        memory: GB that a process may address.
        warm: whether fits share their vectors.
    """

    def __init__(self, folder: Path, limit: float, memory: float, warm: bool) -> None:
        self._folder = folder
        self._limit = limit
        self._memory = int(memory * 1e9)
        self._warm = warm
        self.keep("first", forty_rows())

    def keep(self, name: str, products: Products) -> None:
        """Writes products for the processes to read."""
        self._file(name).write_bytes(pickle.dumps(products))

    def fit(self, contender: str, train: str, test: str = "", seed: int = 0) -> Figures:
        """The figures of one fit; empty where it came to no end."""
        command = [sys.executable, "-m", "benchmarks.one_fit", contender, self._file(train)]
        command += ["--first", self._file("first"), "--seed", str(seed)]
        command += ["--test", self._file(test)] if test else []
        with tempfile.TemporaryDirectory(dir=self._folder) as cache:
            process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
                env=os.environ | {"AISLE_CACHE": str(self._folder) if self._warm else cache},
                preexec_fn=lambda: resource.setrlimit(
                    resource.RLIMIT_AS, (self._memory, self._memory)
                ),
            )
            watch = Watch(process.pid)
            try:
                out, errors = process.communicate(timeout=self._limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                out, _ = process.communicate()
                errors = f"ended after {self._limit:.0f} s"
            watch.end()
        lines = out.splitlines()
        figures: Figures = json.loads(lines[-1]) if lines else {}
        if figures:
            figures["peak_gb"] = max(figures["peak_gb"], watch.peak_gb)
            shown = str({key: round(value, 4) for key, value in figures.items()})
        else:
            reason = (errors.strip().splitlines() or [f"status {process.returncode}"])[-1]
            shown = f"{reason}; {watch.cpu:.0f} s of CPU, peak {watch.peak_gb:.1f} GB"
        print(f"{contender}, {train}, seed {seed}: {shown}", flush=True)
        return figures

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.pickle"


class Watch:
    """Looks at a process and all below it.

    Attributes:
        peak_gb: their memory at its peak; pages that they share count once.
        cpu: seconds of processors until the last look.
    """

    def __init__(self, process: int) -> None:
        self.peak_gb = self.cpu = 0.0
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            family = family_of(self._process)
            self.peak_gb = max(self.peak_gb, sum(map(resident_gigabytes, family)))
            self.cpu = max(self.cpu, sum(map(cpu_seconds, family)))


def run(name: str, bench: Bench, plan: Plan) -> None:
    """Prints the two tables of figures."""
    products = TABLES[name].products()
    categories = len(np.unique(labels_of(products)))
    title = f"{name}: {len(products):,} rows, {categories:,} categories"
    bench.keep("whole", products)
    if TABLES[name].warm and plan.repeats:
        bench.fit("aisle", "whole")
    timed = [plan.turn(bench, "whole") for _ in range(plan.repeats)]
    if timed:
        print_timings(f"{title}; least, median of {plan.repeats}", timed)
    found = []
    for seed in range(plan.seeds):
        train, test = TABLES[name].parts(products, seed)
        bench.keep("train", train)
        bench.keep("test", test)
        found.append(plan.turn(bench, "train", "test", seed))
    if found:
        title += f"; {len(train):,} to learn from, {len(test):,} apart; {plan.seeds} seeds"
        print_quality(title, found)


def print_timings(title: str, turns: Sequence[Turn]) -> None:
    columns = ("wall", "cpu", "first", "peak_gb")
    rows = [(name, *(_low(_of(turns, name, key)) for key in columns)) for name in CONTENDERS]
    rows.append(("ratio", *(_low(_ratios(turns, key)) for key in ("wall", "cpu")), "", ""))
    header = ("", "wall s", "CPU s", "first fit of a process, 40 rows, s", "peak GB")
    print_table(title, header, rows)


def print_quality(title: str, turns: Sequence[Turn]) -> None:
    columns = ("accuracy", "log_loss", "coverage", "precision", "wall", "cpu")
    rows = [(name, *(_range(_of(turns, name, key)) for key in columns)) for name in CONTENDERS]
    header = ("", "accuracy", "log-loss", "assigned", "precision of these", "wall s", "CPU s")
    print_table(title, header, rows)


def _of(turns: Sequence[Turn], name: str, key: str) -> list[float]:
    return [turn[name][key] for turn in turns if key in turn.get(name, {})]


def _ratios(turns: Sequence[Turn], key: str) -> list[float]:
    """Each fit of aisle against the LinearSVC of its turn."""
    both = [turn for turn in turns if all(turn.get(name) for name in CONTENDERS)]
    return [turn["aisle"][key] / turn["LinearSVC"][key] for turn in both]


def _low(values: Sequence[float]) -> str:
    return f"{min(values):.2f}, {np.median(values):.2f}" if values else ""


def _range(values: Sequence[float]) -> str:
    return f"{np.mean(values):.4f} [{min(values):.4f}, {max(values):.4f}]" if values else ""


def _three_roots() -> Products:
    products = subset_1050(NAMES)
    labels = labels_of(products)
    rows = np.flatnonzero(np.isin(labels, np.unique(labels)[:3]))
    table = products.take(rows)
    return read_products(table.table, text=NAMES, label=table.columns.label, id=table.columns.id)


def _forty(products: Products) -> Products:
    """The first rows of each category in turn."""
    labels = labels_of(products)
    turns = [np.flatnonzero(labels == label)[:14] for label in np.unique(labels)]
    return products.take(np.sort(np.concatenate(turns))[:40])


if __name__ == "__main__":
    main(sys.argv[1:])
