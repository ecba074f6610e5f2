import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.taxonomy import Taxonomy

TREE = Taxonomy([("A",), ("A", "x"), ("A", "y"), ("B", "x"), ("B", "y", "deep")])
PATHS = st.lists(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(tuple), min_size=1, unique=True
)


def test_the_order_of_categories_is_kept() -> None:
    assert TREE.categories[0] == ("A",)
    assert len(TREE) == 5
    assert TREE.depth == 3


def test_inner_nodes_are_in_the_tree_and_other_paths_are_not() -> None:
    for path in [("A",), ("B",), ("B", "y"), ("B", "y", "deep")]:
        assert path in TREE
    for path in [(), ("x",), ("A", "z"), ("B", "y", "deep", "er")]:
        assert path not in TREE


def test_levels_sum_up_to_the_root() -> None:
    levels = TREE.levels(("B", "y", "deep"), np.array([0.1, 0.2, 0.3, 0.15, 0.25]))
    assert [level.category for level in levels] == [("B",), ("B", "y"), ("B", "y", "deep")]
    assert [level.confidence for level in levels] == pytest.approx([0.4, 0.25, 0.25])


def test_an_inner_category_counts_for_itself_and_above() -> None:
    probabilities = np.array([0.1, 0.2, 0.3, 0.15, 0.25])
    assert TREE.levels(("A",), probabilities)[0].confidence == pytest.approx(0.6)


def test_equal_names_under_two_parents_stay_apart() -> None:
    probabilities = np.array([0.0, 0.2, 0.0, 0.7, 0.1])
    assert TREE.levels(("A", "x"), probabilities)[-1].confidence == pytest.approx(0.2)


def test_at_level_cuts_paths() -> None:
    nodes, index = TREE.at_level(1)
    assert nodes == (("A",), ("B",))
    assert index.tolist() == [0, 0, 0, 1, 1]
    nodes, index = TREE.at_level(2)
    assert nodes == (("A",), ("A", "x"), ("A", "y"), ("B", "x"), ("B", "y"))
    assert index.tolist() == [0, 1, 2, 3, 4]


@given(PATHS)
def test_the_roots_share_all_probability(paths: list[tuple[str, ...]]) -> None:
    tree = Taxonomy(paths)
    probabilities = np.random.default_rng(0).dirichlet(np.ones(len(paths)))
    roots = {path[:1]: tree.levels(path, probabilities)[0].confidence for path in paths}
    assert sum(roots.values()) == pytest.approx(1)


@given(PATHS)
def test_confidence_never_grows_on_the_way_down(paths: list[tuple[str, ...]]) -> None:
    tree = Taxonomy(paths)
    probabilities = np.random.default_rng(0).dirichlet(np.ones(len(paths)))
    for path in paths:
        found = [level.confidence for level in tree.levels(path, probabilities)]
        assert found == sorted(found, reverse=True)


@given(PATHS, st.integers(1, 4))
def test_at_level_agrees_with_the_paths(paths: list[tuple[str, ...]], level: int) -> None:
    nodes, index = Taxonomy(paths).at_level(level)
    assert [nodes[node] for node in index] == [path[:level] for path in paths]
    assert len(set(nodes)) == len(nodes)
