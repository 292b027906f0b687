"""What `find_bugs` is judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong
from utils.gradients.bug_hunt import SUSPECTS
from utils.judging.wire import Make

from .shared import _difference, numerical_gradient, relative_error
from notes import section


def find_bugs(candidates, loss):
    a = np.random.default_rng(0).normal(size=(3, 4))
    truth = numerical_gradient(loss, a)
    return [n for n, gradient in candidates.items() if relative_error(gradient(a), truth) > 1e-6]


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


EXERCISE = Exercise(
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
)
