"""What carrying weights to PyTorch and back is judged by."""

from autograder.authoring import Question
from utils.pictures.diagram import cell

from .judged import batch_first, from_torch, to_torch, torch_init

TITLE = "Your LSTM and PyTorch's"
BUILDS = "weights carried to PyTorch and back, with proof"
FILES = {
    "cell.svg": cell(
        lit=("forget_gate", "input_gate", "candidate_state", "output_gate"), title=TITLE
    ).svg
}
EXERCISES = [
    to_torch.EXERCISE,
    from_torch.EXERCISE,
    batch_first.EXERCISE,
    torch_init.EXERCISE,
]

QUESTIONS = [
    Question(
        name="forget_bias_of_two",
        text="Somebody opens the forget gates of an nn.LSTM: for every parameter with “bias” in its name, "
        "the forget gate's quarter is set to 1. Where does the forget gate of a fresh network start?",
        options=(
            "σ(1) = 0.73",
            "σ(2) = 0.88",
            "σ(0.5) = 0.62",
            "0.5, for a bias alone opens nothing",
        ),
        answers=(
            "There are two biases with that name, and the gate gets their sum.",
            "Yes: bias_ih_l0 and bias_hh_l0 are both set, and the gate gets their sum. Set one to 1 and the "
            "other to 0, if 1 is what you mean.",
            "They are added and not averaged.",
            "Inputs and weights are small at the start, so the bias is nearly all that the gate sees.",
        ),
        right=1,
    ),
    Question(
        name="onnx_order",
        text="ONNX writes W[iofc], “c - cell gate”. You have PyTorch's four blocks, numbered 0 to 3. In "
        "which order do you put them?",
        options=("0, 1, 2, 3", "0, 3, 1, 2", "0, 2, 3, 1", "1, 0, 2, 3"),
        answers=(
            "That would be right if both had the same order. PyTorch's is i, f, g, o.",
            "Yes: i is block 0, o is block 3, f is block 1, and c, the candidate, is block 2.",
            "That is the way back: it says where each of PyTorch's blocks goes, not which one comes.",
            "That makes f, i, g, o of them: this course's order.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "compare numbers, not shapes: the same input through both, step by step",
    "what each test tells: gates' order, transpose, biases counted twice, time and batch, vocabulary",
)
