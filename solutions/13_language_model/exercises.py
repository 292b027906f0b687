"""What reading text, drawing characters, writing text and perplexity are judged by."""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import encode, generate, perplexity, sample_next

TITLE = "A language model"
BUILDS = "a network that writes names and Shakespeare"
FILES = {"cell.svg": cell(lit=("x", "hidden_state"), title=TITLE).svg}
EXERCISES = [encode.EXERCISE, sample_next.EXERCISE, generate.EXERCISE, perplexity.EXERCISE]

QUESTIONS = [
    Question(
        name="perplexity",
        text="A network has perplexity 5 on English text. What does that mean?",
        options=(
            "It is right once in five times",
            "It is as unsure as if it had to guess among 5 equally likely characters",
            "It needs 5 characters to be sure",
        ),
        answers=(
            "How often its first choice is right is another number, the accuracy.",
            "Yes: exp of the mean loss. With K equally likely characters it would be K.",
            "No. It is about every single character, on average.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "two of: vocabulary, same characters, seeds, test text unseen",
    "what perplexity does not say: coherence, truth, copying",
)
