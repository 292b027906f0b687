"""How sure a mean over a few seeds is (unit 19)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["interval"]

# Student's t at 97.5 %, for 1, 2, … degrees of freedom; beyond, that of the normal distribution
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


def interval(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """The mean of values from n seeds, and half the width of its 95 % confidence interval.

    Student's interval, which takes the values to be independent and about normal. For a comparison
    give the differences, seed by seed. Raises ValueError for fewer than two values.
    """
    n = len(values)
    if n < 2:
        raise ValueError("one value says nothing about its spread")
    t = _T[n - 2] if n - 2 < len(_T) else 1.96
    return float(np.mean(values)), float(t * np.std(values, ddof=1) / np.sqrt(n))
