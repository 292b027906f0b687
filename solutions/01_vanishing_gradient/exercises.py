"""What the plain RNN and its Jacobians are judged by."""

from autograder.authoring import Question

from .judged import jacobian_norms, rnn_forward, rnn_step

TITLE = "The vanishing gradient"
BUILDS = "a plain RNN, and the measure of its forgetting"
EXERCISES = [rnn_step.EXERCISE, rnn_forward.EXERCISE, jacobian_norms.EXERCISE]

QUESTIONS = [
    Question(
        name="product_of_slopes",
        text="Each step back multiplies the gradient by 0.9. What is left after 100 steps?",
        options=("90 %", "about 10 %", "about 0.003 %"),
        answers=(
            "That is after one step.",
            "Not a sum of losses, a product: 0.9 to the power 100.",
            "Right: 0.9 to the power 100 is 0.0000266. Almost 1 is not enough.",
        ),
        right=2,
    ),
]

RUBRIC = (
    "larger weights make the gradient explode",
    "the edge in between is narrow; or: large states saturate tanh",
)
