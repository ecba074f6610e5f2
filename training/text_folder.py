"""Writes the embedding as model2vec reads it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save
from tokenizers import Tokenizer

from training.text_bags import Array
from training.text_vocabulary import SPECIAL


def write_folder(to: Path, tokenizer: Tokenizer, vectors: Array, steps: float) -> None:
    """Writes config.json, model.safetensors and tokenizer.json; a file at a time is replaced.

    Args:
        to: the folder, made where it does not exist.
        tokenizer: its pieces number the vectors.
        vectors: (vocabulary, d).
        steps: the whole numbers that stand for the values' standard deviation. Few of them take
            few bytes in a zip file, and over the many values of a text the rounding evens out.
    """
    to.mkdir(parents=True, exist_ok=True)
    scaled = np.rint(vectors * (steps / np.sqrt(np.mean(np.square(vectors)))))
    rounded = np.clip(scaled, -127, 127).astype(np.int8)
    rounded[: len(SPECIAL)] = 0
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "tokenizer_name": "aisle-mini-text",
        "hidden_dim": rounded.shape[1],
        "normalize": True,
        "max_length": None,
    }
    _replace(to / "model.safetensors", save({"embeddings": rounded}))
    _replace(to / "tokenizer.json", tokenizer.to_str().encode())
    _replace(to / "config.json", f"{json.dumps(config, indent=2)}\n".encode())


def zipped_size(folder: Path) -> int:
    """The bytes that a folder takes in a wheel."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return len(target.getvalue())


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content)
    draft.replace(path)
