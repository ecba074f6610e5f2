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
from aisle.data.products import Products, as_products
from aisle.evaluation import compare, recipe_runs
from aisle.evaluation.charts import (
    LearningChart,
    accuracy_plane,
    dot_radius,
    risk_plane,
    share_plane,
    trace,
)
from aisle.evaluation.compare import Comparison
from aisle.evaluation.compare_encoders import EncoderComparison
from aisle.evaluation.compare_recipes import RecipeComparison, SplitComparison
from aisle.evaluation.evaluate import Evaluation
from aisle.evaluation.figures import FIGURE_ROWS
from aisle.evaluation.findings import Finding
from aisle.evaluation.modality_views import ALONE, SHARES, RobustnessPoint
from aisle.evaluation.presentation import data_uri, render, write_text
from aisle.schema import CategoryPath, Explanation, Modality
from aisle.summary import TrainingCurve

SHOWN_FINDINGS = 24
"""The most mistakes, and the most likely label errors, that a page shows."""

SHOWN_CONFUSIONS = 12

LARGEST_TABLE = 25
"""More categories than this are not drawn as a matrix, and their table is folded."""

_WEAKEST = 10


@dataclass(frozen=True)
class Exhibit:
    """A finding as the page shows it.

    Attributes:
        finding: what was found.
        picture: a data URI, or None.
        reason: why the model predicts so.
    """

    finding: Finding
    picture: str | None
    reason: Explanation


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix.

    Attributes:
        categories: of its rows and columns.
        counts: (categories, categories + 1) rows are the truth; the last column is no prediction.
    """

    categories: Sequence[CategoryPath]
    counts: list[list[int]]

    @property
    def width(self) -> int:
        """The number of columns to show: the last one only where a product got no prediction."""
        return len(self.categories) + any(row[-1] for row in self.counts)


def write_report(
    evaluation: Evaluation, model: Classifier, products: object, path: str | Path
) -> None:
    """Writes an evaluation as one self-contained page.

    Args:
        evaluation: of the model on the products.
        model: a fitted classifier.
        products: the same as were evaluated; the model explains the few that the page shows.
        path: of the HTML file; an earlier one is written over.

    Raises:
        OutputError: the page cannot be written.
    """
    doubted = {finding.row for finding in evaluation.label_errors}
    mistakes = [finding for finding in evaluation.mistakes if finding.row not in doubted]
    known = as_products(products, model.columns_).labelled()
    many = len(evaluation.classes) > LARGEST_TABLE
    values = {
        "evaluation": evaluation,
        "figures": evaluation.main,
        "fit": model.summary().fit,
        "by_modalities": model.summary().by_modalities,
        "precision": model.precision,
        "figure_rows": FIGURE_ROWS,
        "weakest": evaluation.weakest_classes(_WEAKEST) if many else [],
        "folded": many,
        "matrix": matrix_of(evaluation),
        "confusions": evaluation.worst_confusions(SHOWN_CONFUSIONS),
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
    values = {"comparison": comparison, "measures": compare.MEASURES, **_edition()}
    write_text(render("comparison.html", values), path)


def write_encoders(comparison: EncoderComparison, path: str | Path) -> None:
    """Writes a comparison of encoders as one self-contained page.

    Raises:
        OutputError: the page cannot be written.
    """
    write_text(render("encoders.html", {"comparison": comparison, **_edition()}), path)


def write_recipes(comparison: RecipeComparison, path: str | Path) -> None:
    """Writes a comparison of recipes, with their learning curves, as one self-contained page.

    Raises:
        OutputError: the page cannot be written.
    """
    values = {
        "comparison": comparison,
        "measures": recipe_runs.MEASURES,
        "charts_of": charts_of,
        "trace": trace,
        **_edition(),
    }
    write_text(render("recipes.html", values), path)


def charts_of(split: SplitComparison) -> list[LearningChart]:
    """One chart for each network of each recipe, with the curves of all seeds."""
    curves: dict[str, dict[int, TrainingCurve]] = {}
    for result in split.results:
        for run in result.runs:
            for expert, curve in run.curves.items():
                if curve.epochs:
                    title = ", ".join(dict.fromkeys((result.recipe, expert)))
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


def _exhibits(findings: Sequence[Finding], model: Classifier, known: Products) -> list[Exhibit]:
    """The first findings with their pictures and the model's reasons."""
    shown = findings[:SHOWN_FINDINGS]
    if not shown:
        return []
    predictions = model.explain(known.take([finding.row for finding in shown]))
    return [
        Exhibit(finding, data_uri(finding.image), one.explanation or Explanation())
        for finding, one in zip(shown, predictions, strict=True)
    ]


def _by_modality(points: Sequence[RobustnessPoint]) -> dict[Modality, list[RobustnessPoint]]:
    return {lost: [point for point in points if point.lost is lost] for lost in ALONE}


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
