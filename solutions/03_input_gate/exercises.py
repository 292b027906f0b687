"""What the input gate and the candidate state are judged by."""

import numpy as np

from autograder.authoring import Exercise, Question
from utils.pictures.diagram import cell

from gates import groups, sigmoid, wrong
from notes import section

TITLE = "The input gate"
BUILDS = "what is written, and how much of it"
FILES = {"cell.svg": cell(lit=("x", "h_prev", "input_gate", "candidate_state"), title=TITLE).svg}


def input_gate(x, h_prev, U_i, W_i, b_i):
    return sigmoid(x @ U_i + h_prev @ W_i + b_i)


def candidate_state(x, h_prev, U_g, W_g, b_g):
    return np.tanh(x @ U_g + h_prev @ W_g + b_g)


EXERCISES = [
    Exercise(
        reference=input_gate,
        groups=groups("i", "input gate"),
        wrong=wrong("i", "input gate"),
        hints=(
            "It has the same form as the forget gate. What differs is whose weights it uses.",
            "Three terms add up: x with U_i, h_prev with W_i (not W_f, whatever the figure says), "
            "and b_i.",
            "sigmoid of x @ U_i + h_prev @ W_i + b_i.",
        ),
        notes=section("Input gate"),
    ),
    Exercise(
        reference=candidate_state,
        groups=groups("g", "candidate"),
        wrong=wrong("g", "candidate", kind="tanh"),
        hints=(
            "The sum inside looks like that of a gate. Only the function around it differs.",
            "The candidate may be negative: content has a sign. Which function gives values between "
            "-1 and 1?",
            "np.tanh of x @ U_g + h_prev @ W_g + b_g.",
        ),
        notes=section("Adding information"),
    ),
]

QUESTIONS = [
    Question(
        name="closed_input",
        text="The input gate is 0.01 and the candidate is -0.9. What does the memory notice?",
        options=("Next to nothing", "A strong push downwards", "It is erased"),
        answers=(
            "Right: i · g = -0.009. However loud the candidate, a closed gate keeps it out.",
            "The candidate pushes downwards, but it is multiplied by 0.01 first.",
            "Erasing is the forget gate's work. The input gate only decides what is added.",
        ),
        right=0,
    ),
]

RUBRIC = (
    'content and "whether" would be one number',
    "exactly 0 is a single point; a gate is closed for all strongly negative values",
)
