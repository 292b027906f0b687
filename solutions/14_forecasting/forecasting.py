# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     notebook_metadata_filter: jupytext,kernelspec,-lstm_course,-jupytext.text_representation
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 14 · Forecasting
#
# **Time** 50 minutes, of which 2 are your computer's · **You need** unit 12 (training)
#
# At the end of this unit you can
#
# - cut a series into windows that an LSTM can learn from, without letting the future in,
# - exchange the softmax for an output that is a number, and check its gradient,
# - say honestly whether an LSTM was worth it.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("14")

# %% [markdown]
# ## How many spots will the sun have next year?
#
# People have counted the dark spots on the sun since the 17th century. Their number rises and falls
# with a period of about eleven years, and no two cycles are alike. Satellites and power grids would like
# to know what comes.

# %%
from utils.threads import blas_threads

blas_threads()

# %%
import numpy as np

from utils.check import check
from utils.data import sunspots_monthly
from utils.gradient_check import check_gradients
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.networks.lstm import LSTM
from utils.pictures.forecast_plots import show_forecasts, show_on_the_way, show_parts, show_spread
from utils.pictures.plots import course_style
from utils.training.own_step import load
from utils.training.train import budget, train

from earlier import early_stop, init_params, train_step

course_style()
when, spots = sunspots_monthly()
n_train, n_val = int(0.7 * len(spots)), int(0.8 * len(spots))
parts = {"training": (0, n_train), "validation": (n_train, n_val), "test": (n_val, len(spots))}

# %%
show_parts(when, spots, parts)

# %% [markdown]
# The dotted lines are the first rule of forecasting: **the parts are cut by time**. Weights are learned on the
# first, choices are made on the second (when to stop, say), and the third is looked at once, at the end.
# Shuffled months would put neighbours of every test month into training, and next month is easy to guess
# if you have seen the month after.
#
# ## Exercise 14.1: scale without looking ahead
#
# *Difficulty ●○○ · about 5 minutes · about three lines*
#
# A network likes numbers of size 1, so the series gets mean 0 and standard deviation 1. But whose mean? The training part
# ends in 1931. The mean of the whole series knows how high the cycles of the 1950s were, and in 1931 nobody did.


# %% nbgrader={"grade": false, "grade_id": "standardise", "locked": false, "schema_version": 3, "solution": true, "task": false}
def standardise(series, n_train):
    """Scale a series so that its training part has mean 0 and standard deviation 1.

    series: (n,). n_train: how many values at its start are the training part; only they may be used
    for mean and standard deviation (NumPy's own default, which divides by n_train).
    Returns z (n,), the whole series scaled by these two numbers, and the numbers: mean, std.
    """
    ### BEGIN SOLUTION
    mean, std = series[:n_train].mean(), series[:n_train].std()
    return (series - mean) / std, mean, std
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_standardise", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(standardise)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("standardise", standardise)
### END HIDDEN TESTS

# %% [markdown]
# Cell, optimiser and training step are those that you wrote in units 00 to 12. `workbook` gathers them. Where
# one is not solved yet, the course's own stands in, and the table says so; `mine.add` does the same for the
# functions of this notebook.

# %%
mine = workbook(train_step, early_stop, init_params)
mine

# %%
mine.add(standardise)
z, mean, std = mine.standardise(spots, n_train)
for name, (start, end) in parts.items():
    level, spread = z[start:end].mean(), z[start:end].std()
    print(f"{name:10} mean {level.round(2) + 0.0:.2f}   standard deviation {spread:.2f}")

# %% [markdown]
# The test part is not at mean 0 and standard deviation 1, and that is how it should be: the sun of the 20th
# century was more active than the one before it. A forecast has to live with that.
#
# ## Exercise 14.2: windows
#
# *Difficulty ●●○ · about 10 minutes · about four lines*
#
# The LSTM reads T values in a row and is asked for the value `horizon` steps after the last of them. Every
# place in the series where that fits is one example:
#
# | array | shape | here |
# |---|---|---|
# | `series` | (n,) | one number a month |
# | `x` | (T, N, 1) | column $n$ holds series[n] … series[n+T-1], oldest first |
# | `y` | (N, 1) | its answer, series[n + T - 1 + horizon] |


# %% nbgrader={"grade": false, "grade_id": "make_windows", "locked": false, "schema_version": 3, "solution": true, "task": false}
def make_windows(series, T, horizon):
    """All windows of T values with the value `horizon` steps after their last.

    series: (n,). T: values in a window. horizon: steps ahead, 1 is the next value.
    Returns x (T, N, 1) and y (N, 1) with N = n - T - horizon + 1, both in memory of their own.
    """
    ### BEGIN SOLUTION
    N = len(series) - T - horizon + 1
    x = np.stack([series[n : n + T] for n in range(N)], axis=1)[..., None]
    y = series[T + horizon - 1 :, None].copy()
    return x, y
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_make_windows", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(make_windows)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("make_windows", make_windows)
### END HIDDEN TESTS

# %% [markdown]
# ## What has to be beaten
#
# Before you train anything, ask what costs nothing. Three forecasts:
#
# - **naive**: it stays as it is, $\hat y = x_t$;
# - **seasonal**: as it was one cycle of 132 months before the month in question;
# - **AR(p)**, *autoregression*: a weighted sum of the last p values and a bias. The weights come from least
#   squares, and your windows are all it needs.
#
# The last one is the honest opponent: it sees exactly what an LSTM with the same window sees, and all it cannot
# do is bend. So it gets an exercise of its own.
#
# ## Exercise 14.3: the control
#
# *Difficulty ●●○ · about 8 minutes · about four lines*
#
# A row for each window, a column for each of its T values, and a column of ones for the bias. Least squares finds
# the T + 1 weights $a$ for which the rows come closest to what came:
#
# $$\min_a \; \sum_n \Big(\sum_{t} a_t\, x_{tn} + a_{\text{bias}} - y_n\Big)^2$$
#
# `np.linalg.lstsq(rows, y, rcond=None)[0]` does the minimising.


# %% nbgrader={"grade": false, "grade_id": "ar_forecast", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ar_forecast(x, y, x_new):
    """Autoregression: the best weighted sum of a window's values, by least squares, and a bias.

    x: (T, N, 1) windows and y: (N, 1) what came after them, N > T; the weights are fitted to these.
    x_new: (T, M, 1) windows to forecast from.
    Returns ŷ (M, 1), the forecasts for x_new.
    """
    ### BEGIN SOLUTION
    rows = np.hstack([x[..., 0].T, np.ones((x.shape[1], 1))])
    weights = np.linalg.lstsq(rows, y, rcond=None)[0]
    new = np.hstack([x_new[..., 0].T, np.ones((x_new.shape[1], 1))])
    return new @ weights
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_ar_forecast", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(ar_forecast)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("ar_forecast", ar_forecast)
### END HIDDEN TESTS

# %% [markdown]
# All are measured by the root of the mean squared error (RMSE), in sunspots. For now on the validation part alone:
# the test part has to wait.

# %%
CYCLE = 132  # months, eleven years
mine.add(make_windows, ar_forecast)


def examples(T, horizon, part):
    """Windows whose answer lies in a part of the series; x and y standardised."""
    start, end = parts[part]
    first = max(start - T - horizon + 1, 0)
    return mine.make_windows(z[first:end], T, horizon)


def rmse(forecast, y):
    """Root of the mean squared error, in sunspots."""
    return float(std * np.sqrt(np.mean((forecast - y) ** 2)))


def cheap_forecasts(horizon, part):
    """The RMSE of each on a part of the series."""
    x, y = examples(CYCLE, horizon, part)
    errors = {"naive": rmse(x[-1], y), "seasonal": rmse(x[horizon - 1], y)}
    for p in (36, CYCLE):
        known, (x_new, y_new) = examples(p, horizon, "training"), examples(p, horizon, part)
        errors[f"AR({p})"] = rmse(mine.ar_forecast(*known, x_new), y_new)
    return errors


for horizon in (12, 24):
    errors = cheap_forecasts(horizon, "validation")
    words = ", ".join(f"{name} {error:.1f}" for name, error in errors.items())
    print(f"{horizon} months ahead, RMSE: {words}")

# %% [markdown]
# A year ahead, staying put is about as good as the season. Two years ahead it is the worst of the four. And a
# weighted sum of the last eleven years, fitted in a fraction of a second, is hard to beat.
#
# ## Exercise 14.4: an output that is a number
#
# *Difficulty ●○○ · about 2 minutes · one line*
#
# ![The LSTM cell with the hidden state lit up: the last hidden state goes to the output.](cell.svg)
#
# The softmax of unit 07 gives probabilities of classes. Here the answer is a number of any size, so nothing
# follows the linear map:
#
# $$\hat y = h\,V + b_y$$


# %% nbgrader={"grade": false, "grade_id": "regression_head", "locked": false, "schema_version": 3, "solution": true, "task": false}
def regression_head(h, V, b_y):
    """Numbers from hidden states.

    h: (N, H), or (T, N, H) for every step. V: (H, K). b_y: (K,).
    Returns ŷ: (N, K) or (T, N, K).
    """
    ### BEGIN SOLUTION
    return h @ V + b_y
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_regression_head", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(regression_head)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("regression_head", regression_head)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 14.5: and its way back
#
# *Difficulty ●●○ · about 5 minutes · about four lines*
#
# The loss is the squared error, summed over the outputs and averaged over the batch:
#
# $$L = \frac{1}{N}\sum_{n,k} (\hat y_{nk} - y_{nk})^2 \qquad\Rightarrow\qquad
#   \frac{\partial L}{\partial \hat y} = \frac{2}{N}\,(\hat y - y)$$
#
# From there on it is the linear map you know from unit 10. (The gradient of ŷ is (N, K), like ŷ; $dh = (\cdot)\,V^\top$ is
# (N, K) times (K, H).)


# %% nbgrader={"grade": false, "grade_id": "regression_head_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def regression_head_backward(y_hat, y, h, V):
    """Gradients of the squared error, summed over outputs and averaged over the batch.

    y_hat: (N, K) forecasts. y: (N, K) what came. h: (N, H) and V: (H, K), from which y_hat was made.
    Returns dh (N, H), dV (H, K), db_y (K,).
    """
    ### BEGIN SOLUTION
    d = 2 * (y_hat - y) / len(y)
    return d @ V.T, h.T @ d, d.sum(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_regression_head_backward", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(regression_head_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("regression_head_backward", regression_head_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## The whole model, and its gradient checked
#
# One more choice. The network is asked for the *change* since the window's last value, not for the value:
# then it starts out as the naive forecast and has to learn only what is better. Only the last step's hidden
# state is used, so the loss's own gradient is zero at all steps but one. `loss_and_gradients` has the
# form that your `train_step` calls for; the model in it is your own LSTM, or the course's fast one.

# %%
mine.add(regression_head, regression_head_backward)


def forecast(model, x):
    """ŷ (N, 1) for windows x (T, N, 1), and the hidden states h (T, N, H)."""
    h = model.forward(x)
    return x[-1] + mine.regression_head(h[-1], model.params["V"], model.params["b_y"]), h


def loss_of(model):
    """The mean squared error and its gradient for all 14 arrays, as train_step calls for it."""

    def loss_and_gradients(params, x, y, h0=None, c0=None):
        load(model, params)
        y_hat, h = forecast(model, x)
        dh = np.zeros_like(h)
        dh[-1], dV, db_y = mine.regression_head_backward(y_hat, y, h[-1], model.params["V"])
        return np.mean((y_hat - y) ** 2), {**model.backward(dh), "V": dV, "b_y": db_y}

    return loss_and_gradients


rng = np.random.default_rng(14)
small = mine.init_params(rng, 1, 4, 1)
x, y = rng.normal(size=(6, 3, 1)), rng.normal(size=(3, 1))
own = loss_of(mine.lstm(small))
report = check_gradients(
    lambda params: own(params, x, y)[0],
    small,
    {name: gradient.copy() for name, gradient in own(small, x, y)[1].items()},
    route="central",  # the workbook's functions may be yours, and need not know complex numbers
)
report

# %% [markdown]
# Windows of eleven years, twenty networks: for this the fast LSTM takes over. It must compute the same:

# %%
fast = loss_of(LSTM.from_params(small, np.float64))
(loss, grads), (same, expected) = own(small, x, y), fast(small, x, y)
gap = max(np.abs(grads[name] - expected[name]).max() for name in small)
print(f"loss {loss:.12f} and {same:.12f}; largest difference of any gradient {gap:.1e}")

# %% [markdown]
# ## Training
#
# 16 hidden units, your `train_step`, and your `early_stop`: every 20 updates the error on the validation part is
# measured; when it was not better ten times in a row the run ends, and the weights that were best are kept. How far
# back the network looks is a choice as well, so two windows are tried: three years and eleven.

# %%
H, BATCH, PATIENCE = 16, 64, 10
SEEDS = range(budget(5, 2, "seeds"))
updates = budget(500, 40)


def fit(T, horizon, seed):
    """Train once. Returns the kept model, and the RMSE of validation and test part on the way."""
    rng = np.random.default_rng(seed)
    model = LSTM.from_params(mine.init_params(rng, 1, H, 1))  # in float32, twice as fast
    my_step = mine.using("train_step", loss_and_gradients=loss_of(model))
    (x, y), *others = (examples(T, horizon, part) for part in parts)
    adam, course, weights = {}, [], []

    def step(update):
        nonlocal adam
        chosen = rng.choice(x.shape[1], BATCH)
        new, adam, loss = my_step(
            model.params, (x[:, chosen], y[chosen], None, None), adam, 1.0, 0.01
        )
        load(model, new)
        if update % 20 == 0:
            course.append([rmse(forecast(model, w)[0], v) for w, v in others])
            weights.append(new)
        return {"loss": loss}

    def over(_):
        errors = [validation for validation, _ in course]
        return len(errors) > mine.early_stop(errors, PATIENCE) + PATIENCE if errors else False

    train(step, updates, until=over, live=False)
    load(model, weights[mine.early_stop([validation for validation, _ in course], PATIENCE)])
    return model, np.array(course)


runs = {}
for T in (36, CYCLE):
    for horizon in (12, 24):
        for seed in SEEDS:
            runs[T, horizon, seed] = fit(T, horizon, seed)
        best = [runs[T, horizon, seed][1][:, 0].min() for seed in SEEDS]
        print(f"window of {T:3} months, {horizon} ahead: {min(best):.1f} to {max(best):.1f} at best "
              f"on the validation part")  # fmt: skip

# %% [markdown]
# The longer window is better on the validation part for both horizons, so that is the one to report, beside the other.
#
# ## The table
#
# All choices are made. Now the test part, once. For the LSTM: the median over its starts, and from the best to the worst.

# %%
reached = {}
for (T, horizon, _), (model, _) in runs.items():
    x_test, y_test = examples(T, horizon, "test")
    reached.setdefault((T, horizon), []).append(rmse(forecast(model, x_test)[0], y_test))
cheap = {horizon: cheap_forecasts(horizon, "test") for horizon in (12, 24)}
print(f"{'RMSE on the test part':24}{'12 months ahead':>24}{'24 months ahead':>24}")
for name in cheap[12]:
    print(f"{name:24}" + "".join(f"{cheap[horizon][name]:24.1f}" for horizon in (12, 24)))
for T in (36, CYCLE):
    cells = []
    for horizon in (12, 24):
        errors = reached[T, horizon]
        wins = sum(error < cheap[horizon][f"AR({T})"] for error in errors)
        cells.append(f"{np.median(errors):.1f} ({min(errors):.1f} to {max(errors):.1f})")
        print(
            f"LSTM, window of {T}, {horizon} ahead: beats AR({T}) in {wins} of {len(errors)} starts"
        )
    print(f"{f'LSTM, window of {T}':24}" + "".join(f"{cell:>24}" for cell in cells))

# %%
show_spread(reached, cheap)

# %%
x_test, y_test = examples(CYCLE, 24, "test")
y_hat, _ = forecast(runs[CYCLE, 24, 0][0], x_test)
show_forecasts(when[n_val:], *(mean + std * a[:, 0] for a in (y_test, x_test[-1], y_hat)))

# %% [markdown]
# ## The surprise: it depends on who may look how far
#
# Compare only what sees the same. With **three years** to look at, the LSTM beats the weighted sum almost always,
# two years ahead by several sunspots. With **eleven years** it is still a little better a year ahead, in most starts.
# Two years ahead the weighted sum, a straight line in many dimensions, wins: most starts are worse, and they scatter so
# widely that a lucky one proves nothing. Ten starts of each (`python benchmarks/forecasting.py`):
#
# | window | ahead | AR | LSTM, median (best to worst) | LSTM better |
# |---|---|---|---|---|
# | 36 | 12 | 28.7 | 27.3 (26.4 to 29.1) | 9 of 10 |
# | 36 | 24 | 43.3 | 38.8 (36.2 to 39.8) | 10 of 10 |
# | 132 | 12 | 27.1 | 26.6 (25.2 to 27.5) | 8 of 10 |
# | 132 | 24 | 34.0 | 38.3 (28.9 to 42.9) | 3 of 10 |
#
# Now put the LSTM with three years beside the line with eleven, and by the median the line has won everything. Put the
# LSTM with eleven beside the line with three, and the LSTM has, in every start. An unequal window is the easiest way
# to win, and the hardest to notice.
#
# Why is it so close? We have not shown why, but two reasons are likely. There are only about 2,200 months to learn from,
# less than seventeen cycles; and the sun's rhythm is close to what a weighted sum can say. An LSTM earns its keep where what matters *depends on what came
# before*: a bracket that opened, a word that changes the meaning of the next. Unit 13 had more than a million
# characters of that kind. **Try the linear model first**, give it the same window, and report it beside yours.

# %%
ask("peeking")

# %% [markdown]
# ## How much does a peek flatter?
#
# Early stopping chooses one moment of the training, the lowest point of the validation curve. Suppose we had
# chosen the lowest point of the test curve instead:

# %%
show_on_the_way(20, *runs[CYCLE, 24, 0][1].T)
for horizon in (12, 24):
    curves = [runs[CYCLE, horizon, seed][1].T for seed in SEEDS]
    honest = np.mean([test[validation.argmin()] for validation, test in curves])
    peeked = np.mean([test.min() for _, test in curves])
    print(
        f"{horizon} months ahead: chosen by validation {honest:.1f}, by the test part {peeked:.1f}"
    )

# %% [markdown]
# The second number is smaller and describes nothing that would ever happen again. The same goes for the
# number of hidden units, the seed, the length of the window: whatever was chosen by looking at the test
# part makes its error too small.
#
# ## In your own words
#
# A colleague reports an LSTM for house prices with an error of 5 %, "much better than the mean". Which three
# things would you ask before you believe that it is a good forecast? (2 points, read by a person.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_forecasting", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# First, what a cheap forecast gives on the same data: last year's price, a linear regression. The mean is no
# opponent. Second, how the data was split: by time, with the test part untouched, and with scaling and every
# choice made on earlier data alone. Third, how much the number varies: several seeds, several test periods,
# and how often the test part was looked at.

# %% [markdown]
# ## What you have now
#
# - `standardise`, `make_windows`: a series made ready, with the future kept out.
# - `ar_forecast`: an opponent that sees what your network sees.
# - `regression_head` and its backward pass: an LSTM that answers with a number.
# - A table with cheap forecasts in it, and the habit of making it first.
#
# **Next:** the results that made the LSTM famous. Unit 15 repeats the experiments, scored by your code.
