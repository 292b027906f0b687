"""What windows, scaling without a look ahead, and the regression head are judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong
from utils.pictures.diagram import cell

from lstm import complex_step
from notes import section

TITLE = "Forecasting"
FILES = {"cell.svg": cell(lit=("hidden_state",), title=TITLE).svg}


def standardise(series, n_train):
    mean, std = series[:n_train].mean(), series[:n_train].std()
    return (series - mean) / std, mean, std


def make_windows(series, T, horizon):
    N = len(series) - T - horizon + 1
    x = np.stack([series[n : n + T] for n in range(N)], axis=1)[..., None]
    return x, series[T + horizon - 1 :, None].copy()


def regression_head(h, V, b_y):
    return h @ V + b_y


def regression_head_backward(y_hat, y, h, V):
    d = 2 * (y_hat - y) / len(y)
    return d @ V.T, h.T @ d, d.sum(axis=0)


# --- scaling ----------------------------------------------------------------------------------

Z = "the whole series is scaled by the training part's mean and standard deviation"
MEAN, STD = (
    "mean, so that a forecast can be scaled back",
    "std, so that a forecast can be scaled back",
)
PURE = "leaves its arguments alone"


def series_groups(rng: np.random.Generator) -> list[Group]:
    def case(n: int, n_train: int, trend: float, at: float = 0.0, scale: float = 1.0) -> Args:
        steps = np.arange(n)
        series = at + scale * (rng.normal(size=n) + trend * steps / n)
        return {"series": series, "n_train": n_train}

    home = [case(30, 20, 3.0), case(25, 10, -4.0)]
    others = [case(12, 11, 1.0), case(9, 4, 0.0), case(40, 25, 2.0, at=1e3, scale=50.0)]
    others.append(case(20, 20, 1.0))
    return [
        Group("z as long as the series, and two numbers", [home[0]], kind="shape"),
        Group(Z, home, points=2, parts=("z",)),
        Group(MEAN, home, parts=("mean",)),
        Group(STD, home, parts=("std",)),
        Group("right for every length, level and scale", others),
        Group(PURE, kind="pure"),
    ]


def scaled(mean=lambda s, n: s[:n].mean(), std=lambda s, n: s[:n].std(), **m):
    """standardise with one thing wrong."""

    def function(series, n_train):
        a, b = mean(series, n_train), std(series, n_train)
        z = m.get("z", lambda s, a, b: (s - a) / b)(series, a, b)
        return m.get("finish", lambda z, a, b: (z, a, b))(z, a, b)

    return function


def _each_part_by_itself(series, n_train):
    z, mean, std = standardise(series, n_train)
    rest = series[n_train:]
    if len(rest) > 1:
        z[n_train:] = (rest - rest.mean()) / rest.std()
    return z, mean, std


def _series_in_place(series, n_train):
    mean, std = series[:n_train].mean(), series[:n_train].std()
    series -= mean
    series /= std
    return series.copy(), mean, std


SCALE_WRONG = (
    Wrong("scaled by the whole series", scaled(lambda s, n: s.mean(), lambda s, n: s.std()),
          "You take mean and standard deviation of the whole series, the future included. At the time "
          "of the forecast nobody knows it: series[:n_train] alone may be used."),
    Wrong("mean of the whole series", scaled(lambda s, n: s.mean()),
          "Your mean is that of the whole series: it knows the future. Use series[:n_train]."),
    Wrong("std of the whole series", scaled(std=lambda s, n: s.std()),
          "Your standard deviation is that of the whole series: it knows the future. Use "
          "series[:n_train]."),
    Wrong("scaled by the last values", scaled(lambda s, n: s[-n:].mean(), lambda s, n: s[-n:].std()),
          "You take the last n_train values. The training part is the first n_train: series[:n_train]."),
    Wrong("one value too many", scaled(lambda s, n: s[: n + 1].mean(), lambda s, n: s[: n + 1].std()),
          "You use series[: n_train + 1]: one value of the future. series[:n_train] ends before it."),
    Wrong("each part by itself", _each_part_by_itself,
          "You scale the rest of the series by its own mean and standard deviation. That looks into "
          "the future too, and hides that its level has changed. One mean and one std for all."),
    Wrong("only the mean subtracted", scaled(z=lambda s, a, b: s - a),
          "You subtract the mean and do not divide by the standard deviation.", costs=Z),
    Wrong("mean not subtracted", scaled(z=lambda s, a, b: s / b),
          "You divide by the standard deviation and do not subtract the mean.", costs=Z),
    Wrong("divided first", scaled(z=lambda s, a, b: s / b - a),
          "You divide first and subtract afterwards. (series - mean) / std: the brackets count.",
          costs=Z),
    Wrong("variance for std", scaled(std=lambda s, n: s[:n].var()),
          "You use the variance. The standard deviation is its root: np.std."),
    Wrong("divided by n - 1", scaled(std=lambda s, n: s[:n].std(ddof=1)),
          "Your standard deviation divides by n_train - 1. Here it is NumPy's own default: .std()."),
    Wrong("to the range 0 to 1",
          scaled(lambda s, n: s[:n].min(), lambda s, n: s[:n].max() - s[:n].min()),
          "You scale to the range 0 to 1. Asked for is mean 0 and standard deviation 1."),
    Wrong("median for mean", scaled(lambda s, n: np.median(s[:n])),
          "You subtract the median. Asked for is the mean."),
    Wrong("training part alone", lambda series, n_train: (
              lambda z, a, b: (z[:n_train], a, b))(*standardise(series, n_train)),
          "You return the training part alone. The whole series is scaled, with the training part's "
          "numbers."),
    Wrong("returned mean and std of the whole", lambda series, n_train: (
              standardise(series, n_train)[0], series.mean(), series.std()),
          "z is right, but the mean and std you return are those of the whole series: scaled back with "
          "them, a forecast comes out wrong. Return the two numbers you used."),
    Wrong("the rest as the training part", scaled(lambda s, n: s[:-n].mean() if n < len(s) else s.mean(),
                                                  lambda s, n: s[:-n].std() if n < len(s) else s.std()),
          "You use series[:-n_train], all but the last n_train values. The training part is the first "
          "n_train: series[:n_train]."),
    Wrong("divided by the largest", lambda series, n_train: (
              series / series[:n_train].max(), 0.0, series[:n_train].max()),
          "You divide by the largest value. Asked for is mean 0 and standard deviation 1."),
    Wrong("only z", scaled(finish=lambda z, a, b: z),
          "You return z alone. Without mean and std no forecast can be turned back into sunspots: "
          "z, mean, std."),
    Wrong("mean and std exchanged", scaled(finish=lambda z, a, b: (z, b, a)),
          "mean and std are exchanged in what you return: z, mean, std."),
    Wrong("series changed", _series_in_place,
          "Your values are right, but the series is another one after the call: `-=` and `/=` write "
          "into the caller's array.", costs=PURE),
)  # fmt: skip


# --- windows ----------------------------------------------------------------------------------

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


# --- the head ---------------------------------------------------------------------------------

BIAS, MANY = "the bias b_y shifts it", "right for one step and for whole sequences"


def head_groups(rng: np.random.Generator) -> list[Group]:
    def case(*shape: int, H: int = 4, K: int = 2, b: float = 1.0) -> Args:
        return {
            "h": rng.uniform(-1, 1, size=(*shape, H)),
            "V": 2 * rng.normal(size=(H, K)),
            "b_y": b * rng.normal(size=K),
        }

    return [
        Group("one row per example, one column per output", [case(3)], kind="shape"),
        Group("h reaches the output through V", [case(3, b=0), case(5, b=0)]),
        Group(BIAS, [case(3), case(4, H=3, K=3)]),
        Group(MANY, [case(6, 3), case(1, 1, K=1), case(5, H=1, K=3), case(2, 2, H=2, K=2)]),
        Group(PURE, kind="pure"),
    ]


HEAD_WRONG = (
    Wrong("tanh of the output", lambda h, V, b: np.tanh(h @ V + b),
          "You put the output through tanh: no forecast could leave (-1, 1). A number of any size is "
          "asked for, so the last map stays linear."),
    Wrong("sigmoid of the output", lambda h, V, b: 1 / (1 + np.exp(-(h @ V + b))),
          "You put the output through σ: every forecast would lie between 0 and 1. The last map stays "
          "linear."),
    Wrong("softmax of the output", lambda h, V, b: (lambda e: e / e.sum(axis=-1, keepdims=True))(
              np.exp(h @ V + b)),
          "You use softmax, as for classes: with one output it is always exactly 1. A number is asked "
          "for, so nothing follows the linear map."),
    Wrong("negative values cut off", lambda h, V, b: np.maximum(h @ V + b, 0),
          "You cut negative values off. Sunspots are never negative, but standardised ones are, half "
          "of the time."),
    Wrong("bias missing", lambda h, V, b: h @ V, "The bias b_y is missing: h V + b_y.", costs=BIAS),
    Wrong("bias subtracted", lambda h, V, b: h @ V - b, "The bias b_y is subtracted; it is added.",
          costs=BIAS),
    Wrong("bias doubled", lambda h, V, b: h @ V + 2 * b, "The bias b_y is added twice.", costs=BIAS),
    Wrong("bias times V", lambda h, V, b: (h + b.mean()) @ V,
          "The bias is added before the product with V. It is added last, one number for each output."),
    Wrong("tanh of h", lambda h, V, b: np.tanh(h) @ V + b,
          "You take tanh of h. h is o ⊙ tanh(c) already: use it as it is."),
    Wrong("V transposed", lambda h, V, b: h @ V.T + b,
          "V is transposed: its shape is (H, K), so the product is h @ V."),
    Wrong("averaged over the batch", lambda h, V, b: np.broadcast_to(
              (h @ V + b).mean(axis=0), (*h.shape[:-1], V.shape[1])).copy(),
          "All rows are equal: the batch was averaged. Each example has a forecast of its own."),
    Wrong("only the last step", lambda h, V, b: (h[-1] if h.ndim == 3 else h) @ V + b,
          "Of a sequence you use the last step alone. Give an output for every step that is passed in: "
          "who wants the last one passes h[-1].", costs=MANY),
    Wrong("scaled by the units", lambda h, V, b: h @ V / V.shape[0] + b,
          "The sum over the units is divided by H. It is a plain product: h @ V."),
)  # fmt: skip


def true_head_gradients(y_hat, y, h, V):
    """By the complex step, through ŷ = h V + b."""
    b = (y_hat - h @ V)[0]

    def loss(a):
        return ((a["h"] @ a["V"] + a["b"] - y) ** 2).sum() / len(y)

    gradient = complex_step(loss, {"h": h, "V": V, "b": b})
    return gradient["h"], gradient["V"], gradient["b"]


DH, DV, DB = "dh: back through V", "dV: summed over the batch", "db_y: summed over the batch"


def head_backward_groups(rng: np.random.Generator) -> list[Group]:
    def case(N: int, H: int, K: int) -> Args:
        h, V, b_y = rng.uniform(-1, 1, (N, H)), rng.normal(size=(H, K)), rng.normal(size=K)
        return {"y_hat": h @ V + b_y, "y": rng.normal(size=(N, K)), "h": h, "V": V}

    home = [case(3, 4, 2), case(5, 3, 3)]
    exact = {"by_norm": True}
    return [
        Group("a gradient for each of the three, in its shape", [home[0]], kind="shape"),
        Group(DH, home, parts=("dh",), **exact),
        Group(DV, home, parts=("dV",), **exact),
        Group(DB, home, parts=("db_y",), **exact),
        Group("right for every N, H and K", [case(*s) for s in ((1, 2, 3), (6, 5, 1), (4, 4, 4))],
              **exact),
        Group(PURE, kind="pure"),
    ]  # fmt: skip


def headed(d=lambda e, N, K: 2 * e / N, **m):
    """regression_head_backward with one thing wrong."""

    def function(y_hat, y, h, V):
        delta = d(y_hat - y, *y.shape)
        return (
            m.get("dh", lambda d, V: d @ V.T)(delta, V),
            m.get("dV", lambda d, h: h.T @ d)(delta, h),
            m.get("db", lambda d: d.sum(axis=0))(delta),
        )

    return function


def _error_in_place(y_hat, y, h, V):
    y_hat -= y
    d = 2 * y_hat / len(y)
    return d @ V.T, h.T @ d, d.sum(axis=0)


HEAD_BACKWARD_WRONG = (
    Wrong("factor 2 missing", headed(lambda e, N, K: e / N),
          "All gradients are half of what they should be: the derivative of a square is 2 times it."),
    Wrong("not divided by N", headed(lambda e, N, K: 2 * e),
          "All gradients are exactly N times too large: the loss is averaged over the batch."),
    Wrong("neither 2 nor N", headed(lambda e, N, K: e),
          "You send the error itself back. The loss is the squared error, averaged over the batch: "
          "2 (ŷ - y) / N."),
    Wrong("divided by all entries", headed(lambda e, N, K: 2 * e / (N * K)),
          "All gradients are exactly K times too small: the squares are summed over the outputs and "
          "averaged over the batch alone."),
    Wrong("sign turned", headed(lambda e, N, K: -2 * e / N),
          "All gradients have the wrong sign: it is ŷ - y, not y - ŷ."),
    Wrong("sign of the error", headed(lambda e, N, K: np.sign(e) / N),
          "You send the sign of the error back: that is the gradient of the absolute error. Here the "
          "loss is the square."),
    Wrong("squared error sent back", headed(lambda e, N, K: e**2 / N),
          "You send the squared error back. Its derivative is 2 (ŷ - y), not the square itself."),
    Wrong("probability minus truth",
          lambda y_hat, y, h, V: regression_head_backward(
              (lambda e: e / e.sum(axis=-1, keepdims=True))(np.exp(y_hat)), y, h, V),
          "You apply softmax to the forecast first, as unit 10 did for classes. Here ŷ is a number."),
    Wrong("target not subtracted", lambda y_hat, y, h, V: regression_head_backward(
              y_hat, np.zeros_like(y), h, V),
          "The target y plays no part in your gradients: it is ŷ - y that is sent back."),
    Wrong("V for its transpose", headed(dh=lambda d, V: d @ V if V.shape[0] == V.shape[1] else d @ V.T),
          "dh goes back through V. The way back through a linear map is its transpose: V.T."),
    Wrong("tanh's slope in dh", lambda y_hat, y, h, V: (
              lambda dh, dV, db: (dh * (1 - h**2), dV, db))(*regression_head_backward(y_hat, y, h, V)),
          "You multiply dh by 1 - h². That slope belongs to the cell; dh is what arrives at h.", costs=DH),
    Wrong("dV averaged", headed(dV=lambda d, h: h.T @ d / len(h)),
          "dV is divided by N once more. The 1/N of the loss is in d already.", costs=DV),
    Wrong("dV transposed", headed(dV=lambda d, h: d.T @ h),
          "Your dV is transposed. It has V's shape, (H, K): h.T @ d.", costs=DV),
    Wrong("db_y averaged", headed(db=lambda d: d.mean(axis=0)),
          "db_y is averaged over the batch. b_y is used by every example, so its gradient is a sum; "
          "the 1/N of the loss is in d already.", costs=DB),
    Wrong("db_y not summed", headed(db=lambda d: d),
          "Your db_y has a row for each example. b_y has one entry for each output: sum over the batch.",
          costs=DB),
    Wrong("db_y summed over all", headed(db=lambda d: d.sum()),
          "Your db_y is a single number. Every output has a bias of its own: sum over axis 0 alone.",
          costs=DB),
    Wrong("forecast changed in place", _error_in_place,
          "Your values are right, but y_hat is another array after the call: `-=` writes into the "
          "caller's array.", costs=PURE),
)  # fmt: skip


EXERCISES = [
    Exercise(
        reference=standardise,
        groups=series_groups,
        wrong=SCALE_WRONG,
        hints=(
            "Which values are known on the day the forecast is made? Mean and standard deviation may "
            "look at those alone.",
            "mean = series[:n_train].mean(), and the same for the standard deviation; then the whole "
            "series is scaled with these two numbers.",
        ),
        returns=("z", "mean", "std"),
    ),
    Exercise(
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
    ),
    Exercise(
        reference=regression_head,
        groups=head_groups,
        wrong=HEAD_WRONG,
        hints=(
            "Take the output layer of unit 07 and leave the softmax out.",
            "A linear map and a bias: h @ V + b_y.",
        ),
        notes=section("Final Output"),
    ),
    Exercise(
        reference=regression_head_backward,
        truth=true_head_gradients,
        groups=head_backward_groups,
        wrong=HEAD_BACKWARD_WRONG,
        hints=(
            "First the gradient for ŷ: the derivative of (ŷ - y)² is 2 (ŷ - y), and the loss is "
            "averaged over the N examples.",
            "From there it is the linear map of unit 10: back through V's transpose, and for the "
            "weights the product with what went in.",
            "d = 2 * (y_hat - y) / N; dh = d @ V.T; dV = h.T @ d; db_y is d summed over the batch.",
        ),
        notes=section("Backpropagation"),
        returns=("dh", "dV", "db_y"),
    ),
]

QUESTIONS = [
    Question(
        name="peeking",
        text="You stop training when the error on the TEST part is smallest. What is wrong with that?",
        options=(
            "Nothing: the network never trained on it",
            "The test error you report is too good",
            "The network will forget the training part",
        ),
        answers=(
            "No weight was trained on it, but a choice was made by it: the moment to stop. That is "
            "enough to flatter the result.",
            "Yes. You picked the luckiest moment and then report its luck. Choose by the validation "
            "part, then look at the test part once.",
            "It may or may not; that is not the trouble. The trouble is what you report.",
        ),
        right=1,
    ),
]
