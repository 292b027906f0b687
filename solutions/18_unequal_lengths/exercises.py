"""What batches of unequal length are judged by."""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import (
    last_states,
    masked_cross_entropy,
    masked_cross_entropy_backward,
    pad,
    reverse_padded,
    sequence_mask,
)

TITLE = "Unequal lengths"
BUILDS = "batches of whatever comes, with the right gradients"
FILES = {"cell.svg": cell(lit=("x", "hidden_state"), title=TITLE).svg}
EXERCISES = [
    pad.EXERCISE,
    sequence_mask.EXERCISE,
    masked_cross_entropy.EXERCISE,
    masked_cross_entropy_backward.EXERCISE,
    last_states.EXERCISE,
    reverse_padded.EXERCISE,
]

QUESTIONS = [
    Question(
        name="reported_loss",
        text="Two people train the same network on the same names. One reports 1.5 nats per step, the "
        "other 2.1. What do you ask first?",
        options=(
            "Which seed they used",
            "Over which steps the mean was taken: was padding among them?",
            "Which learning rate they used",
            "How long they trained",
        ),
        answers=(
            "Seeds matter, but here they move the loss by a hundredth.",
            "Yes. Padding is easy to predict, so every filled step lowers the mean, and the more is filled "
            "the better the number. Only per real step can losses be compared.",
            "It can matter, but first the two numbers must mean the same.",
            "It matters, but first the two numbers must mean the same.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "within a batch both weigh every real letter alike; between batches only ours does",
    "a reason for one of them: gradient of the likelihood; or steps of equal size",
)
