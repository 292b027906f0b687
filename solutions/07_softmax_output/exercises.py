"""What the softmax, the output layer and the cross-entropy are judged by."""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import cross_entropy, output_layer, softmax

TITLE = "The output and its loss"
BUILDS = "predictions, and what they cost"
FILES = {"cell.svg": cell(lit=("hidden_state",), title=TITLE).svg}
EXERCISES = [softmax.EXERCISE, output_layer.EXERCISE, cross_entropy.EXERCISE]

QUESTIONS = [
    Question(
        name="loss_at_start",
        text="A fresh network guesses among 27 letters for 10 steps. About what loss do you expect?",
        options=("0", "10", "about 33", "about 270"),
        answers=(
            "That would be a network that is sure and right at every step.",
            "Each step costs log 27 nats, which is about 3.3, not 1.",
            "Yes: 10 · log 27 = 32.96. It knows nothing, so it gives each letter 1/27.",
            "27 classes do not cost 27 each: the price of knowing nothing is log K.",
        ),
        right=2,
    ),
    Question(
        name="shift",
        text="You add 100 to all logits of one row. What happens to its probabilities?",
        options=("They all grow", "Nothing", "The largest gets nearly 1"),
        answers=(
            "They cannot all grow: they sum to 1.",
            "Yes: exp(100) is a common factor above and below the line, and cancels.",
            "Scaling the logits does that. Adding the same number to all changes nothing.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "where it is clipped the loss is flat, its gradient 0",
    "that is just where it is most wrong",
)
