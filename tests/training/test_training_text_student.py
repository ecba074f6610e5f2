import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

from training.text_bags import Bags, unit
from training.text_student import TextTargets, Training, learn

VOCABULARY, WIDTH = 30, 8
TRAINING = Training(epochs=100, batch=32, rate=0.1, dropout=0.0, seed=3)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Tiny tensors only wait for each other on several."""
    import torch

    torch.set_num_threads(1)


def means(vectors: np.ndarray, pieces: np.ndarray) -> np.ndarray:
    return unit(vectors[pieces.reshape(-1, 4)].mean(axis=1))


def task() -> TextTargets:
    """Texts of four pieces; their targets are means of vectors that the student must find."""
    rng = np.random.default_rng(0)
    pieces = rng.integers(0, VOCABULARY - 1, 400)
    wanted = rng.normal(size=(VOCABULARY, WIDTH)).astype(np.float32)
    return TextTargets(Bags(pieces, np.arange(0, 401, 4)), means(wanted, pieces))


def start() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(VOCABULARY, WIDTH)).astype(np.float32)


def nearness(vectors: np.ndarray, given: TextTargets) -> float:
    return float((means(vectors, given.bags.pieces) * given.targets).sum(axis=1).mean())


def test_texts_come_to_point_where_they_should() -> None:
    given = task()
    assert nearness(start(), given) < 0.2
    assert nearness(learn(start(), given, TRAINING), given) > 0.95


def test_a_piece_that_no_text_has_stays_as_it_was() -> None:
    learned = learn(start(), task(), TRAINING)
    np.testing.assert_array_equal(learned[-1], start()[-1])
    assert not np.array_equal(unit(learned[:-1]), unit(start()[:-1]))


def test_the_seed_decides_alone() -> None:
    given = task()
    training = Training(epochs=2, batch=32, rate=0.02, dropout=0.3, seed=3)
    first, second = (learn(start(), given, training) for _ in range(2))
    np.testing.assert_array_equal(first, second)
