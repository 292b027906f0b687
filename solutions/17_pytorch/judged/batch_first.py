"""What `batch_first` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from notes import section

WHOLE = "every example keeps its own steps, in their order"


def batch_first(x):
    return x.swapaxes(0, 1).copy()


def batch_first_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, D: int) -> Args:
        return {"x": rng.normal(size=(T, N, D))}

    return [
        Group("one example a row: (N, T, D)", [case(5, 3, 4)], kind="shape"),
        Group(WHOLE, [case(5, 3, 4), case(4, 4, 4), case(3, 6, 2)]),
        Group("right for every T, N and D", [case(1, 3, 2), case(4, 1, 3), case(3, 3, 1),
                                              case(1, 1, 1)]),
        pure(),
    ]  # fmt: skip


BATCH_FIRST_WRONG = (
    Wrong("reshaped", lambda x: x.reshape(x.shape[1], x.shape[0], x.shape[2]).copy(),
          "reshape gives the right shape and the wrong sequences: it keeps the numbers in their order, so "
          "your first row holds the first steps of several examples. Exchange the axes: swapaxes or "
          "transpose."),
    Wrong("reshaped column by column",
          lambda x: x.reshape(x.shape[1], x.shape[0], x.shape[2], order="F").copy(),
          "reshape, in whatever order, mixes the examples. Exchange the axes: swapaxes or transpose."),
    Wrong("all axes reversed", lambda x: x.T.copy(),
          "Of three axes .T makes (D, N, T): it reverses all of them. Only the first two change places."),
    Wrong("unchanged", lambda x: x.copy(),
          "What comes out is what went in, (T, N, D). The first two axes change places."),
    Wrong("last two axes", lambda x: x.swapaxes(1, 2).copy(),
          "You exchange the last two axes. The first two change places: time and batch."),
    Wrong("channels first", lambda x: x.transpose(1, 2, 0).copy(),
          "Your axes are (N, D, T), as convolutions like them. An LSTM wants (N, T, D)."),
    Wrong("rolled round", lambda x: x.transpose(2, 0, 1).copy(),
          "Your axes are (D, T, N). The first two change places, and D stays last."),
    Wrong("time in reverse", lambda x: x.swapaxes(0, 1)[:, ::-1].copy(),
          "The axes are right, but time runs backwards. Nothing is reversed."),
    Wrong("examples in reverse", lambda x: x.swapaxes(0, 1)[::-1].copy(),
          "The axes are right, but the examples are in reverse order. Nothing is reversed (np.rot90?)."),
    Wrong("steps and inputs in one row", lambda x: x.swapaxes(0, 1).reshape(x.shape[1], -1).copy(),
          "Your rows are T·D long: each example has lost its steps. Three axes: (N, T, D)."),
    Wrong("axes of length 1 squeezed", lambda x: np.squeeze(x.swapaxes(0, 1)).copy(),
          "Where T, N or D is 1, an axis is lost (squeeze). There are always three."),
    Wrong("a list", lambda x: [x[:, n].copy() for n in range(x.shape[1])],
          "You return a list of sequences. One array is asked for: np.stack, or exchange the axes at "
          "once."),
    Wrong("the first example alone", lambda x: x[:, :1].swapaxes(0, 1).copy(),
          "Only the first example is there. All N are needed."),
    Wrong("rounded to float32", lambda x: x.swapaxes(0, 1).astype(np.float32),
          "Your numbers are float32. Keep float64: rounding is for whoever loads them."),
    Wrong("writes into x", writes_into(batch_first, "x"),
          "Your values are right, but x is another array after the call.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=batch_first,
    groups=batch_first_groups,
    wrong=BATCH_FIRST_WRONG,
    hints=(
        "Two axes change places. Neither reshape nor .T does that for three axes.",
        "x.swapaxes(0, 1), or x.transpose(1, 0, 2).",
    ),
    notes=section("LSTMs"),
    may_share=("",),
)
