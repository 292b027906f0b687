"""What drawing strings from a grammar and scoring as in the papers are judged by."""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import draw_string, first_error, steps_right, strings_right, within

TITLE = "Reproduce the paper"
BUILDS = "the experiments of 1997 and 2000, run again"
FILES = {"cell.svg": cell(lit=("c_prev", "forget_gate", "cell_state"), title=TITLE).svg}
EXERCISES = [
    draw_string.EXERCISE,
    steps_right.EXERCISE,
    strings_right.EXERCISE,
    first_error.EXERCISE,
    within.EXERCISE,
]

QUESTIONS = [
    Question(
        name="no_forget_gate",
        text="A cell without a forget gate, c = c_prev + i ⊙ g, reads an endless stream. What happens?",
        options=(
            "Nothing: the input gate can close",
            "c grows without bound, and tanh(c) gets stuck",
            "It forgets faster",
        ),
        answers=(
            "It can close, but to learn anything new it must open, and nothing ever takes the old away.",
            "Yes: what was written can only be written over by its exact opposite. Look at the largest "
            "|c| in the table.",
            "On the contrary: it cannot forget at all.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "three differences",
    "change one at a time, over several seeds",
)
