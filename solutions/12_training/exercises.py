"""What clipping, the optimisers, the training step and the windows of truncated BPTT are judged by."""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import (
    adam_update,
    bptt_windows,
    carry_state,
    clip_by_global_norm,
    early_stop,
    sgd_update,
    train_step,
)

TITLE = "Training"
BUILDS = "clipping, Adam, and a network that learns"
FILES = {"cell.svg": cell(lit=("forget_gate", "c_prev", "cell_state"), title=TITLE).svg}
EXERCISES = [
    clip_by_global_norm.EXERCISE,
    sgd_update.EXERCISE,
    adam_update.EXERCISE,
    train_step.EXERCISE,
    bptt_windows.EXERCISE,
    carry_state.EXERCISE,
    early_stop.EXERCISE,
]

QUESTIONS = [
    Question(
        name="clipping_bias",
        text="A gradient of length 50 is clipped to length 1. What is lost?",
        options=("Its direction", "How far to go", "Nothing: Adam would do the same"),
        answers=(
            "All entries are divided by 50, so their proportions stay. Clipping entry by entry would "
            "bend it.",
            "Yes. The direction stays, and the length was not to be believed: right beside a cliff, a "
            "straight line downhill is good for a short way only.",
            "Adam divides by what it remembers of earlier gradients. One gradient 50 times as long as "
            "usual makes a step about three times as long, pulls the same way for ten updates more, "
            "and stays in v for about a thousand: so long all other steps are too short.",
        ),
        right=1,
    ),
    Question(
        name="carried_state",
        text="Truncated BPTT with windows of 25 steps, states carried over. Can the network use "
        "something it read 40 steps ago?",
        options=(
            "No: the gradient ends after 25 steps",
            "Yes, if it has learned to keep such things",
            "Yes, the gradient is carried over too",
        ),
        answers=(
            "The gradient ends there, the state does not: h and c come over from the window before.",
            "Yes. What it keeps comes over in h and c. Only learning to keep it must happen within 25 "
            "steps.",
            "Only h and c are carried over, as plain numbers. The way back ends at the window's first "
            "step.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "RNN: multiplied at every step by weights and slope, so it is gone",
    "cell state: by the forget gate alone, near 1",
)
