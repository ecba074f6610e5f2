"""An encoder's name to the folder with its files: a local folder, or a repo of the hub."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from aisle.encoders.folder import needed_files
from aisle.errors import EncoderError
from aisle.pack import packed
from aisle.schema import Modality

Choice = Callable[[Iterable[str]], Sequence[str]]
"""Of all file names of a repo, relative to its root, those that are needed."""

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
