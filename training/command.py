"""The command line that the training scripts share."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Where a training script reads and writes.

    Attributes:
        data: products and photos.
        models: the teachers.
        work: intermediate results; it is made.
        to: the trained model.
    """

    data: Path
    models: Path
    work: Path
    to: Path


def read_folders(description: str | None, to: Path) -> Folders:
    """The folders that the command line names; `to` is where the model goes by default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="products and photos")
    parser.add_argument("--models", type=Path, required=True, help="the teachers")
    parser.add_argument("--work", type=Path, required=True, help="for intermediate results")
    parser.add_argument("--to", type=Path, default=to)
    folders = Folders(**vars(parser.parse_args()))
    folders.work.mkdir(parents=True, exist_ok=True)
    return folders
