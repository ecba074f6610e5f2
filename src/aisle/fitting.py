"""From labelled products to a fitted model."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aisle.data.splits import assign_folds, groups_by, leaked_rows
from aisle.decision.rules import DecisionRule
from aisle.ensemble.ensemble import Ensemble, Member
from aisle.ensemble.similar_products import ReferenceProducts, rows_to_keep
from aisle.errors import LabelError
from aisle.experts.training_task import TrainingTask
from aisle.features.featurizer import Featurized, Featurizer
from aisle.features.featurizing import all_errors, check_readable
from aisle.fitted_model import FittedModel, rules_for
from aisle.schema import CategoryPath, ModalitySet, modality_set_name
from aisle.summary import FitReport, MemberSummary
from aisle.taxonomy import Taxonomy

if TYPE_CHECKING:
    from aisle.data.products import Products


@dataclass(frozen=True)
class FitSettings:
    """How a model is fitted.

    Attributes:
        precision: the share of right answers that assignments must keep.
        split: what stays together in a fold, as in `split`.
        seed: for everything that is drawn.
        reference_products: the number of training products that are kept to show similar ones.
        folds: the number of folds; 3 with more rows than `many_rows`.
        many_rows: see `folds`.
        calibration_scores: calibration uses at most this many scores (rows x categories) of each
            expert.
        most_single: the share of categories with one product at which a table of many categories is
            refused: then the column holds something else than categories.
    """

    precision: float = 0.95
    split: str = "near-duplicates"
    seed: int = 0
    reference_products: int = 20_000
    folds: int = 5
    many_rows: int = 30_000
    calibration_scores: int = 100_000_000
    most_single: float = 0.5


@dataclass(frozen=True)
class Fit:
    """What came of a fit.

    Attributes:
        model: the fitted model.
        validation_rows: (m,) the labelled rows that no expert was fitted on.
    """

    model: FittedModel
    validation_rows: NDArray[np.intp]


def fit_model(products: Products, featurizers: Sequence[Featurizer], settings: FitSettings) -> Fit:
    """Learns from labelled products; those without a category are left out.

    Args:
        products: the products.
        featurizers: not fitted; copies of them are.
        settings: how to fit.

    Raises:
        LabelError: there are not two categories to tell apart, or the column of categories holds
            something else.
        InputError: nothing of the products can be read.
    """
    from threadpoolctl import threadpool_limits  # answering does without it

    started = time.perf_counter()
    known = products.labelled()
    taxonomy = Taxonomy(categories_of(known, settings.most_single))
    asked = [copy(one) for one in featurizers]
    for one in asked:
        one.check(known)
    with threadpool_limits(1, "blas"):  # small problems, which more threads only slow down
        read, reading_seconds = _featurized(asked, known, len(taxonomy))
        errors = all_errors(read)
        check_readable([one.evidence for one in read], errors)
        used = [row for row, one in enumerate(read) if one.evidence.present.any()]
        chosen = [asked[row] for row in used]
        evidence = [read[row].evidence for row in used]
        single = [one.single_validation_fold for one in chosen]
        task, leaked = training_task(known, taxonomy.categories, settings, any(single))
        ensemble = Ensemble([*map(Member.of, chosen)]).fit(evidence, task)
        rules = rules_for(ensemble.oof_shortlists_, settings.precision)
    rows = rows_to_keep(len(known), settings.reference_products, settings.seed)
    notes = [
        *_oddities(products, known, errors),
        *_left_out([one for one in asked if one not in chosen]),
        *(note for one in chosen for note in one.notes),
        *(note for one in ensemble.experts_ for note in one.notes),
        *ensemble.notes,
        *_unpromised(rules, settings.precision),
    ]
    report = FitReport(
        rows=len(known),
        categories=len(taxonomy),
        folds=len(np.unique(task.folds[task.calibration_rows])),
        split=settings.split,
        leaked=leaked,
        notes=tuple(notes),
        seconds=time.perf_counter() - started,
    )
    model = FittedModel(
        columns=products.columns,
        taxonomy=taxonomy,
        featurizers=chosen,
        ensemble=ensemble,
        oof_shortlists={
            one: oof.sample(settings.seed) for one, oof in ensemble.oof_shortlists_.items()
        },
        rules=rules,
        reference=ReferenceProducts.of(known, ensemble.experts_, evidence, rows),
        members=tuple(
            MemberSummary(
                one.name,
                one.needs,
                accuracy=ensemble.accuracies_[place],
                seconds=reading_seconds[row] + ensemble.seconds_[place],
            )
            for place, (row, one) in enumerate(zip(used, chosen, strict=True))
        ),
        report=report,
    )
    return Fit(model, np.flatnonzero(all(single) & ~task.training_only))


def training_task(
    products: Products,
    categories: Sequence[CategoryPath],
    settings: FitSettings,
    single_validation_fold: bool,
) -> tuple[TrainingTask, int]:
    """What is to be learned, and how many rows random folds would have leaked.

    With a single validation fold one part of all products is held out once, since experts take too
    long for more.

    Raises:
        InputError: there is no such way of splitting.
    """
    groups = groups_by(products, settings.split)
    number = settings.folds if len(products) <= settings.many_rows else 3
    leaked = leaked_rows(groups, number, settings.seed)
    rows = np.random.default_rng(settings.seed).permutation(len(products))
    if single_validation_fold:
        folds = assign_folds(products, groups, settings.folds**2, settings.seed)
        rows = rows[folds[rows] % settings.folds == 0]
    else:
        folds = assign_folds(products, groups, number, settings.seed)
    rows = np.sort(rows[: max(1, settings.calibration_scores // len(categories))])
    position = {path: index for index, path in enumerate(categories)}
    labels = np.array([position[p.category] for p in products if p.category], dtype=np.intp)
    return TrainingTask(labels, len(categories), folds, rows), leaked


def categories_of(products: Products, most_single: float) -> list[CategoryPath]:
    """All categories, sorted.

    Raises:
        LabelError: there are not two categories to tell apart, or there are many, most of them with
            one product.
    """
    counts = Counter(product.category for product in products if product.category)
    if not counts:
        raise LabelError(
            "no product has a category; name their column with --label, and the separator of its"
            " levels with --separator"
        )
    if len(counts) == 1:
        raise LabelError(f"all products have the one category {_example(counts)}; two are needed")
    single = sum(count == 1 for count in counts.values())
    if len(counts) > 100 and single > most_single * len(counts):
        raise LabelError(
            f"{single:,} of {len(counts):,} categories have one product each, for example"
            f" {_example(counts)}: this looks like another column than the category; name it with"
            " --label, and the separator of its levels with --separator"
        )
    return sorted(counts)


def _example(counts: Counter[CategoryPath]) -> str:
    rarest = min(counts, key=counts.__getitem__)
    return repr(" > ".join(rarest)[:120])


def _featurized(
    featurizers: Sequence[Featurizer], products: Products, n_classes: int
) -> tuple[list[Featurized], list[float]]:
    """What each featurizer makes of the products, and the seconds that it took."""
    found, seconds = [], []
    for one in featurizers:
        started = time.perf_counter()
        found.append(one.fit_transform(products, n_classes))
        seconds.append(time.perf_counter() - started)
    return found, seconds


def _oddities(products: Products, known: Products, errors: dict[int, str]) -> list[str]:
    """What was odd about the training products, a line each."""
    notes = []
    if len(known) < len(products):
        notes.append(f"{len(products) - len(known)} products without a category were left out")
    single = [path for path, count in Counter(p.category for p in known).items() if count == 1]
    if single:
        notes.append(
            f"categories with one product, which can be answered but not checked: {len(single)}"
        )
    if errors:
        example = next(iter(errors.values()))
        notes.append(
            f"{len(errors)} products have a text or picture that cannot be read,"
            f" for example: {example}"
        )
    return notes


def _left_out(featurizers: Sequence[Featurizer]) -> list[str]:
    """Which experts had nothing to look at."""
    return [
        f"{one.name} was left out: no {modality_set_name(one.needs)} could be read"
        for one in featurizers
    ]


def _unpromised(rules: dict[ModalitySet, DecisionRule], precision: float) -> list[str]:
    return [
        f"{modality_set_name(modalities)}: a precision of {precision:g} cannot be promised on"
        f" {rule.threshold.rows} calibration rows, all goes to review"
        for modalities, rule in rules.items()
        if not rule.threshold.promised
    ]
