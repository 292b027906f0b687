"""What is compared of dropout masks, which are drawn at random (unit 19).

A measure takes the arguments and the answer, or the answers of several calls, and gives numbers to
compare. It raises ValueError, with a sentence for the learner, where an answer has not even the
right form.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from utils.judging import chance


def _checked(args: dict[str, Any], mask: Any) -> np.ndarray:
    if not isinstance(mask, np.ndarray) or mask.dtype != np.float64:
        kind = mask.dtype if isinstance(mask, np.ndarray) else type(mask).__name__
        raise ValueError(f"expected an array of float64, got {kind}")
    if mask.shape != args["shape"]:
        raise ValueError(f"expected shape {args['shape']}, got {mask.shape}")
    return mask


def _zeros(args: dict[str, Any], masks: Any) -> np.ndarray:
    """(calls, *shape), True where a place is left out."""
    return np.stack([_checked(args, mask) for mask in chance.each(masks)]) == 0


def form(args: dict[str, Any], mask: Any) -> np.ndarray:
    """Nothing but the shape."""
    return np.array(_checked(args, mask).shape)


def both_values(args: dict[str, Any], mask: Any) -> np.ndarray:
    """The smallest and the largest value, and the share of entries that are neither, (3,)."""
    checked = _checked(args, mask)
    low, high = checked.min(), checked.max()
    between = ~np.isclose(checked, low) & ~np.isclose(checked, high)
    return np.array([low, high, between.mean()])


def left_out(args: dict[str, Any], masks: Any) -> float:
    """The share of zeros in all masks together."""
    return float(_zeros(args, masks).mean())


def alone(args: dict[str, Any], masks: Any) -> dict[str, float]:
    """Of masks at p = 1/2: how much of them is a copy, and whether as many are left out each time.

    0 is right throughout, 1 is wrong through and through (`utils.judging.chance`).
    """
    zeros = _zeros(args, masks)
    in_all, in_rows = zeros.reshape(len(zeros), -1).sum(axis=1), zeros.sum(axis=-1)
    return chance.copies(np.where(zeros, -1, 1)) | {
        "same number": chance.too_even(in_all, zeros[0].size),
        "same number in every row": chance.too_even(in_rows, zeros.shape[-1]),
    }
