"""What numerical gradients, relative errors and the bug hunt are judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong
from utils.gradients.bug_hunt import SUSPECTS
from utils.judging.wire import Make

from notes import section

TITLE = "Gradient checking"


def numerical_gradient(f, a, eps=1e-5):
    gradient = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += eps
        down[index] -= eps
        gradient[index] = (f(up) - f(down)) / (2 * eps)
    return gradient


def relative_error(a, b):
    size = np.linalg.norm(a) + np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / size) if size else 0.0


def find_bugs(candidates, loss):
    a = np.random.default_rng(0).normal(size=(3, 4))
    truth = numerical_gradient(loss, a)
    return [n for n, gradient in candidates.items() if relative_error(gradient(a), truth) > 1e-6]


# --- numerical gradient -----------------------------------------------------------------------


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


def _difference(steps, divide, where="entry"):
    """Numerical gradients from f at a moved by each of two steps, in units of eps."""

    def gradient(f, a, eps=1e-5):
        result = np.zeros(a.shape)
        for index in np.ndindex(a.shape):
            values = []
            for move in steps:
                moved = a.copy()
                moved[index if where == "entry" else ...] += move * eps
                values.append(f(moved))
            result[index] = (values[0] - values[1]) / (divide * eps)
        return result

    return gradient


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

# --- relative error ---------------------------------------------------------------------------


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
        Group("leaves its arguments alone", kind="pure"),
    ]  # fmt: skip


def _norms(combine):
    def function(a, b):
        size = combine(np.linalg.norm(a), np.linalg.norm(b))
        return float(np.linalg.norm(a - b) / size) if size else 0.0

    return function


def _error_in_place(a, b):
    size = np.linalg.norm(a) + np.linalg.norm(b)
    a -= b
    return float(np.linalg.norm(a) / size) if size else 0.0


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
    Wrong("changes a in place", _error_in_place,
          "Your value is right, but `a -= b` overwrites the caller's gradient.",
          costs="leaves its arguments alone"),
)  # fmt: skip

# --- bug hunt ---------------------------------------------------------------------------------

LETTERS = "abcdefghijklmnop"


def bug_groups(rng: np.random.Generator) -> list[Group]:
    def case(loss: str, *names: str) -> Args:
        """Candidates of one loss in random order, under letters that tell nothing."""
        order = [names[k] for k in rng.permutation(len(names))]
        candidates = {
            letter: Make("utils.gradients.bug_hunt:candidate", f"{loss}/{name}")
            for letter, name in zip(LETTERS, order, strict=False)
        }
        return {"candidates": candidates, "loss": Make("utils.gradients.bug_hunt:loss", loss)}

    def every(loss: str) -> Args:
        return case(loss, *SUSPECTS[loss])

    plain = [
        case("squares", "right", "half", "per example", "constant"),
        every("hidden state"),
        case("gate", "right", "no slope", "tanh slope", "minus"),
    ]
    right = [
        case(loss, *(n for n, (bug, _) in suspects.items() if bug is None))
        for loss, suspects in SUSPECTS.items()
    ]
    hidden = [
        case("cell state", "right", "last row", "one entry", "no candidate"),
        case("squares", "right", "absolute", "added"),
        every("cross-entropy"),
    ]
    small = [
        case("cell state", "right", "one in a hundred"),
        case("linear map", "einsum", "a little", "right"),
    ]
    time = [every("two steps"), every("linear map"), every("gate")]
    return [
        Group(
            "a list of names",
            plain[:1],
            measure="utils.gradients.bug_hunt:found",
            expected=_flags(plain[:1]),
        ),
        *(
            Group(name, cases, measure="utils.gradients.bug_hunt:found", expected=_flags(cases))
            for name, cases in (
                ("finds factors, signs and missing slopes", plain),
                ("leaves right gradients alone, by whatever route they came", right),
                ("finds what is wrong in a part of the array only", hidden),
                ("finds errors of one part in ten thousand", small),
                ("judges faint gradients by their own size", [every("faint gate")]),
                ("takes zero for zero", [every("constant")]),
                ("finds a lost carry and a wrong transpose", time),
            )
        ),
    ]


def _flags(cases: list[Args]) -> list[dict[str, str]]:
    """Which candidates are wrong, by the table in utils.gradients.bug_hunt."""
    flags = []
    for case in cases:
        wrong = {}
        for letter, make in sorted(case["candidates"].items()):
            loss, _, name = make.value.partition("/")
            wrong[letter] = "right" if SUSPECTS[loss][name][0] is None else "wrong"
        flags.append(wrong)
    return flags


def _hunt(limit=1e-6, error=relative_error, at="random", eps=1e-5, invert=False, entries=...):
    """A bug hunt with one thing done badly."""

    def find(candidates, loss):
        a = np.random.default_rng(0).normal(size=(3, 4))
        a = {"random": a, "zeros": 0 * a, "positive": np.abs(a)}[at]
        truth = numerical_gradient(loss, a, eps)[entries]
        bad = []
        for name, gradient in candidates.items():
            if (error(gradient(a)[entries], truth) > limit) != invert:
                bad.append(name)
        return bad

    return find


def _first(candidates, loss):
    return _hunt()(candidates, loss)[:1]


def _forward_difference(candidates, loss):
    a = np.random.default_rng(0).normal(size=(3, 4))
    truth = _difference((1, 0), 1)(loss, a)
    return [n for n, g in candidates.items() if relative_error(g(a), truth) > 1e-6]


def _indices(candidates, loss):
    names = list(candidates)
    return [names.index(n) for n in find_bugs(candidates, loss)]


BUGS_WRONG = (
    Wrong("names the right ones", _hunt(invert=True),
          "You return the candidates that are right. Asked for are the wrong ones."),
    Wrong("names all", lambda candidates, loss: list(candidates),
          "You name every candidate. Some are right, by routes that look strange: only the numbers "
          "can tell."),
    Wrong("names none", lambda candidates, loss: [],
          "You name none. Is your limit so large that nothing exceeds it?"),
    Wrong("absolute error", _hunt(error=lambda a, b: float(np.linalg.norm(a - b))),
          "You look at the absolute error. A gradient of size 1e-7 can be all wrong and still be off "
          "by less than 1e-6: use your relative_error.",
          costs="judges faint gradients by their own size"),
    Wrong("generous limit", _hunt(limit=1e-2),
          "Your limit is so generous that an error of one per cent passes. In float64 a right "
          "gradient agrees to about 1e-10; 1e-6 is a fair limit.",
          ),
    Wrong("limit too strict", _hunt(limit=1e-13),
          "Right gradients are called wrong: central differences are good to about 1e-10, and worse "
          "with a tiny eps. Use eps = 1e-5 and a limit of 1e-6."),
    Wrong("step too large", _hunt(eps=0.1),
          "With a step of 0.1 the curve bends between the two points, and right gradients look wrong. "
          "Use eps = 1e-5."),
    Wrong("one-sided differences", _forward_difference,
          "One-sided differences are only good to about 1e-5, so right gradients look wrong. Use "
          "your numerical_gradient, which steps both ways."),
    Wrong("checked at zero", _hunt(at="zeros"),
          "You check at a = 0. Many mistakes vanish there: tanh, its square and a itself are all 0. "
          "Use random numbers of order 1."),
    Wrong("checked at positive numbers", _hunt(at="positive"),
          "All your test numbers are positive, so a gradient that fails for negative ones passes. "
          "Use random numbers of both signs."),
    Wrong("only the first entry", _hunt(entries=(0, 0)),
          "You compare the first entry alone. A mistake in another row goes unseen: compare whole "
          "arrays."),
    Wrong("only the first row", _hunt(entries=0),
          "You compare the first row alone. Compare whole arrays."),
    Wrong("stops at the first bug", _first,
          "You return after the first bug. Go through all candidates."),
    Wrong("numbers instead of names", _indices,
          "You return positions. Asked for are the names, the keys of the dict."),
)  # fmt: skip

EXERCISES = [
    Exercise(
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
    ),
    Exercise(
        reference=relative_error,
        groups=error_groups,
        wrong=ERROR_WRONG,
        hints=(
            "np.linalg.norm(a) is the root of the sum of all squares, for an array of any shape.",
            "Above the line the norm of the difference, below it the sum of the two norms.",
            "Two zeros would give 0 / 0: answer 0.0 for them before dividing.",
        ),
        notes=section("Backpropagation"),
    ),
    Exercise(
        reference=find_bugs,
        groups=bug_groups,
        wrong=BUGS_WRONG,
        hints=(
            "Draw one random array of shape (3, 4) and compute the loss's numerical gradient there "
            "once. Every candidate is compared with it.",
            "A right gradient has a relative error of about 1e-10. Which limit leaves room for "
            "rounding and none for a bug?",
            "[name for name, gradient in candidates.items() if relative_error(gradient(a), truth) > "
            "1e-6].",
        ),
        notes=section("Backpropagation"),
    ),
]

QUESTIONS = [
    Question(
        name="best_eps",
        text="You make eps ten times smaller, from 1e-5 to 1e-6. Does the check become better?",
        options=("Yes, always", "No: rounding grows faster than the other error falls"),
        answers=(
            "In exact arithmetic, yes. In float64 the difference of two nearly equal losses loses "
            "digits.",
            "Right. The bend's error falls a hundredfold from a size that hardly matters, while the "
            "rounding's grows tenfold.",
        ),
        right=1,
    ),
]
