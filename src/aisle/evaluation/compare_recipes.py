"""Recipes side by side on the same splits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from tqdm import tqdm

from aisle.classifier import Classifier
from aisle.data.products import Products, as_products
from aisle.data.splits import NEAR_DUPLICATES, RANDOM, groups_by, leaked_rows, split
from aisle.errors import InputError
from aisle.evaluation.cross_validation import labelled, progress
from aisle.evaluation.modality_views import ModalityView
from aisle.evaluation.presentation import count, percent, text_table
from aisle.evaluation.recipe_runs import MEASURES, RecipeResult, Run, fit_and_test

PARTS = 5
"""The number of parts that products are split into; one of them is tested."""

LEVEL = 0.005
"""Recipes that are fewer points apart than this count as equal."""

Recipes = Mapping[str, Callable[[int], Classifier]]


@dataclass(frozen=True)
class SplitComparison:
    """Recipes on one way of splitting.

    Attributes:
        by: what was kept on one side.
        results: one a recipe.
    """

    by: str
    results: tuple[RecipeResult, ...]

    def __str__(self) -> str:
        header = ["recipe", *(measure.title for measure in MEASURES)]
        lines = [
            [one.recipe, *(measure.shown(one.spread(measure)) for measure in MEASURES)]
            for one in self.results
        ]
        return "\n".join(
            [f"{self.title} (micro-F1 in %)", "", text_table(header, lines), "", *self.remarks]
        )

    @property
    def title(self) -> str:
        """How it was split."""
        return "Split at random" if self.by == RANDOM else f"Split by {self.by}"

    @property
    def best(self) -> RecipeResult:
        """The recipe of the highest mean test micro-F1."""
        return max(self.results, key=lambda one: one.test)

    @property
    def second(self) -> RecipeResult | None:
        """The next best recipe; None where there is one only."""
        others = [one for one in self.results if one is not self.best]
        return max(others, key=lambda one: one.test, default=None)

    @property
    def lead(self) -> float:
        """By how many points the best recipe is ahead of the next; infinite where it is alone."""
        return 100 * (self.best.test - self.second.test) if self.second else inf

    @property
    def conclusion(self) -> str:
        """Which recipe is best, in a sentence."""
        best, second = self.best, self.second
        right = percent(best.test, 2)
        if second is None:
            return f"{best.recipe} gets {right} of the test products right."
        if self.lead < LEVEL:
            return f"{best.recipe} and {second.recipe} are equal at {right}."
        return (
            f"{best.recipe} is best: {right} right, {self.lead:.2f} points more than"
            f" {second.recipe}{best.seeds_ahead(second)}."
        )

    @property
    def remarks(self) -> list[str]:
        """The conclusion and what else to know, a line each."""
        gains = [self._gain(one) for one in self.results if ModalityView.BOTH in one.views]
        notes = [note for one in self.results for note in one.notes]
        unseen = sum(run.unseen for run in self.results[0].runs)
        if unseen:
            notes.append(
                f"{count(unseen, 'test row')} of categories that were not in training count as"
                " wrong"
            )
        return [self.conclusion, *filter(None, gains), *notes]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "by": self.by,
            "best": self.best.recipe,
            "remarks": self.remarks,
            "recipes": {one.recipe: one.to_dict() for one in self.results},
        }

    def _gain(self, both: RecipeResult) -> str:
        """What text and picture together gain over the best of them alone.

        A recipe that must have both is compared with the recipes that look at one of them.
        """
        own = [(both, view) for view in both.views if view is not ModalityView.BOTH]
        narrow = [(one, one.views[0]) for one in self.results if len(one.views) == 1]
        others = [pair for pair in narrow if pair[1] is not ModalityView.BOTH]
        if not own and not others:
            return ""
        single, view = max(own or others, key=lambda pair: pair[0].accuracy(pair[1]))
        gain = 100 * (both.accuracy(ModalityView.BOTH) - single.accuracy(view))
        lead = f"gain {gain:.2f} points over" if gain >= 0 else f"lose {-gain:.2f} points against"
        whose = view.caption if own else f"{single.recipe}, {view.caption}"
        return f"{both.recipe}: text and picture together {lead} {whose}."


@dataclass(frozen=True, repr=False)
class RecipeComparison:
    """Recipes on the same products; printing it shows a table for each way of splitting.

    Attributes:
        rows: the number of products with a category.
        categories: the number of categories that they have.
        seeds: one split and one fit of each recipe for each of them.
        leaked: the number of rows that a random split would test with a near-duplicate in training,
            were each part tested once.
        splits: one for each way of splitting.
    """

    rows: int
    categories: int
    seeds: tuple[int, ...]
    leaked: int
    splits: tuple[SplitComparison, ...]

    def __str__(self) -> str:
        return "\n\n".join([*map(str, self.splits), "\n".join(self.conditions)])

    def __repr__(self) -> str:
        recipes = count(len(self.splits[0].results), "recipe")
        return f"<RecipeComparison: {recipes}, {count(self.rows, 'product')}>"

    @property
    def conclusion(self) -> str:
        """The outcome of all splits in a sentence."""
        best = {one.best.recipe for one in self.splits}
        if len(self.splits) == 1 or len(self.splits[0].results) == 1:
            return self.splits[-1].conclusion
        if len(best) > 1:
            names = ", ".join(f"{one.best.recipe} ({one.by})" for one in self.splits)
            return f"Which recipe is best depends on the split: {names}."
        least = min(one.lead for one in self.splits)
        by = f", by {least:.2f} points or more" if least >= LEVEL else ", or equal to the best"
        return f"{self.splits[0].best.recipe} is best on every split{by}."

    @property
    def conditions(self) -> list[str]:
        """How it was measured, a line each."""
        seeds = ", ".join(map(str, self.seeds))
        word = "seed" if len(self.seeds) == 1 else "seeds"
        spread = "; mean ± standard deviation over the seeds" if len(self.seeds) > 1 else ""
        return [
            f"{count(self.rows, 'product')}, {count(self.categories, 'category', 'categories')};"
            f" a fifth of them is tested, the same for all recipes; {word} {seeds}{spread}",
            "train: the rows that experts were fitted on; validation: rows of the training part"
            " that they were not fitted on (networks set a part aside, all others use out-of-fold"
            " predictions), of those that have all that the recipe looks at",
            "test, macro-F1: with all that the recipe looks at; text only, picture only: with the"
            " other taken away",
            f"a random split leaks {percent(self.leaked / self.rows)} of its test rows: they have"
            " a near-duplicate in training",
            "seconds to fit: without the encodings that earlier fits have left in the cache",
        ]

    def to_dict(self) -> dict[str, Any]:
        """For JSON, with all runs and curves."""
        return {
            "rows": self.rows,
            "categories": self.categories,
            "seeds": list(self.seeds),
            "leaked": self.leaked,
            "conclusion": self.conclusion,
            "conditions": self.conditions,
            "splits": [one.to_dict() for one in self.splits],
        }


def compare_recipes(
    products: object,
    recipes: Recipes,
    *,
    by: Sequence[str] = (RANDOM, NEAR_DUPLICATES),
    seeds: Sequence[int] = (0,),
) -> RecipeComparison:
    """Fits each recipe on the same four fifths of the products and tests it on the last one.

    Args:
        products: any data frame, a list of `Product` or `Products`; those without a category are
            left out.
        recipes: by name, what returns a classifier of a seed that is not fitted.
        by: ways of splitting, as in `split`.
        seeds: each for one split, and one fit of each recipe on it.

    Raises:
        InputError: there is no recipe, no way of splitting or no seed, or the products cannot be
            split so.
        LabelError: no product has a category, or a training part has not two.
    """
    for name, given in (("recipe", recipes), ("way of splitting", by), ("seed", seeds)):
        if not given:
            raise InputError(f"no {name} was given to compare by; at least one is needed")
    known = labelled(as_products(products))
    groups = {one: groups_by(known, one) for one in dict.fromkeys((*by, NEAR_DUPLICATES))}
    total = len(by) * len(seeds) * len(recipes)
    with progress(total, "comparing recipes") as bar:
        return RecipeComparison(
            rows=len(known),
            categories=len({product.category for product in known}),
            seeds=tuple(seeds),
            leaked=leaked_rows(groups[NEAR_DUPLICATES], PARTS, seeds[0]),
            splits=tuple(_compared(known, recipes, one, seeds, bar) for one in by),
        )


def _compared(
    products: Products, recipes: Recipes, by: str, seeds: Sequence[int], bar: tqdm[Any]
) -> SplitComparison:
    runs: dict[str, list[Run]] = {name: [] for name in recipes}
    for seed in seeds:
        train, test = split(products, by=by, test_size=1 / PARTS, seed=seed)
        for name, make in recipes.items():
            bar.set_postfix_str(name)
            runs[name].append(fit_and_test(make(seed), train, test, seed))
            bar.update()
    return SplitComparison(
        by, tuple(RecipeResult(name, tuple(done)) for name, done in runs.items())
    )
