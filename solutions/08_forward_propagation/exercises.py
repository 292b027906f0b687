"""What starting weights and forward propagation are judged by."""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import init_params, lstm_forward

TITLE = "Forward propagation"
BUILDS = "a whole sequence"
FILES = {
    "cell.svg": cell(lit=("x", "h_prev", "c_prev", "cell_state", "hidden_state"), title=TITLE).svg
}
EXERCISES = [init_params.EXERCISE, lstm_forward.EXERCISE]

QUESTIONS = [
    Question(
        name="read_in_pieces",
        text="A text of 1,000 letters is read in ten pieces. What must go from piece to piece?",
        options=("Only h", "Only c", "Both h and c", "Nothing: the weights remember"),
        answers=(
            "Without c the memory is lost at every seam.",
            "Without h the gates of the next piece's first step see the wrong past.",
            "Yes. With both, reading in pieces gives exactly the same numbers as reading at once.",
            "Weights are the same for every text. What was read lives in the states.",
        ),
        right=2,
    ),
]

RUBRIC = (
    "any length, and one position's lesson holds at all",
    "T times the weights, each from a T-th of the data",
)
