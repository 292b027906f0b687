"""What attention, its way back and beam search are judged by."""

from autograder.authoring import Question
from utils.pictures.encoder_decoder import encoder_decoder

from .judged import attend, attend_backward, beam_search

TITLE = "Attention"
BUILDS = "an encoder-decoder that looks back"
FILES = {"attention.svg": encoder_decoder().svg}
EXERCISES = [attend.EXERCISE, attend_backward.EXERCISE, beam_search.EXERCISE]

QUESTIONS = [
    Question(
        name="order",
        text="The steps of the encoder are shuffled: keys, values and mask alike. What happens to the "
        "context?",
        options=(
            "It stays exactly as it was",
            "It is shuffled as well",
            "It becomes meaningless: the order is lost",
        ),
        answers=(
            "Yes, but for rounding: a weighted sum has no order. What order there is must be in the keys "
            "and values. Here an LSTM has put it there; a Transformer adds the position to its input.",
            "The weights are. The context is a sum over all places, and a sum has no order.",
            "Attention never knew the order. What it knows is in the keys, and these moved together "
            "with their values.",
        ),
        right=0,
    ),
]

RUBRIC = (
    "one state is too small for a long letter; or trained on right words, runs free after its own mistakes: both",
    "each place measured, led and free, for short and long letters, and what each outcome means",
)
