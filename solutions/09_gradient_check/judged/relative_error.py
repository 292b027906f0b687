"""What `relative_error` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import relative_error
from notes import section


def error_groups(rng: np.random.Generator) -> list[Group]:
    def pair(*shape: int, apart: float = 1e-3, scale: float = 1.0) -> Args:
        a = rng.normal(size=shape)
        return {"a": scale * a, "b": scale * (a + apart * rng.normal(size=shape))}

    zero = np.zeros((3, 4))
    some = rng.normal(size=(3, 4))
    faint = [pair(3, 4, scale=1e-9), pair(3, 4, scale=1e-150), pair(3, 4, scale=1e6)]
    close = [pair(3, 4, apart=1e-8)]
    return [
        Group("one number", [pair(3, 4)], kind="shape"),
        Group("the distance, relative to the size of both", [pair(3, 4), pair(3, 4, apart=1.0)]),
        Group("the same for small and large arrays", faint, atol=0),
        Group("0 for two zeros, 1 for one zero",
              [{"a": zero, "b": zero}, {"a": zero, "b": some}, {"a": some, "b": zero}], kind="quiet"),
        Group("0 for equal arrays, 1 for opposite ones",
              [{"a": some, "b": some.copy()}, {"a": some, "b": -some}]),
        Group("right for arrays of every shape",
              [*close, pair(5), pair(2, 3, 4), pair(1, 1)], rtol=1e-5, atol=0),
        pure(),
    ]  # fmt: skip


def _norms(combine):
    def function(a, b):
        size = combine(np.linalg.norm(a), np.linalg.norm(b))
        return float(np.linalg.norm(a - b) / size) if size else 0.0

    return function


def _elementwise(a, b):
    size = np.abs(a) + np.abs(b)
    return float(np.max(np.abs(a - b) / np.where(size == 0, 1, size)))


ERROR_WRONG = (
    Wrong("absolute error", lambda a, b: float(np.linalg.norm(a - b)),
          "You return the distance itself. It is small for small gradients even if they are all "
          "wrong: divide by the size, ‖a‖ + ‖b‖."),
    Wrong("relative to a", _norms(lambda a, b: a),
          "You divide by ‖a‖ alone. Then the error depends on which array comes first, and is "
          "undefined where a is 0. Divide by ‖a‖ + ‖b‖."),
    Wrong("relative to b", _norms(lambda a, b: b),
          "You divide by ‖b‖ alone. Then the error depends on which array comes first. Divide by "
          "‖a‖ + ‖b‖."),
    Wrong("relative to the larger", _norms(max),
          "You divide by the larger norm. Some people do; here it is the sum, ‖a‖ + ‖b‖, so that the "
          "result is never above 1."),
    Wrong("relative to the mean", _norms(lambda a, b: (a + b) / 2),
          "You divide by the mean of the norms: twice too large. Divide by their sum."),
    Wrong("norm of the sum", lambda a, b: float(
              np.linalg.norm(a - b) / (np.linalg.norm(a + b) or 1)),
          "You divide by ‖a + b‖. For opposite arrays that is 0. Divide by ‖a‖ + ‖b‖."),
    Wrong("squared norms", lambda a, b: float(
              ((a - b) ** 2).sum() / (((a**2).sum() + (b**2).sum()) or 1)),
          "You use squared norms, so an error of 1e-4 looks like 1e-8. Take the roots: "
          "np.linalg.norm."),
    Wrong("sums instead of norms", lambda a, b: float(
              abs((a - b).sum()) / ((abs(a.sum()) + abs(b.sum())) or 1)),
          "You add the entries up, where errors of opposite sign cancel. Use np.linalg.norm."),
    Wrong("worst entry", _elementwise,
          "You return the worst entry's relative error. One entry near 0 then spoils an array that is "
          "right. Compare whole arrays, by norm."),
    Wrong("difference of the norms", lambda a, b: float(
              abs(np.linalg.norm(a) - np.linalg.norm(b))
              / ((np.linalg.norm(a) + np.linalg.norm(b)) or 1)),
          "You compare how long a and b are, not where they point: the norm of the difference, not "
          "the difference of the norms."),
    Wrong("a small number below the line", lambda a, b: float(
              np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b) + 1e-8)),
          "The 1e-8 below the line avoids 0 / 0, but hides errors in gradients that are themselves "
          "that small. Treat two zeros apart instead.",
          costs="the same for small and large arrays"),
    Wrong("nan for two zeros", lambda a, b: float(
              np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))),
          "0 / 0 gives nan where both arrays are zero. They are equal, so the error is 0.",
          costs="0 for two zeros, 1 for one zero"),
    Wrong("1 for two zeros", lambda a, b: relative_error(a, b) if a.any() or b.any() else 1.0,
          "Two zeros are equal, so their error is 0.", costs="0 for two zeros, 1 for one zero"),
    Wrong("changes a in place", writes_into(relative_error, "a"),
          "Your value is right, but `a -= b` overwrites the caller's gradient.",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=relative_error,
    groups=error_groups,
    wrong=ERROR_WRONG,
    hints=(
        "np.linalg.norm(a) is the root of the sum of all squares, for an array of any shape.",
        "Above the line the norm of the difference, below it the sum of the two norms.",
        "Two zeros would give 0 / 0: answer 0.0 for them before dividing.",
    ),
    notes=section("Backpropagation"),
)
