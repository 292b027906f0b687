"""What numerical gradients, relative errors and the bug hunt are judged by."""

from autograder.authoring import Question

from .judged import find_bugs, numerical_gradient, relative_error

TITLE = "Gradient checking"
BUILDS = "the judge of every backward pass"
EXERCISES = [numerical_gradient.EXERCISE, relative_error.EXERCISE, find_bugs.EXERCISE]

QUESTIONS = [
    Question(
        name="best_eps",
        text="You make eps ten times smaller, from 1e-5 to 1e-6. Does the check become better?",
        options=("Yes, always", "No: rounding grows faster than the other error falls"),
        answers=(
            "In exact arithmetic, yes. In float64 the difference of two nearly equal losses loses "
            "digits.",
            "Right. The bend's error falls a hundredfold from a size that hardly matters, while the "
            "rounding's grows tenfold.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "what hides with one step, one example, or a zero state: one example right",
    "all three",
)
