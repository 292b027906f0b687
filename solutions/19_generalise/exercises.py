"""What dropout, layer norm, its way back and averaged weights are judged by."""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import average_weights, dropout_mask, layer_norm, layer_norm_backward

TITLE = "Generalise"
BUILDS = "a network that does not learn by heart"
FILES = {"cell.svg": cell(lit=("x", "hidden_state"), title=TITLE).svg}
EXERCISES = [
    dropout_mask.EXERCISE,
    layer_norm.EXERCISE,
    layer_norm_backward.EXERCISE,
    average_weights.EXERCISE,
]

QUESTIONS = [
    Question(
        name="three_parts",
        text="You have tried five shares of dropout and kept the one with the lowest loss on the "
        "validation part. Why is a third part, the test part, needed?",
        options=(
            "It is not: validation was never trained on",
            "The validation part has chosen, so its loss is too good on average",
            "The test part is needed to choose the learning rate",
        ),
        answers=(
            "No weight was trained on it, but the choice was. The lowest of five numbers is low partly "
            "by luck.",
            "Yes. Who picks the best of five by a measurement has used that measurement up. The test "
            "part is looked at once.",
            "Whatever is chosen is chosen on the validation part. The test part chooses nothing.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "the test part has chosen, so its loss is too good",
    "one seed says nothing of the spread: several seeds, the same for all, and an interval",
)
