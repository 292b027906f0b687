"""What `rnn_step` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import rnn_step, weights
from gates import sigmoid
from notes import section

X, HID, BIAS = "x reaches h through U", "h_prev reaches h through W", "the bias b shifts it"


def step_groups(rng: np.random.Generator) -> list[Group]:
    def problem(N: int, D: int, H: int, only: str = "") -> Args:
        x, h_prev = rng.normal(size=(N, D)), rng.uniform(-1, 1, size=(N, H))
        args = {"x": x, "h_prev": h_prev} | weights(rng, D, H)
        if only:
            for name in {"x", "h_prev", "b"} - {only}:
                args[name] = np.zeros_like(args[name])
        return args

    home = (3, 4, 5)
    sizes = [problem(*s) for s in ((1, 3, 2), (5, 2, 6), (4, 4, 4), (2, 1, 1))]
    return [
        Group("one row per example, one column per unit", [problem(*home)], kind="shape"),
        Group(X, [problem(*home, "x") for _ in range(2)]),
        Group(HID, [problem(*home, "h_prev") for _ in range(2)]),
        Group(BIAS, [problem(*home, "b") for _ in range(2)]),
        Group("right for every N, D and H", [problem(*home), *sizes]),
        pure(),
    ]


STEP_WRONG = (
    Wrong("no tanh", lambda x, h, U, W, b: x @ U + h @ W + b,
          "The tanh is missing: without it the state could grow without bound, and a hundred steps "
          "would be nothing but one matrix product.",
          hints=(
            "What would the state be after a hundred steps, if every step doubled it?",
            "np.tanh(…) around the whole sum.",
          )),
    Wrong("sigmoid", lambda x, h, U, W, b: sigmoid(x @ U + h @ W + b),
          "You use σ. The plain RNN's state is made by tanh, with values between -1 and 1."),
    Wrong("tanh of the parts", lambda x, h, U, W, b: np.tanh(x @ U) + np.tanh(h @ W) + np.tanh(b),
          "You take tanh of each part. Add first: tanh is applied once, to the whole sum.",
          hints=(
            "Three numbers become one first; only then is it squeezed.",
            "One pair of parentheses around everything: np.tanh(… + … + …).",
          )),
    Wrong("input ignored", lambda x, h, U, W, b: np.tanh(h @ W + b),
          "The input x never reaches the state: the term x @ U is missing.", costs=X),
    Wrong("hidden state ignored", lambda x, h, U, W, b: np.tanh(x @ U + b),
          "The previous state is missing: h_prev @ W. Without it the network has no memory at all.",
          costs=HID),
    Wrong("bias missing", lambda x, h, U, W, b: np.tanh(x @ U + h @ W),
          "The bias b is missing.", costs=BIAS),
    Wrong("bias doubled", lambda x, h, U, W, b: np.tanh(x @ U + h @ W + 2 * b),
          "The bias b is added twice.", costs=BIAS),
    Wrong("bias after the tanh", lambda x, h, U, W, b: np.tanh(x @ U + h @ W) + b,
          "The bias is added after the tanh. It belongs inside.", costs=BIAS),
    Wrong("W transposed", lambda x, h, U, W, b: np.tanh(x @ U + h @ W.T + b),
          "W is transposed. It is square, so no shape complains: rows are examples, so h_prev @ W.",
          costs=HID,
          hints=(
            "Entry [j, k] of W says how much unit j, one step ago, moves unit k now. Which index does the product have to sum over?",
            "h_prev @ W, without .T.",
          )),
    Wrong("U transposed", lambda x, h, U, W, b: np.tanh(x @ U.T + h @ W + b),
          "U is transposed: the shapes fit only where D = H. Its shape is (D, H), so x @ U."),
    Wrong("weights in front", lambda x, h, U, W, b: np.tanh(U @ x + W @ h + b),
          "The weights stand in front, as for column vectors. Here rows are examples: x @ U."),
    Wrong("stacked in two orders",
          lambda x, h, U, W, b: np.tanh(np.hstack([h, x]) @ np.vstack([U, W]) + b),
          "You stack h_prev before x, but U before W: numbers of h_prev meet weights of x. Any order is "
          "right as long as both are the same: [x, h_prev] beside each other, U above W."),
    Wrong("old state kept", lambda x, h, U, W, b: h + np.tanh(x @ U + h @ W + b),
          "You add the new state to the old one. A plain RNN replaces it: that is its problem."),
    Wrong("averaged over the batch", lambda x, h, U, W, b: np.broadcast_to(
              np.tanh((x @ U + h @ W + b).mean(axis=0)), h.shape).copy(),
          "All rows are equal: the batch was averaged. Each example has a state of its own."),
    Wrong("overwrites h_prev", writes_into(rnn_step, "h_prev"),
          "Your values are right, but h_prev is overwritten by the new state.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=rnn_step,
    groups=step_groups,
    wrong=STEP_WRONG,
    hints=(
        "Three terms add up: from the input, from the previous state, and the bias.",
        "x @ U has shape (N, H), h_prev @ W too, and b of shape (H,) is added to every row.",
        "np.tanh of the sum.",
    ),
    notes=section("LSTMs"),
)
