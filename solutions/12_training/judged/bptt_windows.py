"""What `bptt_windows` is judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, composable, pure

from notes import section


def bptt_windows(ids, n_streams, T):
    return windows()(ids, n_streams, T)


NEXT = "each target is the id that comes next"


STREAMS = "every column is one unbroken piece of the text"


GOES_ON = "each window goes on where the one before it ended"


EVEN = "when everything fits exactly"


def windows_groups(rng: np.random.Generator) -> list[Group]:
    def case(length: int, n_streams: int, T: int) -> Args:
        return {"ids": rng.permutation(length), "n_streams": n_streams, "T": T}

    home = case(38, 3, 4)
    one_window = case(16, 3, 4)
    one_stream = case(15, 1, 4)
    return [
        Group("two arrays of whole numbers, (windows, T, streams)", [home], kind="shape"),
        Group(STREAMS, [one_window], parts=("x",)),
        Group(GOES_ON, [one_stream, home], parts=("x",)),
        Group(NEXT, [one_window, one_stream, home], parts=("targets",)),
        Group("what does not fill a window is left out", [case(41, 3, 5), case(30, 4, 3)]),
        Group(EVEN, [case(25, 2, 4), case(24, 2, 4), case(23, 2, 4)]),
        Group("a text too short for one window gives none", [case(8, 2, 5)]),
        pure(),
    ]


@composable
def windows(**mistake):
    """bptt_windows; each keyword replaces one piece of it by a wrong one."""

    def function(ids, n_streams, T):
        m = mistake
        length = m.get("length", lambda n, k: (n - 1) // k)(len(ids), n_streams)
        count = m.get("count", lambda length, T: length // T)(length, T)
        where = m.get("where", lambda w, t, s, length, T, k, W: s * length + w * T + t)
        x = np.empty((count, T, n_streams), dtype=ids.dtype)
        y = np.empty_like(x)
        for w in range(count):
            for t in range(T):
                for s in range(n_streams):
                    place = where(w, t, s, length, T, n_streams, count)
                    x[w, t, s] = ids[place % len(ids)]
                    shift = m.get("next", lambda t, T: 1)(t, T)
                    y[w, t, s] = ids[(place + shift) % len(ids)]
        return m.get("finish", lambda x, y: (x, y))(x, y)

    return function


WINDOWS_WRONG = (
    Wrong("targets are the inputs", windows(next=lambda t, T: 0),
          "Your targets are the inputs themselves. To predict what comes next, the target of place p "
          "is ids[p + 1].", costs=NEXT),
    Wrong("targets one too early", windows(next=lambda t, T: -1),
          "Your targets are what came before. The target of place p is ids[p + 1].", costs=NEXT),
    Wrong("targets two ahead", windows(next=lambda t, T: 2),
          "Your targets are two places ahead. The target of place p is ids[p + 1].", costs=NEXT),
    Wrong("targets roll round in the window", windows(next=lambda t, T: 1 if t < T - 1 else 1 - T),
          "The last target of each window is the window's first input: np.roll turned it round. What "
          "comes next is the first input of the next window.", costs=NEXT),
    Wrong("neighbours go to different streams",
          windows(where=lambda w, t, s, length, T, k, W: (w * T + t) * k + s),
          "Neighbours in the text are dealt out to different streams, so each column holds every n-th "
          "id. Cut the text into n_streams long pieces; each is a column."),
    Wrong("windows dealt out in turn",
          windows(where=lambda w, t, s, length, T, k, W: (w * k + s) * T + t),
          "Column s of the next window does not go on where column s of this one ended: the pieces are "
          "dealt out in turn. The state carried over would be that of another place in the text."),
    Wrong("windows overlap", windows(
              where=lambda w, t, s, length, T, k, W: s * length + w * (T - 1) + t),
          "Each window begins with the last input of the one before, which is then read twice. Window "
          "w begins at w * T."),
    Wrong("windows slide by one",
          windows(where=lambda w, t, s, length, T, k, W: s * length + w + t),
          "Your windows slide by one place. Each begins where the one before ended: at w * T."),
    Wrong("a gap between windows",
          windows(where=lambda w, t, s, length, T, k, W: s * length + w * (T + 1) + t,
                  count=lambda length, T: length // (T + 1)),
          "One id is left out between two windows. The last target of a window is also the first input "
          "of the next."),
    Wrong("streams rounded to whole windows",
          windows(where=lambda w, t, s, length, T, k, W: s * W * T + w * T + t),
          "Your streams begin at multiples of whole windows. Stream s begins at s * length, where "
          "length = (len(ids) - 1) // n_streams; what is left over is at each stream's end."),
    Wrong("the last target forgotten", windows(length=lambda n, k: n // k),
          "You divide all ids among the streams, so the last stream's last input may have no target. "
          "length = (len(ids) - 1) // n_streams."),
    Wrong("one window too few", windows(count=lambda length, T: max(0, length - 1) // T),
          "Where the windows fill a stream exactly, you lose the last one. The 1 for the last target is "
          "taken off once, from the whole text.", costs=EVEN),
    Wrong("streams side by side, time along the last axis", windows(
              finish=lambda x, y: (x.swapaxes(1, 2).copy(), y.swapaxes(1, 2).copy())),
          "Your windows are (streams, T). Time comes first in this course: (windows, T, streams)."),
    Wrong("windows along the second axis", windows(
              finish=lambda x, y: (x.swapaxes(0, 1).copy(), y.swapaxes(0, 1).copy())),
          "Your axes are (T, windows, streams). The windows come first: x[0] is the first one."),
    Wrong("streams in one array", windows(
              finish=lambda x, y: (x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1]))),
          "The windows are not told apart: the result is one long (time, streams) array. Cut it into "
          "windows of T steps."),
    Wrong("streams in reverse", windows(
              where=lambda w, t, s, length, T, k, W: (k - 1 - s) * length + w * T + t),
          "Your streams are in reverse: column 0 is the beginning of the text."),
    Wrong("floating point", windows(finish=lambda x, y: (x.astype(float), y.astype(float))),
          "Your ids are floating point numbers. They are used as indices: keep whole numbers."),
    Wrong("only inputs", windows(finish=lambda x, y: x),
          "You return the inputs alone. The targets come second: x, targets."),
    Wrong("targets first", windows(finish=lambda x, y: (y, x)),
          "You return the targets first. The order is x, targets."),
    Wrong("pairs of windows", windows(finish=lambda x, y: list(zip(x, y, strict=True))),
          "You return a list of pairs. Two arrays are asked for: x and targets, each (windows, T, "
          "streams)."),
)  # fmt: skip


EXERCISE = Exercise(
    reference=bptt_windows,
    groups=windows_groups,
    wrong=WINDOWS_WRONG,
    hints=(
        "length = (len(ids) - 1) // n_streams ids for each stream: the 1 is for the very last "
        "target. length // T windows fit into it.",
        "Stream s is ids[s * length : s * length + windows * T], its targets are the same slice one "
        "place on.",
        "Stack the streams as columns, (windows * T, n_streams), and reshape to (windows, T, "
        "n_streams): rows stay in order.",
    ),
    notes=section("Backpropagation"),
    returns=("x", "targets"),
)
