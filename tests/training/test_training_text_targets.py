import numpy as np
import pytest

from training.text_bags import Bags
from training.text_targets import Axes, telling


def test_axes_keep_the_directions_of_most_variance() -> None:
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(500, 4)) * [0.1, 5, 0.1, 2] + 7).astype(np.float32)
    told = Axes(vectors, 2)(vectors)
    centred = vectors - vectors.mean(axis=0)
    wanted = centred[:, [1, 3]] / np.linalg.norm(centred[:, [1, 3]], axis=1, keepdims=True)
    assert np.abs((told * wanted).sum(axis=1)).mean() == pytest.approx(1, abs=0.3)
    np.testing.assert_allclose(np.linalg.norm(told, axis=1), 1, rtol=1e-5)
    assert np.corrcoef(np.abs(told[:, 0]), np.abs(wanted[:, 0]))[0, 1] > 0.98


def test_frequent_pieces_are_short() -> None:
    weights = telling(Bags(np.array([0, 0, 0, 1]), np.array([0, 4])), vocabulary=3)
    assert weights[0] < weights[1] == weights[2]
