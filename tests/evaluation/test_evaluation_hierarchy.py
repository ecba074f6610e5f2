import pytest

from aisle.evaluation.hierarchy import hierarchical_scores, level_scores

TRUTH = [("A", "B", "C"), ("A", "B"), ("X",)]


def test_hierarchical_scores_by_hand():
    # answers share 2 of 3, 1 of 2 and 0 of 1 nodes with the truth
    scores = hierarchical_scores(TRUTH, [("A", "B", "D"), ("A", "Z"), ("A", "B")])
    assert scores.precision == pytest.approx(3 / 7)
    assert scores.recall == pytest.approx(3 / 6)
    assert scores.f1 == pytest.approx(6 / 13)


def test_the_same_name_in_another_branch_is_not_shared():
    scores = hierarchical_scores([("A", "Other")], [("B", "Other")])
    assert (scores.precision, scores.recall, scores.f1) == (0, 0, 0)


def test_no_answer_costs_recall_but_not_precision():
    scores = hierarchical_scores(TRUTH, [TRUTH[0], None, None])
    assert scores.precision == 1
    assert scores.recall == 0.5
    assert hierarchical_scores(TRUTH, [None] * 3).f1 == 0


def test_levels_count_only_products_that_reach_them():
    levels = level_scores(TRUTH, [("A", "B", "D"), ("A", "B"), None])
    assert [(one.level, one.rows, one.nodes) for one in levels] == [(1, 3, 2), (2, 2, 1), (3, 1, 1)]
    assert [one.accuracy for one in levels] == pytest.approx([2 / 3, 1, 0])
