"""Text encoders: a transformer in ONNX, or a static embedding."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from aisle.encoders.base import Array
from aisle.encoders.hub import digest, files_in, onnx_file, read_json
from aisle.encoders.onnx_runtime import OnnxSession
from aisle.errors import EncoderError
from aisle.parallel import in_parallel
from aisle.schema import Modality

if TYPE_CHECKING:
    from model2vec import StaticModel

MAX_CHARACTERS = 20_000
"""Text after these is not read: no encoder's window is that long."""

_DEFAULT_WINDOW = 256


class OnnxTextEncoder:
    """A transformer with mean or first-token pooling, as sentence-transformers saves it.

    Each text runs alone: nothing is padded, and a network quantised dynamically, whose scales
    depend on all that is in the batch, gives a text the same vector wherever it stands.

    Args:
        root: a folder with an ONNX file and `tokenizer.json`.
        name: what to call it; the folder's name by default.
    """

    def __init__(self, root: Path, name: str = "") -> None:
        self.root = root
        self.name = name or root.name
        self.files = files_in(root, Modality.TEXT)
        self.window = _window(root)
        pooling = read_json(root / "1_Pooling" / "config.json")
        self._first_token = bool(pooling.get("pooling_mode_cls_token", False))
        self._tokenizer = _load_tokenizer(root, self.window)
        self._session = OnnxSession(onnx_file(self.files), self.name)
        self._output = next(iter(self._session.outputs))

    @property
    def note(self) -> str:
        """The window, in words."""
        return f"{self.name} reads the first {self.window} tokens of a product, the title first"

    @cached_property
    def fingerprint(self) -> str:
        """Of the files and the window."""
        return digest(self.files, "onnx-text", self.window)

    def encode(self, texts: Sequence[str]) -> Array:
        """(n, d) vectors of unit length."""
        return np.stack(in_parallel(self._encode_one, texts))

    def _encode_one(self, text: str) -> Array:
        encoding = self._tokenizer.encode(text[:MAX_CHARACTERS])
        fields = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        feed = {
            name: np.array([values], dtype=np.int64)
            for name, values in fields.items()
            if name in self._session.inputs
        }
        tokens = self._session.run(self._output, feed)[0]
        if tokens.ndim == 2:
            tokens = tokens[0] if self._first_token else tokens.mean(axis=0)
        return np.asarray(tokens / max(float(np.linalg.norm(tokens)), 1e-9), dtype=np.float32)


class StaticTextEncoder:
    """A static word-piece embedding (model2vec): fast, and blind to word order.

    Args:
        root: a folder as model2vec saves it.
        name: what to call it; the folder's name by default.
    """

    def __init__(self, root: Path, name: str = "") -> None:
        self.root = root
        self.name = name or root.name
        self.files = files_in(root, Modality.TEXT)
        try:
            self._model = _load_static(root)
        except Exception as error:  # whatever a damaged file leads the library to
            reason = str(error).partition("\n")[0]
            raise EncoderError(f"{root} cannot be loaded by model2vec: {reason}") from error

    note = ""

    @cached_property
    def fingerprint(self) -> str:
        """Of the files."""
        return digest(self.files, "static-text")

    def encode(self, texts: Sequence[str]) -> Array:
        """(n, d) vectors; zeros where no word piece is known."""
        cut = [text[:MAX_CHARACTERS] for text in texts]
        return np.asarray(self._model.encode(cut), dtype=np.float32)


def open_text_encoder(root: Path, name: str = "") -> OnnxTextEncoder | StaticTextEncoder:
    """The text encoder in a folder, by what the folder holds."""
    if any(path.suffix == ".onnx" for path in files_in(root, Modality.TEXT)):
        return OnnxTextEncoder(root, name)
    return StaticTextEncoder(root, name)


def _load_static(root: Path) -> StaticModel:
    """As `StaticModel.from_pretrained`, which imports a client of the hub to read a folder."""
    from model2vec import StaticModel

    arrays = load_file(root / "model.safetensors")
    return StaticModel(
        arrays["embeddings" if "embeddings" in arrays else "embedding.weight"],
        Tokenizer.from_file(str(root / "tokenizer.json")),
        normalize=bool(read_json(root / "config.json").get("normalize", False)),
        weights=arrays.get("weights"),
        token_mapping=arrays.get("mapping"),
        max_length=None,
    )


def _window(root: Path) -> int:
    """The window that the repo was trained with, else a usual one that its positions allow."""
    window = read_json(root / "sentence_bert_config.json").get("max_seq_length")
    if window is None:
        config = read_json(root / "config.json")
        text_config = config.get("text_config")
        of_text = text_config if isinstance(text_config, dict) else config
        positions = of_text.get("max_position_embeddings")
        return min(_DEFAULT_WINDOW, positions) if isinstance(positions, int) else _DEFAULT_WINDOW
    if not isinstance(window, int) or window < 1:
        raise EncoderError(
            f"{root}/sentence_bert_config.json: max_seq_length is {window!r}; a number was expected"
        )
    return window


def _load_tokenizer(root: Path, window: int) -> Tokenizer:
    path = root / "tokenizer.json"
    if not path.exists():
        raise EncoderError(f"{root} has no tokenizer.json; save the repo with a fast tokenizer")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise EncoderError(f"{path} is no tokenizer: {str(error)[:120]}") from error
    tokenizer.enable_truncation(window)
    tokenizer.no_padding()
    return tokenizer
