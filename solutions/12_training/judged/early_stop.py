"""What `early_stop` is judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, composable, pure

from notes import section


def early_stop(losses, patience):
    return stopping()(losses, patience)


FALLING = "a loss that keeps falling: the last one is the best"


STOPS = "what comes after the stop is not looked at"


PATIENT = "a rise that patience outlasts does not stop it"


GOING = "where training has not stopped yet, the best so far"


TIES = "equal is not better: the first of two equal losses"


def stop_groups(rng: np.random.Generator) -> list[Group]:
    def case(losses, patience: int) -> Args:
        return {"losses": np.array(losses, dtype=float), "patience": patience}

    def shaped(*ranks: int, patience: int) -> Args:
        """Losses in the order of these ranks, with gaps between them drawn anew."""
        levels = 0.5 + np.cumsum(rng.uniform(0.1, 0.4, size=max(ranks) + 1))
        return case(levels[list(ranks)], patience)

    falling = [shaped(7, 6, 5, 4, 3, 2, 1, 0, patience=2), shaped(3, 2, 1, patience=1)]
    stops = [
        shaped(6, 4, 5, 7, 6, 0, 1, patience=3),  # stops at 4; the 0 comes too late
        shaped(5, 3, 4, 2, 6, 7, 1, 0, patience=2),
        shaped(2, 3, 1, 0, patience=1),
        shaped(6, 4, 5, 7, 6, 3, 8, 9, 8, 7, 0, patience=3),  # who waits once more is lured on
        shaped(4, 3, 2, 5, 3, 4, 1, 0, patience=3),  # falls, but not below the best
    ]
    patient = [
        shaped(9, 6, 7, 5, 7, 8, 9, 3, 4, 5, 6, 7, 0, patience=4),
        shaped(8, 5, 6, 7, 4, 6, 5, 2, 3, patience=3),
        shaped(9, 7, 8, 6, 8, 5, 7, 4, 6, patience=2),
    ]
    going = [shaped(6, 4, 2, 3, 5, patience=3), shaped(1, 2, patience=4), shaped(0, patience=1)]
    ties = [shaped(5, 2, 3, 2, 4, 0, patience=3), shaped(4, 1, 1, 1, 0, patience=3)]
    return [
        Group("a whole number", [falling[0]], kind="shape"),
        Group(FALLING, falling),
        Group(STOPS, stops, points=2),
        Group(PATIENT, patient),
        Group(GOING, going),
        Group(TIES, ties),
        pure(),
    ]


@composable
def stopping(**mistake):
    """early_stop; each keyword replaces one piece of it by a wrong one."""

    def function(losses, patience):
        m = mistake
        best, waited, k = 0, 0, 0
        better = m.get("better", lambda losses, k, best: losses[k] < losses[best])
        for k in range(1, len(losses)):
            if better(losses, k, best):
                best, waited = k, m.get("again", lambda waited: 0)(waited)
            else:
                waited += 1
            if waited >= m.get("limit", lambda patience: patience)(patience):
                break
        return m.get("finish", lambda best, k, losses: best)(best, k, losses)

    return function


def _against_last(losses, patience):
    """Waits for a loss above the one before it, not above the best."""
    best, waited = 0, 0
    for k in range(1, len(losses)):
        waited = 0 if losses[k] < losses[k - 1] else waited + 1
        if losses[k] < losses[best]:
            best = k
        if waited >= patience:
            break
    return best


def _before_stop(losses, patience):
    """The place `patience` before the end, whatever is there."""
    right = stopping(finish=lambda best, k, losses: k)(losses, patience)
    return max(0, right - patience)


STOP_WRONG = (
    Wrong("the smallest of all", lambda losses, patience: int(np.argmin(losses)),
          "You take the smallest of all losses, those after the stop as well. Once `patience` losses in a "
          "row brought nothing better, training has stopped: what comes later was never measured."),
    Wrong("where it stops", stopping(finish=lambda best, k, losses: k),
          "You return where training stops. The weights to keep are older: return the index of the best "
          "loss before it."),
    Wrong("the last, and patience back", _before_stop,
          "You go `patience` back from the end. Where training ended for want of losses, the best may be "
          "elsewhere: keep the index of the best one while you go."),
    Wrong("one too patient", stopping(limit=lambda patience: patience + 1),
          "You wait for one loss too many. With patience 1 the first loss that is not better ends it."),
    Wrong("one too impatient", stopping(limit=lambda patience: max(1, patience - 1)),
          "You stop one loss too early. `patience` losses in a row must fail to be better than the best."),
    Wrong("stops at the first rise", stopping(limit=lambda patience: 1),
          "You stop at the first loss that is not better. Validation losses wobble: that is what patience "
          "is for."),
    Wrong("compared with the one before", _against_last,
          "You compare each loss with the one before it. A loss that falls, but not below the best, is no "
          "improvement: compare with the best."),
    Wrong("the count is not set back", stopping(again=lambda waited: waited),
          "You count all losses that were not better, also those before the last improvement. A new best "
          "sets the count back to 0."),
    Wrong("the count starts at 1 again", stopping(again=lambda waited: 1),
          "After a new best you wait for one loss too few: set the count back to 0, not to 1."),
    Wrong("equal counts as better", stopping(better=lambda all, k, best: all[k] <= all[best]),
          "A loss that equals the best counts as better with you. Nothing was gained: use <.", costs=TIES),
    Wrong("the largest", stopping(better=lambda all, k, best: all[k] > all[best]),
          "You look for the largest loss. A loss should be small."),
    Wrong("the loss itself", stopping(finish=lambda best, k, losses: losses[best]),
          "You return the loss. Asked for is its index: it says which weights to keep."),
    Wrong("counted from 1", stopping(finish=lambda best, k, losses: best + 1),
          "Your index is one too large: the first loss has index 0."),
    Wrong("a pair", stopping(finish=lambda best, k, losses: (best, losses[best])),
          "You return two things. Asked for is the index alone."),
    Wrong("none while it goes on", stopping(
              finish=lambda best, k, losses: best if k < len(losses) - 1 else None),
          "Where training has not stopped you return None. Then the best so far is asked for."),
    Wrong("the last while it goes on", stopping(
              finish=lambda best, k, losses: best if k < len(losses) - 1 else len(losses) - 1),
          "Where training has not stopped you return the last index. Then the best so far is asked for."),
    Wrong("patience not used", lambda losses, patience: len(losses) - 1,
          "You return the last index always. Go through the losses and keep the index of the best."),
)  # fmt: skip


EXERCISE = Exercise(
    reference=early_stop,
    groups=stop_groups,
    wrong=STOP_WRONG,
    hints=(
        "Go through the losses once and remember one thing: the index of the best so far.",
        "How long ago was the best? At index k it is k - best. When that reaches patience, stop.",
        "for k in range(len(losses)): if losses[k] < losses[best]: best = k; "
        "elif k - best >= patience: break. Then return best.",
    ),
    notes=section("Backpropagation"),
)
