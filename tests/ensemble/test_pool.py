import numpy as np
from scipy.special import log_softmax

from aisle.ensemble.pool import LogLinearPool, pooled


def experts(count: int = 400) -> tuple[list[np.ndarray], np.ndarray]:
    """Two telling experts and one of noise."""
    random = np.random.default_rng(0)
    labels = random.integers(4, size=count)
    telling = np.eye(4)[labels] * 2
    scores = [telling + random.normal(0, 1.5, (count, 4)) for _ in range(2)]
    scores.append(random.normal(0, 1.5, (count, 4)))
    return [log_softmax(one, axis=1).astype(np.float32) for one in scores], labels


def columns(rows: int) -> np.ndarray:
    return np.broadcast_to(np.arange(4), (rows, 4))


def fitted(logs: list[np.ndarray], labels: np.ndarray) -> LogLinearPool:
    return LogLinearPool().fit(logs, columns(len(labels)), labels, 4)


def log_loss(logs: np.ndarray, labels: np.ndarray) -> float:
    return float(-logs[np.arange(len(labels)), labels].mean())


def test_the_pool_is_better_than_each_expert() -> None:
    logs, labels = experts()
    pool = fitted([one[:200] for one in logs], labels[:200])
    total = pooled([one[200:] for one in logs], pool.weights_, columns(200))
    joint = log_softmax(total, axis=1)
    assert log_loss(joint, labels[200:]) < min(log_loss(one[200:], labels[200:]) for one in logs)


def test_an_expert_of_noise_weighs_next_to_nothing() -> None:
    logs, labels = experts()
    weights = fitted(logs, labels).weights_.mean(axis=1)
    assert weights[2] < 0.2 * weights[0]


def test_weights_are_not_negative() -> None:
    logs, labels = experts()
    against = [logs[0], (-logs[0]).astype(np.float32)]
    assert (fitted(against, labels).weights_ >= 0).all()
