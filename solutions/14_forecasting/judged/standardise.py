"""What `standardise` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into


def standardise(series, n_train):
    mean, std = series[:n_train].mean(), series[:n_train].std()
    return (series - mean) / std, mean, std


Z = "the whole series is scaled by the training part's mean and standard deviation"


MEAN, STD = (
    "mean, so that a forecast can be scaled back",
    "std, so that a forecast can be scaled back",
)


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
        pure(),
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
    Wrong("series changed", writes_into(standardise, "series"),
          "Your values are right, but the series is another one after the call: `-=` and `/=` write "
          "into the caller's array.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
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
)
