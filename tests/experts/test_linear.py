import numpy as np
import pytest
from scipy.sparse import csr_array

from aisle.experts.linear import LinearExpert
from aisle.experts.sampled import SampledLinearExpert


def bags(rows: int, count: int, seed: int = 0) -> tuple[csr_array, np.ndarray]:
    """Sparse rows in which three columns of its own mark each category."""
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % count
    dense = random.uniform(0, 0.3, (rows, count * 3)) * (
        random.uniform(size=(rows, count * 3)) < 0.2
    )
    for row, label in enumerate(labels):
        dense[row, label * 3 + random.integers(3)] += 1
    return csr_array(dense.astype(np.float32)), labels


@pytest.mark.parametrize("kind", [LinearExpert, SampledLinearExpert])
@pytest.mark.parametrize("count", [2, 5, 40])
def test_learns_what_marks_a_category(kind: type, count: int) -> None:
    features, labels = bags(400, count)
    unseen, truth = bags(200, count, seed=1)
    expert = kind().fit(features, labels, count)
    assert (expert.scores(unseen).argmax(axis=1) == truth).mean() > 0.9


@pytest.mark.parametrize("kind", [LinearExpert, SampledLinearExpert])
def test_a_category_that_does_not_occur_is_never_the_answer(kind: type) -> None:
    features, labels = bags(200, 4)
    scores = kind().fit(features, labels, 6).scores(features)
    assert scores.shape == (200, 6)
    assert set(scores.argmax(axis=1)) <= {0, 1, 2, 3}


@pytest.mark.parametrize("kind", [LinearExpert, SampledLinearExpert])
def test_one_category_alone_is_the_answer(kind: type) -> None:
    features, _ = bags(20, 2)
    scores = kind().fit(features, np.full(20, 1), 3).scores(features)
    assert (scores.argmax(axis=1) == 1).all()


@pytest.mark.parametrize("kind", [LinearExpert, SampledLinearExpert])
def test_state_brings_back_the_same_scores(kind: type) -> None:
    features, labels = bags(100, 5)
    expert = kind().fit(features, labels, 5)
    again = kind.from_state(expert.state())
    np.testing.assert_array_equal(again.scores(features), expert.scores(features))


@pytest.mark.parametrize("kind", [LinearExpert, SampledLinearExpert])
def test_lead_is_the_difference_of_weights(kind: type) -> None:
    features, labels = bags(100, 5)
    expert = kind().fit(features, labels, 5)
    columns = np.arange(features.shape[1])
    lead = expert.lead(1, 2, columns)
    assert lead[3:6].min() > 0 > lead[6:9].max()


@pytest.mark.parametrize("kind", [LinearExpert, SampledLinearExpert])
def test_lead_adds_up_to_the_difference_of_scores(kind: type) -> None:
    features, labels = bags(100, 5)
    expert = kind().fit(features, labels, 5)
    row = features[[7]]
    winner, runner_up = expert.scores(row)[0, [2, 4]] - expert.offsets_[[2, 4]]
    lead = expert.lead(2, 4, row.indices) @ row.data
    np.testing.assert_allclose(lead, winner - runner_up, rtol=1e-4)


@pytest.mark.parametrize("kind", [LinearExpert, SampledLinearExpert])
def test_weights_of_a_feature_lie_beside_each_other(kind: type) -> None:
    """A product then touches those of its own features alone; else each answer copies them all."""
    features, labels = bags(100, 5)
    weights = kind().fit(features, labels, 5).weights_
    assert weights.shape == (15, 5)
    assert weights.format == "csr" if kind is SampledLinearExpert else weights.flags.c_contiguous
