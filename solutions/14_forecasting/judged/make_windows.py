"""What `make_windows` is judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong


def make_windows(series, T, horizon):
    N = len(series) - T - horizon + 1
    x = np.stack([series[n : n + T] for n in range(N)], axis=1)[..., None]
    return x, series[T + horizon - 1 :, None].copy()


X, Y = (
    "each column of x is T values in a row",
    "y is the value `horizon` steps after the window's last",
)


EVERY = "right for every length, T and horizon, up to the last window"


OWN = "leaves the series alone, and answers with arrays of its own"


def window_groups(rng: np.random.Generator) -> list[Group]:
    def case(n: int, T: int, horizon: int) -> Args:
        return {"series": rng.normal(size=n), "T": T, "horizon": horizon}

    home = [case(12, 4, 3), case(15, 5, 2)]
    others = [case(9, 3, 1), case(6, 1, 1), case(8, 5, 3), case(7, 2, 5), case(30, 12, 6)]
    return [
        Group("x is (T, N, 1), y is (N, 1)", [home[0]], kind="shape"),
        Group(X, home, points=2, parts=("x",)),
        Group(Y, home, points=2, parts=("y",)),
        Group(EVERY, others),
        Group(OWN, kind="pure"),
    ]


def windowed(x=lambda x: x, y=lambda y: y, **m):
    """make_windows with one thing wrong."""

    def function(series, T, horizon):
        N = len(series) - T - horizon + 1 + m.get("more", 0)
        stride = T if m.get("apart") else 1
        starts = range(0, N, stride)
        after = m.get("after", lambda h: h)(horizon)
        columns = [series[n : n + T] for n in starts]
        targets = [series[n + T - 1 + after] for n in starts]
        return x(np.stack(columns, axis=1)[..., None]), y(np.array(targets)[:, None])

    return function


def _views(series, T, horizon):
    N = len(series) - T - horizon + 1
    seen = np.lib.stride_tricks.sliding_window_view(series, T)[:N]
    return seen.T[..., None], series[T + horizon - 1 :, None]


def _whole_future(series, T, horizon):
    x, _ = make_windows(series, T, horizon)
    ahead = [series[n + T : n + T + horizon] for n in range(x.shape[1])]
    return x, np.array(ahead)


WINDOW_WRONG = (
    Wrong("batch first", windowed(x=lambda x: x.transpose(1, 0, 2).copy()),
          "Your x has the windows first, (N, T, 1). In this course time comes first: (T, N, 1)."),
    Wrong("no axis for the inputs", windowed(x=lambda x: x[..., 0]),
          "Your x has no axis for the inputs of a step. There is one input, D = 1: x[..., None]."),
    Wrong("y without its axis", windowed(y=lambda y: y[:, 0]),
          "Your y has shape (N,). Predictions come out as (N, 1), and (N, 1) - (N,) would silently "
          "become (N, N): give y its axis, y[:, None]."),
    Wrong("always the next value", windowed(after=lambda h: 1),
          "Your y is always the value right after the window. Asked for is the one `horizon` steps "
          "after its last.", costs=Y),
    Wrong("horizon counted from 0", windowed(after=lambda h: h - 1),
          "Your y is one step too early: with horizon 1 it is the window's own last value, which the "
          "network has already seen. The last value stands at n + T - 1, y at n + T - 1 + horizon.",
          costs=Y),
    Wrong("y is the first value", windowed(after=lambda h: -h),
          "Your y lies before the end of the window, in the past. Forecasting goes the other way.",
          costs=Y),
    Wrong("last window missing", windowed(more=-1),
          "The last window is missing: there are len(series) - T - horizon + 1 of them."),
    Wrong("horizon not counted in N", windowed(more=1),
          "You make more windows than have an answer: the last ones end where no value `horizon` "
          "steps later exists. There are len(series) - T - horizon + 1."),
    Wrong("windows that do not overlap", windowed(apart=True),
          "Your windows start T apart. One starts at every step: n = 0, 1, 2, …"),
    Wrong("time runs backwards", windowed(x=lambda x: x[::-1].copy()),
          "In your windows time runs backwards: x[0] must be the oldest value.", costs=X),
    Wrong("windows in reverse", windowed(x=lambda x: x[:, ::-1].copy(), y=lambda y: y[::-1].copy()),
          "Your windows come in reverse order: column n starts at series[n]."),
    Wrong("rows and columns reshaped", lambda series, T, horizon: (
              lambda x, y: (x[..., 0].T.reshape(x.shape).copy(), y))(*make_windows(series, T, horizon)),
          "The shape of x is right and its content is not: reshape keeps the order of the numbers in "
          "memory and so mixes windows. To exchange axes, stack with axis=1 or transpose.", costs=X),
    Wrong("all values up to the horizon", _whole_future,
          "Your y holds every value up to the horizon. Asked for is one number for each window: (N, 1)."),
    Wrong("the change instead of the value", lambda series, T, horizon: (
              lambda x, y: (x, y - x[-1]))(*make_windows(series, T, horizon)),
          "Your y is the change since the window's last value. That is what we will train on, later; "
          "here y is the value itself.", costs=Y),
    Wrong("x and y exchanged", lambda *args: make_windows(*args)[::-1],
          "x and y are exchanged in what you return: x, y."),
    Wrong("one step too late", lambda series, T, horizon: (
              lambda x, y: (x[:, :-1].copy(), y[1:].copy()))(*make_windows(series, T, horizon)),
          "Your y is one step too late, n + T + horizon, so that a window is lost. The last value stands "
          "at n + T - 1, y at n + T - 1 + horizon."),
    Wrong("the wrong end of the windows", lambda series, T, horizon: (
              np.stack([series[n + horizon - 1 : n + horizon - 1 + T]
                        for n in range(len(series) - T - horizon + 1)], axis=1)[..., None],
              make_windows(series, T, horizon)[1]),
          "Your windows end right before y: the horizon is gone. Column n is series[n : n + T], from the "
          "very first value on."),
    Wrong("rolled round", lambda series, T, horizon: (
              np.stack([np.roll(series, -k) for k in range(T)])[..., None],
              np.roll(series, -(T + horizon - 1))[:, None]),
          "np.roll goes round: your last windows go on with the beginning of the series. Only windows "
          "whose answer exists are asked for."),
    Wrong("T + 1 values", lambda series, T, horizon: (
              np.stack([series[n : n + T + 1] for n in range(len(series) - T - horizon + 1)],
                       axis=1)[..., None], make_windows(series, T, horizon)[1]),
          "Your windows hold T + 1 values; with horizon 1 the last is the answer itself. series[n : n + T] "
          "holds T."),
    Wrong("views of the series", _views,
          "Your values are right, but x or y is a view of the series: whoever writes into it changes "
          "the data. Give back copies.", costs=OWN),
)  # fmt: skip


EXERCISE = Exercise(
    reference=make_windows,
    groups=window_groups,
    wrong=WINDOW_WRONG,
    hints=(
        "Window n is series[n : n + T]. Its answer stands `horizon` places after its last value, "
        "which is series[n + T - 1].",
        "The last window is the one whose answer is the last value of the series: N is "
        "len(series) - T - horizon + 1.",
        "np.stack(list_of_windows, axis=1) puts time first; [..., None] adds the axis of the "
        "inputs.",
    ),
    returns=("x", "y"),
)
