"""What is compared of a dropout mask, which is drawn at random (unit 19).

A measure takes the arguments and the answer and gives numbers to compare. It raises ValueError,
with a sentence for the learner, where the answer has not even the right form.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _checked(args: dict[str, Any], mask: Any) -> np.ndarray:
    if not isinstance(mask, np.ndarray) or mask.dtype != np.float64:
        kind = mask.dtype if isinstance(mask, np.ndarray) else type(mask).__name__
        raise ValueError(f"expected an array of float64, got {kind}")
    if mask.shape != args["shape"]:
        raise ValueError(f"expected shape {args['shape']}, got {mask.shape}")
    return mask


def form(args: dict[str, Any], mask: Any) -> np.ndarray:
    """Nothing but the shape."""
    return np.array(_checked(args, mask).shape)


def both_values(args: dict[str, Any], mask: Any) -> np.ndarray:
    """The smallest and the largest value, and the share of entries that are neither, (3,)."""
    checked = _checked(args, mask)
    low, high = checked.min(), checked.max()
    between = ~np.isclose(checked, low) & ~np.isclose(checked, high)
    return np.array([low, high, between.mean()])


def left_out(args: dict[str, Any], mask: Any) -> float:
    """The share of zeros."""
    return float((_checked(args, mask) == 0).mean())


def alone(args: dict[str, Any], mask: Any) -> np.ndarray:
    """How far the share of zeros of a row, and of a column, lies from p at most, (2,)."""
    zeros = _checked(args, mask) == 0
    return np.array([np.abs(zeros.mean(axis=axis) - args["p"]).max() for axis in (0, 1)])
