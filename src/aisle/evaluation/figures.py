"""The figures of one view, and how people read them in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

from aisle.evaluation import metrics
from aisle.evaluation.metrics import HierarchicalScores
from aisle.evaluation.modality_views import ModalityView, ScoredPredictions, Truth
from aisle.evaluation.presentation import decimal, of_hundred, percent, text_table


@dataclass(frozen=True)
class Figures:
    """How good the predictions for some products are.

    Rows without a prediction and rows whose category the model does not know count as wrong, but
    `ece` leaves the former out and `log_loss` the latter.

    Attributes:
        rows: the number of products.
        answered: the number of them that had something to look at.
        accuracy: the share of right predictions; the same as micro-F1.
        accuracy_interval: its exact 95 % interval.
        macro_f1: the mean of F1, each category counting the same.
        weighted_f1: the mean of F1, each category counting by its products.
        top3: the share of rows whose category is among the three most probable.
        log_loss: with the natural logarithm; NaN where the model knows no category of the rows.
        ece: expected calibration error over 15 bins of equal width.
        coverage_95: the largest share of rows that could be assigned with 95 % right, in hindsight.
        coverage_99: the same with 99 % right.
        assigned: the number of rows that the model assigns.
        assigned_right: the number of these that are right.
        hierarchical: precision, recall and F over the nodes of the tree.
    """

    rows: int
    answered: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    weighted_f1: float
    top3: float
    log_loss: float
    ece: float
    coverage_95: float
    coverage_99: float
    assigned: int
    assigned_right: int
    hierarchical: HierarchicalScores

    @property
    def answered_accuracy(self) -> float | None:
        """The share of right predictions among the rows that had something to look at."""
        return self.accuracy * self.rows / self.answered if self.answered else None

    @property
    def assigned_share(self) -> float:
        """The automation rate: the share of rows that the model assigns."""
        return self.assigned / self.rows

    @property
    def assigned_precision(self) -> float | None:
        """The share of assigned rows that are right; None where nothing is assigned."""
        return self.assigned_right / self.assigned if self.assigned else None

    @property
    def assigned_interval(self) -> tuple[float, float]:
        """The exact 95 % interval of `assigned_precision`."""
        return metrics.share_interval(self.assigned_right, self.assigned)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            **asdict(self),
            "log_loss": None if isnan(self.log_loss) else self.log_loss,
            "micro_f1": self.accuracy,
            "answered_accuracy": self.answered_accuracy,
            "assigned_share": self.assigned_share,
            "assigned_precision": self.assigned_precision,
            "assigned_interval": self.assigned_interval,
        }


def figures_of(scored: ScoredPredictions, truth: Truth) -> Figures:
    """Counts and measures all that `Figures` holds."""
    confidence, right, answered = scored.confidence, scored.right, scored.answered
    scores = metrics.class_scores(truth.columns, scored.predicted)
    reliability = metrics.reliability_curve(confidence[answered], right[answered])
    return Figures(
        rows=len(right),
        answered=int(answered.sum()),
        accuracy=metrics.accuracy(truth.columns, scored.predicted),
        accuracy_interval=metrics.share_interval(int(right.sum()), len(right)),
        macro_f1=scores.macro_f1,
        weighted_f1=scores.weighted_f1,
        top3=float(scored.in_top.mean()),
        log_loss=metrics.log_loss(scored.own[truth.learned]),
        ece=metrics.expected_calibration_error(reliability),
        coverage_95=metrics.coverage_at(0.95, confidence, right),
        coverage_99=metrics.coverage_at(0.99, confidence, right),
        assigned=int(scored.assigned.sum()),
        assigned_right=int((scored.assigned & right).sum()),
        hierarchical=metrics.hierarchical_scores(
            truth.paths, [truth.path(int(column)) for column in scored.predicted]
        ),
    )


@dataclass(frozen=True)
class FigureRow:
    """One row of the table of figures.

    Attributes:
        title: what the figure is called.
        meaning: for those who do not know the term.
        show: the figure as text.
    """

    title: str
    meaning: str
    show: Callable[[Figures], str]


FIGURE_ROWS = (
    FigureRow("accuracy (micro-F1)", "right among all products", lambda f: percent(f.accuracy)),
    FigureRow("macro-F1", "every category counts the same", lambda f: percent(f.macro_f1)),
    FigureRow(
        "weighted F1", "categories count by their products", lambda f: percent(f.weighted_f1)
    ),
    FigureRow("top-3 accuracy", "right among the first three", lambda f: percent(f.top3)),
    FigureRow(
        "hierarchical F1",
        "a category in the right branch counts in part",
        lambda f: percent(f.hierarchical.f1),
    ),
    FigureRow(
        "automation rate",
        "the share that the model assigns without review",
        lambda f: percent(f.assigned_share),
    ),
    FigureRow(
        "right if assigned",
        "right among those that the model assigns",
        lambda f: percent(f.assigned_precision),
    ),
    FigureRow(
        "coverage at 95 % (in hindsight)",
        "the most that could be assigned with 95 % right",
        lambda f: percent(f.coverage_95),
    ),
    FigureRow(
        "coverage at 99 % (in hindsight)",
        "the most that could be assigned with 99 % right",
        lambda f: percent(f.coverage_99),
    ),
    FigureRow(
        "calibration error",
        "how far confidence is from the truth on average (ECE)",
        lambda f: percent(f.ece),
    ),
    FigureRow("log-loss", "smaller is better", lambda f: decimal(f.log_loss)),
    FigureRow(
        "nothing to look at",
        "products that cannot be read; they count as wrong",
        lambda f: f"{f.rows - f.answered:,}",
    ),
)


def headline(figures: Figures) -> str:
    """What a catalogue manager asks first."""
    if not figures.assigned:
        return (
            "None of these products is assigned automatically: none reaches the confidence that the"
            " precision takes, so all go to review.\n"
            f"{percent(figures.accuracy)} of the suggested categories are right."
        )
    return (
        f"Of 100 products, {of_hundred(figures.assigned_share)} are assigned automatically, and"
        f" {percent(figures.assigned_precision)} of these are right.\n"
        f"If nobody reviewed the rest, {percent(figures.accuracy)} of all would be right."
    )


def figures_table(figures: Mapping[ModalityView, Figures]) -> str:
    """One row a figure, one column a view."""
    rows = [[row.title, *map(row.show, figures.values())] for row in FIGURE_ROWS]
    return text_table(["", *(view.caption for view in figures)], rows)
