"""What `sgd_update` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure

from .shared import OTHER, SHAPES, arrays, clip_by_global_norm
from notes import section


def sgd_update(params, grads, lr):
    return {name: params[name] - lr * grads[name] for name in params}


def sgd_groups(rng: np.random.Generator) -> list[Group]:
    def case(lr: float, shapes=SHAPES, still: bool = False) -> Args:
        grads = arrays(rng, shapes, 0.0 if still else 1.0)
        return {"params": arrays(rng, shapes), "grads": grads, "lr": lr}

    home = [case(0.1), case(0.03)]
    return [
        Group("a dict like params", [home[0]], kind="shape"),
        Group("against the gradient, lr times as far", home),
        Group("where the gradient is 0, nothing moves", [case(0.5, still=True)]),
        Group("for whatever arrays there are", [case(0.2, OTHER), case(2.0, OTHER)]),
        pure(),
    ]


def stepping(move):
    """sgd_update with another rule for one array: move(p, g, lr)."""

    def function(params, grads, lr):
        return {name: move(params[name], grads[name], lr) for name in params}

    return function


def _sgd_in_place(params, grads, lr):
    for name in params:
        params[name] -= lr * grads[name]
    return params


def _sgd_returns_nothing(params, grads, lr):
    _sgd_in_place(params, grads, lr)


def _last_only(params, grads, lr):
    for name in params:
        new = {name: params[name] - lr * grads[name]}
    return new


def _one_length(params, grads, lr):
    _, norm = clip_by_global_norm(grads, 1.0)
    unit = {name: g / norm if norm else g for name, g in grads.items()}
    return sgd_update(params, unit, lr)


SGD_WRONG = (
    Wrong("uphill", stepping(lambda p, g, lr: p + lr * g),
          "You go uphill: the gradient points to where the loss grows. Subtract it."),
    Wrong("without lr", stepping(lambda p, g, lr: p - g),
          "The learning rate is not used: the step is lr times the gradient."),
    Wrong("the step alone", stepping(lambda p, g, lr: -lr * g),
          "You return the step. The new weights are the old ones plus the step."),
    Wrong("lr shrinks the weights", stepping(lambda p, g, lr: (1 - lr) * p - lr * g),
          "lr multiplies the weights as well: they shrink at every step. Only the gradient is scaled."),
    Wrong("lr on the weights", stepping(lambda p, g, lr: p - lr * p),
          "You subtract lr times the weights. It is lr times their gradient."),
    Wrong("divided by lr", stepping(lambda p, g, lr: p - g / lr),
          "You divide by the learning rate. A small lr means small steps: multiply."),
    Wrong("sign of the gradient", stepping(lambda p, g, lr: p - lr * np.sign(g)),
          "You use the gradient's sign alone. Steep directions get larger steps: multiply by the "
          "gradient itself."),
    Wrong("steps of one length", _one_length,
          "Your step has length lr whatever the gradient is. Do not divide by its norm; clipping is a "
          "step of its own, before this one."),
    Wrong("averaged over the array", stepping(lambda p, g, lr: p - lr * g.mean()),
          "All entries of an array move alike: you average its gradient. Each entry has its own."),
    Wrong("divided by the array's size", stepping(lambda p, g, lr: p - lr * g / g.size),
          "You divide by the number of entries. The gradient needs no average: it is that of the loss."),
    Wrong("biases left out", stepping(lambda p, g, lr: p - lr * g if p.ndim == 2 else p.copy()),
          "The biases do not move. Every array is trained."),
    Wrong("only the last array", _last_only,
          "Only one array comes back: the dict is made anew for each name. Make it once, before the "
          "loop."),
    Wrong("nothing returned", _sgd_returns_nothing,
          "You change the caller's weights and return nothing. Return a new dict and leave params "
          "alone: then a step can be tried and thrown away."),
    Wrong("changes the weights in place", _sgd_in_place,
          "Your values are right, but the caller's weights are changed: `-=` writes into the arrays, and "
          "`params[name] = …` into their dict. Make a new dict: params[name] - lr * grads[name].",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=sgd_update,
    groups=sgd_groups,
    wrong=SGD_WRONG,
    hints=(
        "Downhill is against the gradient.",
        "For every name: params[name] - lr * grads[name], in a new dict.",
    ),
    notes=section("Backpropagation"),
)
