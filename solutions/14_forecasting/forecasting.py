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
# **Time** 45 minutes, of which 1 is your computer's · **You need** unit 12 (training)
#
# At the end of this unit you can
#
# - cut a series into windows that an LSTM can learn from, without letting the future in,
# - exchange the softmax for an output that is a number, and check its gradient,
# - say honestly whether an LSTM was worth it.

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
import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.data import sunspots_monthly
from utils.gradient_check import check_gradients
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.pictures.plots import COLOURS, course_style, show
from utils.training.train import Adam, budget, clip, train

from earlier import init_params, lstm_backward, lstm_forward

course_style()
when, spots = sunspots_monthly()
n_train, n_val = int(0.7 * len(spots)), int(0.8 * len(spots))
parts = {"training": (0, n_train), "validation": (n_train, n_val), "test": (n_val, len(spots))}

# %%
fig, ax = plt.subplots(figsize=(9.5, 3.4))
for (name, (start, end)), colour in zip(
    parts.items(), ("hidden", "candidate", "cell"), strict=True
):
    ax.plot(when[start:end], spots[start:end], color=COLOURS[colour], lw=0.9, label=name)
ax.set(title="Sunspots, monthly means", xlabel="year", ylabel="sunspot number")
ax.legend(ncols=3, loc="upper left")
ax.set_ylim(top=310)
show(
    fig,
    alt=f"Monthly sunspot numbers from {int(when[0])} to {int(when[-1])}, between {spots.min():.0f} and "
    f"{spots.max():.0f}, in cycles of about eleven years of very different height. The first 70 per cent "
    "are for training, the next 10 for validation, the last 20 for the test.",
)

# %% [markdown]
# The colours are the first rule of forecasting: **the parts are cut by time**. Weights are learned on the
# first, choices are made on the second (when to stop, say), and the third is looked at once, at the end.
# Shuffled months would put neighbours of every test month into training, and next month is easy to guess
# if you have seen the month after.
#
# ## Exercise 14.1: scale without looking ahead
#
# *Difficulty ●○○ · about 5 minutes · about three lines*
#
# A network likes numbers of size 1, so the series gets mean 0 and standard deviation 1. But whose mean?
# The mean of the whole series knows how high the cycles of the 1950s were. In 1930 nobody did.


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
check(standardise)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("standardise", standardise)
### END HIDDEN TESTS

# %%
z, mean, std = standardise(spots, n_train)
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
check(make_windows)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("make_windows", make_windows)
### END HIDDEN TESTS

# %% [markdown]
# ## What has to be beaten
#
# Before you train anything, ask what costs nothing. Three forecasts, each in a line or two:
#
# - **naive**: it stays as it is, $\hat y = x_t$;
# - **seasonal**: as it was one cycle of 132 months before the month in question;
# - **AR(p)**, *autoregression*: a weighted sum of the last p values. The weights come from least squares,
#   and your windows are all it needs.
#
# All are measured by the root of the mean squared error (RMSE), in sunspots. For now on the validation part alone:
# the test part has to wait.

# %%
CYCLE = 132  # months, eleven years


def examples(T, horizon, part):
    """Windows whose answer lies in a part of the series; x and y standardised."""
    start, end = parts[part]
    first = max(start - T - horizon + 1, 0)
    return make_windows(z[first:end], T, horizon)


def rmse(forecast, y):
    """Root of the mean squared error, in sunspots."""
    return float(std * np.sqrt(np.mean((forecast - y) ** 2)))


def autoregression(p, horizon, part):
    """RMSE on a part of a linear forecast from the last p values, fitted to the training part."""
    (x, y), (x_new, y_new) = (examples(p, horizon, which) for which in ("training", part))
    with_bias = [np.hstack([w[..., 0].T, np.ones((w.shape[1], 1))]) for w in (x, x_new)]
    weights, *_ = np.linalg.lstsq(with_bias[0], y, rcond=None)
    return rmse(with_bias[1] @ weights, y_new)


def cheap_forecasts(horizon, part):
    """The RMSE of each on a part of the series."""
    x, y = examples(CYCLE, horizon, part)
    return {
        "naive": rmse(x[-1], y),
        "seasonal": rmse(x[horizon - 1], y),
        "AR(27)": autoregression(27, horizon, part),
        "AR(132)": autoregression(CYCLE, horizon, part),
    }


for horizon in (12, 24):
    errors = cheap_forecasts(horizon, "validation")
    words = ", ".join(f"{name} {error:.1f}" for name, error in errors.items())
    print(f"{horizon} months ahead, RMSE: {words}")

# %% [markdown]
# A year ahead, staying put is about as good as the season. Two years ahead it is the worst of the four. And a
# weighted sum of the last eleven years, fitted in a fraction of a second, is hard to beat.
#
# ## Exercise 14.3: an output that is a number
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
check(regression_head)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("regression_head", regression_head)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 14.4: and its way back
#
# *Difficulty ●●○ · about 5 minutes · about four lines*
#
# The loss is the squared error, summed over the outputs and averaged over the batch:
#
# $$L = \frac{1}{N}\sum_{n,k} (\hat y_{nk} - y_{nk})^2 \qquad\Rightarrow\qquad
#   \frac{\partial L}{\partial \hat y} = \frac{2}{N}\,(\hat y - y)$$
#
# From there on it is the linear map you know from unit 10.


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
# state is used, so the loss's own gradient is zero at all steps but one. The cell is the one you wrote in
# units 02 to 11; the workbook gathers it.

# %%
mine = workbook(lstm_forward, lstm_backward, init_params)
mine


# %%
def forecast(params, x):
    """ŷ (N, 1) for windows x (T, N, 1), and what the way back needs."""
    zero = np.zeros((x.shape[1], params["W_f"].shape[0]))
    h, _, caches = mine.lstm_forward(x, zero, zero, params)
    return x[-1] + regression_head(h[-1], params["V"], params["b_y"]), h, caches


def loss_and_gradients(params, x, y):
    """Mean squared error and its gradient for all 14 arrays."""
    y_hat, h, caches = forecast(params, x)
    dh = np.zeros_like(h)
    dh[-1], dV, db_y = regression_head_backward(y_hat, y, h[-1], params["V"])
    *_, grads = mine.lstm_backward(dh, caches, params)
    return np.mean((y_hat - y) ** 2), {**grads, "V": dV, "b_y": db_y}


rng = np.random.default_rng(14)
small = mine.init_params(rng, 1, 4, 1)
x, y = rng.normal(size=(6, 3, 1)), rng.normal(size=(3, 1))
report = check_gradients(
    lambda params: np.mean((forecast(params, x)[0] - y) ** 2),
    small,
    loss_and_gradients(small, x, y)[1],
    route="central",  # the workbook's functions may be yours, and need not know complex numbers
)
report

# %% [markdown]
# ## Training
#
# Three years of months go in, 16 hidden units carry them, Adam does the rest. Every few updates the error
# on the validation part is measured, and the weights that were best there are kept: **early stopping**.

# %%
T, H, BATCH = 36, 16, 64
updates = budget(500, 60)


def fit(horizon, seed):
    """Train once. Returns the best weights by validation, and the RMSE of both parts on the way."""
    rng = np.random.default_rng(seed)
    params = mine.init_params(rng, 1, H, 1)
    flat = np.concatenate([array.ravel() for array in params.values()])
    ends = np.cumsum([array.size for array in params.values()])[:-1]
    for (name, array), piece in zip(params.items(), np.split(flat, ends), strict=True):
        params[name] = piece.reshape(array.shape)  # views: Adam moves all of them at once
    adam = Adam(flat, lr=0.01)
    (x, y), *others = (examples(T, horizon, part) for part in parts)
    course, best = [], (np.inf, flat.copy())

    def step(update):
        nonlocal best
        chosen = rng.choice(x.shape[1], BATCH)
        loss, grads = loss_and_gradients(params, x[:, chosen], y[chosen])
        gradient = np.concatenate([grads[name].ravel() for name in params])
        clip(gradient, 1.0)
        adam.update(gradient)
        if update % 20 == 0:
            course.append([rmse(forecast(params, w)[0], v) for w, v in others])
            if course[-1][0] < best[0]:
                best = (course[-1][0], flat.copy())
        return {"loss": loss}

    train(step, updates, name=f"{horizon} months ahead, seed {seed}", live=seed == 0)
    flat[:] = best[1]
    print(f"{horizon} months ahead, seed {seed}: {best[0]:.1f} at best on the validation part")
    return params, np.array(course)


runs = {(horizon, seed): fit(horizon, seed) for seed in range(3) for horizon in (12, 24)}

# %% [markdown]
# ## The table
#
# All choices are made. Now the test part, once.

# %%
table = {}
for horizon in (12, 24):
    for part in ("validation", "test"):
        x, y = examples(T, horizon, part)
        errors = [rmse(forecast(runs[horizon, seed][0], x)[0], y) for seed in range(3)]
        rows = cheap_forecasts(horizon, part) | {"LSTM (median of 3)": float(np.median(errors))}
        table[horizon, part] = rows
    print(f"LSTM, {horizon} months ahead, three seeds on the test part: "
          + ", ".join(f"{e:.1f}" for e in errors))  # fmt: skip

print(f"\n{'RMSE':20}" + "".join(f"{f'{horizon} months,':>14}" for horizon, _ in table))
print(" " * 20 + "".join(f"{part:>14}" for _, part in table))
for name in rows:
    print(f"{name:20}" + "".join(f"{column[name]:14.1f}" for column in table.values()))

# %%
horizon = 24
x, y = examples(T, horizon, "test")
y_hat, _, _ = forecast(runs[horizon, 0][0], x)
months = when[n_val:]
fig, ax = plt.subplots(figsize=(9.5, 3.6))
ax.plot(months, mean + std * y[:, 0], color=COLOURS["x"], lw=0.9, label="what came")
ax.plot(months, mean + std * x[-1, :, 0], ":", color=COLOURS["candidate"], lw=1.2, label="naive")
ax.plot(months, mean + std * y_hat[:, 0], color=COLOURS["cell"], lw=1.8, label="LSTM")
ax.set(title="Two years ahead, on the test part", xlabel="year", ylabel="sunspot number")
ax.legend(ncols=3, loc="upper right")
ax.set_ylim(top=330)
show(
    fig,
    alt="Monthly sunspots of the test part with two forecasts made 24 months earlier: the naive one is the "
    f"series itself, two years late (RMSE {table[24, 'test']['naive']:.1f}); the LSTM follows the cycles more closely "
    f"({rmse(y_hat, y):.1f}) but does not reach the highest peaks.",
)

# %% [markdown]
# ## The surprise: the straight line wins
#
# Read the test columns honestly. The LSTM beats the naive forecast and the seasonal one by a wide margin. It also
# beats the autoregression that sees about as much of the past as it does. But the best *linear* forecast (best on
# the validation part, so the choice is fair), a weighted sum of the last eleven years, is as good a year ahead and
# clearly better two years ahead.
#
# And on the validation part, where the LSTM is ahead of them all? That part told it when to stop. The linear
# forecasts never saw it.
#
# Why? There are only about 2,200 months to learn from, less than seventeen cycles, and the sun's rhythm is close to what
# a weighted sum can say. An LSTM earns its keep where what matters *depends on what came before*: a bracket
# that opened, a word that changes the meaning of the next. Unit 13 had more than a million characters of that
# kind. **Try the linear model first**, and report it beside yours.

# %%
ask("peeking")

# %% [markdown]
# ## How much does a peek flatter?
#
# Early stopping chooses one moment of the training, the lowest point of the validation curve. Suppose we had
# chosen the lowest point of the test curve instead:

# %%
validation, test = runs[24, 0][1].T
when_measured = 20 * np.arange(1, len(test) + 1)
fig, ax = plt.subplots(figsize=(7.5, 3.6))
for curve, name, colour in ((validation, "validation", "candidate"), (test, "test", "cell")):
    lowest = curve.argmin()
    ax.plot(when_measured, curve, color=COLOURS[colour], label=name)
    ax.plot(when_measured[lowest], curve[lowest], "o", color=COLOURS[colour])
ax.plot(when_measured[validation.argmin()], test[validation.argmin()], "s", color=COLOURS["wrong"],
        label="what is reported")  # fmt: skip
ax.set(title="24 months ahead: the error on the way", xlabel="updates", ylabel="RMSE (sunspots)")
ax.legend()
show(
    fig,
    alt=f"Validation and test error during training. Validation is lowest ({validation.min():.1f}) after "
    f"{when_measured[validation.argmin()]} updates, where the test error is {test[validation.argmin()]:.1f}; the "
    f"test error itself is lowest ({test.min():.1f}) after {when_measured[test.argmin()]} updates.",
)

for horizon in (12, 24):
    honest, peeked = [], []
    for seed in range(3):
        validation, test = runs[horizon, seed][1].T
        honest.append(test[validation.argmin()])
        peeked.append(test.min())
    print(f"{horizon} months ahead: chosen by validation {np.mean(honest):.1f}, "
          f"by the test part {np.mean(peeked):.1f}")  # fmt: skip

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
# - `regression_head` and its backward pass: an LSTM that answers with a number.
# - A table with cheap forecasts in it, and the habit of making it first.
#
# **Next:** the results that made the LSTM famous. Unit 15 repeats the experiments, scored by your code.
