"""What the base install weighs, and how quickly the command line answers."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np

from benchmarks.common import print_table

RUNS = 7


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        bare = megabytes(folder)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "."], check=True)
        listed = subprocess.run(
            [python, "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True
        ).stdout.split()
        packages = [name for name in listed if not name.startswith(("pip==", "setuptools=="))]
        times = []
        for _ in range(RUNS):
            started = time.perf_counter()
            subprocess.run([f"{folder}/bin/aisle", "--help"], check=True, capture_output=True)
            times.append(time.perf_counter() - started)
        print_table(
            f"base install, Python {sys.version.split()[0]}",
            ("figure", "value"),
            [
                ("packages, aisle among them", len(packages)),
                ("MB, without pip and setuptools", f"{megabytes(folder) - bare:.0f}"),
                ("aisle --help, s, median", f"{np.median(times):.2f}"),
            ],
        )


def megabytes(folder: str) -> float:
    files = (path for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 1e6


if __name__ == "__main__":
    main()
