"""Writes down the digests of the files inside the package: `python -m training.release`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from aisle.pack import FLIPKART

RECORD = Path(__file__).with_name("released.json")


def main() -> None:
    """The SHA-256 of every file, by its path in the package."""
    pack = FLIPKART.parent
    files = sorted(
        path for path in pack.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    )
    digests = {
        path.relative_to(pack).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    RECORD.write_text(json.dumps(digests, indent=1) + "\n")
    for name, path in zip(digests, files, strict=True):
        print(f"{path.stat().st_size:>10,}  {name}")


if __name__ == "__main__":
    main()
