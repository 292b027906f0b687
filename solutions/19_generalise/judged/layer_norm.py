"""What `layer_norm` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure, writes_into

from .shared import case, forwards


def layer_norm(x, gain, bias, eps=1e-5):
    return forwards(x, gain, bias, eps)


GAIN = "gain and bias, one of each for every unit"
CACHE = "the cache: x_hat, std and gain"
EPS = "eps under the root, where a row hardly varies"
FAR = "right for rows far from 0"
AXES = "over the last axis, however many stand before it"


def norm_groups(rng: np.random.Generator) -> list[Group]:
    def plain(*shape: int) -> Args:
        args = case(rng, *shape)
        return args | {"gain": np.ones(shape[-1]), "bias": np.zeros(shape[-1])}

    def usual(*shape: int) -> Args:
        """With the eps that is meant where none is given."""
        return {name: value for name, value in case(rng, *shape).items() if name != "eps"}

    home, far = case(rng, 3, 5), case(rng, 3, 5, shift=2.0**25)
    far["x"] = np.round(64 * far["x"]) / 64  # so coarse that a sum of them is exact
    return [
        Group("y like x, and a cache", [home], kind="shape"),
        Group("every row has mean 0 and variance 1", [plain(3, 5), plain(4, 4)], parts=("y",)),
        Group(GAIN, [home, case(rng, 4, 4)], parts=("y",)),
        Group(CACHE, [home], parts=("x_hat", "std", "gain")),
        Group(EPS, [case(rng, 3, 5, scale=0.003), case(rng, 3, 4, eps=0.5)]),
        Group(FAR, [far], rtol=1e-6,
              says="The mean of the squares minus the square of the mean loses its digits there. Subtract "
              "the mean first, then take the mean of the squares."),
        Group(AXES, [usual(2, 3, 4), usual(6), usual(1, 7), usual(4, 3, 3)]),
        pure(),
    ]  # fmt: skip


@composable
def mistaken(**mistake):
    """layer_norm with one thing wrong; each keyword replaces one piece of the right one."""

    def function(x, gain, bias, eps=1e-5):
        m, keep = mistake, {"axis": -1, "keepdims": True}
        axes = m.get("axes", keep)
        mean = m.get("mean", lambda x, axes: x.mean(**axes))(x, axes)
        variance = m.get("variance", lambda x, mean, axes: ((x - mean) ** 2).mean(**axes))
        var = variance(x, mean, axes)
        std = m.get("std", lambda var, eps: np.sqrt(var + eps))(var, eps)
        x_hat = (x - mean) / std
        y = m.get("y", lambda x_hat, gain, bias: gain * x_hat + bias)(x_hat, gain, bias)
        cache = {"x_hat": x_hat, "std": std, "gain": gain}
        cache = m.get("cache", lambda cache, x, var: cache)(cache, x, var)
        return m.get("finish", lambda y, cache: (y, cache))(y, cache)

    return function


WRONG = (
    Wrong("over the batch", mistaken(axes={"axis": 0, "keepdims": True}),
          "You normalise each unit over the batch: that is batch norm. Here each row is normalised over "
          "its own units, axis -1, and does not depend on who else is in the batch."),
    Wrong("over everything", mistaken(axes={"keepdims": True}),
          "One mean and one spread for the whole array. Each row has its own: axis=-1."),
    Wrong("mean not subtracted", mistaken(mean=lambda x, axes: 0 * x.mean(**axes)),
          "The mean is not subtracted: you divide by the root of the mean square (RMSNorm, another "
          "method). Centre each row first."),
    Wrong("divided by the variance", mistaken(std=lambda var, eps: var + eps),
          "You divide by the variance. Its root is missing."),
    Wrong("divided by the length", mistaken(std=lambda var, eps: np.sqrt(var * 5 + eps)),
          "You divide by √5 times too much, the length of the row. It is the standard deviation: the "
          "mean of the squares, not their sum."),
    Wrong("sum of the squares",
          mistaken(variance=lambda x, mean, axes: ((x - mean) ** 2).sum(**axes)),
          "You add the squares up. The variance is their mean."),
    Wrong("divided by H - 1",
          mistaken(variance=lambda x, mean, axes: (
              x.var(ddof=1, **axes) if x.shape[-1] > 1 else 0 * mean)),
          "Your variance divides by H - 1. Layer norm divides by H (ddof=0)."),
    Wrong("mean of the sizes",
          mistaken(variance=lambda x, mean, axes: np.abs(x - mean).mean(**axes) ** 2),
          "You divide by the mean distance from the mean. It is the standard deviation: squares, mean, "
          "root."),
    Wrong("spread about 0", mistaken(variance=lambda x, mean, axes: (x**2).mean(**axes)),
          "You centre the row, then divide by the spread of what it was before. Take the variance about "
          "the mean."),
    Wrong("no eps", mistaken(std=lambda var, eps: np.sqrt(var)),
          "eps is missing. A row whose numbers are all alike would be divided by 0."),
    Wrong("eps outside the root", mistaken(std=lambda var, eps: np.sqrt(var) + eps),
          "You add eps to the standard deviation. It is added to the variance, under the root."),
    Wrong("eps always 1e-5", mistaken(std=lambda var, eps: np.sqrt(var + 1e-5)),
          "eps is 1e-5 whatever is passed in. Use the argument.", costs=EPS),
    Wrong("gain missing", mistaken(y=lambda x_hat, gain, bias: x_hat + bias),
          "The gain is not used: y = gain * x_hat + bias."),
    Wrong("bias missing", mistaken(y=lambda x_hat, gain, bias: gain * x_hat),
          "The bias is not added: y = gain * x_hat + bias."),
    Wrong("gain and bias missing", mistaken(y=lambda x_hat, gain, bias: x_hat.copy()),
          "You return the normalised row. It is still to be stretched and moved: gain * x_hat + bias."),
    Wrong("gain and bias exchanged", mistaken(y=lambda x_hat, gain, bias: bias * x_hat + gain),
          "Gain and bias have changed places."),
    Wrong("gain added to 1", mistaken(y=lambda x_hat, gain, bias: (1 + gain) * x_hat + bias),
          "You multiply by 1 + gain. Here the gain itself starts at 1."),
    Wrong("bias times gain", mistaken(y=lambda x_hat, gain, bias: gain * (x_hat + bias)),
          "The bias is multiplied by the gain: stretch first, then move."),
    Wrong("gain before the norm", lambda x, gain, bias, eps=1e-5: (
              lambda r: (r[1]["x_hat"] + bias, r[1]))(forwards(x * gain, gain, bias, eps)),
          "You multiply by the gain before normalising, which takes most of it away again. It comes "
          "after."),
    Wrong("variance in the cache", mistaken(cache=lambda c, x, var: c | {"std": var}),
          "cache['std'] holds the variance. What x was divided by belongs there: sqrt(var + eps)."),
    Wrong("x in the cache", mistaken(cache=lambda c, x, var: c | {"x_hat": x.copy()}),
          "cache['x_hat'] holds x. The normalised rows belong there."),
    Wrong("y in the cache", mistaken(finish=lambda y, c: (y, c | {"x_hat": y.copy()})),
          "cache['x_hat'] holds y. The normalised rows belong there, before gain and bias."),
    Wrong("std without its axis", mistaken(cache=lambda c, x, var: c | {"std": c["std"][..., 0]}),
          "cache['std'] has lost its last axis. Keep it, (…, 1), so that it divides rows: "
          "keepdims=True."),
    Wrong("only y", mistaken(finish=lambda y, c: y),
          "You return y alone. The way back needs the cache: y, cache."),
    Wrong("returned in the wrong order", mistaken(finish=lambda y, c: (c, y)),
          "You return the cache first. The order is y, cache."),
    Wrong("overwrites x", writes_into(layer_norm, "x"),
          "Your values are right, but x is another array after the call: `x -= …` writes into the "
          "caller's.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=layer_norm,
    groups=norm_groups,
    wrong=WRONG,
    hints=(
        "mean = x.mean(axis=-1, keepdims=True). keepdims leaves (…, 1), which subtracts from every "
        "unit of its row.",
        "std = np.sqrt(((x - mean) ** 2).mean(axis=-1, keepdims=True) + eps)",
        "x_hat = (x - mean) / std, y = gain * x_hat + bias, and the cache is a dict of x_hat, std and "
        "gain.",
    ),
    returns=("y", "cache"),
    may_share=("gain",),
)
