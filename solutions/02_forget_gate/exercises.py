"""What the forget gate's exercises are judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong, pure
from utils.pictures.diagram import cell

from gates import groups, sigmoid, wrong
from notes import section

TITLE = "The forget gate"
BUILDS = "the gate that keeps or erases"
FILES = {"cell.svg": cell(lit=("x", "h_prev", "forget_gate"), title=TITLE).svg}


def forget_gate(x, h_prev, U_f, W_f, b_f):
    return sigmoid(x @ U_f + h_prev @ W_f + b_f)


def remaining_memory(f):
    return np.cumprod(f, axis=0)


def memory_groups(rng: np.random.Generator) -> list[Group]:
    def gates(T: int, N: int, H: int) -> Args:
        return {"f": rng.uniform(0.05, 1, size=(T, N, H))}

    one_step = [gates(1, 3, 5), gates(1, 2, 4)]
    home = [gates(6, 3, 5) for _ in range(3)]
    closed = rng.uniform(0.5, 1, size=(6, 3, 5))
    closed[2] = 0.0
    open_wide = np.ones((6, 3, 5))
    sizes = [gates(*s) for s in ((9, 1, 2), (4, 4, 4), (2, 5, 1), (100, 2, 3))]
    return [
        Group("same shape as f", home, kind="shape"),
        Group("after one step f itself is left", one_step),
        Group("each step multiplies what the steps before it left", home),
        Group(
            "a gate at 1 keeps everything, a gate at 0 erases for good",
            [{"f": closed}, {"f": open_wide}],
        ),
        Group("right for every T, N and H", sizes),
        pure("leaves its argument alone"),
    ]


def _in_place(f):
    for t in range(1, len(f)):
        f[t] *= f[t - 1]
    return f


def _from_the_end(f):
    return np.cumprod(f[::-1], axis=0)[::-1].copy()


def _shifted(f):
    return np.concatenate([np.ones_like(f[:1]), np.cumprod(f, axis=0)[:-1]])


MEMORY = "each step multiplies what the steps before it left"

EXERCISES = [
    Exercise(
        reference=forget_gate,
        groups=groups("f", "forget gate"),
        wrong=wrong("f", "forget gate"),
        hints=(
            "Three things add up: what the input says, what the previous hidden state says, and the "
            "bias. Which of them are matrix products?",
            "x has shape (N, D) and U_f has shape (D, H): x @ U_f has shape (N, H), like the gate. "
            "The same holds for h_prev and W_f. NumPy adds b_f of shape (H,) to every row.",
            "Call the sum z. The gate is sigmoid(z), and sigmoid is imported for you.",
        ),
        notes=section("Forget Gate"),
    ),
    Exercise(
        reference=remaining_memory,
        groups=memory_groups,
        wrong=(
            Wrong(
                "cumulative sum",
                lambda f: np.cumsum(f, axis=0),
                "You add the gates up. Forgetting multiplies: two steps that each keep half leave "
                "a quarter.",
            ),
            Wrong(
                "only the last step",
                lambda f: np.prod(f, axis=0),
                "You return what is left at the very end, of shape (N, H). Asked for is what is "
                "left after each step: np.cumprod keeps all of them.",
            ),
            Wrong(
                "last step everywhere",
                lambda f: np.broadcast_to(np.prod(f, axis=0), f.shape).copy(),
                "Every step shows what is left at the very end. Step t may only use the gates up "
                "to t.",
            ),
            Wrong(
                "only this step's gate",
                lambda f: f.copy(),
                "You return f itself: that is what one step keeps. What is left of c_0 also went "
                "through all the gates before.",
            ),
            Wrong(
                "one step late",
                _shifted,
                "Everything is one step late: you start with 1. After the first step, f_1 of c_0 "
                "is left.",
            ),
            Wrong(
                "backwards in time",
                _from_the_end,
                "You multiply from the last step backwards. Time runs forwards along axis 0.",
            ),
            Wrong(
                "over the examples",
                lambda f: np.cumprod(f, axis=1),
                "You multiply along axis 1, from one example to the next. Time is axis 0.",
            ),
            Wrong(
                "over the units",
                lambda f: np.cumprod(f, axis=2),
                "You multiply along the last axis, from one unit to the next. Time is axis 0.",
            ),
            Wrong(
                "one long row",
                lambda f: np.cumprod(f),
                "Without axis, np.cumprod multiplies all numbers in one long row, one example and unit "
                "after the other. Say along which axis: time is axis 0.",
            ),
            Wrong(
                "what is forgotten",
                lambda f: 1 - np.cumprod(f, axis=0),
                "That is how much is lost. Asked for is how much is left.",
            ),
            Wrong(
                "product of 1 - f",
                lambda f: np.cumprod(1 - f, axis=0),
                "You multiply 1 - f. A forget gate at 1 keeps, so f itself is multiplied.",
            ),
            Wrong(
                "power of this gate",
                lambda f: f ** np.arange(1, len(f) + 1)[:, None, None],
                "You raise step t's gate to the power t, as if it had always been at this value. "
                "Each step has a gate of its own.",
            ),
            Wrong(
                "average over the batch",
                lambda f: np.cumprod(
                    np.broadcast_to(f.mean(axis=1, keepdims=True), f.shape), axis=0
                ),
                "All examples are equal: the batch was averaged. Each has gates of its own.",
            ),
            Wrong(
                "changes f in place",
                _in_place,
                "Your values are right, but f itself is overwritten: work on f.copy() or let "
                "np.cumprod make a new array.",
                costs="leaves its argument alone",
            ),
        ),
        hints=(
            "Start with c_0. After step 1, f_1 c_0 is left; after step 2, f_2 f_1 c_0. What is step "
            "t's factor made of?",
            "A loop over t with a running product works. So does one NumPy function whose name "
            "begins with cum.",
            "np.cumprod(f, axis=0) multiplies along time.",
        ),
        notes=section("Forgetting information"),
    ),
]

QUESTIONS = [
    Question(
        name="half_open",
        text="A forget gate stays at 0.9. How much of the memory is left after 10 steps?",
        options=("90 %", "about 35 %", "nothing", "about 10 %"),
        answers=(
            "That is after one step. Every further step multiplies by 0.9 again.",
            "Yes: 0.9 to the power 10 is 0.349. A gate must be very close to 1 to remember long.",
            "A product of numbers above 0 never gets to 0: the memory fades, it does not vanish.",
            "0.9 × 10 would be a sum's way of thinking; forgetting multiplies.",
        ),
        right=1,
    ),
    Question(
        name="who_decides",
        text="Two examples of a batch are at the same step. Can their forget gates differ?",
        options=(
            "No: the weights are the same for all",
            "Yes: the inputs and hidden states differ",
            "Only if they have different biases",
        ),
        answers=(
            "The weights are shared, but what they are multiplied by is not.",
            "Yes. The weights are shared; x and h_prev are each example's own, and so is its gate.",
            "The bias belongs to the gate, not to an example: all examples share it.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "near 1 while open, towards 0 at the closing bracket",
    "it sees the bracket in x, and h tells whether one is open",
)
