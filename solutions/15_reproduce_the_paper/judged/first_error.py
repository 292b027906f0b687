"""What `first_error` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure


def first_error(right):
    wrong = ~right
    return np.where(wrong.any(axis=0), wrong.argmax(axis=0), len(right))


NEVER = "T where there is no mistake"


def error_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, p: float) -> Args:
        return {"right": rng.random((T, N)) < p}

    some = [case(12, 6, 0.7), case(20, 5, 0.85)]
    for c in some:
        c["right"][-1] = False  # nobody gets through
        c["right"][1, 0], c["right"][0, 0] = False, True
    never = [case(10, 7, 0.97), case(8, 3, 1.0)]
    never[0]["right"][:, 1] = True
    return [
        Group("a whole number for every stream", some[:1], kind="shape"),
        Group("the step of the first mistake", some, points=2),
        Group(NEVER, never),
        Group(
            "right for one step and for one stream",
            [case(1, 5, 0.5), case(6, 1, 0.6), case(1, 1, 0.0)],
        ),
        pure(),
    ]


ERROR_WRONG = (
    Wrong("0 where there is none", lambda right: (~right).argmax(axis=0),
          "argmax gives 0 where there is no mistake at all, as if the very first step were wrong. There "
          "the answer is T.", costs=NEVER),
    Wrong("-1 where there is none", lambda right: np.where(
              right.all(axis=0), -1, (~right).argmax(axis=0)),
          "You give -1 where there is no mistake. The stream went right for T steps: T.", costs=NEVER),
    Wrong("T - 1 where there is none", lambda right: np.minimum(first_error(right), len(right) - 1),
          "You give T - 1 where there is no mistake: as if the last step were wrong. T steps went "
          "right.", costs=NEVER),
    Wrong("first right step", lambda right: np.where(
              right.any(axis=0), right.argmax(axis=0), len(right)),
          "You find the first step that is RIGHT. argmax finds the first True: turn the array round, "
          "~right."),
    Wrong("last mistake", lambda right: np.where(
              right.all(axis=0), len(right), len(right) - 1 - (~right[::-1]).argmax(axis=0)),
          "You find the last mistake. The first one is asked for."),
    Wrong("number of mistakes", lambda right: (~right).sum(axis=0),
          "You count the mistakes. The step of the first one is asked for."),
    Wrong("number of right steps", lambda right: right.sum(axis=0),
          "You count the right steps, also those after a mistake. Stop at the first mistake."),
    Wrong("counted from 1", lambda right: np.where(
              right.all(axis=0), len(right), first_error(right) + 1),
          "You count steps from 1. The first step is step 0."),
    Wrong("longest run", lambda right: np.array(
              [max(map(len, "".join("01"[int(v)] for v in column).split("0"))) for column in right.T]),
          "You give the longest run without a mistake. Asked for is how long it went well from the "
          "start."),
    Wrong("over the streams", lambda right: np.where(
              right.all(axis=1), right.shape[1], (~right).argmax(axis=1)),
          "You run over the streams: there is one number for each step. Time is axis 0."),
    Wrong("first mistake of all", lambda right: int(first_error(right).min()),
          "You give one number for all streams. Each has its own: (N,)."),
    Wrong("mean over the streams", lambda right: float(first_error(right).mean()),
          "You give the mean over the streams. Each has its own number: (N,)."),
    Wrong("floats", lambda right: first_error(right).astype(float),
          "You return floating point numbers. Steps are whole numbers."),
    Wrong("right turned round", lambda right: (
              lambda answer: (np.logical_not(right, out=right), answer)[1])(first_error(right)),
          "Your answer is right, but the array is another one after the call.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=first_error,
    groups=error_groups,
    wrong=ERROR_WRONG,
    hints=(
        "argmax of an array of truths finds the first True. Which array is True at a mistake?",
        "Where there is no mistake argmax gives 0. np.where(there_is_one, argmax, T) puts T there.",
    ),
)
