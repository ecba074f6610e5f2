import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from aisle.experts.discriminant import DiscriminantExpert
from aisle.experts.kernel import KernelExpert


def clouds(sizes: list[int], seed: int = 0, width: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping clouds of one shape around means of their own."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    means = np.random.default_rng(1).normal(size=(len(sizes), width))
    stretch = np.linspace(0.5, 2, width)
    features = means[labels] + random.normal(size=(len(labels), width)) * stretch
    return features.astype(np.float32), labels


def test_without_a_ridge_it_is_the_textbook_s() -> None:
    features, labels = clouds([40, 60, 30])
    textbook = LinearDiscriminantAnalysis(solver="lsqr").fit(features, labels)
    scores = DiscriminantExpert(ridge=0).fit(features, labels, 3).scores(features)
    proba = textbook.predict_proba(features)
    odds = np.log(proba) - np.log1p(-proba)
    np.testing.assert_allclose(scores, odds.clip(-30, 30), rtol=2e-3, atol=5e-3)


def test_rare_categories_are_found_that_a_kernel_misses() -> None:
    features, labels = clouds([100] * 20 + [5] * 20, width=32)
    new, truth = clouds([20] * 40, seed=9, width=32)
    rare = truth >= 20
    found = {
        expert: (expert().fit(features, labels, 40).scores(new).argmax(axis=1) == truth)[
            rare
        ].mean()
        for expert in (DiscriminantExpert, KernelExpert)
    }
    assert found[DiscriminantExpert] > found[KernelExpert] + 0.1
    assert found[DiscriminantExpert] > 0.7


def test_a_category_that_does_not_occur_is_never_likely() -> None:
    features, labels = clouds([20, 20])
    scores = DiscriminantExpert().fit(features, labels, 4).scores(features)
    assert np.isfinite(scores).all()
    assert (scores[:, 2:] == -30).all()


def test_one_row_and_equal_rows_are_no_error() -> None:
    same = np.ones((5, 8), dtype=np.float32)
    scores = DiscriminantExpert().fit(same, np.array([0, 0, 0, 1, 1]), 2).scores(same)
    assert scores[0] == pytest.approx([np.log(1.5), -np.log(1.5)], abs=1e-3)
