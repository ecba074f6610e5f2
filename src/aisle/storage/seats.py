"""One seat of the panel, a source and its expert, to what a model folder holds of it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aisle.encoders.base import ImageEncoder, TextEncoder
from aisle.errors import ModelError
from aisle.experts.discriminant import DiscriminantExpert
from aisle.experts.kernel import KernelExpert
from aisle.experts.linear import LinearExpert
from aisle.experts.network import NetworkExpert
from aisle.experts.sampled import SampledLinearExpert
from aisle.experts.tfidf import TfidfFeatures
from aisle.networks.vocabulary import Vocabulary
from aisle.recipes import NetworkRecipe
from aisle.schema import modality_set_name
from aisle.sources.base import IMAGE, TEXT, Source
from aisle.sources.inputs import Maps, Words
from aisle.sources.network import NetworkSource
from aisle.sources.vectors import ImageSource, TextSource, built_in
from aisle.sources.words import TfidfSource
from aisle.storage.folder import Contents

KnownExpert = LinearExpert | SampledLinearExpert | KernelExpert | DiscriminantExpert | NetworkExpert

_EXPERTS: dict[str, type[KnownExpert]] = {
    "linear": LinearExpert,
    "sampled linear": SampledLinearExpert,
    "kernel": KernelExpert,
    "discriminant": DiscriminantExpert,
    "network": NetworkExpert,
}
_ONNX = "onnx"


@dataclass(frozen=True)
class SeatRecord:
    """What a description says of a seat.

    Attributes:
        name: of its source.
        needs: what it looks at, as `modality_set_name` writes it.
        expert: the kind of expert.
        folder: where its encoder lies; None where it has none, or one inside the package.
    """

    name: str
    needs: str
    expert: str
    folder: str | None


@dataclass
class Parts:
    """What goes into a model folder beside its description; see `Contents`."""

    arrays: dict[str, Any] = field(default_factory=dict)
    terms: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, Path | bytes] = field(default_factory=dict)


def pack_seat(index: int, source: Source, expert: object, parts: Parts) -> SeatRecord:
    """Adds a seat to the parts, and says what the description keeps of it."""
    kind = next(kind for kind, one in _EXPERTS.items() if isinstance(expert, one))
    state = expert.state() if isinstance(expert, KnownExpert) else {}
    if _ONNX in state:
        parts.files[_network_file(source.name)] = state.pop(_ONNX).tobytes()
    parts.arrays |= prefixed(f"expert{index}", state)
    if isinstance(source, TfidfSource):
        terms, rarities = source.features.state()
        parts.terms |= terms
        parts.arrays |= prefixed("tfidf", rarities)
    if isinstance(source, NetworkSource) and source.words:
        terms, numbers = source.words.vocabulary.state()
        parts.terms |= prefixed(source.name, terms)
        parts.arrays |= prefixed(f"vocabulary{index}", numbers)
    folder = _pack_encoder(source, parts)
    return SeatRecord(source.name, modality_set_name(source.needs), kind, folder)


def unpack_source(
    index: int,
    record: SeatRecord,
    contents: Contents,
    root: Path,
    networks: Mapping[str, NetworkRecipe],
) -> Source:
    """The source of a seat.

    Args:
        index: of the seat.
        record: what the description says of it.
        contents: of the model folder.
        root: the model folder.
        networks: how networks were made, by name.

    Raises:
        ModelError: its encoder is not in the folder.
    """
    if record.folder and not any(one.startswith(f"{record.folder}/") for one in contents.files):
        raise ModelError(f"{root} lacks the encoder {record.name}; copy or fit the model again")
    if record.name in networks:
        recipe = networks[record.name]
        words = Words(_vocabulary(index, record, contents)) if recipe.needs >= TEXT else None
        maps = _maps(record, root) if recipe.needs >= IMAGE else None
        return NetworkSource(recipe, 0, words, maps)
    if record.name == TfidfSource.name:
        return TfidfSource(_tfidf(contents))
    if record.folder is None:
        return built_in(record.name)
    make = TextSource if record.needs == modality_set_name(TEXT) else ImageSource
    return make(root / record.folder, record.name)


def unpack_expert(index: int, record: SeatRecord, contents: Contents) -> KnownExpert:
    """The expert of a seat.

    Raises:
        ValueError: the arrays are those of another kind.
    """
    state = under(f"expert{index}", contents.arrays)
    if record.expert == "network":
        file = contents.files[_network_file(record.name)]
        onnx = file if isinstance(file, bytes) else file.read_bytes()
        state[_ONNX] = np.frombuffer(onnx, dtype=np.uint8)
    expert = _EXPERTS[record.expert].from_state(state)
    if expert.state().keys() != state.keys():
        raise ValueError(f"the arrays are of another expert than {record.expert}")
    return expert


def prefixed(prefix: str, named: Mapping[str, Any]) -> dict[str, Any]:
    """The same values under longer names."""
    return {f"{prefix}/{name}": value for name, value in named.items()}


def under(prefix: str, named: Mapping[str, Any]) -> dict[str, Any]:
    """The values that `prefixed` named, by their own names."""
    start = f"{prefix}/"
    return {name[len(start) :]: value for name, value in named.items() if name.startswith(start)}


def _pack_encoder(source: Source, parts: Parts) -> str | None:
    encoder: TextEncoder | ImageEncoder | None = None
    if isinstance(source, TextSource | ImageSource):
        encoder = source.encoder
    elif isinstance(source, NetworkSource) and source.maps:
        encoder = source.maps.backbone
    if encoder is None or encoder.root is None:
        return None
    folder = f"encoders/{source.name}"
    parts.files |= {f"{folder}/{p.relative_to(encoder.root)}": p for p in encoder.files}
    return folder


def _tfidf(contents: Contents) -> TfidfFeatures:
    rarities = under("tfidf", contents.arrays)
    terms = {name: words for name, words in contents.terms.items() if "/" not in name}
    if {name: len(words) for name, words in terms.items()} != {
        name: len(values) for name, values in rarities.items()
    }:
        raise ValueError("terms do not fit their rarities")
    return TfidfFeatures.from_state(terms, rarities)


def _vocabulary(index: int, record: SeatRecord, contents: Contents) -> Vocabulary:
    terms = under(record.name, contents.terms)
    return Vocabulary.from_state(terms, under(f"vocabulary{index}", contents.arrays))


def _maps(record: SeatRecord, root: Path) -> Maps:
    if record.folder is None:
        raise ValueError(f"{record.name} names no frozen network")
    return Maps(root / record.folder)


def _network_file(name: str) -> str:
    return f"networks/{name}.onnx"
