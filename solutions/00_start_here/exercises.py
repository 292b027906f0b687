"""What the logistic function is judged by, as it stands in the book and so that it never fails."""

import math
import re
from pathlib import Path

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong, pure, writes_into
from utils.notation import markdown_table
from utils.pictures.course_map import Stop, course_map
from utils.pictures.diagram import PARTS, cell

import gates
from notes import section

TITLE = "Start here"
BUILDS = "the sigmoid"


def _stops():
    """The course's units, as their titles and first lines say."""
    for folder in sorted(Path(__file__).parent.parent.glob("[0-9]*_*")):
        number, _, name = folder.name.partition("_")
        master = folder / f"{name}.py"
        title = re.search(r'^TITLE = "(.*)"', (folder / "exercises.py").read_text("utf-8"), re.M)
        time = master.is_file() and re.search(r"\*\*Time\*\* (\d+)", master.read_text("utf-8"))
        if title and time:
            yield Stop(int(number), title[1], int(time[1]))


FILES = {"cell.svg": cell(lit=PARTS, title=TITLE).svg, "map.svg": course_map(_stops()).svg}
COLUMNS = ("here", "shape", "meaning", "pytorch", "cs231n", "d2l", "papers")
TABLES = {"notation": markdown_table(COLUMNS)}


def logistic(z):
    return 1 / (1 + np.exp(-z))


def sigmoid(z):
    return gates.sigmoid(z)


# --- as it stands in the book -----------------------------------------------------------------

FORMULA = "1 / (1 + exp(-z)), entry by entry"
ALONE = "leaves its argument alone"


def logistic_groups(rng: np.random.Generator) -> list[Group]:
    def at(*shape: int) -> Args:
        return {"z": rng.normal(size=shape)}

    home = [at(3, 5), at(3, 5)]
    wide = [{"z": rng.uniform(-30, 30, size=(3, 5))}, {"z": np.array([[-30.0, -5, 0, 5, 30]])}]
    shapes = [{"z": np.array(0.7)}, at(6), at(4, 4), at(2, 3, 4), at(1, 2), {"z": np.zeros((0, 3))}]
    return [
        Group("same shape as z", home[:1], kind="shape"),
        Group(FORMULA, home),
        Group("right from z = -30 to 30", wide),
        Group("right for arrays of every shape", shapes),
        pure(ALONE),
    ]


LOGISTIC_WRONG = (
    Wrong("tanh", np.tanh,
          "That is tanh: it runs from -1 to 1. σ runs from 0 to 1."),
    Wrong("no minus", lambda z: 1 / (1 + np.exp(z)),
          "The minus is missing: it is exp(-z). Yours falls where σ rises."),
    Wrong("1 - exp", lambda z: 1 / (1 - np.exp(-np.where(z == 0, 1, z))),
          "The sign below the line is wrong: 1 + exp(-z)."),
    Wrong("brackets missing", lambda z: 1 / 1 + np.exp(-z),
          "You return 1 + exp(-z), what should stand below the line. `1 / 1 + …` divides first and adds then: put "
          "1 + exp(-z) in brackets."),
    Wrong("the 1 missing", lambda z: 1 / np.exp(-z),
          "Below the line stands 1 + exp(-z): the 1 is missing, and yours grows without end."),
    Wrong("exp alone", lambda z: np.exp(-z),
          "You return exp(-z). Put it into 1 / (1 + exp(-z))."),
    Wrong("a power of 2", lambda z: 1 / (1 + 2.0**-z),
          "You take powers of 2. It is e = 2.718…: np.exp."),
    Wrong("e as 2.718", lambda z: 1 / (1 + 2.718**-z),
          "You write e as 2.718, which is right to four digits only. np.exp knows all of them."),
    Wrong("size of z", lambda z: 1 / (1 + np.exp(-np.abs(z))),
          "You take |z|, so the curve is its own mirror image. For negative z it goes on falling, to 0."),
    Wrong("squared", lambda z: 1 / (1 + np.exp(-(z**2))),
          "You square z. The exponent is -z as it is."),
    Wrong("softmax", lambda z: np.exp(z) / max(np.exp(z).sum(), 1e-300),
          "You divide by a sum over the array. σ treats every entry for itself."),
    Wrong("step", lambda z: (z > 0).astype(float),
          "You jump from 0 to 1. σ is smooth: σ(0) = 1/2, and there is a slope everywhere."),
    Wrong("hard sigmoid", lambda z: np.clip(0.25 * z + 0.5, 0, 1),
          "A straight line cut off at 0 and 1. σ bends, and never quite reaches either."),
    Wrong("math.exp", lambda z: 1 / (1 + math.exp(-z)),
          "math.exp takes single numbers. np.exp takes whole arrays."),
    Wrong("fixed to two axes",
          lambda z: np.array([[1 / (1 + np.exp(-v)) for v in row] for row in z]),
          "You walk through rows and columns, so only arrays with two axes work. NumPy's functions take any "
          "shape: no loop is needed."),
    Wrong("single precision", lambda z: logistic(z).astype(np.float32),
          "You return float32, which keeps seven digits. Keep float64 throughout."),
    Wrong("rounded", lambda z: np.round(logistic(z), 3),
          "You round. Return the numbers as they are."),
    Wrong("changes z", writes_into(logistic, "z"),
          "Every number is right, but z is another array after the call: a line like `z /= 2` writes into the "
          "array that was passed in. `z = z / 2` makes a new one.", costs=ALONE),
)  # fmt: skip

# --- so that it never fails -------------------------------------------------------------------


CALM = "no overflow warning, even at -1000 and 1000"
LEFT, RIGHT = "exact far to the left, where σ is tiny", "exact to the right, where σ is nearly 1"
SHAPES = "right for arrays of every shape"
EXACT = {"rtol": 1e-12, "atol": 0.0}


def sigmoid_groups(rng: np.random.Generator) -> list[Group]:
    def at(*shape: int) -> Args:
        return {"z": rng.normal(size=shape)}

    # no array of one entry: older NumPys let math.exp take that
    shapes = [{"z": np.array(0.7)}, at(6), at(4, 4), at(2, 3, 4), at(1, 2), {"z": np.zeros((0, 3))}]
    left = [{"z": rng.uniform(-700, -20, size=(3, 5))}, {"z": np.array([[-37.0, -100, -700, -40]])}]
    right = [{"z": rng.uniform(2, 36, size=(3, 5))}, {"z": np.array([[20.0, 36, 100, 700]])}]
    # -712 and -710.5: exp(-z) is past float64's largest number, σ(z) is still above its smallest.
    edge = np.array([[-712.0, -710.5, 712]])
    far = [{"z": np.array([[-1000.0, 0, 1000], [800, -800, 0.5]])}, {"z": edge}]
    return [
        Group("same shape as z", [at(3, 5)], kind="shape"),
        Group(FORMULA, [at(3, 5), at(3, 5)], **EXACT),
        Group(LEFT, left, **EXACT),
        Group(RIGHT, right, **EXACT),
        Group(SHAPES, shapes, **EXACT),
        Group(CALM, far, kind="quiet", **EXACT),
        pure(ALONE),
    ]


def _silenced(z):
    with np.errstate(all="ignore"):
        return logistic(z)


def _one_sided(z):
    return np.exp(z) / (1 + np.exp(z))


def _masks_in_place(z):
    small = np.exp(-np.abs(z))
    z[...] = np.where(z >= 0, 1 / (1 + small), small / (1 + small))
    return z


EXERCISES = [
    Exercise(
        reference=logistic,
        groups=logistic_groups,
        wrong=LOGISTIC_WRONG,
        hints=(
            "What stands below the line? Write that first, in brackets.",
            "np.exp takes a whole array and gives one of the same shape, entry by entry. So do - and + and /.",
            "Call e = np.exp(-z). Then it is 1 divided by (1 + e).",
        ),
        notes=section("Forget Gate"),
    ),
    Exercise(
        reference=sigmoid,
        groups=sigmoid_groups,
        wrong=(
            Wrong("overflow on the left", logistic,
                  "Nearly all values are right, but from z = -710 on exp(-z) overflows, and NumPy warns. For "
                  "negative z use the other form, exp(z) / (1 + exp(z)): its exponent is never large.",
                  costs=CALM,
          hints=(
            "Which of the two forms is safe for z = -1000, which for z = 1000? And what is safe on both sides?",
            "With e = np.exp(-np.abs(z)), which is never above 1, both forms can be written: 1 / (1 + e) and e / (1 + e).",
          )),
            Wrong("overflow on the right", _one_sided,
                  "exp(z) / (1 + exp(z)) is right for negative z. For z = 1000 it is infinity divided "
                  "by infinity: nan. For positive z use 1 / (1 + exp(-z))."),
            Wrong("both forms everywhere",
                  lambda z: np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z))),
                  "You choose the right form for each entry, but np.where computes both forms for all "
                  "entries before it chooses, and the one that is thrown away overflows. Give exp an "
                  "argument that is safe on both sides: -np.abs(z).", costs=CALM,
          hints=(
            "np.where is no `if`: both its branches are computed for every entry. So both must be safe.",
            "Compute e = np.exp(-np.abs(z)) once and write both branches with e.",
          )),
            Wrong("warning silenced", _silenced,
                  "You silence the warning, but not what it warns of: from z = -710 on, exp(-z) is "
                  "infinite and σ becomes 0 too early (4.5e-309 is due there). Choose the form by the "
                  "sign of z.", costs=CALM),
            Wrong("z clipped at the edge", lambda z: logistic(np.clip(z, -709, 709)),
                  "Clipping z at 709 avoids the overflow, but beyond it all values are the same: "
                  "σ(-1000) is 0. Choose the form by the sign of z instead.", costs=CALM),
            Wrong("z clipped just before the edge", lambda z: logistic(np.clip(z, -700, 700)),
                  "Clipping z at 700 avoids the overflow, but beyond it all values are the same: "
                  "σ(-1000) is 0. Choose the form by the sign of z instead.", costs=CALM),
            Wrong("z clipped", lambda z: logistic(np.clip(z, -500, 500)),
                  "Clipping z avoids the overflow but changes the answer: far to the left σ is no longer "
                  "exact. Choose the form by the sign of z instead.", costs=LEFT),
            Wrong("z clipped tightly", lambda z: logistic(np.clip(z, -30, 30)),
                  "You clip z at 30: beyond it, all values are the same. Choose the form by the sign of "
                  "z instead."),
            Wrong("through tanh", lambda z: 0.5 * (1 + np.tanh(z / 2)),
                  "σ(z) = (1 + tanh(z/2)) / 2 is right and never overflows. But for z = -40 it computes "
                  "1 + (-1) = 0 where 4e-18 is due: the small digits cancel. Choose the form by the "
                  "sign of z.", costs=LEFT,
          hints=(
            "How many digits has 1 + tanh(-20), and how many has exp(-40)?",
            "For negative z: e / (1 + e) with e = exp(z). Nothing is subtracted there.",
          )),
            Wrong("one minus the other side",
                  lambda z: np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))),
                                     1 - 1 / (1 + np.exp(-np.abs(z)))),
                  "For negative z you compute 1 - σ(-z). Two numbers near 1 are subtracted and the "
                  "small digits cancel: for z = -40 nothing is left. Use exp(z) / (1 + exp(z)) there.",
                  costs=LEFT,
          hints=(
            "How many digits are left of 1 - 0.9999999999999999?",
            "For negative z: e / (1 + e) with e = exp(z). Nothing is subtracted there.",
          )),
            Wrong("tanh", np.tanh,
                  "That is tanh: it runs from -1 to 1. σ runs from 0 to 1."),
            Wrong("sign of z", lambda z: gates.sigmoid(-z),
                  "The sign is turned: σ rises, your function falls. It is exp of *minus* z."),
            Wrong("1 - exp", lambda z: 1 / (1 - np.exp(-np.where(z == 0, 1, z))),
                  "The sign below the line is wrong: 1 + exp(-z)."),
            Wrong("step", lambda z: (z > 0).astype(float),
                  "You jump from 0 to 1. σ is smooth: σ(0) = 1/2, and there is a slope everywhere."),
            Wrong("hard sigmoid", lambda z: np.clip(0.25 * z + 0.5, 0, 1),
                  "A straight line cut off at 0 and 1. σ bends, and never quite reaches either."),
            Wrong("softmax", lambda z: np.exp(-np.abs(z)) / max(np.exp(-np.abs(z)).sum(), 1e-300),
                  "You divide by a sum over the array. σ treats every entry for itself."),
            Wrong("exp alone", lambda z: np.exp(-np.abs(z)),
                  "You return exp of z. Put it into 1 / (1 + exp(-z))."),
            Wrong("single precision", lambda z: gates.sigmoid(z).astype(np.float32),
                  "You return float32, which keeps seven digits. Keep float64 throughout."),
            Wrong("math.exp", lambda z: 1 / (1 + math.exp(-z)),
                  "math.exp takes single numbers. np.exp takes whole arrays."),
            Wrong("fixed to two axes",
                  lambda z: np.array([[gates.sigmoid(v) for v in row] for row in z]),
                  "You walk through rows and columns, so only arrays with two axes work. NumPy's "
                  "functions take any shape: no loop is needed."),
            Wrong("writes into z", _masks_in_place,
                  "You write the result into z itself. Whoever passed z still needs it: make a new "
                  "array."),
            Wrong("changes z", writes_into(sigmoid, "z"),
                  "Your values are right, but z is another array after the call. Make new arrays.",
                  costs=ALONE),
        ),
        hints=(
            "Run check(logistic, \"sigmoid\") above once more: on which side does it fail, and why?",
            "exp(-|z|) is between 0 and 1 for every z, so it never overflows. Call it e. For z ≥ 0, "
            "σ(z) = 1 / (1 + e).",
            "For z < 0, σ(z) = e / (1 + e). np.where(z >= 0, …, …) picks the right form entry by "
            "entry.",
        ),
        notes=section("Forget Gate"),
    ),
]  # fmt: skip

QUESTIONS = [
    Question(
        name="sigmoid_of_zero",
        text="A gate's pre-activation is 0. How much does the gate let through?",
        options=("Nothing", "Half", "Everything"),
        answers=(
            "That would be far to the left, at a pre-activation of about -10.",
            "Yes: σ(0) = 1 / (1 + 1) = 1/2. A gate that knows nothing keeps half.",
            "That would be far to the right, at a pre-activation of about 10.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "a jump has no slope, so learning has no direction",
    "in between values are useful in themselves (keep nine tenths)",
)
