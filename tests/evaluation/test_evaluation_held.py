import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.classifier import Classifier
from aisle.evaluation.held import held_figures, node_scores
from aisle.panel.decision import Threshold
from aisle.panel.verdict import Verdict
from aisle.summary import OofPredictions
from aisle.taxonomy import Taxonomy

SHIRTS, SHOES, MUGS = ("Clothing", "Shirts"), ("Clothing", "Shoes"), ("Kitchen", "Mugs")
TREE = Taxonomy([SHIRTS, SHOES, MUGS])


def answers(truth, said, confidence=None, eligible=None):
    count = len(truth)
    return OofPredictions(
        np.array(truth, dtype=np.int32),
        np.array(said, dtype=np.int32),
        np.array(confidence or [0.9] * count, dtype=np.float32),
        np.array(eligible or [True] * count),
    )


def verdict(value=0.8, coverage=0.5):
    threshold = Threshold(value, 0.95, 0.96, coverage, 1000)
    return Verdict((1.0,), threshold, -1.0, -1.0, 1000, 0.7, "tfidf", 0.6, True, True)


def test_figures_of_all_products_come_from_the_verdict():
    figures = held_figures(answers([0, 1], [0, 0]), verdict(), TREE)
    assert (figures.rows, figures.accuracy, figures.assigned) == (1000, 0.7, 0.5)
    assert figures.promised_precision == 0.96
    assert figures.kept == 2


def test_without_a_promise_nothing_is_assigned():
    figures = held_figures(answers([0, 1], [0, 0]), verdict(value=2.0, coverage=0.0), TREE)
    assert figures.promised_precision is None
    assert figures.assigned_precision is None


def test_assignments_are_familiar_and_confident_enough():
    held = answers([0, 0, 0, 0], [0, 1, 1, 1], [0.9, 0.81, 0.79, 0.99], [True, True, True, False])
    assert held_figures(held, verdict(value=0.8), TREE).assigned_precision == 0.5


def test_the_threshold_itself_is_assigned():
    held = answers([0], [0], [0.8])
    value = float(held.confidence[0])
    assert held_figures(held, verdict(value), TREE).assigned_precision == 1


def test_the_curve_goes_by_confidence():
    held = answers([0, 0, 0], [0, 1, 0], [0.9, 0.85, 0.6], [True, True, False])
    curve = held_figures(held, verdict(value=0.8), TREE).risk_coverage
    assert [one.coverage for one in curve] == pytest.approx([1 / 3, 2 / 3, 1])
    assert [one.risk for one in curve] == pytest.approx([0, 1 / 2, 1 / 3])


def test_reliability_counts_every_answer():
    held = answers([0, 1, 2], [0, 1, 1], [0.9, 0.9, 0.2], [True, False, True])
    figures = held_figures(held, verdict(), TREE)
    assert sum(one.count for one in figures.reliability) == 3
    assert figures.calibration_error == pytest.approx((2 * 0.1 + 0.2) / 3)


def test_levels_are_those_of_the_tree():
    levels = held_figures(answers([0, 1], [1, 1]), verdict(), TREE).levels
    assert [(one.level, one.accuracy) for one in levels] == [(1, 1.0), (2, 0.5)]


def test_an_answer_in_the_same_part_of_the_tree_is_right_there():
    nodes = node_scores(answers([0, 0, 1, 1], [0, 1, 1, 2]), TREE)
    assert [(one.path, one.categories, one.rows, one.accuracy) for one in nodes] == [
        (("Clothing",), 2, 4, 0.75),
        (SHIRTS, 1, 2, 0.5),
        (SHOES, 1, 2, 0.5),
        (("Kitchen",), 1, 0, None),
        (MUGS, 1, 0, None),
    ]


def test_a_category_may_have_others_beneath_it():
    tree = Taxonomy([("A", "B"), ("A",), ("C",)])
    nodes = node_scores(answers([1, 1, 0], [0, 2, 1]), tree)
    assert [(one.path, one.categories, one.rows, one.accuracy) for one in nodes] == [
        (("A",), 2, 3, pytest.approx(2 / 3)),
        (("A", "B"), 1, 1, 0.0),
        (("C",), 1, 0, None),
    ]


PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(tuple)


@given(paths=st.lists(PATHS, unique=True, min_size=1), data=st.data())
def test_every_node_counts_what_lies_beneath_it(paths, data):
    columns = st.lists(st.integers(0, len(paths) - 1), min_size=8, max_size=8)
    truth, said = data.draw(columns), data.draw(columns)
    nodes = node_scores(answers(truth, said), Taxonomy(paths))
    everything = {path[:depth] for path in paths for depth in range(1, len(path) + 1)}
    assert [one.path for one in nodes] == sorted(everything)
    for one in nodes:
        depth = len(one.path)
        within = [
            paths[a][:depth]
            for t, a in zip(truth, said, strict=True)
            if paths[t][:depth] == one.path
        ]
        assert one.rows == len(within)
        assert one.categories == sum(path[:depth] == one.path for path in paths)
        share = sum(path == one.path for path in within) / len(within) if within else None
        assert one.accuracy == pytest.approx(share)


def test_a_fitted_model_has_figures_of_each_pattern(model: Classifier):
    for pattern, held in model.held_answers_.items():
        found = held_figures(held, model.verdicts_[pattern], model.taxonomy_)
        assert found.kept == found.rows
        assert found.accuracy == pytest.approx(found.levels[-1].accuracy)
        roots = [one for one in found.tree if len(one.path) == 1]
        assert sum(one.rows for one in roots) == found.rows
        assert len(found.tree) == 6
