"""What frozen text vectors show of categories: `python -m training.text_probe --data DIR FOLDER..`.

The 1,050 set, of which no text was learned from, gives the figure to report. Products of makers
that nothing was learned from, over the second level of the tree, give the figure to choose by.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from aisle.data.presets.flipkart.rows import FlipkartRow, read_rows
from aisle.data.presets.flipkart.tree import RawCategory, category_paths
from aisle.data.tables import read_table
from aisle.encoders.base import TextEncoder
from aisle.encoders.text import open_text_encoder
from training.text_corpus import SUBSET, is_of_held_out_maker, text_of, unmeasured_products

STRENGTH = 0.1
SEEDS = 5
_LEAST_ROWS = 10
_SAMPLE = 5000


@dataclass(frozen=True)
class Labelled:
    """Texts with their categories."""

    texts: Sequence[str]
    labels: NDArray[np.str_]


def main() -> None:
    """One line an encoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the texts")
    parser.add_argument("folders", type=Path, nargs="+", help="encoders")
    options = parser.parse_args()
    subset = _labelled(read_rows(read_table(options.data / SUBSET)), depth=1)
    learned, unseen = by_maker(options.data)
    for folder in options.folders:
        encoder = open_text_encoder(folder)
        folds = accuracies(encoder, subset)
        chosen = second_level(encoder, learned, unseen)
        print(
            f"{encoder.name}: 1,050 set {np.mean(folds):.4f} [{min(folds):.4f}, {max(folds):.4f}];"
            f" second level, other makers: accuracy {chosen[0]:.4f}, macro-F1 {chosen[1]:.4f}"
        )


def accuracies(encoder: TextEncoder, labelled: Labelled) -> list[float]:
    """The mean accuracy over five stratified folds, one a seed."""
    vectors = encoder.encode(labelled.texts)
    deals = [StratifiedKFold(5, shuffle=True, random_state=seed) for seed in range(SEEDS)]
    scores = [cross_val_score(_model(), vectors, labelled.labels, cv=deal) for deal in deals]
    return [float(score.mean()) for score in scores]


def second_level(encoder: TextEncoder, learned: Labelled, unseen: Labelled) -> tuple[float, float]:
    """Accuracy and macro-F1 on unseen makers, averaged over names alone and whole texts."""
    scores = []
    for part in (_first_line, str):
        train, test = ([part(text) for text in side.texts] for side in (learned, unseen))
        model = _model().fit(encoder.encode(train), learned.labels)
        answers = model.predict(encoder.encode(test))
        macro = f1_score(unseen.labels, answers, average="macro", zero_division=0)
        scores.append((np.mean(answers == unseen.labels), macro))
    accuracy, macro = np.mean(scores, axis=0)
    return float(accuracy), float(macro)


def by_maker(data: Path) -> tuple[Labelled, Labelled]:
    """Products outside of the 1,050 set: a sample of those learned from, and unseen makers."""
    rows = {text_of(row): row for row in unmeasured_products(data)}.values()
    sides = [[row for row in rows if is_of_held_out_maker(row) == held] for held in (False, True)]
    learned, unseen = (_labelled(side, depth=2) for side in sides)
    counts = Counter(learned.labels.tolist())
    usable = [
        np.array([counts[label] >= _LEAST_ROWS for label in one.labels])
        for one in (learned, unseen)
    ]
    sample = np.random.default_rng(0).permutation(np.flatnonzero(usable[0]))[:_SAMPLE]
    return _take(learned, sample), _take(unseen, np.flatnonzero(usable[1]))


def _labelled(rows: Sequence[FlipkartRow], depth: int) -> Labelled:
    paths = category_paths([RawCategory(row.tree, row.title, row.brand) for row in rows])
    pairs = [(text_of(row), path) for row, path in zip(rows, paths, strict=True) if path]
    return Labelled(
        [text for text, _ in pairs], np.array([" > ".join(path[:depth]) for _, path in pairs])
    )


def _take(labelled: Labelled, rows: NDArray[np.intp]) -> Labelled:
    return Labelled([labelled.texts[row] for row in rows], labelled.labels[rows])


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _model() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-3))


if __name__ == "__main__":
    main()
