"""What backpropagation through time is judged by: gradients by the complex step, per array.

T >= 4, N >= 3, sizes that differ, states that do not start at zero, weights of order 1 and a loss on
every step: settings at which wrong backward passes do not slip through.
"""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import loss_and_gradients, lstm_backward

TITLE = "Backpropagation through time"
BUILDS = "the gradient of everything"
FILES = {"cell.svg": cell(lit=("c_prev", "cell_state", "h_prev", "hidden_state"), title=TITLE).svg}
EXERCISES = [lstm_backward.EXERCISE, loss_and_gradients.EXERCISE]

QUESTIONS = [
    Question(
        name="it_trains",
        text="Your loss falls nicely. What does that say about your gradients?",
        options=("They are right", "They point downhill, more or less", "Nothing at all"),
        answers=(
            "A gradient with its far steps cut off still points downhill. Measure it.",
            "Yes, and no more. Many wrong gradients do. Only a gradient check tells right from wrong.",
            "It says a little: they are not wholly wrong. But that is a low bar.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "saves memory (and the first update comes sooner); dependencies longer than a piece are not learned",
    "it can still use them: h and c are carried forwards",
)
