"""What `clip_by_global_norm` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure

from .shared import ARRAYS, OTHER, SHAPES, arrays, clip_by_global_norm
from notes import section

NORM = "the norm of all arrays together, as it was before"


BELOW = "what is short enough stays as it is"


ZERO = "calm where every gradient is 0"


def clip_groups(rng: np.random.Generator) -> list[Group]:
    def case(size: float, max_norm: float, shapes=SHAPES) -> Args:
        return {"grads": arrays(rng, shapes, size), "max_norm": max_norm}

    long = [case(10.0, 5.0), case(30.0, 1.0)]
    short = [case(1.0, 50.0), case(2.0, 100.0)]
    zero = {"grads": {name: np.zeros(shape) for name, shape in SHAPES.items()}, "max_norm": 1.0}
    return [
        Group("a dict like grads, and a number", [long[0]], kind="shape"),
        Group(NORM, [*long, *short], parts=("norm",)),
        Group("too long: all arrays scaled by one factor, to the length max_norm", long,
              parts=ARRAYS),
        Group(BELOW, short, parts=ARRAYS),
        Group("for whatever arrays there are", [case(9.0, 2.0, OTHER), case(0.5, 20.0, OTHER)]),
        Group(ZERO, [zero], kind="quiet"),
        pure(),
    ]  # fmt: skip


@composable
def clipping(**mistake):
    """clip_by_global_norm with one thing wrong; each keyword replaces one piece of the right one."""

    def function(grads, max_norm):
        m = mistake
        squares = sum((g**2).sum() for g in grads.values())
        norm = m.get("norm", lambda grads, squares: np.sqrt(squares))(grads, squares)
        scale = m.get("scale", lambda norm, limit: limit / norm if norm > limit else 1.0)
        scale = scale(norm, max_norm)
        clipped = {name: scale * g for name, g in grads.items()}
        return m.get("finish", lambda clipped, norm, scale: (clipped, norm))(clipped, norm, scale)

    return function


def _each_alone(grads, max_norm):
    _, norm = clip_by_global_norm(grads, max_norm)
    each = {name: np.linalg.norm(g) for name, g in grads.items()}
    return {
        name: g * (max_norm / each[name] if each[name] > max_norm else 1.0)
        for name, g in grads.items()
    }, norm


def _each_with_last(grads, max_norm):
    norms = {name: float(np.linalg.norm(g)) for name, g in grads.items()}
    clipped = {
        name: g * (max_norm / norms[name]) if norms[name] > max_norm else g.copy()
        for name, g in grads.items()
    }
    return clipped, list(norms.values())[-1]


def _entries(grads, max_norm):
    _, norm = clip_by_global_norm(grads, max_norm)
    return {name: np.clip(g, -max_norm, max_norm) for name, g in grads.items()}, norm


def _clip_in_place(grads, max_norm):
    clipped, norm = clip_by_global_norm(grads, max_norm)
    for name in grads:
        grads[name] *= min(1.0, max_norm / norm) if norm else 1.0
    return clipped, norm


def _only_matrices(grads, squares):
    return np.sqrt(sum((g**2).sum() for g in grads.values() if g.ndim == 2))


CLIP_WRONG = (
    Wrong("each array by its own norm", _each_alone,
          "Each array is clipped by its own norm. Then the arrays are scaled by different factors and "
          "the direction changes. One norm, of all arrays together, and one factor for all."),
    Wrong("each array by its own norm, the last one returned", _each_with_last,
          "Each array is clipped by its own norm, and the norm you return is that of the last array. One "
          "norm, of all arrays together, and one factor for all."),
    Wrong("entry by entry", _entries,
          "You cut every entry to between -max_norm and max_norm. That bends the direction. Scale all "
          "entries by one factor."),
    Wrong("always scaled", clipping(scale=lambda norm, limit: limit / norm if norm else 1.0),
          "You scale to max_norm always, short gradients up as well. Only what is longer than max_norm "
          "is scaled.", costs=BELOW),
    Wrong("clipped the wrong way round",
          clipping(scale=lambda norm, limit: limit / norm if 0 < norm < limit else 1.0),
          "You scale the short gradients up and leave the long ones: the comparison is the wrong way "
          "round."),
    Wrong("norm after clipping", clipping(finish=lambda c, norm, scale: (c, norm * scale)),
          "The norm you return is that after clipping, so it never says more than max_norm. Return the "
          "one before: it tells you how wild the gradients are.", costs=NORM),
    Wrong("norms added up",
          clipping(norm=lambda grads, s: sum(np.linalg.norm(g) for g in grads.values())),
          "You add up the norms of the arrays. The norm of all is the root of the sum of all squares."),
    Wrong("largest norm", clipping(norm=lambda grads, s: max(
              np.linalg.norm(g) for g in grads.values())),
          "You use the largest of the arrays' norms. The norm of all arrays together is the root of "
          "the sum of all squares."),
    Wrong("root forgotten", clipping(norm=lambda grads, s: s),
          "The root is missing: your norm is the sum of squares."),
    Wrong("largest entry", clipping(norm=lambda grads, s: max(
              np.abs(g).max() for g in grads.values())),
          "You use the largest entry. The norm is the root of the sum of all squares."),
    Wrong("root of the mean square", clipping(norm=lambda grads, s: np.sqrt(
              s / sum(g.size for g in grads.values()))),
          "You take the mean of the squares. A norm is the root of their sum."),
    Wrong("sum of absolute values", clipping(norm=lambda grads, s: sum(
              np.abs(g).sum() for g in grads.values())),
          "You add up absolute values: that is another norm. Square, add up, take the root."),
    Wrong("without the biases", clipping(norm=_only_matrices),
          "The biases are not in your norm. Every array counts."),
    Wrong("scaled to length 1", clipping(scale=lambda norm, limit: 1 / norm if norm > limit else 1.0),
          "Clipped gradients have length 1 whatever max_norm says. The factor is max_norm / norm."),
    Wrong("factor upside down",
          clipping(scale=lambda norm, limit: norm / limit if norm > limit else 1.0),
          "Your factor is norm / max_norm: it makes long gradients longer. It is max_norm / norm."),
    Wrong("set to zero", clipping(scale=lambda norm, limit: 0.0 if norm > limit else 1.0),
          "Gradients that are too long are set to 0. Their direction is still right: scale them."),
    Wrong("only gradients", clipping(finish=lambda c, norm, scale: c),
          "You return the gradients alone. The norm comes second: grads, norm."),
    Wrong("returned in the wrong order", clipping(finish=lambda c, norm, scale: (norm, c)),
          "You return the norm first. The order is grads, norm."),
    Wrong("zero divided by zero",
          clipping(scale=lambda norm, limit: np.minimum(1.0, limit / np.float64(norm))),
          "max_norm / norm divides by zero where every gradient is 0: NumPy warns. Divide only if norm "
          "is larger than max_norm.", costs=ZERO),
    Wrong("scales the caller's arrays", _clip_in_place,
          "Your values are right, but the caller's gradients are changed: `g *= …` writes into them, and "
          "so does `grads[name] = …` into their dict. Make a new dict of new arrays: scale * g.",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=clip_by_global_norm,
    groups=clip_groups,
    wrong=CLIP_WRONG,
    hints=(
        "One number for the whole dict first: square every entry of every array, add all up, take "
        "the root.",
        "If norm > max_norm the factor is max_norm / norm, else 1. The same factor for all arrays.",
        "Return a new dict, {name: factor * g for name, g in grads.items()}, and the norm.",
    ),
    notes=section("Backpropagation"),
    returns=("grads", "norm"),
    may_share=ARRAYS,
)
