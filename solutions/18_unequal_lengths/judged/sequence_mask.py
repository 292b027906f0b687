"""What `sequence_mask` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from notes import section

EMPTY, MORE = "a sequence without a step has none that is real", "T may be more than the longest"


def sequence_mask(lengths, T):
    return np.arange(T)[:, None] < lengths


def mask_groups(rng: np.random.Generator) -> list[Group]:
    def case(lengths: tuple[int, ...], T: int) -> Args:
        return {"lengths": np.array(lengths), "T": T}

    drawn = [tuple(int(n) for n in rng.permutation(7)[:5] + 1) for _ in range(2)]
    return [
        Group("True or False for every step and sequence, (T, N)", [case((3, 5, 1, 4), 5)],
              kind="shape"),
        Group("True for the first lengths[n] steps of column n",
              [case((3, 5, 1, 4), 5), *(case(n, max(n)) for n in drawn)]),
        Group(MORE, [case((2, 3), 6), case((1,), 4), case(drawn[0], 9)]),
        Group(EMPTY, [case((0, 2, 0), 3)]),
        Group("right where T = N, and for one step", [case((1, 3, 2), 3), case((1, 1, 1, 1), 1),
                                                      case((4, 4, 4, 4), 4)]),
        pure(),
    ]  # fmt: skip


def _off(change):
    return lambda lengths, T: np.arange(T)[:, None] < change(lengths)


MASK_WRONG = (
    Wrong("one step too many", lambda lengths, T: np.arange(T)[:, None] <= lengths,
          "One step too many is real: steps count from 0, so the last real one is lengths[n] - 1. "
          "Compare with <, not <=."),
    Wrong("one step too few", _off(lambda lengths: lengths - 1),
          "The last real step is missing: steps 0 to lengths[n] - 1 are real, which are lengths[n] of "
          "them."),
    Wrong("the other way round", lambda lengths, T: np.arange(T)[:, None] >= lengths,
          "True and False have changed places: True is for what is real. (Some libraries' padding masks "
          "are the other way round; here True counts.)"),
    Wrong("batch first", lambda lengths, T: np.arange(T) < lengths[:, None],
          "Your mask is (N, T). Time comes first: (T, N)."),
    Wrong("filled in front", lambda lengths, T: np.arange(T)[::-1, None] < lengths,
          "Your mask is True at the end of each column. The real steps come first."),
    Wrong("zeros and ones", lambda lengths, T: (np.arange(T)[:, None] < lengths).astype(float),
          "Your mask is floating point. True and False are asked for: they can be used as an index."),
    Wrong("whole numbers", lambda lengths, T: (np.arange(T)[:, None] < lengths).astype(int),
          "Your mask is of whole numbers. As an index, mask[0] = 1 would mean row 1. Keep True and False."),
    Wrong("as long as the longest", lambda lengths, T: np.arange(lengths.max())[:, None] < lengths,
          "Your mask has max(lengths) rows. It has T of them, which may be more.", costs=MORE),
    Wrong("one column", lambda lengths, T: np.arange(T) < lengths.max(),
          "One mask for all sequences came back. Each has its own: compare np.arange(T)[:, None] with "
          "lengths."),
    Wrong("the last step alone", lambda lengths, T: np.arange(T)[:, None] == lengths - 1,
          "Only the last step of each sequence is True. All real steps are."),
    Wrong("no empty sequence", _off(lambda lengths: np.maximum(lengths, 1)),
          "A sequence of length 0 has one real step in your mask. It has none.", costs=EMPTY),
    Wrong("everything real", lambda lengths, T: np.ones((T, len(lengths)), dtype=bool),
          "Every step is real in your mask: the lengths are not used."),
    Wrong("sorted by length", _off(lambda lengths: np.sort(lengths)[::-1]),
          "Your columns are sorted by length. Column n belongs to lengths[n]."),
    Wrong("one axis too many", lambda lengths, T: (np.arange(T)[:, None] < lengths)[:, :, None],
          "Your mask has a third axis. (T, N) is asked for; who needs [..., None] adds it."),
    Wrong("counts down the lengths", writes_into(sequence_mask, "lengths"),
          "Your values are right, but lengths is another array after the call.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=sequence_mask,
    groups=mask_groups,
    wrong=MASK_WRONG,
    hints=(
        "Step t of sequence n is real where t < lengths[n]: one comparison of all t with all n.",
        "np.arange(T)[:, None] is a column (T, 1); lengths is a row (N,). Compared, they are (T, N).",
    ),
    notes=section("LSTMs"),
)
