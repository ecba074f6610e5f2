"""Scores that compare categories with each other."""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax

from aisle.experts.base import Array

SURE = 30.0
"""Log-odds are cut at plus and minus this."""


def log_odds(scores: Array) -> Array:
    """(n, categories) log-odds of each category against all others, by a softmax of scores."""
    logs = log_softmax(scores.astype(np.float64), axis=1)
    others = np.log1p(-np.exp(np.minimum(logs, -1e-14)))
    return np.asarray((logs - others).clip(-SURE, SURE), dtype=np.float32)
