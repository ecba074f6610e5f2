"""Minimises smooth functions with known slopes: calibrations and pool weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

_OPTIONS = {"ftol": 1e-6, "gtol": 1e-4, "maxcor": 20, "maxiter": 200}
"""A millionth of the loss: far below what the calibration rows can tell."""


def minimised(
    loss: Callable[[Vector], tuple[float, Vector]], start: Vector, lowest: float | None = None
) -> tuple[Vector, bool]:
    """Where a function is least, and whether the optimiser came to its end (L-BFGS-B).

    Args:
        loss: gives the value and the slope along each parameter.
        start: where to begin.
        lowest: the least value of every parameter; None for no bound.
    """
    from scipy.optimize import minimize  # answering does without it

    bounds = None if lowest is None else [(lowest, None)] * len(start)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=_OPTIONS)
    return found.x, bool(found.success)
