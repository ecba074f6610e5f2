import numpy as np

from aisle.experts.kernel import KernelExpert


def rings(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two rings around one centre: no line tells them apart."""
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % 2
    angle = random.uniform(0, 2 * np.pi, rows)
    radius = 1 + 2 * labels + random.normal(0, 0.2, rows)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return points.astype(np.float32), labels


def test_tells_rings_apart() -> None:
    features, labels = rings(300)
    unseen, truth = rings(200, seed=1)
    expert = KernelExpert().fit(features, labels, 2)
    assert (expert.scores(unseen).argmax(axis=1) == truth).mean() > 0.97


def test_more_rows_than_landmarks() -> None:
    features, labels = rings(1500)
    expert = KernelExpert().fit(features, labels, 2)
    assert expert.landmarks_.shape == (1000, 2)
    assert (expert.scores(features).argmax(axis=1) == labels).mean() > 0.97


def test_a_category_that_does_not_occur_is_never_the_answer() -> None:
    features, labels = rings(100)
    assert set(KernelExpert().fit(features, labels, 4).scores(features).argmax(axis=1)) == {0, 1}


def test_a_constant_dimension_does_no_harm() -> None:
    features, labels = rings(100)
    features = np.hstack([features, np.ones((100, 1), dtype=np.float32)])
    assert np.isfinite(KernelExpert().fit(features, labels, 2).scores(features)).all()


def test_state_brings_back_the_same_scores() -> None:
    features, labels = rings(100)
    expert = KernelExpert().fit(features, labels, 2)
    again = KernelExpert.from_state(expert.state())
    np.testing.assert_array_equal(again.scores(features), expert.scores(features))
