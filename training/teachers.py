"""The outputs of the teachers for every photo: a map of features, and one vector for the whole."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tqdm import tqdm

from training.photos import square

Half = NDArray[np.float16]

_SIDE = 224
_BATCH = 16
VIT, MOBILENET = "vit-tiny-patch16-224", "mobilenet-v1-1.0-224"


def run_teacher(models: Path, teacher: str, paths: Sequence[Path], into: Path) -> None:
    """Writes NAME.maps.npy (n, side, side, d) and NAME.whole.npy (n, d), float16."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(models / teacher / "onnx/model.onnx", options)
    batches = [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]

    def run(batch: Sequence[Path]) -> tuple[Half, Half]:
        pixels = np.stack([np.asarray(square(path, _SIDE), np.float32) for path in batch])
        feed = {"pixel_values": (pixels / 127.5 - 1).transpose(0, 3, 1, 2)}
        maps, whole = session.run(["last_hidden_state", "pooler_output"], feed)
        return _as_map(maps).astype(np.float16), whole.astype(np.float16)

    with ThreadPoolExecutor(2) as pool:
        seen = list(tqdm(pool.map(run, batches), teacher, len(batches), mininterval=20))
    np.save(into / f"{teacher}.maps.npy", np.concatenate([maps for maps, _ in seen]))
    np.save(into / f"{teacher}.whole.npy", np.concatenate([whole for _, whole in seen]))


def _as_map(output: NDArray[np.float32]) -> NDArray[np.float32]:
    """(b, side, side, d) of a transformer's patches, or of a convolution's (b, d, side, side)."""
    if output.ndim == 4:
        return output.transpose(0, 2, 3, 1)
    side = int((output.shape[1] - 1) ** 0.5)
    return output[:, 1:].reshape(len(output), side, side, -1)
