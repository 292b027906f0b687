"""What the backward pass of one step is judged by: gradients by the complex step, per array."""

from autograder.authoring import Question
from utils.pictures.diagram import PARTS, cell

from .judged import (
    gate_backward,
    lstm_step_backward,
    output_layer_backward,
    update_cell_state_backward,
    update_hidden_state_backward,
)

TITLE = "One step backwards"
BUILDS = "every arrow of the cell, in reverse"
FILES = {"cell.svg": cell(lit=PARTS, title=TITLE).svg}
EXERCISES = [
    output_layer_backward.EXERCISE,
    update_hidden_state_backward.EXERCISE,
    update_cell_state_backward.EXERCISE,
    gate_backward.EXERCISE,
    lstm_step_backward.EXERCISE,
]

QUESTIONS = [
    Question(
        name="highway",
        text="The forget gate is 1, everything else is closed. How much of dc reaches dc_prev?",
        options=("All of it, unchanged", "A quarter at most", "None: gates block gradients"),
        answers=(
            "Yes. No matrix and no slope stands in the way: dc_prev = dc · f. This is the whole "
            "point of the LSTM.",
            "That is the largest slope of σ, which the plain RNN's tanh resembles. The way along the "
            "cell state goes through no activation at all.",
            "A closed gate would. A forget gate of 1 lets everything through, both ways.",
        ),
        right=0,
    ),
]

RUBRIC = (
    "it learns what matters at the same step (and a little through h)",
    "the way on which nothing fades is cut: no long memories",
)
