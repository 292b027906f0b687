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
# # 11 · Backpropagation through time
#
# **Time** 60 minutes · **You need** units 08 to 10 (forward propagation, gradient checking, one step
# backwards)
#
# At the end of this unit you can
#
# - walk a whole sequence back without losing anything on the way,
# - compute the gradient of the loss for **every** parameter of an LSTM, and know that it is right,
# - read from an error map *where* a wrong gradient goes wrong,
# - say what truncated backpropagation saves, and what it costs.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("11")

# %% [markdown]
# ## The way back through time
#
# Forwards, each step handed two things to the next, $h_t$ and $c_t$. Backwards, each step hands two things
# to the one before it, $dh_{t-1}$ and $dc_{t-1}$. That is all there is to *backpropagation through time*:
# `lstm_step_backward`, from the last step to the first.
#
# ![The LSTM cell with the cell state and the hidden state lit up: along both, gradients travel from right to left.](cell.svg)
#
# Three things must not be lost:
#
# 1. **Two gradients arrive at $h_t$.** The loss at step t has an opinion of its own about $h_t$, the
#    `dh[t]` you are given. And step $t+1$ used $h_t$ in its gates. They add up.
# 2. **One arrives at $c_t$ from the future.** What step $t+1$ hands back along the cell state.
# 3. **The weights are the same at every step.** So their gradients are sums over all steps:
#
# $$\frac{\partial L}{\partial U_f} = \sum_{t=1}^{T} x_t^\top\, \delta_{f,t}$$
#
# At the last step there is no future, so both carries start as zero. After the first step, what is
# carried is the gradient of $h_0$ and $c_0$.
#
# <details><summary>Why is this so?</summary>
#
# The loss is a sum over the steps, $L = \sum_t L_t$, and $h_t$ reaches it in two ways: in $L_t$ through the logits of
# its own step, and in all later terms through step $t+1$, which reads $h_t$ and $c_t$ and nothing else of the past. So
#
# $$dh_t = \underbrace{\frac{\partial L_t}{\partial h_t}}_{\texttt{dh[t]}} + \underbrace{\sum_{s > t}
#   \frac{\partial L_s}{\partial h_t}}_{\text{handed back by step } t+1}, \qquad
#   dc_t = \sum_{s > t} \frac{\partial L_s}{\partial c_t} + \text{what comes through } h_t.$$
#
# `lstm_step_backward` adds the second part of $dc_t$ itself; that is why it takes both. Every $dh_t$, $dc_t$ is (N, H).
#
# For the weights, think of a copy $U_f^{(t)}$ for each step, all equal. The chain rule gives each copy the gradient
# $x_t^\top \delta_{f,t}$, (D, N) times (N, H), which is (D, H). There is only one $U_f$: to move it by a little moves
# all T copies by as much, so their effects on the loss add up. The same holds for $W_f$, with $h_{t-1}^\top \delta_{f,t}$,
# (H, N) times (N, H), for $b_f$, with $\sum_n \delta_{f,t}$, (H,), and for the other gates.
#
# </details>
#
# (The first cell sets the number of threads, before NumPy is imported: matrix products as small as those
# of the labs below are slower on several.)

# %%
from utils.threads import blas_threads

blas_threads()

# %%
import time
import tracemalloc
from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.gradients.compare_line import compare_line
from utils.gradients.error_map import error_map
from utils.gradients.problem import lstm_problem
from utils.learner.living_cell import Track, living_cell
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.networks.wrong_backward import backward_pass, crippled
from utils.pictures.plots import COLOURS, course_style, show
from utils.training.side_by_side import SideBySide
from utils.training.train import budget, train

from earlier import (
    cross_entropy,
    init_params,
    lstm_forward,
    lstm_step,
    lstm_step_backward,
    numerical_gradient,
    output_layer_backward,
    rnn_forward,
)

course_style()
rng = np.random.default_rng(11)

# %% [markdown]
# ## Exercise 11.1: all steps backwards
#
# *Difficulty ●●● · about 15 minutes · about ten lines*
#
# From the last step to the first. For T = 3, counted from 0 as in the arrays:
#
# | call | arrives at h | arrives at c | what you do with the results |
# |---|---|---|---|
# | step 2 | `dh[2]`, and 0 | 0 | keep `dx[2]`; begin `grads`; hand `dh_prev`, `dc_prev` on to step 1 |
# | step 1 | `dh[1]` + what step 2 handed on | what step 2 handed on | keep `dx[1]`; add to `grads`; hand on to step 0 |
# | step 0 | `dh[0]` + what step 1 handed on | what step 1 handed on | keep `dx[0]`; add to `grads`; what is left are `dh0` and `dc0` |


# %% nbgrader={"grade": false, "grade_id": "lstm_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_backward(dh, caches, params):
    """A whole sequence backwards.

    dh: (T, N, H) the loss's own gradient at each h_t. caches: list of T, from lstm_forward.
    params: the cell's weights.
    Returns dx (T, N, D), dh0 (N, H), dc0 (N, H), grads: a dict with the gradient of each of the 12
    arrays U_*, W_*, b_*, summed over all steps.
    """
    ### BEGIN SOLUTION
    dx = []
    dh_next, dc_next = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    grads = {}
    for own, cache in zip(dh[::-1], caches[::-1], strict=True):
        dx_t, dh_next, dc_next, step = lstm_step_backward(own + dh_next, dc_next, cache, params)
        dx.append(dx_t)
        for name, gradient in step.items():
            grads[name] = grads.get(name, 0) + gradient
    return np.stack(dx[::-1]), dh_next, dc_next, grads
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_lstm_backward", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(lstm_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("lstm_backward", lstm_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 11.2: the whole model
#
# *Difficulty ●●○ · about 10 minutes · about six lines*
#
# From the weights to the loss and back to the weights. Forwards: the sequence, the logits, the loss.
# Backwards in the opposite order. When this passes, there is nothing left of an LSTM that you have not
# derived and written yourself.


# %% nbgrader={"grade": false, "grade_id": "loss_and_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def loss_and_gradients(params, x, targets, h0, c0):
    """The loss of a batch of sequences and its gradient for every parameter.

    params: 14 arrays, U_*, W_*, b_*, V (H, K), b_y (K,). x: (T, N, D). targets: (T, N) integers.
    h0, c0: (N, H) states before the first step.
    Returns loss, summed over time and averaged over the batch, and grads, a dict like params.
    """
    ### BEGIN SOLUTION
    h, _, caches = lstm_forward(x, h0, c0, params)
    logits = h @ params["V"] + params["b_y"]
    dh, dV, db_y = output_layer_backward(logits, targets, h, params["V"])
    *_, grads = lstm_backward(dh, caches, params)
    return cross_entropy(logits, targets), {**grads, "V": dV, "b_y": db_y}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_loss_and_gradients", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(loss_and_gradients)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("loss_and_gradients", loss_and_gradients)
### END HIDDEN TESTS

# %% [markdown]
# ## Measured, all fourteen
#
# The settings are those at which mistakes cannot hide: several steps, several examples, all sizes
# different, states that do not start at zero, a loss at every step.

# %%
T, N, D, H, K = 5, 3, 4, 6, 7
params = init_params(rng, D, H, K)
x, targets = rng.normal(size=(T, N, D)), rng.integers(K, size=(T, N))
h0, c0 = rng.normal(size=(N, H)), rng.normal(size=(N, H))


def loss(**changed):
    h, _, _ = lstm_forward(x, h0, c0, params | changed)
    weights = params | changed
    return cross_entropy(h @ weights["V"] + weights["b_y"], targets)


value, grads = loss_and_gradients(*deepcopy((params, x, targets, h0, c0)))
truth = {
    name: numerical_gradient(lambda v, name=name: loss(**{name: v}), params[name])
    for name in params
}
for name in params:
    compare_line(f"d{name}", grads[name], truth[name])

# %% [markdown]
# ## An error map
#
# When a gradient is wrong, *where* does it go wrong? A map with a row for each gate and a column for
# each time step says it. `error_map` treats your function as a black box. It blanks out the input in the
# caches at every step but one, so that only this step's share of the $U$ gradients is left, and
# compares that share with the true one. First yours:

# %%
problem = lstm_problem()  # five steps, and settings at which mistakes cannot hide
error_map(lstm_backward, lstm_forward, problem)

# %% [markdown]
# Now a backward pass in which the carry of $dc$ is lost. Before you run it: which field will be right?

# %%
error_map(crippled("no carry of dc"), lstm_forward, problem)

# %% [markdown]
# The last column is right: at the last step nothing has been carried yet. The output gate is right one
# step longer, because it has no part in $c_t$: a lost $dc$ reaches it only by the detour over the gates
# of the step after. Two steps before the end that detour has been wrong, and everything is.
#
# Each mistake leaves a trace of its own. A second one: in this version the forget gate alone was derived
# wrongly, with $c_t$ where $c_{t-1}$ belongs.


# %%
def forget_gate_spoilt(dh, caches, params):
    """Your own lstm_backward, on caches that give c_t out as c_{t-1}."""
    spoilt = [{**cache, "c_prev": cache["c"]} for cache in caches]
    return lstm_backward(dh, spoilt, params)


error_map(forget_gate_spoilt, lstm_forward, problem)

# %% [markdown]
# Look at the last column again: only the forget gate's field is light there. Further left all of them are,
# for what the forget gate spoils travels back along $dh$. **Read an error map from the right.** The first
# wrong column shows the mistake, the others what became of it.
#
# Some more, in words only:


# %%
def times_T(dh, caches, params):
    dx, dh0, dc0, grads = lstm_backward(dh, caches, params)
    return dx, dh0, dc0, {name: len(dh) * gradient for name, gradient in grads.items()}


suspects = {
    "no carry of dh": crippled("no carry of dh"),
    "= instead of +=": crippled("= instead of +="),
    "cut every two steps": crippled("truncated", window=2),
    "times T": times_T,
}
for name, suspect in suspects.items():
    print(f"{name}:", *error_map(suspect, lstm_forward, problem).words, sep="\n    ")

# %% [markdown]
# `error_map(lstm_backward, lstm_forward, lstm_problem())` works for any backward pass you write, also when
# the check above is not yet content.
#
# ## How far back does it reach?
#
# Put a loss on the last of 100 steps only, with a gradient of size 1, and measure how large it is at every
# step before: along the cell state, along the hidden state, and, for comparison, in a plain RNN of the same
# size. The forget bias is 5, so that the gate stands at 0.993: one would set it like that for a long task (unit 12).

# %%
T, H = 100, 32
long = init_params(rng, D, H, K, forget_bias=5.0)
x_long = rng.normal(size=(T, 1, D))
zero = np.zeros((1, H))
_, _, long_caches = lstm_forward(x_long, zero, zero, long)
arriving = rng.normal(size=(1, H))
arriving /= np.linalg.norm(arriving)

dh_t, dc_t = arriving, zero
along_h, along_c = [1.0], [0.0]
for cache in long_caches[::-1]:
    _, dh_t, dc_t, _ = lstm_step_backward(dh_t, dc_t, cache, long)
    along_h.append(np.linalg.norm(dh_t))
    along_c.append(np.linalg.norm(dc_t))

dh_t, without = arriving, [1.0]
for cache in long_caches[::-1]:
    _, dh_t, _, _ = lstm_step_backward(dh_t, zero, cache, long)  # the highway is closed
    without.append(np.linalg.norm(dh_t))

W_rnn = long["W_g"]
states = rnn_forward(x_long, zero, long["U_g"], W_rnn, np.zeros(H))
dh_t, in_rnn = arriving, [1.0]
for h_t in states[::-1]:
    dh_t = (dh_t * (1 - h_t**2)) @ W_rnn.T
    in_rnn.append(np.linalg.norm(dh_t))

dh_end = np.zeros((T, H))
dh_end[-1] = arriving  # the loss looks at the last step only
living_cell(
    workbook(lstm_step, lstm_step_backward),
    params=long,
    x=x_long[:, 0],
    dh=dh_end,
    units=range(4),
    tracks_back=[Track("rnn", "plain RNN", "size", np.array(in_rnn[:0:-1]))],
    title="A gradient on its way back",
)

# %% [markdown]
# Press play, or click the slider and use the arrow keys. The diagram shows the gradients of one of the 32 units;
# your own `lstm_step` and `lstm_step_backward` are at work in it where they are solved, and a line says so. The
# strips show the size over all units of what each step hands back. Their bars are logarithms: full at 1, gone at
# $10^{-9}$. The same numbers as curves, with one more: an LSTM whose carry of $dc$ was forgotten.

# %%
steps = np.arange(len(along_c))

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.5, 4))
ax.semilogy(steps[1:], along_c[1:], "-", color=COLOURS["cell"], label="LSTM, cell state")
ax.semilogy(steps, along_h, "--", color=COLOURS["hidden"], label="LSTM, hidden state")
ax.semilogy(steps, in_rnn, "-.", color=COLOURS["wrong"], label="plain RNN")
ax.semilogy(steps, without, ":", color=COLOURS["forget"], label="LSTM, carry of dc lost")
ax.set(
    title="A gradient on its way back", xlabel="steps back in time", ylabel="size of the gradient"
)
ax.legend()
show(
    fig,
    alt=f"After 100 steps back the gradient along the cell state has size {along_c[-1]:.1e}, along the "
    f"hidden state {along_h[-1]:.1e}, in a plain RNN {in_rnn[-1]:.0e}; in an LSTM without the carry of "
    f"dc {without[-1]:.0e} is left.",
)

# %%
print(f"after {steps[-1]} steps: cell state {along_c[-1]:.1e}, hidden state {along_h[-1]:.1e}, "
      f"plain RNN {in_rnn[-1]:.1e}, without the carry of dc {without[-1]:.1e}")  # fmt: skip

# %% [markdown]
# The hidden state's own path is no better than a plain RNN: close the highway and the gradient fades even
# faster: on its way through the gates it is multiplied by their values and slopes, all below 1. What keeps the
# dashed line up is that the cell state feeds it anew at every step. One forgotten carry, and the LSTM has lost what it
# was invented for. Would you notice?
#
# ## The surprise: it trains anyway
#
# Six networks of 32 units. They start from the same weights, read the same sequences, and take the same
# kind of steps. Only the backward pass is another one: the right one, and five that are wrong.
#
# | backward pass | what is wrong |
# |---|---|
# | right | nothing |
# | no carry of dc | what goes back along the cell state is lost |
# | no carry at all | neither $dh$ nor $dc$ is handed back |
# | = instead of += | the weights' gradients are those of step 0, which is visited last |
# | averaged, not added | where two gradients arrive, their mean goes on |
# | dc through i, not f | $dc_{t-1}$ is multiplied by the input gate |
#
# The task: a sequence of 101 symbols. At every step the network is to name the symbol **before**, for
# which a memory of one step is enough. One symbol, the first, is marked; at the very end, **100 steps
# later**, it is asked for. Guessing is right in one of four.
#
# Decide before you run it: which losses will fall?

# %%
mistakes = {
    "right": "none",
    "no carry of dc": "no carry of dc",
    "no carry at all": "no carry at all",
    "= instead of +=": "= instead of +=",
    "averaged, not added": "averaged, not added",
    "dc through i, not f": "dc through i, not f",
}
passes = {name: backward_pass(mistake, 101) for name, mistake in mistakes.items()}
lab = SideBySide(passes, lags=100)
run = train(lab.step, budget(300, 30), name="six backward passes", watch="right")

# %%
recalled = dict(zip(lab.names, lab.recalled(), strict=True))
width = max(1, run.updates // 20)

# %% jupyter={"source_hidden": true} tags=["hide-input"]
styles = dict(zip(mistakes, ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1))), strict=True))
colours = dict(zip(mistakes, [COLOURS[part] for part in (
    "cell", "forget", "wrong", "output", "input", "candidate")], strict=True))  # fmt: skip


def smooth(values):
    return np.convolve(values, np.ones(width) / width, mode="valid")


fig, axes = plt.subplots(1, 2, figsize=(11, 4.2))
for name in mistakes:
    line = {"linestyle": styles[name], "color": colours[name], "label": name}
    axes[0].plot(smooth(run[name]), **line)
    axes[1].plot(smooth(run[f"{name} recalls"]), **line)
axes[0].set(title="The loss", xlabel="updates", ylabel="nats", ylim=(0, None))
axes[1].set(title="The marked symbol is named", xlabel="updates", ylabel="share", ylim=(0, 1.04))
axes[1].axhline(0.25, color=COLOURS["x"], linewidth=1, label="guessing")
axes[1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
show(
    fig,
    alt=f"The losses and the share of marked symbols named over {run.updates} updates. "
    + " ".join(
        f"{name}: loss from {run[name][0]:.1f} to {run.mean(name, width):.2f}, "
        f"{recalled[name]:.0%} named."
        for name in mistakes
    ),
)

# %%
early = run.updates // 6
print("loss                  at first  early   at the end   marked symbol named")
for name in mistakes:
    print(f"{name:22}{run[name][0]:8.2f}{run[name][early - width : early].mean():7.2f}"
          f"{run.mean(name, width):13.2f}{recalled[name]:22.0%}")  # fmt: skip

# %% [markdown]
# All six fall. Early on the right one is not even the best of them. Three of the wrong ones learn
# the easy part, the symbol before, nearly as well as one can, and stop there, near $\ln 4 = 1.39$: that is the
# loss of guessing the marked one. The one without any carry is worse at the easy part, too: no gradient tells it what to
# hand on. `=` is an odd case: the one step whose gradients are left is the step with the mark, so it does better than guessing at the marked
# symbol, and worse than the others at the easy part. Only the right one solves the task. Without the hundred steps in
# between you would have had five networks that learn, and on a real text you would have thought that they are too small.
#
# ## And one that is wrong, and solves it
#
# One more mistake, all else as before: the carry of $dh$ is lost. The error map above found it at once.
# Will training?

# %%
again = SideBySide({"no carry of dh": backward_pass("no carry of dh", 101)}, lags=100)
train(again.step, budget(400, 30), name="no carry of dh", watch="no carry of dh")
print(f"marked symbol named: {again.recalled()[0]:.0%}")

# %% [markdown]
# It solves the task, with a hundred updates more. The gradient is wrong, but the highway is intact, and here that is
# what counts.
# The first LSTM was trained much like this, on purpose: [Hochreiter and
# Schmidhuber](https://doi.org/10.1162/neco.1997.9.8.1735) in 1997 let errors that leave a memory cell
# through its gates end there, and carried them further back inside the cells alone. So neither a falling
# loss nor a solved task says that a gradient is right. A measured gradient does.

# %%
ask("it_trains")

# %% [markdown]
# ## Truncated backpropagation
#
# For a backward pass all caches must be kept. A text has a million steps, so the carries are cut every so
# often, on purpose: **truncated** backpropagation through time. The states go on over the cut, the
# gradients do not. What is saved? Your functions, on 1,000 steps in pieces of different lengths:


# %%
T, N, H = 1000, 8, 32
params = init_params(rng, D, H, K)
x, dh = rng.normal(size=(T, N, D)), rng.normal(size=(T, N, H))


def forwards_and_backwards(window):
    """The whole sequence in pieces of `window` steps; the seconds until the first piece is done."""
    h_end = c_end = np.zeros((N, H))
    first, started = None, time.perf_counter()
    for begin in range(0, T, window):
        piece = slice(begin, begin + window)
        h, c, caches = lstm_forward(x[piece], h_end, c_end, params)
        lstm_backward(dh[piece], caches, params)
        h_end, c_end = h[-1], c[-1]  # the states go on; no gradient comes back
        first = first or time.perf_counter() - started
    return first, time.perf_counter() - started


print("piece   memory at its peak   first update after   all 1,000 steps")
for window in (1000, 100, 10):
    first, whole = forwards_and_backwards(window)
    tracemalloc.start()
    forwards_and_backwards(window)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"{window:5}{peak:15.1f} MB{first:18.3f} s{whole:16.2f} s")

# %% [markdown]
# Memory is saved, in proportion; and an update can be made after each piece, not after the whole text. The
# time for all steps stays about the same: every step is still walked once forwards and once back.
#
# And what is lost? The task of the lab again, with shorter lags and pieces that end with the question.
# Nine networks: three lags, three lengths of the pieces. The forget bias is 2, so that nothing old lingers
# in the cells by itself. Predict the table first.

# %%
windows, lags, T = (5, 10, 20), (4, 9, 14), 20
grid = {
    f"loss, pieces of {window}, lag {lag}": backward_pass("truncated", T, window)
    for window in windows
    for lag in lags
}
nine = SideBySide(grid, list(lags) * 3, hidden=16, forget_bias=2.0, input_bias=0.0)
train(nine.step, budget(400, 30), name="nine networks", watch="loss, pieces of 20, lag 4")
named = nine.recalled().reshape(3, 3)

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(5.4, 3.6))
picture = ax.imshow(named, cmap="cividis", vmin=0.25, vmax=1)
for row, shares in enumerate(named):
    for column, share in enumerate(shares):
        ink = "black" if share > 0.6 else "white"
        ax.text(column, row, f"{share:.0%}", ha="center", va="center", color=ink)
ax.set(
    title="The marked symbol is named",
    xlabel="steps to remember it",
    ylabel="steps in a piece",
    xticks=range(3),
    xticklabels=lags,
    yticks=range(3),
    yticklabels=windows,
)
ax.grid(False)
fig.colorbar(picture, ax=ax, label="share")
show(
    fig,
    alt="Share of marked symbols named, by the length of the pieces and the lag: "
    + "; ".join(
        f"pieces of {window}: "
        + ", ".join(f"{share:.0%} at lag {lag}" for lag, share in zip(lags, row, strict=True))
        for window, row in zip(windows, named, strict=True)
    )
    + ".",
)

# %% [markdown]
# A staircase. What is marked and asked for within one piece is learned. What lies before the cut is not:
# the network that needs it is never told so.
#
# Mind the word *learned*. A cut takes nothing from the states, which go on. If the cells happen to hold
# something old, the network can learn within a piece to read it: with the forget bias 5 of the lab, pieces
# of ten steps are enough for some starting weights and not for others. Change `forget_bias` above and see.
#
# ## In your own words
#
# Somebody trains on a long text and cuts the carries every 50 steps. What is saved by it, and which
# dependencies can then no longer be learned? Can the network still *use* information from before the cut?
# (2 points, read by a person.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_bptt", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# It saves memory, for only the caches of one piece are kept, and waiting, for an update can be made after each piece.
# (All steps together take as long as before.) No gradient crosses the cut, so the network is never told that something
# before it would have helped, and
# dependencies longer than a piece are not learned directly. It can still use such information, for h and c
# are carried forwards across the cut.

# %% [markdown]
# ## What you have now
#
# - `lstm_backward` and `loss_and_gradients`: the gradient for every parameter of an LSTM, derived, written
#   and measured by you.
# - An error map that says where a wrong gradient goes wrong. Read it from the right.
# - The highway, measured: what the cell state's carry is worth over a hundred steps.
# - Five wrong backward passes whose loss falls, and one that even solves the task: a reason to measure.
# - Truncated backpropagation, and what lies beyond the cut.
#
# **Next:** you have the loss and its gradients. What is left is to take steps downhill, with care: training.
