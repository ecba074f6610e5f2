"""The main figures in words and as a table, the same for terminal and page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aisle.evaluation.figures import Figures
from aisle.evaluation.views import View
from aisle.evaluation.wording import count, decimal, of_hundred, percent, text_table


@dataclass(frozen=True)
class Line:
    """One line of the table of figures.

    Attributes:
        title: what it is called.
        meaning: for those who do not know the term.
        show: the figure as text.
    """

    title: str
    meaning: str
    show: Callable[[Figures], str]


LINES = (
    Line("accuracy (micro-F1)", "right answers among all", lambda f: percent(f.accuracy)),
    Line("macro-F1", "every category counts the same", lambda f: percent(f.macro_f1)),
    Line("weighted F1", "categories count by their products", lambda f: percent(f.weighted_f1)),
    Line("top-3 accuracy", "right among the first three answers", lambda f: percent(f.top3)),
    Line(
        "hierarchical F1",
        "an answer in the right branch counts in part",
        lambda f: percent(f.hierarchical.f1),
    ),
    Line("assigned", "left to the machine by the model", lambda f: percent(f.assigned_share)),
    Line(
        "right if assigned",
        "right among those left to the machine",
        lambda f: percent(f.assigned_precision),
    ),
    Line(
        "coverage at 95 %",
        "could be left to the machine with 95 % right, in hindsight",
        lambda f: percent(f.coverage_95),
    ),
    Line(
        "coverage at 99 %",
        "could be left to the machine with 99 % right, in hindsight",
        lambda f: percent(f.coverage_99),
    ),
    Line(
        "calibration error",
        "how far confidence is from the truth (ECE, 15 bins of equal width)",
        lambda f: percent(f.ece),
    ),
    Line("log-loss", "in nats; smaller is better", lambda f: decimal(f.log_loss)),
    Line(
        "nothing to look at",
        "no answer, counted as wrong",
        lambda f: count(f.rows - f.answered, "row"),
    ),
)


def headline(figures: Figures) -> str:
    """What a catalogue manager asks first."""
    if not figures.assigned:
        return (
            "No product is assigned by machine: the precision that was asked for cannot be"
            f" promised, all go to a person. Of all answers {percent(figures.accuracy)} are right."
        )
    return (
        f"Of 100 products {of_hundred(figures.assigned_share)} are assigned by machine, and"
        f" {percent(figures.assigned_precision)} of these are right."
        f" Without review {percent(figures.accuracy)} of all answers would be right."
    )


def figures_table(figures: Mapping[View, Figures]) -> str:
    """One line a figure, one column a view."""
    rows = [[line.title, *map(line.show, figures.values())] for line in LINES]
    return text_table(["", *(view.caption for view in figures)], rows)
