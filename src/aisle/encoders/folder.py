"""The layout of a Hugging Face model repo: which of its files an encoder needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from aisle.errors import EncoderError
from aisle.schema import Modality

_ONNX = {
    Modality.TEXT: (
        "onnx/text_model_quantized.onnx",
        "onnx/text_model.onnx",
        "onnx/model_quantized.onnx",
        "onnx/model_int8.onnx",
        "onnx/model.onnx",
        "model_quantized.onnx",
        "model.onnx",
    ),
    Modality.IMAGE: (
        "onnx/vision_model.onnx",
        "onnx/vision_model_quantized.onnx",
        "onnx/model.onnx",
        "model.onnx",
        "onnx/model_quantized.onnx",
    ),
}
_SIDE_FILES = (
    "config.json",
    "modules.json",
    "tokenizer.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
    "preprocessor_config.json",
)


def needed_files(names: Iterable[str], modality: Modality) -> tuple[str, ...]:
    """The files of a repo that an encoder of this modality needs.

    The ONNX file is the int8 one for texts and the full one for pictures where both are there. A
    network of this modality alone comes before one that wants texts and pictures at once.

    Args:
        names: all file names of the repo, relative to its root.
        modality: what is to be encoded.

    Raises:
        EncoderError: there is neither an ONNX file nor a model2vec embedding.
    """
    there = set(names)
    onnx = next((name for name in _ONNX[modality] if name in there), None)
    if onnx is not None:
        weights = {onnx, f"{onnx}_data", f"{onnx}.data"} & there
    elif modality is Modality.TEXT and {"model.safetensors", "tokenizer.json"} <= there:
        weights = {"model.safetensors"}
    else:
        raise EncoderError(
            f"no ONNX file for {modality} among {', '.join(sorted(there)[:8]) or 'no files'};"
            f" one of {', '.join(_ONNX[modality])} was expected"
        )
    return tuple(sorted(weights | (set(_SIDE_FILES) & there)))


def files_in(root: Path, modality: Modality) -> tuple[Path, ...]:
    """The files under `root` that an encoder of this modality needs; see `needed_files`."""
    return tuple(root / name for name in needed_files(names_in(root), modality))


def names_in(root: Path) -> list[str]:
    """The names of all files under `root`, relative to it."""
    return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]


def onnx_file(files: Sequence[Path]) -> Path:
    """The network among the files of an encoder."""
    return next(path for path in files if path.suffix == ".onnx")


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is no file.

    Raises:
        EncoderError: the file is no JSON object.
    """
    if not path.exists():
        return {}
    try:
        value = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise EncoderError(f"{path} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise EncoderError(f"{path} is a JSON {type(value).__name__}; an object was expected")
    return value


def digest(files: Sequence[Path], *settings: object) -> str:
    """A fingerprint of file contents and settings, 32 hexadecimal digits."""
    state = hashlib.blake2b(repr(settings).encode(), digest_size=16)
    for path in files:
        state.update(path.name.encode())
        state.update(path.read_bytes())
    return state.hexdigest()


def open_session(model: Path | bytes) -> ort.InferenceSession:
    """Opens an ONNX file on the CPU, to run on one core.

    Several runs at a time on one core each are faster than one after the other on all cores: the
    cores need not wait for each other within a layer.

    Args:
        model: the file, or what it holds.

    Raises:
        EncoderError: ONNX Runtime cannot load it.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    try:
        return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises one class a cause, without a common base
        reason = str(error).partition("\n")[0]
        name = "the network" if isinstance(model, bytes) else model
        raise EncoderError(f"{name} cannot be loaded by ONNX Runtime: {reason}") from error


def run_session(
    session: ort.InferenceSession, name: str, output: str, feed: dict[str, NDArray[Any]]
) -> NDArray[np.float32]:
    """One output of a network.

    Args:
        session: the network.
        name: of the encoder, for the error.
        output: the output's name.
        feed: the inputs by name.

    Raises:
        EncoderError: ONNX Runtime cannot run it on these inputs.
    """
    try:
        return np.asarray(session.run([output], feed)[0], dtype=np.float32)
    except Exception as error:  # one class a cause again
        reason = str(error).partition("\n")[0]
        raise EncoderError(f"{name} cannot be run by ONNX Runtime: {reason}") from error
