import numpy as np
import pytest
from scipy.sparse import csr_array

from aisle.experts.linear import LinearExpert, LinearSettings
from aisle.experts.training_task import TrainingTask

EXACT = LinearSettings()
SETS = LinearSettings(all_rows=50, negatives=40, dense_weights=0)
"""Small enough that hyperplanes are fitted on chosen rows, and kept sparse."""


def bags(rows: int, n_classes: int, seed: int = 0) -> tuple[csr_array, np.ndarray]:
    """Sparse rows in which three columns of its own mark each category."""
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % n_classes
    dense = random.uniform(0, 0.3, (rows, n_classes * 3)) * (
        random.uniform(size=(rows, n_classes * 3)) < 0.2
    )
    for row, label in enumerate(labels):
        dense[row, label * 3 + random.integers(3)] += 1
    return csr_array(dense.astype(np.float32)), labels


@pytest.mark.parametrize("settings", [EXACT, SETS])
@pytest.mark.parametrize("n_classes", [2, 5, 40])
def test_learns_what_marks_a_category(settings: LinearSettings, n_classes: int) -> None:
    features, labels = bags(400, n_classes)
    unseen, truth = bags(200, n_classes, seed=1)
    expert = LinearExpert(settings).fit(features, labels, n_classes)
    assert (expert.scores(unseen).argmax(axis=1) == truth).mean() > 0.9


@pytest.mark.parametrize("settings", [EXACT, SETS])
def test_a_category_that_does_not_occur_is_never_the_answer(settings: LinearSettings) -> None:
    features, labels = bags(200, 4)
    scores = LinearExpert(settings).fit(features, labels, 6).scores(features)
    assert scores.shape == (200, 6)
    assert set(scores.argmax(axis=1)) <= {0, 1, 2, 3}
    assert (scores[:, 4:] == -1).all()


@pytest.mark.parametrize("settings", [EXACT, SETS])
def test_one_category_alone_is_the_answer(settings: LinearSettings) -> None:
    features, _ = bags(20, 2)
    scores = LinearExpert(settings).fit(features, np.full(20, 1), 3).scores(features)
    assert (scores.argmax(axis=1) == 1).all()


@pytest.mark.parametrize("settings", [EXACT, SETS])
def test_state_brings_back_the_same_scores(settings: LinearSettings) -> None:
    features, labels = bags(100, 5)
    expert = LinearExpert(settings).fit(features, labels, 5)
    again = LinearExpert.from_state(expert.state())
    np.testing.assert_array_equal(again.scores(features), expert.scores(features))


@pytest.mark.parametrize("settings", [EXACT, SETS])
def test_contributions_add_up_to_the_difference_of_scores(settings: LinearSettings) -> None:
    features, labels = bags(100, 5)
    expert = LinearExpert(settings).fit(features, labels, 5)
    row = features[[7]]
    winner, runner_up = expert.scores(row)[0, [2, 4]] - expert.offsets_[[2, 4]]
    total = sum(share for _, share in expert.contributions(row, 2, 4))
    assert total == pytest.approx(winner - runner_up, rel=1e-4)


def test_contributions_speak_for_their_own_category() -> None:
    features, labels = bags(100, 5)
    expert = LinearExpert().fit(features, labels, 5)
    everything = csr_array(np.ones((1, 15), dtype=np.float32))
    shares = dict(expert.contributions(everything, 1, 2))
    assert min(shares[column] for column in (3, 4, 5)) > 0
    assert max(shares[column] for column in (6, 7, 8)) < 0


def test_chosen_rows_give_about_the_hyperplanes_of_all_rows() -> None:
    features, labels = bags(600, 6)
    unseen, truth = bags(300, 6, seed=1)
    exact = LinearExpert(EXACT).fit(features, labels, 6).scores(unseen)
    chosen = LinearExpert(SETS).fit(features, labels, 6).scores(unseen)
    assert np.abs(exact - chosen).mean() < 0.1
    assert abs((exact.argmax(1) == truth).mean() - (chosen.argmax(1) == truth).mean()) < 0.02


@pytest.mark.parametrize("settings", [EXACT, SETS])
def test_out_of_fold_scores_come_from_rows_of_other_folds(settings: LinearSettings) -> None:
    """Where each row has a column of its own, an expert knows its own rows alone."""
    features = csr_array(np.eye(300, dtype=np.float32))
    labels = np.random.default_rng(0).integers(4, size=300)
    task = TrainingTask(labels, 4, np.arange(300) % 5, np.arange(300))
    found = LinearExpert(settings).cross_fit(features, task)
    assert (found.oof_scores.argmax(axis=1) == labels).mean() < 0.4
    assert (found.expert.scores(features).argmax(axis=1) == labels).mean() > 0.7
