"""A fitted model to the contents of its folder, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.answers.memory import Memory
from aisle.data.columns import Columns
from aisle.errors import ModelError
from aisle.experts.calibration import SigmoidCalibration
from aisle.experts.discriminant import DiscriminantExpert
from aisle.experts.kernel import KernelExpert
from aisle.experts.linear import LinearExpert
from aisle.experts.neighbours import Neighbours
from aisle.experts.sampled import SampledLinearExpert
from aisle.experts.tfidf import TfidfFeatures
from aisle.panel.panel import Panel, Seat, Verdict
from aisle.panel.weighing import PATTERNS, Pattern, Weighing, pattern_name
from aisle.schema import CategoryPath, Modality
from aisle.sources import ImageSource, Source, TextSource, TfidfSource, built_in
from aisle.storage.folder import Contents
from aisle.storage.records import read_as
from aisle.taxonomy import Taxonomy

KnownExpert = LinearExpert | SampledLinearExpert | KernelExpert | DiscriminantExpert

_EXPERTS: dict[str, type[KnownExpert]] = {
    "linear": LinearExpert,
    "sampled linear": SampledLinearExpert,
    "kernel": KernelExpert,
    "discriminant": DiscriminantExpert,
}


@dataclass(frozen=True)
class FitReport:
    """What a user should know of a fit.

    Attributes:
        rows: how many products were learned from.
        categories: how many categories there are.
        folds: in how many parts products were held out in turn.
        split: what was kept together in a part.
        leaked: how many rows random parts would have tested with a near-duplicate in training.
        notes: what else there is to know, a line each.
        seconds: how long it took.
    """

    rows: int
    categories: int
    folds: int
    split: str
    leaked: int
    notes: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Settings:
    """What a classifier was made with."""

    text_encoders: tuple[str, ...]
    image_encoders: tuple[str, ...]
    precision: float
    split: str
    seed: int


@dataclass(frozen=True)
class Fitted:
    """All that a classifier has learned, how, and the columns it learned from."""

    settings: Settings
    columns: Columns
    taxonomy: Taxonomy
    sources: Sequence[Source]
    panel: Panel
    memory: Memory
    report: FitReport


@dataclass(frozen=True)
class _SeatRecord:
    name: str
    modality: str
    expert: str
    folder: str | None


@dataclass(frozen=True)
class _Description:
    settings: Settings
    columns: Columns
    categories: tuple[CategoryPath, ...]
    seats: tuple[_SeatRecord, ...]
    verdicts: dict[str, Verdict]
    kept: tuple[tuple[str, str, CategoryPath], ...]
    report: FitReport


def pack(fitted: Fitted) -> Contents:
    """What goes into the model folder."""
    arrays: dict[str, Any] = {}
    terms: dict[str, list[str]] = {}
    files: dict[str, Path] = {}
    panel = fitted.panel
    seats = []
    for index, source in enumerate(fitted.sources):
        expert = panel.experts_[index]
        kind = next(kind for kind, one in _EXPERTS.items() if isinstance(expert, one))
        folder = None
        arrays |= _prefixed(f"expert{index}", expert.state())
        arrays |= _prefixed(f"calibration{index}", panel.weighing_.calibrations_[index].state())
        arrays |= _prefixed(f"neighbours{index}", fitted.memory.neighbours[index].state())
        if isinstance(source, TfidfSource):
            terms, rarities = source.features.state()
            arrays |= _prefixed("tfidf", rarities)
        elif isinstance(source, TextSource | ImageSource) and source.encoder.root:
            root, folder = source.encoder.root, f"encoders/{source.name}"
            files |= {f"{folder}/{p.relative_to(root)}": p for p in source.encoder.files}
        seats.append(_SeatRecord(source.name, source.modality, kind, folder))
    arrays |= {f"weights/{pattern_name(p)}": w for p, w in panel.weights_.items()}
    description = _Description(
        settings=fitted.settings,
        columns=fitted.columns,
        categories=fitted.taxonomy.categories,
        seats=tuple(seats),
        verdicts={pattern_name(p): verdict for p, verdict in panel.verdicts_.items()},
        kept=tuple(fitted.memory.products),
        report=fitted.report,
    )
    return Contents(asdict(description), arrays, terms, files)


def unpack(contents: Contents, folder: Path) -> Fitted:
    """The learned parts of a model folder.

    Raises:
        ModelError: a part is missing or of another kind than expected.
    """
    try:
        return _unpack(contents, folder)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, StopIteration) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ModelError(f"{folder} is damaged ({reason}); fit the model again") from error


def _unpack(contents: Contents, folder: Path) -> Fitted:
    description: _Description = read_as(_Description, contents.description)
    arrays = {name: _in_full(array) for name, array in contents.arrays.items()}
    sources = [_source(seat, contents, folder) for seat in description.seats]
    seats = [Seat(source.name, source.modality, source.make) for source in sources]
    panel = Panel(seats, description.settings.precision)
    panel.experts_ = [
        _expert(seat.expert, _under(f"expert{index}", arrays))
        for index, seat in enumerate(description.seats)
    ]
    panel.weighing_ = Weighing([source.modality for source in sources])
    panel.weighing_.calibrations_ = [
        SigmoidCalibration.from_state(_under(f"calibration{index}", arrays))
        for index in range(len(sources))
    ]
    panel.verdicts_ = {_pattern(name): one for name, one in description.verdicts.items()}
    panel.weights_ = {
        _pattern(name): weights for name, weights in _under("weights", arrays).items()
    }
    neighbours = [
        Neighbours.from_state(_under(f"neighbours{index}", arrays)) for index in range(len(sources))
    ]
    fitted = Fitted(
        settings=description.settings,
        columns=description.columns,
        taxonomy=Taxonomy(description.categories),
        sources=sources,
        panel=panel,
        memory=Memory(list(description.kept), neighbours),
        report=description.report,
    )
    _check(fitted)
    return fitted


def _check(fitted: Fitted) -> None:
    """Whether the parts fit together.

    Raises:
        ValueError: they do not.
    """
    panel, count = fitted.panel, len(fitted.taxonomy)
    shapes = {weights.shape for weights in panel.weights_.values()}
    sizes = {calibration.biases_.shape for calibration in panel.weighing_.calibrations_}
    if shapes != {(len(fitted.sources), count)} or sizes != {(count,)}:
        raise ValueError(f"weights do not fit {count} categories")
    if len(set(fitted.taxonomy.categories)) < count or () in fitted.taxonomy.categories:
        raise ValueError("a category is empty or stands twice")
    if panel.weights_.keys() != panel.verdicts_.keys():
        raise ValueError("weights do not fit the verdicts")
    last = max((int(one.rows_.max(initial=-1)) for one in fitted.memory.neighbours), default=-1)
    if last >= len(fitted.memory.products):
        raise ValueError("similar products are not all there")


def _source(seat: _SeatRecord, contents: Contents, folder: Path) -> Source:
    if seat.name == TfidfSource.name:
        rarities = _under("tfidf", contents.arrays)
        sizes = {name: len(terms) for name, terms in contents.terms.items()}
        if sizes != {name: len(values) for name, values in rarities.items()}:
            raise ValueError("terms do not fit their rarities")
        return TfidfSource(TfidfFeatures.from_state(contents.terms, rarities))
    if seat.folder is None:
        return built_in(seat.name)
    if not any(name.startswith(f"{seat.folder}/") for name in contents.files):
        raise ModelError(f"{folder} lacks the encoder {seat.name}; copy or fit the model again")
    make = TextSource if Modality(seat.modality) is Modality.TEXT else ImageSource
    return make(folder / seat.folder, seat.name)


def _expert(kind: str, state: dict[str, Any]) -> KnownExpert:
    expert = _EXPERTS[kind].from_state(state)
    if expert.state().keys() != state.keys():
        raise ValueError(f"the arrays are of another expert than {kind}")
    return expert


def _in_full(array: NDArray[Any]) -> NDArray[Any]:
    """Arrays may be kept in half precision, but nothing computes in it."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _pattern(name: str) -> Pattern:
    return next(pattern for pattern in PATTERNS if pattern_name(pattern) == name)


def _prefixed(prefix: str, arrays: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def _under(prefix: str, arrays: dict[str, Any]) -> dict[str, Any]:
    start = f"{prefix}/"
    return {name[len(start) :]: array for name, array in arrays.items() if name.startswith(start)}
