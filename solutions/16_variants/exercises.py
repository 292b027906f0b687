"""What the LSTM's relatives and its fused form are judged by."""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import (
    bidirectional_backward,
    bidirectional_forward,
    fused_lstm_forward,
    gru_step,
    gru_step_backward,
    peephole_step,
    peephole_step_backward,
    stacked_backward,
    stacked_forward,
)

TITLE = "Variants"
BUILDS = "the LSTM's relatives, and its fast form"
FILES = {
    "cell.svg": cell(
        lit=("forget_gate", "input_gate", "output_gate", "cell_state"), title=TITLE
    ).svg
}
EXERCISES = [
    gru_step.EXERCISE,
    gru_step_backward.EXERCISE,
    peephole_step.EXERCISE,
    peephole_step_backward.EXERCISE,
    stacked_forward.EXERCISE,
    stacked_backward.EXERCISE,
    bidirectional_forward.EXERCISE,
    bidirectional_backward.EXERCISE,
    fused_lstm_forward.EXERCISE,
]

QUESTIONS = [
    Question(
        name="what_cannot_be_ahead",
        text="x @ U is made for all steps at once. Why not h @ W?",
        options=(
            "W is too large",
            "Step t needs the h of step t - 1, which does not exist before",
            "It would give other rounding errors",
            "It could; nobody does it",
        ),
        answers=(
            "U can be larger than W. Size is not the reason.",
            "Yes. The inputs are all known before the first step; the states come one after the other.",
            "The order of a sum changes its last digits, but that is no reason.",
            "It cannot: what is to be multiplied is not known yet.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "fine: one thing to remember, short, states reset",
    "not: on a stream, where old must make room; c only grows",
)
