"""The cell at work: its diagram with numbers, step by step, to play or to scrub through."""

from __future__ import annotations

from utils.pictures.diagram import PARTS, VALUES, cell
from utils.pictures.player import Player
from utils.pictures.themes import Picture

__all__ = ["play"]

# what happens within one time step, one stage after the other
STAGES = (
    ("the gates look at x and h", ("x", "h_prev", "forget_gate", "input_gate", "candidate_state",
                                   "output_gate"), ("x", "h_prev", "f", "i", "g", "o")),
    ("the memory is updated", ("c_prev", "forget_gate", "input_gate", "candidate_state",
                               "cell_state"), ("c_prev", "f", "i", "g", "c")),
    ("and shown through the output gate", ("output_gate", "cell_state", "hidden_state"),
     ("o", "c", "h")),
)  # fmt: skip


class Animation(Player):
    """Play button and slider over the stages of all time steps; a static picture elsewhere."""

    def __init__(self, steps: list[dict[str, float]]) -> None:
        missing = [name for name in VALUES if any(name not in step for step in steps)]
        if not steps or missing:
            raise ValueError(f"every step needs numbers for {', '.join(VALUES)}")
        self.steps = steps
        super().__init__(len(steps) * len(STAGES) - 1, "stage", 900)

    def picture(self, index: int) -> tuple[Picture, str]:
        """The diagram at a stage, and what happens there in words."""
        t, stage = divmod(index, len(STAGES))
        said, lit, shown = STAGES[stage]
        values = {name: f"{self.steps[t][name]:.2f}" for name in shown}
        sentence = f"Step {t + 1} of {len(self.steps)}: {said}."
        return cell(lit=lit, title=f"Step {t + 1}: {said}", values=values), sentence

    def static(self) -> Picture:
        """The last step, with all its numbers."""
        values = {name: f"{self.steps[-1][name]:.2f}" for name in VALUES}
        numbers = ", ".join(f"{name} = {value}" for name, value in values.items())
        drawn = cell(lit=PARTS, title="The last step", values=values)
        return Picture(drawn.svg, f"The cell at its last step: {numbers}.")


def play(steps: list[dict[str, float]]) -> Animation:
    """Animate one unit of a cell through time.

    steps: for every time step a dict with the numbers x, h_prev, c_prev, f, i, g, o, c, h.
    Raises ValueError where there is no step or a number is missing.
    """
    return Animation(steps)
