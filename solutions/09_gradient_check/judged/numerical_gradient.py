"""What `numerical_gradient` is judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong
from utils.judging.wire import Make

from .shared import _difference, numerical_gradient
from notes import section


def numerical_groups(rng: np.random.Generator) -> list[Group]:
    def at(name: str, *shape: int, **more: float) -> Args:
        return {
            "f": Make("utils.gradients.smooth_functions:smooth_function", name),
            "a": rng.normal(size=shape),
            **more,
        }

    home = (3, 4)
    smooth = [at(name, *home) for name in ("squares", "waves", "tanh of the sum")]
    steep = [at("cubes", *home, eps=0.1), at("product", *home, eps=0.05), at("waves", 2, eps=0.2)]
    shapes = [at("waves", 5), at("cubes", 2, 3, 2), at("squares", 1), at("waves", 4, 4)]
    return [
        Group("same shape as a", [at("squares", *home)], kind="shape"),
        Group("the gradient of smooth functions", smooth, atol=1e-8),
        Group(
            "the centre of two steps of exactly eps",
            steep,
            atol=1e-9,
            says="f is called with one entry moved up by eps and with the same entry moved down by "
            "eps. The difference is divided by 2 eps.",
        ),
        Group("right for arrays of every shape", shapes, atol=1e-8),
        Group("leaves a exactly as it was", kind="pure"),
    ]


def _not_put_back(f, a, eps=1e-5):
    gradient = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        a[index] += eps
        up = f(a)
        a[index] -= 2 * eps
        gradient[index] = (up - f(a)) / (2 * eps)
    return gradient


def _put_back_by_adding(f, a, eps=1e-5):
    gradient = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        a[index] += eps
        up = f(a)
        a[index] -= 2 * eps
        gradient[index] = (up - f(a)) / (2 * eps)
        a[index] += eps
    return gradient


def _accumulated(f, a, eps=1e-5):
    gradient = np.zeros(a.shape)
    up, down = a.copy(), a.copy()
    for index in np.ndindex(a.shape):
        up[index] += eps
        down[index] -= eps
        gradient[index] = (f(up) - f(down)) / (2 * eps)
    return gradient


def _single(f, a, eps=1e-5):
    a = a.astype(np.float32)
    gradient = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += eps
        down[index] -= eps
        gradient[index] = (f(up) - f(down)) / (2 * eps)
    return gradient


CENTRE = "the centre of two steps of exactly eps"


NUMERICAL_WRONG = (
    Wrong("one-sided, forwards", _difference((1, 0), 1),
          "You step forwards only: (f(a + eps) - f(a)) / eps. Its error is of the order of eps; "
          "stepping both ways makes it eps squared, ten orders smaller here.", costs=CENTRE),
    Wrong("one-sided, backwards", _difference((0, -1), 1),
          "You step backwards only. Step both ways: the error falls from eps to eps squared.",
          costs=CENTRE),
    Wrong("divided by eps", _difference((1, -1), 1),
          "From a - eps to a + eps the distance is 2 eps. You divide by eps: twice too large."),
    Wrong("not divided", lambda f, a, eps=1e-5: numerical_gradient(f, a, eps) * 2 * eps,
          "You return the differences of f. Divide them by the distance, 2 eps."),
    Wrong("sign", lambda f, a, eps=1e-5: -numerical_gradient(f, a, eps),
          "The sign is turned: it is f(up) - f(down)."),
    Wrong("all entries moved at once", _difference((1, -1), 2, where="all"),
          "You move all entries at once, which gives the slope along the diagonal for every entry. "
          "Move one entry at a time, and keep the others."),
    Wrong("earlier entries stay moved", _accumulated,
          "Each entry is moved, but the ones before it are not put back. Start every entry from a "
          "fresh copy."),
    Wrong("eps fixed", lambda f, a, eps=1e-5: numerical_gradient(f, a),
          "You use 1e-5 whatever eps says. Use the argument.", costs=CENTRE),
    Wrong("half a step", lambda f, a, eps=1e-5: numerical_gradient(f, a, eps / 2),
          "You step by eps / 2. Step by eps up and eps down.", costs=CENTRE),
    Wrong("first row only", lambda f, a, eps=1e-5: numerical_gradient(f, a, eps)
          * (np.arange(len(a)) == 0).reshape(-1, *[1] * (a.ndim - 1)),
          "Only the first row is filled. Visit every entry: np.ndindex(a.shape) gives all indices."),
    Wrong("flat", lambda f, a, eps=1e-5: numerical_gradient(f, a, eps).ravel(),
          "You return a flat array. The gradient has the shape of a: .reshape(a.shape)."),
    Wrong("one number", lambda f, a, eps=1e-5: float(numerical_gradient(f, a, eps).sum()),
          "You return one number. The gradient has one entry for each entry of a."),
    Wrong("single precision", _single,
          "You compute in float32, which has seven digits: a step of 1e-5 nearly drowns in the "
          "rounding. Gradients are checked in float64."),
    Wrong("a is left moved", _not_put_back,
          "After your call a is another array: every entry is lower by eps. Work on copies."),
    Wrong("a is put back by adding", _put_back_by_adding,
          "You put a back by adding eps again. Rounding leaves it a little off, and the caller's "
          "weights drift. Work on a copy, or keep the old value and store it back.",
          costs="leaves a exactly as it was"),
)  # fmt: skip


EXERCISE = Exercise(
    reference=numerical_gradient,
    groups=numerical_groups,
    wrong=NUMERICAL_WRONG,
    hints=(
        "The slope of f along one entry: move that entry a little up and a little down, and see "
        "how much f changes.",
        "for index in np.ndindex(a.shape): visits every entry of an array of any shape; a[index] "
        "is that entry.",
        "Two copies of a per entry, one with += eps and one with -= eps: (f(up) - f(down)) / "
        "(2 * eps).",
    ),
    notes=section("Backpropagation"),
)
