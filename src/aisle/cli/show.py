"""What commands print."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from aisle.schema import (
    Decision,
    Modality,
    ModalitySet,
    Prediction,
    Status,
    join_path,
    modality_set_name,
)

if TYPE_CHECKING:
    from aisle.batch.local import PredictSummary
    from aisle.classifier import Classifier
    from aisle.data.presets.flipkart.preparing import PrepareSummary
    from aisle.summary import ModelSummary

_BAR = 24
_ASKED = {Modality.TEXT: '--text "…"', Modality.IMAGE: "--image FILE"}
console = Console(highlight=False)


def show_prepared(summary: PrepareSummary) -> None:
    """Prints what became of the rows of a file."""
    click.echo(
        f"{summary.kept:,} of {summary.rows:,} products in {summary.categories:,} categories:"
        f" {summary.products}"
    )
    for reason, count in summary.set_aside.items():
        click.echo(f"  {count:,} set aside: {reason}")
    pictures = ", ".join(f"{count:,} {name}" for name, count in summary.pictures.items())
    click.echo(f"pictures: {pictures}")
    click.echo(f"next: aisle fit {summary.products} --to models/flipkart")


def show_fit(model: Classifier, folder: Path) -> None:
    """Prints how good the model is, and what was odd in the fit."""
    summary = model.summary()
    report = summary.fit
    click.echo(
        f"learned {report.categories:,} categories from {report.rows:,} products"
        f" in {report.seconds:.0f} s"
    )
    if report.leaked:
        share = report.leaked / report.rows
        click.echo(
            f"{report.leaked:,} of them ({_percent(share, 0)}) are near-duplicates of others,"
            f" which random folds would have separated; split by {report.split}"
        )
    console.print(_thresholds(summary))
    console.print(_members(summary))
    for note in report.notes:
        click.echo(f"note: {note}")
    least = min((one.modalities for one in summary.by_modalities), key=len, default=Modality)
    asked = " ".join(flag for modality, flag in _ASKED.items() if modality in least)
    click.echo(f"model: {folder}\nnext: aisle classify {shlex.quote(str(folder))} {asked}")


def _thresholds(summary: ModelSummary) -> Table:
    """What to expect, for each modality set."""
    table = Table(
        "modalities",
        "right",
        "assigned",
        "promised precision",
        "best alone",
        title="out-of-fold predictions",
    )
    for one in summary.by_modalities:
        threshold = one.threshold
        table.add_row(
            _in_words(one.modalities),
            _percent(one.accuracy),
            _percent(threshold.coverage),
            _percent(threshold.bound) if threshold.promised else "none",
            f"{one.best_single} {_percent(one.best_single_accuracy)}",
        )
    return table


def _members(summary: ModelSummary) -> Table:
    """What each expert costs and adds; weights are those for products with all modalities."""
    fullest = max(summary.by_modalities, key=lambda one: len(one.modalities), default=None)
    weights = fullest.weights if fullest else {}
    table = Table("expert", "looks at", "right alone", "weight", "seconds", title="experts")
    for member in summary.members:
        table.add_row(
            member.name,
            _in_words(member.modalities),
            "" if member.accuracy is None else _percent(member.accuracy),
            f"{weights[member.name]:.2f}" if member.name in weights else "",
            "" if member.seconds is None else f"{member.seconds:.1f}",
        )
    return table


def show_run(summary: PredictSummary, file: Path) -> None:
    """Prints how many products were assigned, and how many could not be read."""
    assigned, review = (summary.decisions.get(one, 0) for one in Decision)
    partial, failed = (summary.statuses.get(one, 0) for one in (Status.PARTIAL, Status.FAILED))
    click.echo(f"{summary.rows:,} products: {assigned:,} assigned, {review:,} to review")
    if partial:
        click.echo(f"  {partial:,} could be read only in part")
    if failed:
        click.echo(f"  {failed:,} could not be read at all")
    click.echo(f"predictions: {file}")


def show_card(answer: Prediction) -> None:
    """Prints one prediction for people."""
    if answer.category is None:
        console.print(Panel(Text(answer.error), title="review", border_style="yellow"))
        return
    colour = "green" if answer.decision is Decision.ASSIGN else "yellow"
    parts: list[RenderableType] = [
        _levels(answer),
        Text(f"{answer.decision}: {answer.decision_reason}", style=colour),
    ]
    if answer.error:
        parts.append(Text(f"not read: {answer.error}", style="red"))
    parts += [_alternatives(answer), *_reasons(answer)]
    title = Text(join_path(answer.category), style="bold")
    console.print(Panel(Group(*parts), title=title, border_style=colour))


def _levels(answer: Prediction) -> Table:
    table = Table.grid(padding=(0, 2))
    for depth, level in enumerate(answer.levels):
        full = round(level.confidence * _BAR)
        bar = Text("█" * full + "░" * (_BAR - full))
        table.add_row(Text("  " * depth + level.category[-1]), bar, _percent(level.confidence))
    return table


def _alternatives(answer: Prediction) -> Table:
    table = Table.grid(padding=(0, 2))
    for one in answer.alternatives[:3]:
        table.add_row(
            Text("or", style="dim"), Text(join_path(one.category)), _percent(one.confidence)
        )
    return table


def _reasons(answer: Prediction) -> list[Table | Text]:
    if answer.explanation is None:
        return []
    experts = Table("expert", "favours", "confidence", "adds to log-odds", box=None)
    for part in answer.explanation.contributions:
        says = Text(join_path(part.favours))
        experts.add_row(part.expert, says, _percent(part.confidence, 0), f"{part.log_odds:+.1f}")
    found: list[Table | Text] = [Text(), experts]
    if answer.explanation.words:
        words = ", ".join(word for word, _ in answer.explanation.words)
        found.append(Text(f"\nwords: {words}"))
    similar = Table.grid(padding=(0, 2))
    for one in answer.explanation.similar:
        similar.add_row(
            Text(f"like {_percent(one.similarity, 0)}", style="dim"),
            Text(one.title or one.id, overflow="ellipsis", no_wrap=True),
            Text(join_path(one.category), style="dim"),
        )
    return [*found, similar]


def _percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def _in_words(modalities: ModalitySet) -> str:
    """A set of modalities as people call them: a picture is no image."""
    return modality_set_name(modalities).replace(Modality.IMAGE, "picture")
