"""What `ar_forecast` is judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, composable, pure

from notes import section


def ar_forecast(x, y, x_new):
    return fitted()(x, y, x_new)


BIAS = "with a bias: a series whose mean is not 0"


EVERY = "right for every number of values and of windows"


def ar_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, M: int, level: float = 0.0) -> Args:
        x, x_new = (level + rng.normal(size=(T, n, 1)) for n in (N, M))
        weights = rng.uniform(0.3, 1.0, size=(T, 1)) * rng.choice([-1.0, 1.0], size=(T, 1))
        y = x[..., 0].T @ weights + level + 0.3 * rng.normal(size=(N, 1))
        return {"x": x, "y": y, "x_new": x_new}

    home, shifted = [case(3, 20, 5), case(4, 30, 4)], [case(3, 25, 6, 4.0), case(2, 15, 3, -3.0)]
    return [
        Group("a row for each new window, (M, 1)", [home[0]], kind="shape"),
        Group("the weighted sum that least squares finds", home, points=2),
        Group(BIAS, shifted, points=2),
        Group(EVERY, [case(1, 12, 1), case(6, 40, 9, 2.0), case(2, 9, 20, 1.0)]),
        pure(),
    ]


@composable
def fitted(**mistake):
    """ar_forecast; each keyword replaces one piece of it by a wrong one."""

    def function(x, y, x_new):
        m = mistake
        rows, new = x[..., 0].T, x_new[..., 0].T
        if "seen" in m:
            rows, new = m["seen"](rows), m["seen"](new)
        new = m.get("new", lambda new: new)(new)
        one = m.get("one", 1.0)
        rows, new = (np.hstack([w, np.full((len(w), 1), one)]) for w in (rows, new))
        target = m.get("target", lambda y, x: y)(y, x)
        weights = m.get("solve", _least_squares)(rows, target)
        forecast = m.get("apply", lambda new, rows, weights: new @ weights)(new, rows, weights)
        return m.get("finish", lambda forecast, weights: forecast)(forecast, weights)

    return function


def _least_squares(rows, target):
    return np.linalg.lstsq(rows, target, rcond=None)[0]


def _ridge(rows, target):
    return np.linalg.solve(rows.T @ rows + np.eye(rows.shape[1]), rows.T @ target)


def _one_by_one(rows, target):
    """Each value's weight as if it were the only one, with the others left out."""
    return np.array([[(column @ target[:, 0]) / (column @ column)] for column in rows.T])


def _covariances(rows, target):
    return rows.T @ target / len(rows)


def _fitted_to_new(x, y, x_new):
    few = min(x.shape[1], x_new.shape[1])
    return fitted()(x_new[:, :few], y[:few], x_new)


def _centred(x, y, x_new):
    rows, new = x[..., 0].T, x_new[..., 0].T
    weights = _least_squares(rows - rows.mean(axis=0), y - y.mean())
    return (new - rows.mean(axis=0)) @ weights


def _centred_on_new(x, y, x_new):
    rows, new = x[..., 0].T, x_new[..., 0].T
    weights = _least_squares(rows - rows.mean(axis=0), y - y.mean())
    return (new - new.mean(axis=0)) @ weights + y.mean()


AR_WRONG = (
    Wrong("no bias", fitted(one=0.0),
          "There is no bias: your weighted sum is 0 where all values are 0. Add a column of ones to the "
          "rows, for both x and x_new."),
    Wrong("fitted to the new windows", _fitted_to_new,
          "The weights are fitted to x_new: that part of the series is not known yet. Fit x to y, then use "
          "the weights on x_new."),
    Wrong("forecasts for the old windows", fitted(apply=lambda new, rows, w: rows @ w),
          "You forecast the windows that you fitted. Asked for is x_new."),
    Wrong("the weights", fitted(finish=lambda forecast, weights: weights),
          "You return the weights. Multiply the new rows by them."),
    Wrong("time runs backwards in the new windows", fitted(new=lambda new: new[:, ::-1]),
          "In x_new time runs backwards, in x it does not: each weight meets another month than the one "
          "it was fitted to."),
    Wrong("only the last value", fitted(seen=lambda w: w[:, -1:]),
          "Only the last value of each window is used. All T of them have a weight."),
    Wrong("without the last value", fitted(seen=lambda w: w[:, :-1]),
          "The last value of each window is left out. All T of them have a weight."),
    Wrong("without the oldest value", fitted(seen=lambda w: w[:, 1:]),
          "The oldest value of each window is left out. All T of them have a weight."),
    Wrong("the window's mean", fitted(seen=lambda w: w.mean(axis=1, keepdims=True)),
          "You average each window first. Every one of its values has a weight of its own."),
    Wrong("the change, not added back", fitted(target=lambda y, x: y - x[-1]),
          "You fit the change since the last value and return the change. Fit y itself, or add the last "
          "value again."),
    Wrong("ridge", fitted(solve=_ridge),
          "You pull the weights towards 0 (ridge regression). Plain least squares is asked for."),
    Wrong("each value by itself", fitted(solve=_one_by_one),
          "Each weight is fitted as if the other values were not there. They are alike, so that counts the "
          "same thing T times: fit all at once, np.linalg.lstsq."),
    Wrong("covariances as weights", fitted(solve=_covariances),
          "Your weights are X^T y. What is missing is to undo how the values of a window hang together: "
          "np.linalg.lstsq does."),
    Wrong("the mean of what came", lambda x, y, x_new: np.full((x_new.shape[1], 1), y.mean()),
          "You forecast the mean of y, whatever the window holds."),
    Wrong("naive", lambda x, y, x_new: x_new[-1].copy(),
          "This is the naive forecast: the last value. Fit weights for all T values."),
    Wrong("mean not added again", _centred,
          "You take the mean of y off before the fit and never add it again."),
    Wrong("centred by the new windows", _centred_on_new,
          "You subtract the mean of x_new, which needs windows that lie in the future. What is subtracted "
          "from x_new is what was subtracted from x."),
    Wrong("without its axis", fitted(finish=lambda forecast, weights: forecast[:, 0]),
          "Your forecast is (M,). y is (N, 1), and (M, 1) - (M,) would silently become (M, M): keep the "
          "axis."),
    Wrong("forecast and weights", fitted(finish=lambda forecast, weights: (forecast, weights)),
          "You return two things. Asked for is the forecast alone, (M, 1)."),
)  # fmt: skip


EXERCISE = Exercise(
    reference=ar_forecast,
    groups=ar_groups,
    wrong=AR_WRONG,
    hints=(
        "x[..., 0].T has a row for each window: (N, T). np.hstack with a column of ones gives the bias "
        "its place.",
        "np.linalg.lstsq(rows, y, rcond=None)[0] are the T + 1 weights that make rows @ weights as "
        "close to y as can be.",
        "Make the rows of x_new in the same way and multiply them by the weights: (M, 1).",
    ),
    notes=section("Forward Propagation"),
)
