"""Honest figures: how good a model is, and what text, picture and both are worth."""

from aisle.evaluation.comparing import Comparison, compare
from aisle.evaluation.evaluating import Evaluation, evaluate
from aisle.evaluation.recipes import RecipeComparison, compare_recipes
from aisle.evaluation.report import write_comparison, write_recipes, write_report

__all__ = [
    "Comparison",
    "Evaluation",
    "RecipeComparison",
    "compare",
    "compare_recipes",
    "evaluate",
    "write_comparison",
    "write_recipes",
    "write_report",
]
