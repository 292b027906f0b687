"""What windows, scaling, autoregression and the regression head are judged by."""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import (
    ar_forecast,
    make_windows,
    regression_head,
    regression_head_backward,
    standardise,
)

TITLE = "Forecasting"
BUILDS = "a forecast of sunspots, and what it is worth"
FILES = {"cell.svg": cell(lit=("hidden_state",), title=TITLE).svg}
EXERCISES = [
    standardise.EXERCISE,
    make_windows.EXERCISE,
    ar_forecast.EXERCISE,
    regression_head.EXERCISE,
    regression_head_backward.EXERCISE,
]

QUESTIONS = [
    Question(
        name="peeking",
        text="You stop training when the error on the TEST part is smallest. What is wrong with that?",
        options=(
            "Nothing: the network never trained on it",
            "The test error you report is too good",
            "The network will forget the training part",
        ),
        answers=(
            "No weight was trained on it, but a choice was made by it: the moment to stop. That is "
            "enough to flatter the result.",
            "Yes. You picked the luckiest moment and then report its luck. Choose by the validation "
            "part, then look at the test part once.",
            "It may or may not; that is not the trouble. The trouble is what you report.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "a cheap forecast on the same data",
    "split by time and untouched test part; or how it varies with seeds and periods (with the first: two of the three for the point)",
)
