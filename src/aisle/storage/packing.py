"""A fitted model to the contents of its folder, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aisle.answers.memory import Memory
from aisle.data.columns import Columns
from aisle.errors import ModelError
from aisle.experts.calibration import SigmoidCalibration
from aisle.experts.kernel import KernelExpert
from aisle.experts.linear import LinearExpert
from aisle.experts.neighbours import Neighbours
from aisle.experts.sampled import SampledLinearExpert
from aisle.experts.tfidf import TfidfFeatures
from aisle.panel.decision import Threshold
from aisle.panel.panel import Panel, Seat, Verdict
from aisle.panel.weighing import PATTERNS, Pattern, Weighing, pattern_name
from aisle.schema import Modality
from aisle.sources import BUILT_IN_IMAGE, ImageSource, Source, TextSource, TfidfSource
from aisle.storage.folder import Contents
from aisle.taxonomy import Taxonomy

_EXPERTS: dict[str, type[LinearExpert] | type[SampledLinearExpert] | type[KernelExpert]] = {
    "linear": LinearExpert,
    "sampled linear": SampledLinearExpert,
    "kernel": KernelExpert,
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
class Fitted:
    """All that a classifier has learned, and the columns it learned from."""

    columns: Columns
    taxonomy: Taxonomy
    sources: Sequence[Source]
    panel: Panel
    memory: Memory
    report: FitReport


def pack(fitted: Fitted, settings: dict[str, Any]) -> Contents:
    """What goes into the model folder.

    Args:
        fitted: the learned parts.
        settings: of the classifier, as JSON.
    """
    arrays: dict[str, Any] = {}
    terms: dict[str, list[str]] = {}
    files: dict[str, Path] = {}
    panel = fitted.panel
    seats = []
    for index, source in enumerate(fitted.sources):
        expert = panel.experts_[index]
        kind = next(kind for kind, one in _EXPERTS.items() if isinstance(expert, one))
        seats.append({"name": source.name, "modality": source.modality, "expert": kind})
        arrays |= _prefixed(f"expert{index}", expert.state())
        arrays |= _prefixed(f"calibration{index}", panel.weighing_.calibrations_[index].state())
        arrays |= _prefixed(f"neighbours{index}", fitted.memory.neighbours[index].state())
        if isinstance(source, TfidfSource):
            terms, rarities = source.features.state()
            arrays |= _prefixed("tfidf", rarities)
        elif isinstance(source, TextSource | ImageSource) and source.encoder.root:
            root, folder = source.encoder.root, f"encoders/{source.name}"
            files |= {f"{folder}/{p.relative_to(root)}": p for p in source.encoder.files}
            seats[-1]["folder"] = folder
    arrays |= {f"weights/{pattern_name(p)}": w for p, w in panel.weights_.items()}
    description = {
        "settings": settings,
        "categories": fitted.taxonomy.categories,
        "seats": seats,
        "columns": asdict(fitted.columns),
        "precision": panel.precision,
        "verdicts": {pattern_name(p): asdict(v) for p, v in panel.verdicts_.items()},
        "kept": fitted.memory.products,
        "report": asdict(fitted.report),
    }
    return Contents(description, arrays, terms, files)


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
    description, arrays = contents.description, contents.arrays
    sources = [_source(seat, contents, folder) for seat in description["seats"]]
    seats = [Seat(source.name, source.modality, source.make) for source in sources]
    panel = Panel(seats, float(description["precision"]))
    kinds = [_EXPERTS[seat["expert"]] for seat in description["seats"]]
    panel.experts_ = [
        kind.from_state(_under(f"expert{index}", arrays)) for index, kind in enumerate(kinds)
    ]
    panel.weighing_ = Weighing([source.modality for source in sources])
    panel.weighing_.calibrations_ = [
        SigmoidCalibration.from_state(_under(f"calibration{index}", arrays))
        for index in range(len(sources))
    ]
    panel.verdicts_ = {
        _pattern(name): _verdict(fields) for name, fields in description["verdicts"].items()
    }
    panel.weights_ = {
        _pattern(name): weights for name, weights in _under("weights", arrays).items()
    }
    neighbours = [
        Neighbours.from_state(_under(f"neighbours{index}", arrays)) for index in range(len(sources))
    ]
    kept = [(str(key), str(title), tuple(path)) for key, title, path in description["kept"]]
    report = description["report"]
    columns = description["columns"]
    return Fitted(
        columns=Columns(**{**columns, "text": tuple(columns["text"])}),
        taxonomy=Taxonomy([tuple(map(str, path)) for path in description["categories"]]),
        sources=sources,
        panel=panel,
        memory=Memory(kept, neighbours),
        report=FitReport(**{**report, "notes": tuple(report["notes"])}),
    )


def _source(seat: dict[str, Any], contents: Contents, folder: Path) -> Source:
    name, modality = str(seat["name"]), Modality(seat["modality"])
    if name == TfidfSource.name:
        rarities = _under("tfidf", contents.arrays)
        return TfidfSource(TfidfFeatures.from_state(contents.terms, rarities))
    if "folder" not in seat:
        return ImageSource(BUILT_IN_IMAGE)
    files = [path for name, path in contents.files.items() if name.startswith(f"{seat['folder']}/")]
    if not files:
        raise ModelError(f"{folder} lacks the encoder {name}; copy or fit the model again")
    spec = folder / str(seat["folder"])
    return TextSource(spec, name) if modality is Modality.TEXT else ImageSource(spec, name)


def _verdict(fields: dict[str, Any]) -> Verdict:
    threshold = Threshold(**fields["threshold"])
    return Verdict(**{**fields, "weights": tuple(fields["weights"]), "threshold": threshold})


def _pattern(name: str) -> Pattern:
    return next(pattern for pattern in PATTERNS if pattern_name(pattern) == name)


def _prefixed(prefix: str, arrays: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def _under(prefix: str, arrays: dict[str, Any]) -> dict[str, Any]:
    start = f"{prefix}/"
    return {name[len(start) :]: array for name, array in arrays.items() if name.startswith(start)}
