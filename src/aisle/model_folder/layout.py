"""The model folder: JSON, safetensors and the encoders' own files; nothing that runs code.

MODEL/
  aisle.json           the version of this layout, and the SHA-256 of every other file
  model.json           what the model is
  arrays.safetensors   all that was learned, and out-of-fold answers
  terms.json           the words behind the columns of TF-IDF features, and of vocabularies
  members/NAME/…       the files of an expert and its featurizer: encoders, networks
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from aisle.errors import ModelError, OutputError
from aisle.files import check_writable, write_folder

FORMAT = 6
"""The version of the layout; another one is refused."""

_MANIFEST = "aisle.json"
_DESCRIPTION = "model.json"
_ARRAYS = "arrays.safetensors"
_TERMS = "terms.json"


@dataclass(frozen=True)
class Contents:
    """What a model folder holds.

    Attributes:
        description: the model as JSON, without arrays.
        arrays: all arrays, by a path-like name.
        terms: lists of words, by name.
        files: files that lie in the folder, by their path in it, to where they are now, or to what
            they hold.
    """

    description: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    terms: dict[str, list[str]]
    files: Mapping[str, Path | bytes]


def write_model(contents: Contents, to: Path) -> None:
    """Writes a model folder; it is there whole or not at all.

    Raises:
        OutputError: it cannot be written, or something else stands at `to`.
    """
    check_target(to)
    try:
        with write_folder(to) as folder:
            _write_files(contents, folder)
    except SafetensorError as error:
        raise OutputError(f"the model cannot be written to {to}: {error}") from error


def check_target(to: Path) -> bool:
    """Whether a model stands at `to`, which writing would replace.

    Raises:
        OutputError: it cannot be written, or something else stands there.
    """
    is_model = (to / _MANIFEST).is_file()
    if to.exists() and not is_model and (to.is_file() or any(to.iterdir())):
        raise OutputError(f"{to} exists and is no aisle model; choose another folder")
    check_writable(to)
    return is_model


def read_model(folder: Path) -> Contents:
    """Reads a model folder after checking its format and every digest. Opens no network.

    Raises:
        ModelError: there is no model, it is of a newer format, cut off or changed.
    """
    digests = _read_manifest(folder).get("digests")
    if not isinstance(digests, dict) or not {_DESCRIPTION, _ARRAYS, _TERMS} <= digests.keys():
        raise ModelError(f"{folder}/{_MANIFEST} lists no files; the model is damaged, fit it again")
    files = {name: _checked(folder, name, digest) for name, digest in digests.items()}
    try:
        description = _read_json(files.pop(_DESCRIPTION))
        arrays = load(files.pop(_ARRAYS).read_bytes())
        terms = _read_json(files.pop(_TERMS))
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ModelError(f"{folder} is damaged: {error}; fit the model again") from error
    return Contents(description, arrays, terms, files)


def _write_files(contents: Contents, folder: Path) -> None:
    arrays = {name: np.ascontiguousarray(array) for name, array in contents.arrays.items()}
    (folder / _ARRAYS).write_bytes(save(arrays))
    _write_json(contents.description, folder / _DESCRIPTION)
    _write_json(contents.terms, folder / _TERMS)
    for name, source in contents.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, bytes):
            target.write_bytes(source)
        else:
            shutil.copyfile(source, target)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = {path.relative_to(folder).as_posix(): _digest(path) for path in files}
    _write_json({"format": FORMAT, "digests": digests}, folder / _MANIFEST)


def _write_json(value: object, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _read_json(path: Path) -> dict[str, Any]:
    value = json.loads(path.read_text("utf-8"))
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} holds no JSON object")
    return value


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / _MANIFEST
    if not path.is_file():
        raise ModelError(
            f"{folder} is no aisle model (no {_MANIFEST}); give a folder that fit wrote"
        )
    try:
        manifest = _read_json(path)
    except (ValueError, OSError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read: {error}; fit the model again") from error
    version = manifest.get("format")
    if not isinstance(version, int):
        raise ModelError(f"{path} names no format; give a folder that fit wrote")
    if version != FORMAT:
        remedy = "update it" if version > FORMAT else "fit the model again"
        raise ModelError(
            f"{folder} has the model format {version}; this aisle reads {FORMAT}, {remedy}"
        )
    return manifest


def _checked(folder: Path, name: str, digest: object) -> Path:
    """The file of that name, if it lies in the folder and is what was written."""
    pure = PurePosixPath(name)
    path = folder / pure
    try:
        inside, there = path.resolve().is_relative_to(folder.resolve()), path.is_file()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL character, a loop of links
        inside = there = False
    if pure.is_absolute() or ".." in pure.parts or not inside:
        raise ModelError(f"{folder} names the file {name!r} outside of itself; it is not loaded")
    if not there:
        raise ModelError(f"{folder} lacks {name}; the model is cut off, copy or fit it again")
    if _digest(path) != digest:
        raise ModelError(f"{folder}/{name} is not what fit wrote; copy or fit the model again")
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
