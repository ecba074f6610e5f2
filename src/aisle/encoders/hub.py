"""An encoder's name to the files that it consists of: a local folder, or a repo of the hub."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aisle.errors import EncoderError
from aisle.pack import packed
from aisle.schema import Modality

Choice = Callable[[Iterable[str]], Sequence[str]]
"""Of all file names of a repo, relative to its root, those that are needed."""

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
_SIGNS = {"tokenizer.json": Modality.TEXT, "preprocessor_config.json": Modality.IMAGE}
_REPO = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")


def locate(spec: str | Path, modality: Modality) -> Path:
    """The folder that holds an encoder.

    Args:
        spec: the name of an encoder inside the package, a local folder, or a repo id with an
            optional revision: "org/name@revision". Only the files that are needed are fetched; with
            HF_HUB_OFFLINE=1 none are.
        modality: what is to be encoded.

    Raises:
        EncoderError: there is no such folder or repo, or it cannot be fetched.
    """
    return locate_files(spec, partial(needed_files, modality=modality))


def modalities_of(spec: str | Path) -> tuple[Modality, ...]:
    """What an encoder can read, by its files.

    Texts need a tokenizer. Pictures come with a `preprocessor_config.json`; an encoder that has
    neither of the two files is one of pictures, too.

    Args:
        spec: see `locate`.

    Raises:
        EncoderError: there is no such folder or repo, or it cannot be fetched.
    """
    folder = locate_files(spec, lambda names: [name for name in _SIGNS if name in names])
    found = [modality for name, modality in _SIGNS.items() if (folder / name).is_file()]
    return tuple(found or [Modality.IMAGE])


def locate_files(spec: str | Path, needed: Choice) -> Path:
    """The folder that holds the chosen files of a repo, or a local folder as it is.

    Args:
        spec: see `locate`.
        needed: chooses among the files of a repo of the hub.

    Raises:
        EncoderError: there is no such folder or repo, or it cannot be fetched.
    """
    inside = packed(spec)
    if inside:
        return inside
    path = Path(spec)
    if path.is_dir():
        return path
    if path.exists() or not _REPO.fullmatch(str(spec)):
        raise EncoderError(
            f"{spec} is neither a folder nor a repo id; give a folder, or org/name of the hub"
        )
    repo, _, revision = str(spec).partition("@")
    return _fetch(repo, revision or "main", needed)


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


def _cached(repo: str, revision: str) -> Path:
    """The folder with the files that were fetched before, whichever they are."""
    import huggingface_hub as hub

    return Path(
        hub.snapshot_download(repo, revision=revision, local_files_only=True, allow_patterns=[])
    )


def _fetch(repo: str, revision: str, needed: Choice) -> Path:
    import httpx2
    import huggingface_hub as hub
    from huggingface_hub import constants, errors

    try:
        if constants.is_offline_mode():
            return _cached(repo, revision)
        try:
            info = hub.HfApi().model_info(repo, revision=revision)
        except httpx2.TransportError:
            return _cached(repo, revision)
        names = [entry.rfilename for entry in info.siblings or []]
        chosen = list(needed(names))
        return Path(hub.snapshot_download(repo, revision=revision, allow_patterns=chosen))
    except errors.RepositoryNotFoundError as error:
        raise EncoderError(f"the hub has no repo {repo!r} that you may read") from error
    except errors.RevisionNotFoundError as error:
        raise EncoderError(f"the repo {repo!r} has no revision {revision!r}") from error
    except errors.LocalEntryNotFoundError as error:
        raise EncoderError(
            f"{repo!r} is not in the local cache and the hub cannot be reached;"
            " fetch it once with network access"
        ) from error
    except (errors.HFValidationError, httpx2.HTTPError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise EncoderError(f"{repo!r} cannot be fetched from the hub: {reason}") from error
