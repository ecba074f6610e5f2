"""A fitted model to the contents of its folder, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.answers.memory import Memory
from aisle.data.columns import Columns
from aisle.errors import ModelError
from aisle.experts.calibration import SigmoidCalibration
from aisle.experts.neighbours import Neighbours
from aisle.networks.settings import NetworkRecipe
from aisle.panel.held import check_predictions
from aisle.panel.panel import Panel, Seat
from aisle.panel.verdict import Verdict
from aisle.panel.weighing import PATTERNS, Pattern, Weighing
from aisle.schema import CategoryPath, ReferenceProduct, modality_set_name
from aisle.sources.base import Source
from aisle.storage.folder import Contents
from aisle.storage.records import read_as
from aisle.storage.seats import (
    Parts,
    SeatRecord,
    pack_seat,
    prefixed,
    under,
    unpack_expert,
    unpack_source,
)
from aisle.summary import FitReport, OofPredictions
from aisle.taxonomy import Taxonomy


@dataclass(frozen=True)
class Settings:
    """What a classifier was made with."""

    text_encoders: tuple[str, ...]
    image_encoders: tuple[str, ...]
    networks: tuple[NetworkRecipe, ...]
    tfidf: bool
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
class _Description:
    settings: Settings
    columns: Columns
    categories: tuple[CategoryPath, ...]
    seats: tuple[SeatRecord, ...]
    verdicts: dict[str, Verdict]
    kept: tuple[ReferenceProduct, ...]
    report: FitReport


def pack(fitted: Fitted) -> Contents:
    """What goes into the model folder."""
    parts = Parts()
    panel = fitted.panel
    seats = []
    for index, source in enumerate(fitted.sources):
        seats.append(pack_seat(index, source, panel.experts_[index], parts))
        calibration = panel.weighing_.calibrations_[index]
        parts.arrays |= prefixed(f"calibration{index}", calibration.state())
        parts.arrays |= prefixed(f"neighbours{index}", fitted.memory.neighbours[index].state())
    parts.arrays |= {f"weights/{modality_set_name(p)}": w for p, w in panel.weights_.items()}
    for pattern, held in panel.held_answers_.items():
        parts.arrays |= prefixed(_held(modality_set_name(pattern)), vars(held))
    description = _Description(
        settings=fitted.settings,
        columns=fitted.columns,
        categories=fitted.taxonomy.categories,
        seats=tuple(seats),
        verdicts={modality_set_name(p): verdict for p, verdict in panel.verdicts_.items()},
        kept=tuple(fitted.memory.products),
        report=fitted.report,
    )
    return Contents(asdict(description), parts.arrays, parts.terms, parts.files)


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
    settings = description.settings
    arrays = {name: _in_full(array) for name, array in contents.arrays.items()}
    contents = replace(contents, arrays=arrays)
    records = list(enumerate(description.seats))
    networks = {recipe.name: recipe for recipe in settings.networks}
    sources = [unpack_source(i, record, contents, folder, networks) for i, record in records]
    panel = Panel([*map(Seat.of, sources)], settings.precision, settings.seed)
    panel.experts_ = [unpack_expert(index, record, contents) for index, record in records]
    panel.weighing_ = Weighing([source.needs for source in sources])
    panel.weighing_.calibrations_ = [
        SigmoidCalibration.from_state(under(f"calibration{index}", arrays)) for index, _ in records
    ]
    panel.verdicts_ = {_pattern(name): one for name, one in description.verdicts.items()}
    panel.weights_ = {_pattern(name): weights for name, weights in under("weights", arrays).items()}
    panel.held_answers_ = {
        _pattern(name): OofPredictions(**under(_held(name), arrays))
        for name in description.verdicts
    }
    neighbours = [
        Neighbours.from_state(under(f"neighbours{index}", arrays)) for index, _ in records
    ]
    fitted = Fitted(
        settings=settings,
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
    for held in panel.held_answers_.values():
        check_predictions(held, count)
    last = max((int(one.rows_.max(initial=-1)) for one in fitted.memory.neighbours), default=-1)
    if last >= len(fitted.memory.products):
        raise ValueError("similar products are not all there")


def _in_full(array: NDArray[Any]) -> NDArray[Any]:
    """Arrays may be kept in half precision, but nothing computes in it."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _held(name: str) -> str:
    return f"oof/{name}"


def _pattern(name: str) -> Pattern:
    return next(pattern for pattern in PATTERNS if modality_set_name(pattern) == name)
