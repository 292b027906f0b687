"""What the output gate is judged by."""

from autograder.authoring import Exercise, Question
from utils.pictures.diagram import cell

from gates import groups, sigmoid, wrong
from notes import section

TITLE = "The output gate"
BUILDS = "what is shown"
FILES = {"cell.svg": cell(lit=("x", "h_prev", "output_gate"), title=TITLE).svg}


def output_gate(x, h_prev, U_o, W_o, b_o):
    return sigmoid(x @ U_o + h_prev @ W_o + b_o)


EXERCISES = [
    Exercise(
        reference=output_gate,
        groups=groups("o", "output gate"),
        wrong=wrong("o", "output gate"),
        hints=(
            "It has the same form as the other two gates.",
            "Three terms add up: x with U_o, h_prev with W_o, and b_o.",
            "sigmoid of x @ U_o + h_prev @ W_o + b_o.",
        ),
        notes=section("Output Gate"),
    ),
]

QUESTIONS = [
    Question(
        name="hidden_or_forgotten",
        text="An output gate is 0 for twenty steps. What happens to the cell state meanwhile?",
        options=("It fades", "It is erased", "Nothing: it is only not shown"),
        answers=(
            "Fading is the forget gate's work.",
            "Erasing is the forget gate's work.",
            "Right. The output gate stands behind the memory, not in it.",
        ),
        right=2,
    ),
    Question(
        name="how_many_weights",
        text="A cell has D = 10 inputs and H = 20 units. How many numbers does it have to learn?",
        options=("620", "1,860", "2,480"),
        answers=(
            "That is one gate: 10·20 + 20·20 + 20.",
            "That counts the three gates. The candidate has as many weights as a gate.",
            "Right: 4 · (10·20 + 20·20 + 20). Three gates and the candidate.",
        ),
        right=2,
    ),
]

RUBRIC = (
    "an example: known long, shown rarely",
    "all three gates meanwhile: forget near 1, input near 0, output near 0 until needed",
)
