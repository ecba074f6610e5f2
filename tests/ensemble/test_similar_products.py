"""Training products that are kept to show what an answer resembles."""

import numpy as np
import pytest
from handmade import PAN, SHIRT, products_from
from scipy.sparse import csr_array

from aisle.ensemble.similar_products import NearestNeighbours, ReferenceProducts, rows_to_keep
from aisle.experts.linear import LinearExpert
from aisle.features.featurizer import Evidence
from aisle.schema import Product

ITEMS = [
    Product("a", ("", "second text"), (), SHIRT),
    Product("b", ("x" * 500,), (), SHIRT),
    Product("c", (), (), PAN),
]
VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)


def reference(
    present: tuple[bool, ...] = (True, True, True), sparse: bool = False, most: int = 3
) -> ReferenceProducts:
    features = csr_array(VECTORS) if sparse else VECTORS
    evidence = [Evidence(features, np.array(present))]
    rows = rows_to_keep(3, most, seed=0)
    return ReferenceProducts.of(products_from(ITEMS), [LinearExpert()], evidence, rows)


def neighbours(features: np.ndarray | csr_array, present: np.ndarray) -> NearestNeighbours:
    rows = np.arange(len(present))
    return NearestNeighbours().fit(LinearExpert(), Evidence(features, present), rows)


@pytest.mark.parametrize("sparse", [False, True])
def test_the_nearest_come_first_with_their_cosine(sparse: bool) -> None:
    query = np.array([[3.0, 0.0]], dtype=np.float32)
    found = reference(sparse=sparse).similar(0, csr_array(query) if sparse else query)
    assert [(one.id, one.category) for one in found] == [("a", SHIRT), ("c", PAN), ("b", SHIRT)]
    assert [one.similarity for one in found] == pytest.approx([1, 0.6, 0], abs=1e-3)


def test_the_title_is_the_first_text_that_is_not_empty_and_short() -> None:
    found = reference().similar(0, np.array([[1.0, 0.1]], dtype=np.float32))
    titles = {one.id: one.title for one in found}
    assert titles == {"a": "second text", "b": "x" * 200, "c": ""}


def test_what_an_expert_could_not_see_is_never_similar() -> None:
    found = reference((True, False, True)).similar(0, np.array([[0.0, 1.0]], dtype=np.float32))
    assert [one.id for one in found] == ["c", "a"]


def test_an_expert_that_saw_nothing_finds_nothing() -> None:
    query = np.array([[0.0, 1.0]], dtype=np.float32)
    assert reference((False, False, False)).similar(0, query) == ()


def test_no_more_are_kept_than_asked_for() -> None:
    kept = reference(most=2)
    assert len(kept.products) == 2
    assert len(kept.similar(0, np.array([[1.0, 0.0]], dtype=np.float32))) == 2


@pytest.mark.parametrize("sparse", [False, True])
def test_state_brings_back_the_same_neighbours(sparse: bool) -> None:
    random = np.random.default_rng(0)
    vectors = (random.random((60, 30)) * (random.random((60, 30)) < 0.3)).astype(np.float32)
    features = csr_array(vectors) if sparse else vectors
    found = neighbours(features, np.arange(60) % 7 > 0)
    again = NearestNeighbours.from_state(found.state())
    for row in range(60):
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines = np.where(np.arange(60) % 7 > 0, unit @ unit[row], -1)
        best = np.sort(cosines)[:-4:-1]
        for kept in (found, again):
            nearest = kept.find(features[[row]])
            assert [cosine for _, cosine in nearest] == pytest.approx(best, abs=2e-3)
            assert [cosines[row] for row, _ in nearest] == pytest.approx(best, abs=2e-3)


def test_of_equally_similar_products_the_first_are_shown() -> None:
    same = np.ones((9, 2), dtype=np.float32)
    found = neighbours(same, np.ones(9, dtype=bool))
    assert [row for row, _ in found.find(same[[0]])] == [0, 1, 2]
