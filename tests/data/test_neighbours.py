import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from aisle.data.neighbours import near_duplicate_components


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def planted(seed, count=400, width=40, copies=120, noise=0.04):
    """Random directions, some of them copied with a little noise."""
    random = np.random.default_rng(seed)
    originals = random.standard_normal((count, width))
    chosen = random.integers(count, size=copies)
    near = originals[chosen] + noise * random.standard_normal((copies, width))
    return unit(random.permutation(np.vstack([originals, near])))


def brute_force(vectors, threshold):
    return connected_components(csr_array(vectors @ vectors.T >= threshold))[1]


def same_partition(first, second):
    pairs = len(set(zip(first.tolist(), second.tolist(), strict=True)))
    return len(set(first.tolist())) == len(set(second.tolist())) == pairs


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sparse", [False, True])
def test_as_brute_force(seed, sparse):
    vectors = planted(seed)
    wanted = brute_force(vectors, 0.95)
    assert len(set(wanted.tolist())) < 440
    found = near_duplicate_components(csr_array(vectors) if sparse else vectors, 0.95)
    assert same_partition(found, wanted)


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9])
def test_never_joins_what_brute_force_keeps_apart(threshold):
    vectors = planted(0, count=150, width=6, noise=0.5)
    found = near_duplicate_components(vectors, threshold)
    wanted = brute_force(vectors, threshold)
    refined = set(zip(found.tolist(), wanted.tolist(), strict=True))
    assert len(refined) == len(set(found.tolist()))


def test_most_pairs_just_above_the_threshold_are_found():
    random = np.random.default_rng(0)
    originals = unit(random.standard_normal((1000, 64)))
    aside = random.standard_normal((1000, 64))
    aside = unit(aside - (aside * originals).sum(axis=1, keepdims=True) * originals)
    twins = 0.905 * originals + np.sqrt(1 - 0.905**2) * aside
    found = near_duplicate_components(np.vstack([originals, twins]).astype(np.float32), 0.9)
    assert np.mean(found[:1000] == found[1000:]) > 0.98


def test_chain_is_one_group_and_more_copies_than_the_reach_too():
    angles = np.linspace(0, np.pi / 2, 40)
    chain = np.column_stack([np.cos(angles), np.sin(angles)])
    assert len(set(near_duplicate_components(unit(chain), 0.99).tolist())) == 1
    same = unit(np.ones((300, 5)))
    assert len(set(near_duplicate_components(same, 0.99).tolist())) == 1


def test_rows_of_zeros_are_alone():
    vectors = np.zeros((4, 3), dtype=np.float32)
    vectors[2:] = [1, 0, 0]
    groups = near_duplicate_components(vectors, 0.9).tolist()
    assert groups[2] == groups[3]
    assert len(set(groups)) == 3


def test_same_answer_each_time():
    vectors = planted(3)
    assert np.array_equal(
        near_duplicate_components(vectors, 0.9), near_duplicate_components(vectors, 0.9)
    )


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_any_rows(count):
    assert near_duplicate_components(np.ones((count, 2), np.float32), 0.9).tolist() == [0] * count
