"""What `layer_norm_backward` is judged by."""

import itertools

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure, writes_into

from .shared import case, forwards
from lstm import complex_step
from notes import section


@composable
def mistaken(**mistake):
    """layer_norm_backward with one thing wrong; each keyword replaces one piece of the right one."""

    def function(dy, cache):
        m, keep = mistake, {"axis": -1, "keepdims": True}
        x_hat, std, gain = cache["x_hat"], cache["std"], cache["gain"]
        d = m.get("d", lambda dy, gain: dy * gain)(dy, gain)
        mean = m.get("mean", lambda a: a.mean(**keep))
        inner = m.get("inner", lambda d, dy: d)(d, dy)
        first = m.get("first", lambda a: a)(mean(d))
        second = m.get("second", lambda x_hat, a: x_hat * a)(x_hat, mean(inner * x_hat))
        dx = m.get("divide", lambda a, std: a / std)(
            m.get("join", lambda d, a, b: d - a - b)(d, first, second), std
        )
        before = tuple(range(dy.ndim - 1))
        dgain = m.get("dgain", lambda dy, x_hat, axes: (dy * x_hat).sum(axis=axes))
        dbias = m.get("dbias", lambda dy, axes: dy.sum(axis=axes))
        parts = dx, dgain(dy, x_hat, before), dbias(dy, before)
        return m.get("finish", lambda *parts: parts)(*parts)

    return function


def layer_norm_backward(dy, cache):
    return mistaken()(dy, cache)


def true_gradients(dy, cache):
    """By the complex step, on the way forwards alone. The cache says x but for each row's mean."""
    x = cache["x_hat"] * cache["std"]
    eps = cache["std"] ** 2 - (x**2).mean(axis=-1, keepdims=True)
    at = {"x": x, "gain": cache["gain"], "bias": np.zeros_like(cache["gain"])}
    gradient = complex_step(
        lambda a: (dy * forwards(a["x"], a["gain"], a["bias"], eps)[0]).sum(), at
    )
    return gradient["x"], gradient["gain"], gradient["bias"]


DX = "dx: through the row's mean and spread as well"
DGAIN, DBIAS = "dgain: summed over all rows", "dbias: summed over all rows"
EPS = "where eps counts"
AXES = "over the last axis, however many stand before it"


def backward_groups(rng: np.random.Generator) -> list[Group]:
    def problem(*shape: int, **form: float) -> Args:
        args = case(rng, *shape, **form)
        return {"dy": rng.normal(size=shape), "cache": forwards(**args)[1]}

    home, square = problem(3, 5), problem(4, 4)
    exact = {"by_norm": True}
    return [
        Group("three gradients, shaped like x, gain and bias", [home], kind="shape"),
        Group(DBIAS, [home, square], parts=("dbias",), **exact),
        Group(DGAIN, [home, square], parts=("dgain",), **exact),
        Group(DX, [home, square], points=3, parts=("dx",), **exact),
        Group(EPS, [problem(3, 5, eps=0.5), problem(3, 4, scale=0.003)], **exact),
        Group(AXES, [problem(2, 3, 4), problem(6), problem(1, 7), problem(3, 3, 3)], **exact),
        pure(),
    ]


_calls = itertools.count()


def _keeps(dy, cache):
    again = 1 + next(_calls) % 2
    dx, dgain, dbias = layer_norm_backward(dy, cache)
    return dx, again * dgain, again * dbias


def _in_place(dy, cache):
    result = layer_norm_backward(dy, cache)
    cache["x_hat"] *= 0.5
    return result


WRONG = (
    Wrong("mean and spread as constants", mistaken(join=lambda d, a, b: d),
          "dx is dy * gain / std: you treat the row's mean and spread as constants. Both were made from "
          "x, so gradients go back through them too."),
    Wrong("mean forgotten", mistaken(join=lambda d, a, b: d - b),
          "The way back through the mean is missing. A number added to a whole row changes nothing, so "
          "each row of dx adds up to 0: subtract the mean of d."),
    Wrong("spread forgotten", mistaken(join=lambda d, a, b: d - a),
          "The way back through the spread is missing: subtract x_hat times the mean of d * x_hat."),
    Wrong("added instead of subtracted", mistaken(join=lambda d, a, b: d + a + b),
          "Both means are added. They are subtracted: what a whole row has in common is taken out."),
    Wrong("spread added", mistaken(join=lambda d, a, b: d - a + b),
          "The term of the spread has the wrong sign: both means are subtracted."),
    Wrong("gain missing", mistaken(d=lambda dy, gain: dy),
          "The gain is missing in dx: y = gain * x_hat + bias, so d = dy * gain comes first.", costs=DX),
    Wrong("gain missing in one mean", mistaken(inner=lambda d, dy: dy),
          "The mean with x_hat is made of dy, without the gain. Use d = dy * gain in both means."),
    Wrong("not divided by std", mistaken(divide=lambda a, std: a),
          "dx is not divided by std."),
    Wrong("multiplied by std", mistaken(divide=lambda a, std: a * std),
          "dx is multiplied by std. Forwards x was divided by it, and backwards the same factor comes "
          "in: divide."),
    Wrong("divided by the variance", mistaken(divide=lambda a, std: a / std**2),
          "dx is divided by std². Once is enough."),
    Wrong("sums instead of means", mistaken(mean=lambda a: a.sum(axis=-1, keepdims=True)),
          "You subtract sums. Mean and variance are means over the H units: both terms have 1/H."),
    Wrong("means over the batch", mistaken(mean=lambda a: a.mean(axis=0, keepdims=True)),
          "Your means run over the first axis. A row has a mean of its own: axis=-1, keepdims=True."),
    Wrong("means over everything", mistaken(mean=lambda a: np.mean(a, keepdims=True)),
          "Your means run over the whole array. A row has a mean of its own: axis=-1, keepdims=True."),
    Wrong("x_hat missing after the mean", mistaken(second=lambda x_hat, a: a),
          "You subtract the mean of d * x_hat as it is. It is multiplied by x_hat: the spread changes "
          "along x_hat."),
    Wrong("x_hat squared missing", mistaken(second=lambda x_hat, a: x_hat**2 * a),
          "The second term has x_hat² outside the mean. It is x_hat * mean(d * x_hat)."),
    Wrong("spread's term halved", mistaken(second=lambda x_hat, a: x_hat * a / 2),
          "The second term is half of what it should be. The root gives 1/2, the square gives 2."),
    Wrong("spread's term doubled", mistaken(second=lambda x_hat, a: 2 * x_hat * a),
          "The second term is twice what it should be. The square gives 2, the root gives 1/2."),
    Wrong("dgain without x_hat", mistaken(dgain=lambda dy, x_hat, axes: dy.sum(axis=axes)),
          "dgain is the sum of dy. The gain multiplied x_hat: sum dy * x_hat.", costs=DGAIN),
    Wrong("dgain averaged", mistaken(
              dgain=lambda dy, x_hat, axes: (dy * x_hat).mean(axis=axes)),
          "dgain is averaged over the rows. The same gain was used in all: add up. (The loss's 1/N is in "
          "dy already.)"),
    Wrong("dbias averaged", mistaken(dbias=lambda dy, axes: dy.mean(axis=axes)),
          "dbias is averaged over the rows. It was added to every row: add up."),
    Wrong("both averaged", mistaken(dgain=lambda dy, x_hat, axes: (dy * x_hat).mean(axis=axes),
                                    dbias=lambda dy, axes: dy.mean(axis=axes)),
          "dgain and dbias are averaged over the rows. They were used in every row: add up."),
    Wrong("one row of dgain for each", mistaken(dgain=lambda dy, x_hat, axes: dy * x_hat,
                                               dbias=lambda dy, axes: dy.copy()),
          "dgain and dbias have a row for each example. There is one gain and one bias, (H,): add up."),
    Wrong("summed over the first axis only", mistaken(
              dgain=lambda dy, x_hat, axes: (dy * x_hat).sum(axis=0),
              dbias=lambda dy, axes: dy.sum(axis=0)),
          "dgain and dbias are summed over the first axis alone. Sum over all axes but the last, however "
          "many there are.", costs=AXES),
    Wrong("dgain and dbias exchanged", mistaken(finish=lambda dx, dgain, dbias: (dx, dbias, dgain)),
          "dgain and dbias have changed places."),
    Wrong("divided by N", mistaken(finish=lambda dx, dgain, dbias: (
              dx / len(dx), dgain / len(dx), dbias / len(dx))),
          "All gradients are divided by N. The loss's 1/N is in dy already."),
    Wrong("kept between calls", _keeps,
          "dgain and dbias grow from call to call: they are added to what an earlier call left."),
    Wrong("changes x_hat in the cache", _in_place,
          "Your values are right, but x_hat in the cache is another array after the call.", costs=PURE),
    Wrong("overwrites dy", writes_into(layer_norm_backward, "dy"),
          "Your values are right, but dy is another array after the call: `*=` writes into the "
          "caller's.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=layer_norm_backward,
    closed=("numerical_gradient",),
    truth=true_gradients,
    groups=backward_groups,
    wrong=WRONG,
    hints=(
        "dbias = dy, dgain = dy * x_hat, both summed over all axes but the last: "
        "a.reshape(-1, H).sum(axis=0), or axis=tuple(range(dy.ndim - 1)).",
        "d = dy * gain is the gradient at x_hat. Take out of each row what x_hat cannot move along: "
        "its mean, and its part along x_hat.",
        "dx = (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, "
        "keepdims=True)) / std",
    ),
    notes=section("Backpropagation"),
    returns=("dx", "dgain", "dbias"),
)
