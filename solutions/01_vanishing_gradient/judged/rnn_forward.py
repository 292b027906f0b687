"""What `rnn_forward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import rnn_step, weights
from notes import section


def rnn_forward(x, h0, U, W, b):
    states, h = [], h0
    for x_t in x:
        h = rnn_step(x_t, h, U, W, b)
        states.append(h)
    return np.stack(states)


START = "begins at h0"


def forward_groups(rng: np.random.Generator) -> list[Group]:
    def problem(T: int, N: int, D: int, H: int) -> Args:
        x, h0 = rng.normal(size=(T, N, D)), rng.uniform(-1, 1, size=(N, H))
        return {"x": x, "h0": h0} | weights(rng, D, H)

    home = (6, 3, 4, 5)
    from_zero = [problem(*home), problem(*home)]
    for case in from_zero:
        case["h0"] = np.zeros((3, 5))
    sizes = [problem(*s) for s in ((2, 1, 3, 2), (3, 3, 3, 3), (5, 2, 1, 1), (1, 4, 2, 3))]
    return [
        Group("a state for every step: (T, N, H)", [problem(*home)], kind="shape"),
        Group("each state feeds the next", from_zero),
        Group(START, [problem(1, 3, 4, 5), problem(*home)]),
        Group("right for every T, N, D and H", sizes),
        pure(),
    ]


def _run(x, h0, U, W, b, order=None, carry=True, zero=False):
    states, h = [], np.zeros_like(h0) if zero else h0
    for t in order or range(len(x)):
        new = rnn_step(x[t], h, U, W, b)
        states.append(new)
        h = new if carry else h
    return np.stack(states)


FORWARD_WRONG = (
    Wrong("state not carried", lambda *a: _run(*a, carry=False),
          "Every step starts from h0: the state is not carried on. Each step's h is the next one's "
          "h_prev.",
          hints=(
            "What is the second argument of rnn_step at step 0, and what at step 1?",
            "In the loop, give the result the name that goes in again: h = rnn_step(x_t, h, U, W, b).",
          )),
    Wrong("starts at zero", lambda *a: _run(*a, zero=True),
          "You begin with zeros and ignore h0.", costs=START),
    Wrong("backwards in time", lambda x, *a: _run(x, *a, order=range(len(x) - 1, -1, -1)),
          "You read the sequence from its end. Time runs forwards along axis 0."),
    Wrong("first input at every step", lambda x, *a: _run(x, *a, order=[0] * len(x)),
          "Every step reads x[0]. Step t reads x[t]."),
    Wrong("only the last state", lambda *a: rnn_forward(*a)[-1],
          "You return the last state alone. Keep all of them: shape (T, N, H)."),
    Wrong("the last state everywhere",
          lambda *a: (lambda h: np.broadcast_to(h[-1], h.shape).copy())(rnn_forward(*a)),
          "Every step holds the last state: the same array was stored T times. Store a new one at "
          "each step.",
          hints=(
            "How many arrays does your list hold: T different ones, or one T times?",
            "Let each step make a new array: h = rnn_step(…), then states.append(h).",
          )),
    Wrong("one step late",
          lambda x, h0, *a: np.concatenate([h0[None], rnn_forward(x, h0, *a)[:-1]]),
          "Everything is one step late: h[0] should be the state after the first input, not h0.",
          hints=(
            "Which comes first in your loop: the step, or storing the state?",
            "First h = rnn_step(…), then states.append(h).",
          )),
    Wrong("h0 included", lambda x, h0, *a: np.concatenate([h0[None], rnn_forward(x, h0, *a)]),
          "You return T + 1 states, h0 among them. Only those after each input are asked for."),
    Wrong("over the examples", lambda x, h0, U, W, b: np.swapaxes(
              rnn_forward(np.swapaxes(x, 0, 1), np.zeros((len(x), len(b))), U, W, b), 0, 1).copy(),
          "You loop over axis 1, the examples. Time is axis 0."),
    Wrong("batch first", lambda *a: np.swapaxes(rnn_forward(*a), 0, 1).copy(),
          "Your result has shape (N, T, H). Time comes first: (T, N, H)."),
    Wrong("a list", lambda *a: list(rnn_forward(*a)),
          "You return a list of states. np.stack makes one array of it."),
    Wrong("states added up", lambda *a: np.cumsum(rnn_forward(*a), axis=0),
          "You add the states up. Each new state replaces the one before."),
    Wrong("overwrites h0", writes_into(rnn_forward, "h0"),
          "Your values are right, but h0 is overwritten.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=rnn_forward,
    groups=forward_groups,
    wrong=FORWARD_WRONG,
    hints=(
        "One loop over time. What comes out of a step goes into the next.",
        "h = h0 before the loop; in it, h = rnn_step(x_t, h, U, W, b), and h is kept in a list.",
        "np.stack makes an array (T, N, H) of a list of T arrays (N, H).",
    ),
    notes=section("LSTMs"),
)
