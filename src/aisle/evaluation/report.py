"""The report: one HTML page that needs nothing but itself."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy
import sklearn

from aisle._version import __version__
from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.evaluation.charts import (
    LearningChart,
    accuracy_plane,
    dot_radius,
    risk_plane,
    share_plane,
    trace,
)
from aisle.evaluation.comparing import MEASURES, Comparison
from aisle.evaluation.evaluating import ClassResult, Evaluation
from aisle.evaluation.findings import Finding
from aisle.evaluation.learning import COLUMNS
from aisle.evaluation.pages import render, write_text
from aisle.evaluation.recipes import RecipeComparison, SplitComparison
from aisle.evaluation.robustness import SHARES, RobustnessPoint
from aisle.evaluation.summary import LINES
from aisle.evaluation.thumbnails import data_uri
from aisle.schema import CategoryPath, Explanation, Modality
from aisle.summary import TrainingCurve

SHOWN_FINDINGS = 24
"""How many mistakes, and how many likely label errors, a page shows."""

SHOWN_CONFUSIONS = 12

LARGEST_TABLE = 25
"""More categories than that are not drawn as a matrix, and their table is folded."""

_WEAKEST = 10


@dataclass(frozen=True)
class Exhibit:
    """A finding as the page shows it.

    Attributes:
        finding: what was found.
        picture: a data URI, or None.
        reason: why the model answers so.
    """

    finding: Finding
    picture: str | None
    reason: Explanation


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix.

    Attributes:
        categories: of its rows and columns.
        counts: (categories, categories + 1) rows are the truth; the last column is no answer.
    """

    categories: Sequence[CategoryPath]
    counts: list[list[int]]

    @property
    def width(self) -> int:
        """How many columns are worth showing: the last one only where a product got no answer."""
        return len(self.categories) + any(row[-1] for row in self.counts)


def write_report(
    evaluation: Evaluation, model: Classifier, products: Products, path: str | Path
) -> None:
    """Writes an evaluation as one self-contained page.

    Args:
        evaluation: of the model on the products.
        model: a fitted classifier.
        products: the same as were evaluated; the model is asked why it answers as it does on the
            few that the page shows.
        path: of the HTML file; an earlier one is written over.

    Raises:
        OutputError: the page cannot be written.
    """
    doubted = {finding.row for finding in evaluation.label_errors}
    mistakes = [finding for finding in evaluation.mistakes if finding.row not in doubted]
    known = products.labelled()
    values = {
        "evaluation": evaluation,
        "figures": evaluation.main,
        "fit": model.summary().fit,
        "by_modalities": model.summary().by_modalities,
        "precision": model.precision,
        "lines": LINES,
        "weakest": _weakest(evaluation),
        "folded": len(evaluation.classes) > LARGEST_TABLE,
        "matrix": matrix_of(evaluation),
        "confusions": _worst_confusions(evaluation),
        "label_errors": _exhibits(evaluation.label_errors, model, known),
        "mistakes": _exhibits(mistakes, model, known),
        "robustness": _by_modality(evaluation.robustness),
        "shares": SHARES,
        "reliability_plane": share_plane(),
        "risk_plane": risk_plane(evaluation.risk_coverage),
        "robustness_plane": accuracy_plane([one.accuracy for one in evaluation.robustness]),
        "radius": lambda one: dot_radius(one, evaluation.reliability),
        **_edition(),
    }
    write_text(render("report.html", values), path)


def write_comparison(comparison: Comparison, path: str | Path) -> None:
    """Writes a comparison as one self-contained page.

    Raises:
        OutputError: the page cannot be written.
    """
    values = {"comparison": comparison, "measures": MEASURES, **_edition()}
    write_text(render("comparison.html", values), path)


def write_recipes(comparison: RecipeComparison, path: str | Path) -> None:
    """Writes a comparison of recipes, with their learning curves, as one self-contained page.

    Raises:
        OutputError: the page cannot be written.
    """
    values = {
        "comparison": comparison,
        "columns": COLUMNS,
        "charts_of": charts_of,
        "trace": trace,
        **_edition(),
    }
    write_text(render("recipes.html", values), path)


def charts_of(split: SplitComparison) -> list[LearningChart]:
    """One chart for each network of each recipe, with the curves of all seeds."""
    curves: dict[str, dict[int, TrainingCurve]] = {}
    for standing in split.standings:
        for run in standing.runs:
            for expert, curve in run.curves.items():
                if curve.epochs:
                    title = ", ".join(dict.fromkeys((standing.recipe, expert)))
                    curves.setdefault(title, {})[run.seed] = curve
    return [LearningChart(title, by_seed) for title, by_seed in curves.items()]


def matrix_of(evaluation: Evaluation) -> Matrix | None:
    """The confusion matrix; None where there are more than `LARGEST_TABLE` categories."""
    categories = sorted(one.category for one in evaluation.classes)
    if len(categories) > LARGEST_TABLE:
        return None
    position: dict[CategoryPath | None, int] = {path: i for i, path in enumerate(categories)}
    position[None] = len(categories)
    counts = [[0] * len(position) for _ in categories]
    for one in evaluation.confusions:
        counts[position[one.given]][position[one.predicted]] = one.count
    return Matrix(categories, counts)


def _weakest(evaluation: Evaluation) -> list[ClassResult]:
    """The known categories with the lowest F1, if they are not all on the page anyway."""
    if len(evaluation.classes) <= LARGEST_TABLE:
        return []
    known = [one for one in evaluation.classes if one.known and one.support]
    return sorted(known, key=lambda one: (one.f1, -one.support))[:_WEAKEST]


def _worst_confusions(evaluation: Evaluation) -> list[dict[str, Any]]:
    """The most frequent pairs of a category and a wrong answer."""
    support = {one.category: one.support for one in evaluation.classes}
    wrong = [one for one in evaluation.confusions if one.predicted not in (None, one.given)]
    return [
        {"pair": one, "share": one.count / support[one.given]} for one in wrong[:SHOWN_CONFUSIONS]
    ]


def _exhibits(findings: Sequence[Finding], model: Classifier, known: Products) -> list[Exhibit]:
    """The first findings with their pictures and the model's reasons."""
    shown = findings[:SHOWN_FINDINGS]
    if not shown:
        return []
    answers = model.explain(known.take([finding.row for finding in shown]))
    return [
        Exhibit(finding, data_uri(finding.image), answer.explanation or Explanation())
        for finding, answer in zip(shown, answers, strict=True)
    ]


def _by_modality(points: Sequence[RobustnessPoint]) -> dict[Modality, list[RobustnessPoint]]:
    return {lost: [point for point in points if point.lost is lost] for lost in Modality}


def _edition() -> dict[str, Any]:
    """When and with what the page was made."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {
            "aisle": __version__,
            "Python": platform.python_version(),
            "NumPy": numpy.__version__,
            "scikit-learn": sklearn.__version__,
            "ONNX Runtime": version("onnxruntime"),
        },
    }
