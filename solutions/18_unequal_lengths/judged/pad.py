"""What `pad` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure

from .shared import LENGTHS
from notes import section

LENGTH = "lengths: how long each sequence was"
EQUAL = "sequences of one length lose nothing and gain nothing"


def pad(sequences):
    return padding()(sequences)


def padding(**mistake):
    """pad with one thing wrong; each keyword replaces one piece of the right one."""

    def function(sequences):
        m = mistake
        lengths = np.array([len(s) for s in sequences])
        T = m.get("longest", lambda lengths: lengths.max())(lengths)
        x = np.full((T, len(sequences), sequences[0].shape[1]), float(m.get("filling", 0.0)))
        for n, s in enumerate(sequences):
            place = m.get("place", lambda T, length: slice(0, length))(T, len(s))
            x[place, n] = m.get("turn", lambda s, T: s)(s, T)
        return m.get("finish", lambda x, lengths: (x, lengths))(x, lengths)

    return function


def pad_groups(rng: np.random.Generator) -> list[Group]:
    def case(lengths: tuple[int, ...], D: int) -> Args:
        return {"sequences": [rng.normal(size=(length, D)) for length in lengths]}

    home = case(LENGTHS[0], 3)
    return [
        Group("x (T, N, D), and N whole numbers", [home], kind="shape"),
        Group("every sequence in a column of its own, from the first step on, then zeros",
              [home, case(LENGTHS[2], 2)], parts=("x",)),
        Group(LENGTH, [home, case(LENGTHS[2], 2)], parts=("lengths",)),
        Group(EQUAL, [case(LENGTHS[1], 2), case((4,), 3)]),
        Group("right for every number of sequences and inputs",
              [case(LENGTHS[3], 1), case((1, 2, 3, 4, 5, 6), 4), case((2, 5), 5)]),
        pure(),
    ]  # fmt: skip


def _batch_first(x, lengths):
    return x.swapaxes(0, 1).copy(), lengths


def _repeated(s, T):
    return np.concatenate([s, np.repeat(s[-1:], T - len(s), axis=0)])


def _cycled(s, T):
    return s[np.arange(T) % len(s)]


def _whole(T, length):
    return slice(0, T)


def _sorted(sequences):
    return pad(sorted(sequences, key=len, reverse=True))


def _writes(sequences):
    result = pad(sequences)
    for s in sequences:
        s += 1
    return result


def _cut(sequences):
    shortest = min(map(len, sequences))
    return pad([s[:shortest] for s in sequences])[0], np.array([len(s) for s in sequences])


PAD_WRONG = (
    Wrong("filled in front", padding(place=lambda T, length: slice(T - length, T)),
          "Your zeros come first and the sequences end together. Here every sequence begins at step 0 and "
          "the zeros come after it."),
    Wrong("batch first", padding(finish=_batch_first),
          "Your x is (N, T, D). Time comes first in this course: x[t, n] is step t of sequence n."),
    Wrong("filled with the last step", padding(turn=_repeated, place=_whole),
          "You repeat each sequence's last step (mode 'edge'?). Fill with zeros."),
    Wrong("begun again", padding(turn=_cycled, place=_whole),
          "Short sequences begin again from their start (np.resize?). Behind the end stand zeros."),
    Wrong("filled with ones", padding(filling=1),
          "You fill with ones. Fill with zeros: np.zeros."),
    Wrong("filled with nan", padding(filling=np.nan),
          "You fill with nan, which spreads to everything that is computed from it. Fill with zeros."),
    Wrong("filled with -1", padding(filling=-1),
          "You fill with -1. Fill with zeros: np.zeros."),
    Wrong("one step too many", padding(longest=lambda lengths: lengths.max() + 1),
          "Your x is one step longer than the longest sequence. T is max(lengths)."),
    Wrong("cut to the shortest", _cut,
          "You cut all sequences to the shortest one. Nothing is thrown away: T is the longest, and the "
          "others are filled up."),
    Wrong("sorted by length", _sorted,
          "You sort the sequences by length. Their order is left alone: column n is sequence n."),
    Wrong("each turned round", padding(turn=lambda s, T: s[::-1]),
          "Your sequences run backwards. Nothing is reversed."),
    Wrong("lengths all the same", padding(finish=lambda x, lengths: (x, np.full_like(lengths, len(x)))),
          "Your lengths are all T. They say how long each sequence was before it was filled up.",
          costs=LENGTH),
    Wrong("index of the last step", padding(finish=lambda x, lengths: (x, lengths - 1)),
          "Your lengths are 1 too small: that is the index of the last step. The length is len(sequence).",
          costs=LENGTH),
    Wrong("how much was filled", padding(finish=lambda x, lengths: (x, len(x) - lengths)),
          "You return how many zeros were added. The lengths say how many steps are real.",
          costs=LENGTH),
    Wrong("numbers of all entries", padding(finish=lambda x, lengths: (x, lengths * x.shape[2])),
          "Your lengths count numbers (size), D for each step. They count steps: len(sequence).",
          costs=LENGTH),
    Wrong("lengths as floating point", padding(finish=lambda x, lengths: (x, lengths.astype(float))),
          "Your lengths are floating point numbers. They count and are used as indices: whole numbers."),
    Wrong("lengths as a list", padding(finish=lambda x, lengths: (x, [int(n) for n in lengths])),
          "Your lengths are a list. An array is asked for, to compare with: np.array(…)."),
    Wrong("only x", padding(finish=lambda x, lengths: x),
          "You return x alone. Without the lengths nobody can tell a zero that was there from one that was "
          "filled in."),
    Wrong("lengths first", padding(finish=lambda x, lengths: (lengths, x)),
          "You return the lengths first. The order is x, lengths."),
    Wrong("fills the caller's sequences", _writes,
          "Your values are right, but the caller's sequences are changed by the call.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=pad,
    groups=pad_groups,
    wrong=PAD_WRONG,
    hints=(
        "lengths = np.array([len(s) for s in sequences]). T is the largest of them.",
        "x = np.zeros((T, N, D)), where D = sequences[0].shape[1].",
        "for n, s in enumerate(sequences): x[: len(s), n] = s",
    ),
    notes=section("LSTMs"),
    returns=("x", "lengths"),
)
