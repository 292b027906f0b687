"""What Newton's method is judged by."""

import numpy as np

from autograder.authoring import Exercise, Group, Question, Wrong
from utils.judging.wire import Make

from newton_functions import FUNCTIONS

TITLE = "Newton's method"


def newton_step(f, df, x):
    return x - f(x) / df(x)


def newton(f, df, x0, steps):
    path = [x0]
    for _ in range(steps):
        path.append(newton_step(f, df, path[-1]))
    return np.array(path)


def args(name, **more):
    return {"f": Make("newton_functions:f", name), "df": Make("newton_functions:df", name), **more}


def step_groups(rng):
    def case(name):
        return args(name, x=float(rng.uniform(1.5, 3.0)))

    return [
        Group("the tangent's zero", [case(name) for name in FUNCTIONS], points=2),
        Group("also from far away", [args("parabola", x=float(rng.uniform(50, 90)))]),
    ]


def newton_groups(rng):
    def case(name, steps):
        return args(name, x0=float(rng.uniform(1.5, 3.0)), steps=steps)

    return [
        Group("one number more than steps", [case("parabola", 3)], kind="shape"),
        Group(
            "every step starts where the last one ended", [case("cubic", 4), case("parabola", 3)]
        ),
        Group("no step at all", [case("exponential", 0)]),
    ]


EXERCISES = [
    Exercise(
        reference=newton_step,
        groups=step_groups,
        wrong=(
            Wrong(
                "uphill",
                lambda f, df, x: x + f(x) / df(x),
                "You walk away from the zero: the tangent meets the axis at x - f(x) / f'(x).",
            ),
        ),
        hints=("Where does the tangent at x meet the axis?", "x - f(x) / df(x)."),
    ),
    Exercise(
        reference=newton,
        groups=newton_groups,
        wrong=(
            Wrong(
                "always the first slope",
                lambda f, df, x0, steps: newton(f, lambda _: df(x0), x0, steps),
                "You divide by the slope at x0 in every step. It changes: take it where you are.",
            ),
        ),
        hints=("Collect the numbers in a list.", "np.array of x0 and of each newton_step."),
    ),
]

QUESTIONS = [
    Question(
        name="flat",
        text="What happens where the slope is zero?",
        options=("The step is zero", "There is no next number"),
        answers=("The division says otherwise.", "Right: the tangent never meets the axis."),
        right=1,
    ),
]
