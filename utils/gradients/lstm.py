"""Gradient checks of the course's LSTM, at settings where mistakes cannot hide.

    check_lstm_gradients(lstm_backward, lstm_forward)    the cell through time, with an error map
    check_lstm_model(loss_and_gradients)                 the whole model, all 14 arrays

The functions are checked from outside, whatever they are made of: one product for all gates or
four, loops or einsum. The truth comes from `utils.networks.lstm_copies`, forwards alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from utils.gradients.check import LIMIT, check_gradients
from utils.gradients.error_map import ErrorMap, error_map
from utils.gradients.problem import (
    AXES,
    Backward,
    Forward,
    Problem,
    caches_of,
    called,
    lstm_problem,
)
from utils.gradients.report import Report
from utils.networks.lstm_copies import lstm_loss, weighed
from utils.pictures.themes import Picture

__all__ = [
    "LstmReport",
    "Problem",
    "check_lstm_gradients",
    "check_lstm_model",
    "error_map",
    "lstm_problem",
]

LOSS_ALIKE = 1e-9


@dataclass
class LstmReport(Report):
    """A `Report` with the error map, gate × time step."""

    map: ErrorMap | None = None

    @property
    def passed(self) -> bool:
        """All arrays are right, and so is the map."""
        return super().passed and self.map is not None and self.map.right

    @property
    def likely(self) -> str:
        """What the map says; where the map is right, which products made from it are wrong."""
        said = " ".join(self.map.words) if self.map else ""
        if self.map is None or np.isnan(self.map.errors).any():
            return f"{said} {super().likely}".strip()
        if said or not self.wrong:
            return said
        return (
            "What reaches every gate at every step is right. What is made of it is not: look at "
            f"the lines for {', '.join(self.wrong)}. {super().likely}"
        ).strip()

    def plot(self) -> Picture:
        """The error map."""
        assert self.map is not None
        return self.map.plot()


def check_lstm_gradients(
    backward: Backward,
    forward: Forward,
    problem: Problem | None = None,
    *,
    limit: float = LIMIT,
    every_entry: bool = False,
) -> LstmReport:
    """Is this backward pass through time right, and if not, where and why?

    backward: (dh, caches, params) → dx, dh0, dc0, grads. forward: (x, h0, c0, params) → h, c,
    caches. problem: the setting, by default the one of `lstm_problem()`. limit, every_entry: as in
    `check_gradients`. Returns a report with a row for x, h0, c0 and each of the 12 weights. Raises
    ValueError where `forward` is no LSTM or `backward` returns something else.
    """
    p = problem or lstm_problem()
    dx, dh0, dc0, grads, _ = called(backward, p.dh, caches_of(forward, p), p.cell)
    report = check_gradients(
        weighed(p.dh),
        {"x": p.x, "h0": p.h0, "c0": p.c0, **p.cell},
        {"x": dx, "h0": dh0, "c0": dc0, **grads},
        limit=limit,
        every_entry=every_entry,
        batched=True,
        inputs={"dh": p.dh},
        axes=AXES,
    )
    return LstmReport(**vars(report), map=error_map(backward, forward, p))


def check_lstm_model(
    loss_and_gradients: Callable[..., Any],
    problem: Problem | None = None,
    *,
    limit: float = LIMIT,
    every_entry: bool = False,
) -> Report:
    """Are the loss and all 14 gradients of a whole model right?

    loss_and_gradients: (params, x, targets, h0, c0) → loss, grads, as in unit 11. The other
    arguments are those of `check_lstm_gradients`. Raises ValueError where something else is
    returned.
    """
    p = problem or lstm_problem()
    result = loss_and_gradients(*copy.deepcopy((p.params, p.x, p.targets, p.h0, p.c0)))
    if not isinstance(result, tuple) or len(result) != 2 or not isinstance(result[1], dict):
        raise ValueError("loss_and_gradients must return loss, grads")
    value, grads = result
    loss = lstm_loss(p.x, p.targets, p.h0, p.c0)
    report = check_gradients(
        loss,
        p.params,
        grads,
        limit=limit,
        every_entry=every_entry,
        batched=True,
        inputs={"x": p.x, "h0": p.h0, "c0": p.c0, "targets": p.targets},
        axes=AXES,
    )
    true = float(loss({name: array[None] for name, array in p.params.items()})[0])
    if not np.isclose(value, true, rtol=LOSS_ALIKE, atol=0):
        report.notes.insert(0, f"The loss itself is {float(value):.8g}; it should be {true:.8g}.")
    return report
