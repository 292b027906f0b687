"""What the output gate and the spotlight set by hand are judged by."""

import numpy as np

from autograder.authoring import Exercise, Group, Question, Wrong
from utils.networks import set_by_hand
from utils.pictures.diagram import cell

from by_hand import built, changed, of_form, zeros
from gates import groups, sigmoid, wrong
from notes import section

TITLE = "The output gate"
BUILDS = "what is shown"
FILES = {"cell.svg": cell(lit=("x", "h_prev", "output_gate"), title=TITLE).svg}


def output_gate(x, h_prev, U_o, W_o, b_o):
    return sigmoid(x @ U_o + h_prev @ W_o + b_o)


def spotlight_params(D, H):
    return {"U_o": 12 * np.eye(D, H), "W_o": np.zeros((H, H)), "b_o": np.full(H, -6.0)}


# --- the spotlight ----------------------------------------------------------------------------

OWN, NONE = "each unit is shown when its input asks", "hidden while nothing asks"
OTHERS, PAST = "no input shows another's unit", "whatever the hidden state is"
MEASURE = "utils.networks.set_by_hand:spotlight_"


def spotlight_groups(rng: np.random.Generator) -> list[Group]:
    home = [{"D": 4, "H": 4}]
    sizes = [{"D": D, "H": H} for D, H in ((1, 1), (2, 5), (6, 3), (3, 1), (1, 4))]
    near = {"rtol": 0.0, "atol": 0.05}

    def asked(cases: list) -> list:
        return [set_by_hand.asked(case["D"], case["H"]) for case in cases]

    return [
        Group("three arrays of the right names and shapes", [*home, *sizes],
              measure=MEASURE + "form", expected=["all there"] * 6),
        Group(OWN, home, measure=MEASURE + "own", expected=[np.ones(4)], **near,
              says="With input k at 1 the gate of unit k should be above 0.95, so its pre-activation above 3. It is "
              "U_o[k, k] + b_o[k]."),
        Group(NONE, home, measure=MEASURE + "none", expected=[np.zeros(4)], **near,
              says="With all inputs at 0 a gate is σ(b_o): below 0.05 only if b_o is below -3."),
        Group(OTHERS, home, measure=MEASURE + "all", expected=asked(home), **near,
              says="With several inputs at 1 just their units should be shown: row j, column k of U_o leads from "
              "input j to unit k, so everything beside the diagonal should be 0."),
        Group(PAST, home, measure=MEASURE + "past", expected=[np.zeros((16, 4))], **near,
              says="What is shown changes with h_prev: W_o can be 0."),
        Group("works for every D and H", sizes, measure=MEASURE + "all", expected=asked(sizes), **near,
              says="Right for D = H = 4, but not where there are more inputs than units, or more units than "
              "inputs. np.eye(D, H) and np.fill_diagonal take both."),
        Group("the same weights at every call", kind="pure"),
    ]  # fmt: skip


def _spotlight(U, b):
    return lambda D, H: {"U_o": U(D, H), "W_o": np.zeros((H, H)), "b_o": np.full(H, float(b))}


def _flipped(D, H):
    return 12 * np.eye(D, H)[:, ::-1].copy()


def _first_only(D, H):
    return changed(lambda D, H: {**zeros(D, H, "o"), "b_o": np.full(H, -6.0)}, U_o=12)(D, H)


SPOTLIGHT_WRONG = (
    Wrong("no bias", _spotlight(lambda D, H: 12 * np.eye(D, H), 0),
          "With a bias of 0 every gate stands half open while nothing asks. It has to be negative."),
    Wrong("bias not negative enough", _spotlight(lambda D, H: 8 * np.eye(D, H), -2),
          "While nothing asks the gates are at σ(-2) = 0.12: not quite shut. Make b_o more negative."),
    Wrong("weight as large as the bias", _spotlight(lambda D, H: 6 * np.eye(D, H), -6),
          "Where an input asks the pre-activation is 6 - 6 = 0: half open. The weight must be larger than the bias "
          "is negative."),
    Wrong("weight a little too small", _spotlight(lambda D, H: 8 * np.eye(D, H), -6),
          "Where an input asks the gate is at σ(8 - 6) = 0.88: not quite open. Make the weights larger."),
    Wrong("always open", _spotlight(lambda D, H: 12 * np.eye(D, H), 6),
          "The bias is positive: all gates are open, whatever is asked. It has to be negative."),
    Wrong("asking hides", _spotlight(lambda D, H: -12 * np.eye(D, H), 6),
          "It is the other way round: your units are shown all the time and hidden when they are asked for."),
    Wrong("every input shows everything", _spotlight(lambda D, H: np.full((D, H), 12.0), -6),
          "All entries of U_o are large, so every input shows every unit. Only the diagonal leads from input k to "
          "unit k."),
    Wrong("others are pushed back", _spotlight(lambda D, H: 24 * np.eye(D, H) - 12, -6),
          "An input hides all units but its own. Then two that ask at once hide each other: beside the diagonal "
          "U_o should be 0."),
    Wrong("units in reverse order", _spotlight(_flipped, -6),
          "Input 0 shows the last unit: the diagonal runs the wrong way. U_o[k, k] leads from input k to unit k."),
    Wrong("unit 0 alone", _first_only,
          "Only unit 0 can be shown. Every unit k that has an input k should be: the whole diagonal of U_o."),
    Wrong("a square U_o", _spotlight(lambda D, H: 12 * np.eye(H), -6),
          "Your U_o has shape (H, H). It leads from D inputs to H units: np.eye(D, H)."),
    Wrong("the bias of unit 0 alone", built(spotlight_params, lambda p: {
              **p, "b_o": np.where(np.arange(len(p["b_o"])) == 0, -6.0, 0.0)}),
          "Only unit 0 is hidden while nothing asks: b_o needs a negative number for every unit."),
    Wrong("weights in W_o", lambda D, H: {
              "U_o": np.zeros((D, H)), "W_o": 12 * np.eye(H), "b_o": np.full(H, -6.0)},
          "Your weights stand in W_o, which reads the hidden state. What is asked for comes with x: U_o."),
    Wrong("the past as well", lambda D, H: {**spotlight_params(D, H), "W_o": 12 * np.eye(H)},
          "W_o is not 0, so a unit that was shown opens its own gate again. Here x alone decides."),
    Wrong("a tuple", lambda D, H: tuple(spotlight_params(D, H).values()),
          "A tuple came back. Return a dict: {\"U_o\": …, \"W_o\": …, \"b_o\": …}."),
    *(wrong for wrong in of_form(spotlight_params, "o", "three") if wrong.name not in ("wrong unit", "wrong input")),
)  # fmt: skip

EXERCISES = [
    Exercise(
        reference=output_gate,
        groups=groups("o", "output gate"),
        wrong=wrong("o", "output gate"),
        hints=(
            "It has the same form as the other two gates.",
            "Three terms add up: x with U_o, h_prev with W_o, and b_o.",
            "sigmoid of x @ U_o + h_prev @ W_o + b_o.",
        ),
        notes=section("Output Gate"),
    ),
    Exercise(
        reference=spotlight_params,
        groups=spotlight_groups,
        wrong=SPOTLIGHT_WRONG,
        hints=(
            "All gates look alike: shut while nothing asks, open when their own input is 1. Which number keeps "
            "a gate shut, and which opens it?",
            "σ(-6) is 0.002 and σ(6) is 0.998. So the bias is -6, and the weight from input k to unit k makes "
            "+6 of it. Where in U_o does that weight stand?",
            "U_o = 12 * np.eye(D, H) has 12 at [k, k] and 0 beside it, for any D and H. W_o is 0, and b_o is "
            "-6 everywhere.",
        ),
        notes=section("Output Gate"),
    ),
]

QUESTIONS = [
    Question(
        name="hidden_or_forgotten",
        text="An output gate is 0 for twenty steps. What happens to the cell state meanwhile?",
        options=("It fades", "It is erased", "Nothing: it is only not shown"),
        answers=(
            "Fading is the forget gate's work.",
            "Erasing is the forget gate's work.",
            "Right. The output gate stands behind the memory, not in it.",
        ),
        right=2,
    ),
    Question(
        name="how_many_weights",
        text="A cell has D = 10 inputs and H = 20 units. How many numbers does it have to learn?",
        options=("620", "1,860", "2,480"),
        answers=(
            "That is one gate: 10·20 + 20·20 + 20.",
            "That counts the three gates. The candidate has as many weights as a gate.",
            "Right: 4 · (10·20 + 20·20 + 20). Three gates and the candidate.",
        ),
        right=2,
    ),
]

RUBRIC = (
    "an example: known long, shown rarely",
    "all three gates meanwhile: forget near 1, input near 0, output near 0 until needed",
)
