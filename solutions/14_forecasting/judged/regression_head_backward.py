"""What `regression_head_backward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from lstm import complex_step
from notes import section


def regression_head_backward(y_hat, y, h, V):
    d = 2 * (y_hat - y) / len(y)
    return d @ V.T, h.T @ d, d.sum(axis=0)


def true_head_gradients(y_hat, y, h, V):
    """By the complex step, through ŷ = h V + b."""
    b = (y_hat - h @ V)[0]

    def loss(a):
        return ((a["h"] @ a["V"] + a["b"] - y) ** 2).sum() / len(y)

    gradient = complex_step(loss, {"h": h, "V": V, "b": b})
    return gradient["h"], gradient["V"], gradient["b"]


DH, DV, DB = "dh: back through V", "dV: summed over the batch", "db_y: summed over the batch"


def head_backward_groups(rng: np.random.Generator) -> list[Group]:
    def case(N: int, H: int, K: int) -> Args:
        h, V, b_y = rng.uniform(-1, 1, (N, H)), rng.normal(size=(H, K)), rng.normal(size=K)
        return {"y_hat": h @ V + b_y, "y": rng.normal(size=(N, K)), "h": h, "V": V}

    home = [case(3, 4, 2), case(5, 3, 3)]
    exact = {"by_norm": True}
    return [
        Group("a gradient for each of the three, in its shape", [home[0]], kind="shape"),
        Group(DH, home, parts=("dh",), **exact),
        Group(DV, home, parts=("dV",), **exact),
        Group(DB, home, parts=("db_y",), **exact),
        Group("right for every N, H and K", [case(*s) for s in ((1, 2, 3), (6, 5, 1), (4, 4, 4))],
              **exact),
        pure(),
    ]  # fmt: skip


def headed(d=lambda e, N, K: 2 * e / N, **m):
    """regression_head_backward with one thing wrong."""

    def function(y_hat, y, h, V):
        delta = d(y_hat - y, *y.shape)
        return (
            m.get("dh", lambda d, V: d @ V.T)(delta, V),
            m.get("dV", lambda d, h: h.T @ d)(delta, h),
            m.get("db", lambda d: d.sum(axis=0))(delta),
        )

    return function


HEAD_BACKWARD_WRONG = (
    Wrong("factor 2 missing", headed(lambda e, N, K: e / N),
          "All gradients are half of what they should be: the derivative of a square is 2 times it."),
    Wrong("not divided by N", headed(lambda e, N, K: 2 * e),
          "All gradients are exactly N times too large: the loss is averaged over the batch."),
    Wrong("neither 2 nor N", headed(lambda e, N, K: e),
          "You send the error itself back. The loss is the squared error, averaged over the batch: "
          "2 (ŷ - y) / N."),
    Wrong("divided by all entries", headed(lambda e, N, K: 2 * e / (N * K)),
          "All gradients are exactly K times too small: the squares are summed over the outputs and "
          "averaged over the batch alone."),
    Wrong("sign turned", headed(lambda e, N, K: -2 * e / N),
          "All gradients have the wrong sign: it is ŷ - y, not y - ŷ."),
    Wrong("sign of the error", headed(lambda e, N, K: np.sign(e) / N),
          "You send the sign of the error back: that is the gradient of the absolute error. Here the "
          "loss is the square."),
    Wrong("squared error sent back", headed(lambda e, N, K: e**2 / N),
          "You send the squared error back. Its derivative is 2 (ŷ - y), not the square itself."),
    Wrong("probability minus truth",
          lambda y_hat, y, h, V: regression_head_backward(
              (lambda e: e / e.sum(axis=-1, keepdims=True))(np.exp(y_hat)), y, h, V),
          "You apply softmax to the forecast first, as unit 10 did for classes. Here ŷ is a number."),
    Wrong("target not subtracted", lambda y_hat, y, h, V: regression_head_backward(
              y_hat, np.zeros_like(y), h, V),
          "The target y plays no part in your gradients: it is ŷ - y that is sent back."),
    Wrong("V for its transpose", headed(dh=lambda d, V: d @ V if V.shape[0] == V.shape[1] else d @ V.T),
          "dh goes back through V. The way back through a linear map is its transpose: V.T."),
    Wrong("tanh's slope in dh", lambda y_hat, y, h, V: (
              lambda dh, dV, db: (dh * (1 - h**2), dV, db))(*regression_head_backward(y_hat, y, h, V)),
          "You multiply dh by 1 - h². That slope belongs to the cell; dh is what arrives at h.", costs=DH),
    Wrong("dV averaged", headed(dV=lambda d, h: h.T @ d / len(h)),
          "dV is divided by N once more. The 1/N of the loss is in d already.", costs=DV),
    Wrong("dV transposed", headed(dV=lambda d, h: d.T @ h),
          "Your dV is transposed. It has V's shape, (H, K): h.T @ d.", costs=DV),
    Wrong("db_y averaged", headed(db=lambda d: d.mean(axis=0)),
          "db_y is averaged over the batch. b_y is used by every example, so its gradient is a sum; "
          "the 1/N of the loss is in d already.", costs=DB),
    Wrong("db_y not summed", headed(db=lambda d: d),
          "Your db_y has a row for each example. b_y has one entry for each output: sum over the batch.",
          costs=DB),
    Wrong("db_y summed over all", headed(db=lambda d: d.sum()),
          "Your db_y is a single number. Every output has a bias of its own: sum over axis 0 alone.",
          costs=DB),
    Wrong("forecast changed in place", writes_into(regression_head_backward, "y_hat"),
          "Your values are right, but y_hat is another array after the call: `-=` writes into the "
          "caller's array.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=regression_head_backward,
    truth=true_head_gradients,
    groups=head_backward_groups,
    wrong=HEAD_BACKWARD_WRONG,
    hints=(
        "First the gradient for ŷ: the derivative of (ŷ - y)² is 2 (ŷ - y), and the loss is "
        "averaged over the N examples.",
        "From there it is the linear map of unit 10: back through V's transpose, and for the "
        "weights the product with what went in.",
        "d = 2 * (y_hat - y) / N; dh = d @ V.T; dV = h.T @ d; db_y is d summed over the batch.",
    ),
    notes=section("Backpropagation"),
    returns=("dh", "dV", "db_y"),
)
