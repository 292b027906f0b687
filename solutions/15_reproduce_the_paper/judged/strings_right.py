"""What `strings_right` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure


def strings_right(right, lengths):
    behind = np.arange(len(right))[:, None] >= lengths
    return (right | behind).all(axis=0)


BEHIND = "what lies behind a string's end does not count"


def string_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, p: float, full: bool = False) -> Args:
        lengths = np.full(N, T) if full else rng.integers(1, T + 1, size=N)
        right = rng.random((T, N)) < p
        right[:, 0] = True  # one that is right for certain
        for n in range(1, N, 3):
            right[: lengths[n], n] = True
        for n in range(2, N, 3):  # one whose only mistake is its last step
            right[: lengths[n], n] = np.arange(lengths[n]) < lengths[n] - 1
        return {"right": right, "lengths": lengths}

    full = [case(6, 8, 0.8, True), case(4, 5, 0.6, True)]
    padded = [case(9, 10, 0.5), case(12, 9, 0.3)]
    return [
        Group("True or False for every string", full[:1], kind="shape"),
        Group("a string is right where every step is", full),
        Group(BEHIND, padded, points=2),
        Group(
            "right for one step and for one string",
            [case(1, 4, 0.5), case(7, 1, 0.5), case(1, 1, 0.5)],
        ),
        pure(),
    ]


def _filled(right, lengths):
    right |= np.arange(len(right))[:, None] >= lengths
    return right.all(axis=0)


STRING_WRONG = (
    Wrong("padding counts", lambda right, lengths: right.all(axis=0),
          "What lies behind a string's end counts in your answer. Only its first `lengths` steps are "
          "the string's.", costs=BEHIND),
    Wrong("one right step is enough", lambda right, lengths: (
              right & (np.arange(len(right))[:, None] < lengths)).any(axis=0),
          "One right step is enough in your answer. A string is right where EVERY step is."),
    Wrong("last step alone", lambda right, lengths: right[lengths - 1, np.arange(len(lengths))],
          "You look at the last step alone. Every step of the string must be right."),
    Wrong("first step alone", lambda right, lengths: right[0].copy(),
          "You look at the first step alone. Every step of the string must be right."),
    Wrong("one step too few", lambda right, lengths: strings_right(right, lengths - 1),
          "The last step of each string is left out: step lengths - 1 still belongs to it (< lengths)."),
    Wrong("one step too many", lambda right, lengths: strings_right(right, lengths + 1),
          "One step behind the end counts: the string's steps are those below `lengths`."),
    Wrong("share of the steps", lambda right, lengths: (
              right & (np.arange(len(right))[:, None] < lengths)).sum(axis=0) / lengths,
          "You return the share of right steps of each string. Asked for is True or False: all of them "
          "or not."),
    Wrong("over the strings", lambda right, lengths: right.all(axis=1),
          "You run over the strings: there is one answer for each step. Time is axis 0."),
    Wrong("share that is right", lambda right, lengths: float(strings_right(right, lengths).mean()),
          "You return the share of right strings. Asked for is True or False for each."),
    Wrong("wrong behind the end", lambda right, lengths: (
              right == (np.arange(len(right))[:, None] < lengths)).all(axis=0),
          "You demand that the steps behind the end are False. They do not count, whatever they are."),
    Wrong("one answer for all", lambda right, lengths: bool(strings_right(right, lengths).all()),
          "You return one answer for all strings. Each has its own: (N,)."),
    Wrong("shortest length for all", lambda right, lengths: right[: lengths.min()].all(axis=0),
          "You cut all strings to the length of the shortest. Each has its own length."),
    Wrong("at least half", lambda right, lengths: (
              right & (np.arange(len(right))[:, None] < lengths)).sum(axis=0) > lengths / 2,
          "More than half of the steps is enough in your answer. All must be right."),
    Wrong("right changed", _filled,
          "Your answer is right, but the array `right` is another one after the call: `|=` writes into "
          "the caller's array.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=strings_right,
    groups=string_groups,
    wrong=STRING_WRONG,
    hints=(
        "Which steps belong to a string? np.arange(T)[:, None] < lengths is True for exactly those, "
        "(T, N).",
        "A step is fine where it is right or does not belong to the string. All steps must be fine: "
        ".all(axis=0).",
    ),
)
