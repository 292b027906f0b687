"""What came after the LSTM: the three new cells, and what they are judged by."""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import min_lstm_scan, mlstm_step, slstm_step

TITLE = "After the LSTM"
BUILDS = "sLSTM, minLSTM and mLSTM, and what each gives up"
FILES = {"cell.svg": cell(lit=("forget_gate", "input_gate", "cell_state"), title=TITLE).svg}
EXERCISES = [slstm_step.EXERCISE, min_lstm_scan.EXERCISE, mlstm_step.EXERCISE]

QUESTIONS = [
    Question(
        name="what_makes_it_parallel",
        text="Why can minLSTM's steps be composed in pairs, and the LSTM's not?",
        options=(
            "It has fewer weights",
            "Its gates are known before the first step, so each step is a fixed map h → a h + b",
            "It has no tanh",
            "A scan is faster than a loop",
        ),
        answers=(
            "An LSTM of one unit has few weights, too, and has to wait all the same.",
            "Yes. The LSTM's gates need h of the step before: its maps are not known before they are "
            "needed.",
            "A tanh in the candidate would do no harm: the candidate is known ahead, too. The way from h "
            "to the next gate does.",
            "That is what one gets, not why one gets it.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "gives up: gates (and candidate) that see the state, so one layer cannot decide by what it remembers",
    "gains: all steps known ahead, log T rounds in training; and a way to test it on one's own data",
)
