"""Beam search: the likeliest sequence that a decoder can write, or nearly (unit 20)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["beam_search"]

Step = Callable[[Any, int], tuple[np.ndarray, Any]]


def beam_search(
    step: Step, start: tuple[Any, int], width: int, length: int
) -> list[tuple[float, list[int]]]:
    """step(state, last) gives log-probabilities (K,) of the next id, and the state after it.

    start: (state, id), what step is called with first. Returns (score, ids), the best first: at
    most `width` of them, each with `length` ids; score is the sum of their log-probabilities.
    """
    state, first = start
    beams: list[tuple[float, list[int], Any, int]] = [(0.0, [], state, first)]
    for _ in range(length):
        grown = []
        for score, ids, before, last in beams:
            log_p, after = step(before, last)
            best = np.argsort(-log_p)[:width]  # no other id can be among the best of all
            grown += [(score + float(log_p[k]), [*ids, int(k)], after, int(k)) for k in best]
        beams = sorted(grown, key=lambda beam: -beam[0])[:width]
    return [(score, ids) for score, ids, _, _ in beams]
