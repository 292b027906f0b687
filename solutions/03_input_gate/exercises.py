"""What the input gate, the candidate state and the reader set by hand are judged by."""

import numpy as np

from autograder.authoring import Exercise, Group, Question, Wrong
from utils.networks import set_by_hand
from utils.pictures.diagram import cell

from by_hand import changed, of_form, zeros
from gates import groups, sigmoid, wrong
from notes import section

TITLE = "The input gate"
BUILDS = "what is written, and how much of it"
FILES = {"cell.svg": cell(lit=("x", "h_prev", "input_gate", "candidate_state"), title=TITLE).svg}


def input_gate(x, h_prev, U_i, W_i, b_i):
    return sigmoid(x @ U_i + h_prev @ W_i + b_i)


def candidate_state(x, h_prev, U_g, W_g, b_g):
    return np.tanh(x @ U_g + h_prev @ W_g + b_g)


def reader_params(D, H):
    entries = {"U_i": {0: 12, 1: 12}, "b_i": -6, "U_g": {0: 6, 1: -6}}
    return changed(lambda D, H: zeros(D, H, "ig"), **entries)(D, H)


# --- the reader -------------------------------------------------------------------------------

CAPITAL, DIGIT = "a capital is written as about +1", "a digit as about -1"
REST, PAST = "nothing else is written", "whatever the hidden state is"
MEASURE = "utils.networks.set_by_hand:reader_"


def reader_groups(rng: np.random.Generator) -> list[Group]:
    home = [{"D": 4, "H": 3}]
    sizes = [{"D": D, "H": H} for D, H in ((2, 1), (5, 2), (3, 3), (6, 4))]
    wanted = set_by_hand.told(4)[1]
    near, nothing = {"rtol": 0.0, "atol": 0.2}, {"rtol": 0.0, "atol": 0.05}
    return [
        Group("six arrays of the right names and shapes", [*home, *sizes],
              measure=MEASURE + "form", expected=["all there"] * 5),
        Group(CAPITAL, home, measure=MEASURE + "capital", expected=[np.ones(sum(wanted == 1))], **near,
              says="Where input 0 is 1, i times g should be near +1: the gate must be open and the candidate "
              "near 1. What are x U_i + b_i and x U_g + b_g there?"),
        Group(DIGIT, home, measure=MEASURE + "digit", expected=[np.ones(sum(wanted == -1))], **near,
              says="Where input 1 is 1, i times g should be near -1. A gate is never negative, so the sign has to "
              "come from the candidate; and the gate must be open here as well."),
        Group(REST, home, measure=MEASURE + "rest", expected=[np.zeros(sum(wanted == 0))], **nothing,
              says="Something is written at characters that are neither. Either the gate is shut there, which needs "
              "a strongly negative b_i[0], or the candidate is exactly 0."),
        Group(PAST, home, measure=MEASURE + "past", expected=[np.zeros(len(wanted))], **nothing,
              says="What is written changes with h_prev. What was shown before does not matter here: W_i and W_g "
              "can be 0."),
        Group("works for every D and H", sizes, measure=MEASURE + "all",
              expected=[np.abs(set_by_hand.told(case["D"])[1]) for case in sizes], **near,
              says="Right for D = 4 and H = 3, but not for other sizes: take the shapes from D and H, and use "
              "column 0, which belongs to unit 0."),
        Group("the same weights at every call", kind="pure"),
    ]  # fmt: skip


def _reader(**entries):
    return changed(reader_params, **entries)


READER_WRONG = (
    Wrong("gate open for capitals alone", _reader(U_i={1: 0}),
          "The gate stays shut at a digit: it needs a positive weight for input 1 too. It only says whether; the "
          "sign is the candidate's."),
    Wrong("gate turned away from digits", _reader(U_i={1: -12}),
          "The minus for digits stands in the gate: a negative U_i[1, 0] shuts it. A gate says how much, and the "
          "candidate has the sign."),
    Wrong("candidate the same for both", _reader(U_g={1: 6}),
          "Digits are written as +1, like capitals. Their weight in the candidate, U_g[1, 0], should be negative."),
    Wrong("signs turned", _reader(U_g={0: -6, 1: 6}),
          "The signs are turned: +1 for a capital, input 0, and -1 for a digit, input 1."),
    Wrong("candidate deaf to digits", _reader(U_g={1: 0}),
          "At a digit the candidate is 0: U_g[1, 0] should be negative and large."),
    Wrong("candidate deaf to capitals", _reader(U_g={0: 0}),
          "At a capital the candidate is 0: U_g[0, 0] should be positive and large."),
    Wrong("candidate too weak", _reader(U_g={0: 1, 1: -1}),
          "The candidate is tanh(1) = 0.76. Make its weights larger, so that it comes near 1."),
    Wrong("gate half open", _reader(U_i={0: 0, 1: 0}, b_i=0),
          "The gate is at 1/2 all the time, so only half is written. Let it open for inputs 0 and 1."),
    Wrong("gate opened by half", _reader(U_i={0: 6, 1: 6}),
          "At a capital the pre-activation of the gate is 6 - 6 = 0: half open. The weights must be larger than "
          "the bias is negative, twice as large for example."),
    Wrong("gate shut", _reader(U_i={0: 0, 1: 0}),
          "The gate is shut, whatever comes: U_i is 0. Give it positive weights for inputs 0 and 1."),
    Wrong("open gate, biased candidate", _reader(U_i={0: 0, 1: 0}, b_i=6, b_g=0.5),
          "The gate is always open and the candidate has a bias, so something is written at every character. "
          "Shut the gate with b_i[0], and let the inputs open it."),
    Wrong("gate without bias, biased candidate", _reader(b_i=0, b_g=0.5),
          "With b_i[0] = 0 the gate is half open where nothing comes, and the bias of the candidate leaks "
          "through. Make b_i[0] strongly negative."),
    Wrong("large bias in the candidate", _reader(b_g=6),
          "At a digit the candidate's pre-activation is -6 + 6 = 0: its bias is as large as its weights."),
    Wrong("every input opens the gate", changed(reader_params, U_i={-1: 12, -2: 12}, b_g=0.5),
          "Other inputs open the gate too. Only rows 0 and 1 of U_i should be anything but 0."),
    Wrong("another input is written", changed(reader_params, b_i=6, U_g={-1: 6, -2: 6}),
          "The candidate listens to other inputs than 0 and 1, and the gate is open for them."),
    Wrong("the gate listens to the past", _reader(W_i=20),
          "W_i is not 0: what the unit showed one step ago opens or shuts the gate."),
    Wrong("the candidate listens to the past", _reader(W_g=10),
          "W_g is not 0: what the unit showed one step ago changes what is written."),
    *of_form(reader_params, "ig", "six"),
)  # fmt: skip

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
    Exercise(
        reference=reader_params,
        groups=reader_groups,
        wrong=READER_WRONG,
        hints=(
            "Begin with six arrays of zeros, and change entries of column 0 and of b[0] alone. What does the "
            "gate do then, and what the candidate?",
            "The gate: σ(-6) is 0.002 and σ(-6 + 12) is 0.998. So with which bias is it shut, and which weight "
            "opens it? It must open for capitals and for digits. The candidate then has only the sign to say.",
            "b_i[0] = -6, U_i[0, 0] = U_i[1, 0] = 12. U_g[0, 0] = 6, U_g[1, 0] = -6. All else is 0.",
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
