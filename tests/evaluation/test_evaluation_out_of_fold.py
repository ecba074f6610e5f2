import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_in import MUGS, SHIRTS, SHOES, modality_set_summary, oof_predictions

from aisle.classifier import Classifier
from aisle.evaluation.out_of_fold import node_scores, oof_figures
from aisle.taxonomy import Taxonomy

TREE = Taxonomy([SHIRTS, SHOES, MUGS])


def figures(oof, threshold=0.8, coverage=0.5):
    summary = modality_set_summary(
        threshold=threshold, coverage=coverage, accuracy=0.7, rows=1000, oof=oof
    )
    return oof_figures(summary, TREE)


def test_figures_of_all_products_come_from_the_summary():
    found = figures(oof_predictions([0, 1], [0, 0]))
    assert (found.rows, found.accuracy, found.assigned) == (1000, 0.7, 0.5)
    assert found.promised_precision == 0.96
    assert found.kept == 2


def test_without_a_promise_nothing_is_assigned():
    found = figures(oof_predictions([0, 1], [0, 0]), threshold=2.0)
    assert found.promised_precision is None
    assert found.assigned_precision is None


def test_assignments_are_familiar_and_confident_enough():
    oof = oof_predictions(
        [0, 0, 0, 0], [0, 1, 1, 1], [0.9, 0.81, 0.79, 0.99], [True, True, True, False]
    )
    assert figures(oof).assigned_precision == 0.5


def test_the_threshold_itself_is_assigned():
    oof = oof_predictions([0], [0], [0.8])
    value = float(oof.confidence[0])
    assert figures(oof, value).assigned_precision == 1


def test_the_curve_goes_by_confidence():
    oof = oof_predictions([0, 0, 0], [0, 1, 0], [0.9, 0.85, 0.6], [True, True, False])
    curve = figures(oof).risk_coverage
    assert [one.coverage for one in curve] == pytest.approx([1 / 3, 2 / 3, 1])
    assert [one.risk for one in curve] == pytest.approx([0, 1 / 2, 1 / 3])


def test_reliability_counts_every_answer():
    oof = oof_predictions([0, 1, 2], [0, 1, 1], [0.9, 0.9, 0.2], [True, False, True])
    found = figures(oof)
    assert sum(one.count for one in found.reliability) == 3
    assert found.calibration_error == pytest.approx((2 * 0.1 + 0.2) / 3)


def test_levels_are_those_of_the_tree():
    levels = figures(oof_predictions([0, 1], [1, 1])).levels
    assert [(one.level, one.accuracy) for one in levels] == [(1, 1.0), (2, 0.5)]


def test_an_answer_in_the_same_part_of_the_tree_is_right_there():
    nodes = node_scores(oof_predictions([0, 0, 1, 1], [0, 1, 1, 2]), TREE)
    assert [(one.path, one.categories, one.rows, one.accuracy) for one in nodes] == [
        (("Clothing",), 2, 4, 0.75),
        (SHIRTS, 1, 2, 0.5),
        (SHOES, 1, 2, 0.5),
        (("Kitchen",), 1, 0, None),
        (MUGS, 1, 0, None),
    ]


def test_a_category_may_have_others_beneath_it():
    tree = Taxonomy([("A", "B"), ("A",), ("C",)])
    nodes = node_scores(oof_predictions([1, 1, 0], [0, 2, 1]), tree)
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
    nodes = node_scores(oof_predictions(truth, said), Taxonomy(paths))
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


def test_a_fitted_model_has_figures_of_each_modality_set(model: Classifier):
    for summary in model.summary().by_modalities:
        found = oof_figures(summary, model.taxonomy_)
        assert found.kept == found.rows
        assert found.accuracy == pytest.approx(found.levels[-1].accuracy)
        roots = [one for one in found.tree if len(one.path) == 1]
        assert sum(one.rows for one in roots) == found.rows
        assert len(found.tree) == 6
