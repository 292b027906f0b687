"""What notebooks of earlier releases import in the place of the living cell.

Their cells run on, in a notebook that was handed in too: see `utils.moved`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from utils.learner.living_cell import LivingCell, Unwritten, of_gates
from utils.networks.cell import NAMES
from utils.pictures.diagram import cell
from utils.pictures.svg import Picture, shown

__all__ = ["explore_candidate", "explore_gate", "gradient_flow", "play"]

Gate = Callable[..., np.ndarray]


def explore_gate(gate: Gate, kind: str) -> LivingCell | Unwritten:
    """Unit 02 to 04 of then. kind: "forget", "input" or "output"."""
    return of_gates({NAMES[kind[0]]: gate})


def explore_candidate(candidate_state: Gate, input_gate: Gate) -> LivingCell | Unwritten:
    """Unit 03 of then."""
    return of_gates({"candidate_state": candidate_state, "input_gate": input_gate})


def play(steps: list[dict[str, float]]) -> Picture:
    """Unit 06 of then: the last step. steps: dicts of x, h_prev, c_prev, f, i, g, o, c, h."""
    return cell(title="The last step", values={k: shown(v) for k, v in steps[-1].items()})


def gradient_flow(*sizes: Sequence[float]) -> Any:
    """Unit 11 of then."""
    print("This view is in the newest release of the unit: make update fetches it.")
