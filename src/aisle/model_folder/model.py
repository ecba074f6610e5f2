"""A fitted model to the contents of its folder, and back; every kind says what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.data.columns import Columns
from aisle.decision.rules import DecisionRule
from aisle.ensemble.calibration import SigmoidCalibration
from aisle.ensemble.combiner import Combiner, modality_sets
from aisle.ensemble.ensemble import Ensemble, Member, PoolFit
from aisle.ensemble.oof_shortlists import OofShortlists
from aisle.ensemble.similar_products import NearestNeighbours, ReferenceProducts
from aisle.errors import ModelError
from aisle.experts.registry import kind_named
from aisle.experts.state import State
from aisle.fitted_model import FittedModel
from aisle.model_folder.layout import Contents
from aisle.schema import CategoryPath, Modality, ReferenceProduct, modality_set_name
from aisle.summary import FitReport, MemberSummary
from aisle.taxonomy import Taxonomy
from aisle.typed_json import read_as


@dataclass(frozen=True)
class _MemberRecord:
    """What a description says of an expert and its featurizer."""

    name: str
    modalities: tuple[str, ...]
    featurizer: str
    expert: str
    accuracy: float | None
    seconds: float | None
    featurizer_settings: dict[str, Any]
    expert_settings: dict[str, Any]


@dataclass(frozen=True)
class _Description:
    """What `model.json` holds; the settings are those of the classifier."""

    settings: dict[str, Any]
    columns: Columns
    categories: tuple[CategoryPath, ...]
    members: tuple[_MemberRecord, ...]
    pools: dict[str, PoolFit]
    rules: dict[str, DecisionRule]
    reference_products: tuple[ReferenceProduct, ...]
    report: FitReport


@dataclass
class _Parts:
    """What goes into a model folder besides its description; see `Contents`."""

    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    terms: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, Path | bytes] = field(default_factory=dict)

    def add(self, prefix: str, state: State) -> dict[str, Any]:
        """Adds a state under a prefix; gives back its settings."""
        self.arrays |= _prefixed(prefix, state.arrays)
        self.terms |= _prefixed(prefix, state.terms)
        self.files |= _prefixed(prefix, state.files)
        return dict(state.settings)

    def state(self, prefix: str, settings: Mapping[str, Any]) -> State:
        """The state that was added under a prefix."""
        return State(
            arrays=_under(prefix, self.arrays),
            terms=_under(prefix, self.terms),
            settings=settings,
            files=_under(prefix, self.files),
        )


def pack(model: FittedModel, settings: Mapping[str, Any]) -> Contents:
    """What goes into the model folder.

    Args:
        model: the model.
        settings: how the classifier was made, as JSON.
    """
    parts, ensemble = _Parts(), model.ensemble
    members = []
    for place, featurizer in enumerate(model.featurizers):
        expert, name = ensemble.experts_[place], featurizer.name
        found = model.members[place]
        members.append(
            _MemberRecord(
                name=name,
                modalities=tuple(sorted(featurizer.needs)),
                featurizer=featurizer.kind,
                expert=expert.kind,
                accuracy=found.accuracy,
                seconds=found.seconds,
                featurizer_settings=parts.add(f"members/{name}/featurizer", featurizer.state()),
                expert_settings=parts.add(f"members/{name}/expert", expert.state()),
            )
        )
        calibration = ensemble.combiner_.calibrations_[place]
        parts.add(f"members/{name}/calibration", calibration.state())
        parts.arrays |= _prefixed(
            f"members/{name}/neighbours", model.reference.neighbours[place].state()
        )
    names = {one: modality_set_name(one) for one in model.rules}
    for modalities, name in names.items():
        parts.arrays[f"pools/{name}"] = ensemble.weights_[modalities]
        parts.arrays |= _prefixed(f"oof/{name}", model.oof_shortlists[modalities].state())
    description = _Description(
        settings=dict(settings),
        columns=model.columns,
        categories=model.taxonomy.categories,
        members=tuple(members),
        pools={name: ensemble.pools_[one] for one, name in names.items()},
        rules={name: model.rules[one] for one, name in names.items()},
        reference_products=model.reference.products,
        report=model.report,
    )
    return Contents(asdict(description), parts.arrays, parts.terms, parts.files)


def unpack(contents: Contents, folder: Path) -> tuple[FittedModel, dict[str, Any]]:
    """The model in a folder, and the settings that it was packed with.

    Raises:
        ModelError: a part is missing or of another kind than expected.
    """
    try:
        return _unpack(contents)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, StopIteration) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ModelError(f"{folder} is damaged ({reason}); fit the model again") from error


def _unpack(contents: Contents) -> tuple[FittedModel, dict[str, Any]]:
    description: _Description = read_as(_Description, contents.description)
    arrays = {name: _in_full(array) for name, array in contents.arrays.items()}
    parts = _Parts(arrays, contents.terms, dict(contents.files))
    featurizers, experts, calibrations, neighbours = [], [], [], []
    for record in description.members:
        prefix = f"members/{record.name}"
        featurizer = _stored(record.featurizer, f"{prefix}/featurizer", parts, record)
        if featurizer.name != record.name or sorted(featurizer.needs) != list(record.modalities):
            raise ValueError(f"{record.name} is another featurizer than described")
        featurizers.append(featurizer)
        experts.append(_stored(record.expert, f"{prefix}/expert", parts, record))
        calibrations.append(SigmoidCalibration.from_state(parts.state(f"{prefix}/calibration", {})))
        neighbours.append(NearestNeighbours.from_state(_under(f"{prefix}/neighbours", arrays)))
    ensemble = Ensemble([*map(Member.of, featurizers)])
    ensemble.experts_ = experts
    ensemble.combiner_ = Combiner([one.needs for one in featurizers])
    ensemble.combiner_.calibrations_ = calibrations
    sets = {modality_set_name(one): one for one in modality_sets(ensemble.combiner_.needs)}
    ensemble.pools_ = {sets[name]: pool for name, pool in description.pools.items()}
    ensemble.weights_ = {sets[name]: arrays[f"pools/{name}"] for name in description.pools}
    model = FittedModel(
        columns=description.columns,
        taxonomy=Taxonomy(description.categories),
        featurizers=featurizers,
        ensemble=ensemble,
        oof_shortlists={
            sets[name]: OofShortlists.from_state(
                _under(f"oof/{name}", arrays), len(description.categories)
            )
            for name in description.rules
        },
        rules={sets[name]: rule for name, rule in description.rules.items()},
        reference=ReferenceProducts(description.reference_products, tuple(neighbours)),
        members=tuple(
            MemberSummary(
                one.name, frozenset(map(Modality, one.modalities)), one.accuracy, one.seconds
            )
            for one in description.members
        ),
        report=description.report,
    )
    _check(model)
    return model, description.settings


def _stored(kind: str, prefix: str, parts: _Parts, record: _MemberRecord) -> Any:
    """An expert or a featurizer of a kind.

    Raises:
        ValueError: the parts are those of another kind.
    """
    is_featurizer = prefix.endswith("/featurizer")
    settings = record.featurizer_settings if is_featurizer else record.expert_settings
    state = parts.state(prefix, settings)
    found = kind_named(kind).from_state(state)
    again = found.state()
    if again.arrays.keys() != state.arrays.keys() or again.terms.keys() != state.terms.keys():
        raise ValueError(f"the arrays are of another kind than {kind}")
    return found


def _check(model: FittedModel) -> None:
    """Whether the parts fit together.

    Raises:
        ValueError: they do not.
    """
    n_classes, ensemble = len(model.taxonomy), model.ensemble
    shapes = {weights.shape for weights in ensemble.weights_.values()}
    sizes = {one.biases_.shape for one in ensemble.combiner_.calibrations_}
    if shapes != {(len(model.featurizers), n_classes)} or sizes != {(n_classes,)}:
        raise ValueError(f"weights do not fit {n_classes} categories")
    if len(set(model.taxonomy.categories)) < n_classes or () in model.taxonomy.categories:
        raise ValueError("a category is empty or stands twice")
    if ensemble.weights_.keys() != model.rules.keys():
        raise ValueError("weights do not fit the decision rules")
    last = max((int(one.rows_.max(initial=-1)) for one in model.reference.neighbours), default=-1)
    if last >= len(model.reference.products):
        raise ValueError("similar products are not all there")


def _in_full(array: NDArray[Any]) -> NDArray[Any]:
    """Arrays may be kept in half precision, but nothing computes in it."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _prefixed(prefix: str, named: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}/{name}": value for name, value in named.items()}


def _under(prefix: str, named: Mapping[str, Any]) -> dict[str, Any]:
    start = f"{prefix}/"
    return {name[len(start) :]: value for name, value in named.items() if name.startswith(start)}
