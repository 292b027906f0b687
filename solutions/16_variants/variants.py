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
# # 16 · Variants, and how to make it fast
#
# **Time** 75 minutes, of which 2 are your computer's · **You need** units 08 to 11 (the whole LSTM, forwards and backwards)
#
# At the end of this unit you can
#
# - write a GRU, peepholes, stacked and bidirectional LSTMs, and say what each changes,
# - say which gate a task needs, from an experiment and not from a feeling,
# - rewrite a correct LSTM into a fast one, and measure what each change pays.

# %% [markdown]
# ## Why exactly these gates?
#
# ![The LSTM cell with its gates and its cell state lit up: these are the parts that variants change.](cell.svg)
#
# You have built the LSTM as it is used today. It did not begin like that. The first one, of 1997, had no
# forget gate. Others gave the gates a view of the cell state, or made two gates into one. Which parts
# matter? You will build the best known relatives first, then take the LSTM apart, one gate at a time, and
# look at what breaks.

# %% [markdown]
# The first cell asks for one thread, before NumPy is imported. Why is a question of the last part of this unit.

# %%
from utils.threads import blas_threads

blas_threads()

# %%
import time
from statistics import median

import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.gradient_check import check_gradients
from utils.learner.quiz import ask
from utils.networks.lstm import LSTM
from utils.networks.variants import (
    bidirectional_gradients,
    gru_gradients,
    gru_params,
    peephole_gradients,
    peephole_params,
    stacked_gradients,
)
from utils.pictures.plots import COLOURS, course_style, show
from utils.training.ablation import KINDS, Variant, latest_marked
from utils.training.train import budget, train

from earlier import init_params, lstm_backward, lstm_forward, sigmoid

course_style()
rng = np.random.default_rng(16)

# %% [markdown]
# ## Exercise 16.1: the GRU
#
# *Difficulty ●●○ · about 10 minutes · about five lines*
#
# The gated recurrent unit has one state instead of two, and two gates instead of three. The **update gate**
# z says how much of the old state is kept; what is not kept is written, so one gate does the work of two.
# The **reset gate** r says how much of the old state the candidate gets to see.
#
# $$z = \sigma(x U_z + h_{t-1} W_z + b_z) \qquad r = \sigma(x U_r + h_{t-1} W_r + b_r)$$
# $$g = \tanh(x U_g + (r \odot h_{t-1}) W_g + b_g) \qquad h_t = z \odot h_{t-1} + (1 - z) \odot g$$
#
# This is the GRU of Cho et al. (2014, [arXiv:1406.1078](https://arxiv.org/abs/1406.1078)), with biases. Beware
# when you compare: PyTorch's `GRU` resets **after** the product, $r \odot (h_{t-1} W_g + b)$, and some texts
# have z and 1 - z the other way round. Weights of one do not fit the other.


# %% nbgrader={"grade": false, "grade_id": "gru_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gru_step(x, h_prev, params):
    """One step of a GRU, as in Cho et al. 2014.

    x: (N, D) input. h_prev: (N, H) state of the step before.
    params: U_z, U_r, U_g (D, H), W_z, W_r, W_g (H, H), b_z, b_r, b_g (H,).
    Returns h (N, H), the new state.
    """
    ### BEGIN SOLUTION
    z = sigmoid(x @ params["U_z"] + h_prev @ params["W_z"] + params["b_z"])
    r = sigmoid(x @ params["U_r"] + h_prev @ params["W_r"] + params["b_r"])
    g = np.tanh(x @ params["U_g"] + (r * h_prev) @ params["W_g"] + params["b_g"])
    return z * h_prev + (1 - z) * g
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_gru_step", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check(gru_step)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("gru_step", gru_step)
### END HIDDEN TESTS

# %% [markdown]
# Can it be trained? `gru_gradients` holds a backward pass, derived like yours of unit 10. Whether it belongs
# to *your* step is a question for the gradient check of unit 09: it moves every weight and looks at what
# your step makes of it.

# %%
T, N, D, H = 5, 3, 4, 6
x, h0, c0 = rng.normal(size=(T, N, D)), rng.normal(size=(N, H)), rng.normal(size=(N, H))
dh = rng.normal(size=(T, N, H))


def gru_loss(at):
    h, loss = at["h0"], 0.0
    for x_t, dh_t in zip(at["x"], dh, strict=True):
        h = gru_step(x_t, h, at)
        loss = loss + (dh_t * h).sum()
    return loss


gru = gru_params(rng, D, H)
grads = gru_gradients(x, h0, gru, dh)
report = check_gradients(gru_loss, gru | {"x": x, "h0": h0}, grads, route="central")
print(report)

# %% [markdown]
# Three quarters of the LSTM's weights, and the same highway: where z is 1, the state passes unchanged. What a
# GRU cannot do is keep something to itself. All it remembers, it shows.
#
# ## Exercise 16.2: peepholes
#
# *Difficulty ●●○ · about 10 minutes · about ten lines*
#
# An LSTM's gates decide about the cell state without seeing it: they see $h_{t-1}$, and where the output gate
# was shut, that shows nothing. Peepholes (Gers and Schmidhuber, *Recurrent nets that time and count*, 2000)
# let each gate look at the memory of its own unit, with one weight for each unit:
#
# $$f = \sigma(\dots + p_f \odot c_{t-1}) \qquad i = \sigma(\dots + p_i \odot c_{t-1}) \qquad
#   o = \sigma(\dots + p_o \odot c_t)$$
#
# The dots stand for what was there before. Look at the last index: the output gate opens when the cell
# state has been written, so it sees the new one.


# %% nbgrader={"grade": false, "grade_id": "peephole_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def peephole_step(x, h_prev, c_prev, params):
    """One step of an LSTM with peepholes.

    x: (N, D) input. h_prev, c_prev: (N, H) states of the step before.
    params: the LSTM's U_*, W_*, b_* for f, i, g, o, and p_f, p_i, p_o (H,).
    Returns h, c: (N, H) each, the new hidden state and the new cell state.
    """
    ### BEGIN SOLUTION
    a = {k: x @ params[f"U_{k}"] + h_prev @ params[f"W_{k}"] + params[f"b_{k}"] for k in "figo"}
    f = sigmoid(a["f"] + params["p_f"] * c_prev)
    i = sigmoid(a["i"] + params["p_i"] * c_prev)
    g = np.tanh(a["g"])
    c = f * c_prev + i * g
    o = sigmoid(a["o"] + params["p_o"] * c)
    return o * np.tanh(c), c
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_peephole_step", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
check(peephole_step)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("peephole_step", peephole_step)
### END HIDDEN TESTS


# %%
def peephole_loss(at):
    h, c, loss = at["h0"], at["c0"], 0.0
    for x_t, dh_t in zip(at["x"], dh, strict=True):
        h, c = peephole_step(x_t, h, c, at)
        loss = loss + (dh_t * h).sum()
    return loss


peep = peephole_params(rng, D, H)
inputs = {"x": x, "h0": h0, "c0": c0}
grads = peephole_gradients(x, h0, c0, peep, dh)
report = check_gradients(peephole_loss, peep | inputs, grads, route="central")
print(report)

# %% [markdown]
# ## Exercise 16.3: a stack
#
# *Difficulty ●○○ · about 7 minutes · about eight lines*
#
# One layer's hidden states are a sequence, and a sequence can be read by an LSTM. The first layer reads x,
# each other layer reads what the layer below says. Every layer has states of its own.


# %% nbgrader={"grade": false, "grade_id": "stacked_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stacked_forward(x, h0, c0, layers):
    """A sequence through L layers of LSTM, one above the other.

    x: (T, N, D). h0, c0: (L, N, H) the states in which the layers begin, row k for layer k.
    layers: list of L dicts of weights; layer 0 has D inputs, the others have H.
    lstm_forward(x, h0, c0, params) gives h (T, N, H), c (T, N, H) and caches for one layer.
    Returns h (T, N, H), the hidden states of the top layer, and h_last, c_last (L, N, H), the states
    of every layer after the last step.
    """
    ### BEGIN SOLUTION
    h, h_last, c_last = x, [], []
    for h_start, c_start, params in zip(h0, c0, layers, strict=True):
        h, c, _ = lstm_forward(h, h_start, c_start, params)
        h_last.append(h[-1])
        c_last.append(c[-1])
    return h, np.stack(h_last), np.stack(c_last)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_stacked_forward", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
check(stacked_forward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("stacked_forward", stacked_forward)
### END HIDDEN TESTS

# %% [markdown]
# Backwards, a layer hands `dx` to the layer below, where it arrives as `dh`. Checked for three layers:

# %%
L = 3
h0s, c0s = rng.normal(size=(L, N, H)), rng.normal(size=(L, N, H))
sizes = [(D if k == 0 else H) for k in range(L)]
layers = [init_params(rng, size, H, 1) for size in sizes]
layers = [{name: a for name, a in layer.items() if name not in ("V", "b_y")} for layer in layers]


def stacked_loss(at):
    named = [{name: at[f"{name} of layer {k}"] for name in layers[k]} for k in range(L)]
    h, _, _ = stacked_forward(at["x"], at["h0"], at["c0"], named)
    return (dh * h).sum()


flat = {f"{name} of layer {k}": a for k in range(L) for name, a in layers[k].items()}
flat |= {"x": x, "h0": h0s, "c0": c0s}
grads = stacked_gradients(x, h0s, c0s, layers, dh)
report = check_gradients(stacked_loss, flat, grads, route="central")
print(report.headline)

# %% [markdown]
# ## Exercise 16.4: both directions
#
# *Difficulty ●●○ · about 7 minutes · about four lines*
#
# To name the role of a word in a sentence it helps to know what comes after it. A bidirectional LSTM
# (Schuster and Paliwal, 1997) is two LSTMs that know nothing of each other. One reads from the first step to
# the last, the other from the last to the first. At every step the two hidden states are joined.


# %% nbgrader={"grade": false, "grade_id": "bidirectional_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bidirectional_forward(x, h0, c0, forwards, backwards):
    """A sequence, read in both directions.

    x: (T, N, D). h0, c0: (2, N, H), row 0 for the direction forwards, row 1 for that backwards.
    forwards, backwards: the weights of the two LSTMs, for lstm_forward.
    Returns h (T, N, 2H): the first H units of h[t] have read x[0] … x[t], the others x[T-1] … x[t].
    """
    ### BEGIN SOLUTION
    there, _, _ = lstm_forward(x, h0[0], c0[0], forwards)
    back, _, _ = lstm_forward(x[::-1], h0[1], c0[1], backwards)
    return np.concatenate([there, back[::-1]], axis=2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_bidirectional_forward", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check(bidirectional_forward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("bidirectional_forward", bidirectional_forward)
### END HIDDEN TESTS

# %%
forwards, backwards = layers[0], {name: a[::-1].copy() for name, a in layers[0].items()}
dh_both = rng.normal(size=(T, N, 2 * H))


def bidirectional_loss(at):
    one, two = (
        {name: at[f"{name} {way}"] for name in forwards} for way in ("forwards", "backwards")
    )
    return (dh_both * bidirectional_forward(at["x"], at["h0"], at["c0"], one, two)).sum()


flat = {f"{name} forwards": a for name, a in forwards.items()}
flat |= {f"{name} backwards": a for name, a in backwards.items()}
flat |= {"x": x, "h0": h0s[:2], "c0": c0s[:2]}
grads = bidirectional_gradients(x, h0s[:2], c0s[:2], forwards, backwards, dh_both)
print(check_gradients(bidirectional_loss, flat, grads, route="central").headline)

# %% [markdown]
# What does a state know? Change one input in the middle and look which hidden states notice.

# %%
steps, touched = 30, 12
wide = [init_params(rng, D, 16, 1) for _ in range(2)]
x_before = rng.normal(size=(steps, 1, D))
x_after = x_before.copy()
x_after[touched] += 1.0
zeros = np.zeros((2, 1, 16))
difference = [bidirectional_forward(each, zeros, zeros, *wide) for each in (x_before, x_after)]
noticed = np.abs(difference[1] - difference[0])[:, 0]
sizes = noticed[:, :16].max(axis=1), noticed[:, 16:].max(axis=1)

fig, ax = plt.subplots(figsize=(7.5, 3.4))
ax.plot(sizes[0], "o-", color=COLOURS["cell"], label="the half that reads forwards")
ax.plot(sizes[1], "s--", color=COLOURS["forget"], label="the half that reads backwards")
ax.axvline(touched, color=COLOURS["x"], linewidth=1)
ax.set(
    title="What a changed input does to the states", xlabel="step t", ylabel="largest change of h"
)
ax.legend()
show(
    fig,
    alt=f"The input at step {touched} is changed. The forward half changes at that step and after it, "
    f"and not at all before; the backward half changes at that step and before it, and not after.",
)
print(
    "forward half, before the step:",
    sizes[0][:touched].max(),
    " after it:",
    f"{sizes[0][touched:].max():.2f}",
)
print("backward half, after the step:", sizes[1][touched + 1 :].max(),
      " before it:", f"{sizes[1][: touched + 1].max():.2f}")  # fmt: skip

# %% [markdown]
# Together the two halves know the whole sequence, at every step. So never let a bidirectional network predict
# the next character: it has read it. Whatever is produced step by step has no backward direction.
#
# ## The ablation: which gate is needed for what?
#
# A task that needs everything a memory can do. A stream of numbers; now and then one is **marked**. When asked,
# name the sign of the **latest** marked number. Numbers that are not marked must be kept out. The marked
# one must be kept, for some ten steps and sometimes for many more. When the next one comes, the old one must go.
#
# Seven LSTMs with one part changed learn it beside the whole one, from five seeds each, with the same streams.
#
# | variant | what is changed |
# |---|---|
# | no forget gate | $f = 1$: the LSTM of 1997 |
# | no input gate | $i = 1$ |
# | no output gate | $o = 1$ |
# | coupled gates | $f = 1 - i$, as in a GRU |
# | no tanh on the way in | $g$ is not squashed |
# | no tanh on the way out | $h = o \odot c$ |
# | peepholes | all three gates peek |
#
# Before you run it: which one will be worst? Which ones will you not be able to tell from the whole LSTM?

# %%
nets = {kind: Variant(kind, range(5), D=3, H=12) for kind in KINDS}
run = train(
    lambda update: {f"loss of {kind}": net.update().mean() for kind, net in nets.items()},
    budget(500, 20),
    name="ablation",
    watch="loss of LSTM",
)

# %%
wrong = {kind: net.errors(n=40, T=1000) for kind, net in nets.items()}
order = sorted(KINDS, key=lambda kind: np.median(wrong[kind]))

fig, ax = plt.subplots(figsize=(8, 4))
for row, kind in enumerate(order):
    colour = COLOURS["cell"] if kind == "LSTM" else COLOURS["forget"]
    ax.plot(wrong[kind], np.full(5, row), "o", color=colour, alpha=0.7)
    ax.plot(np.median(wrong[kind]), row, "|", color=COLOURS["wrong"], markersize=18)
ax.set(
    title="Wrong answers on new streams of 1,000 steps, five seeds",
    xlabel="share of wrong answers",
    yticks=range(len(order)),
    yticklabels=order,
    xscale="log",
)
ax.invert_yaxis()  # the best on top, as in the table
show(
    fig,
    alt="Shares of wrong answers for each variant, one dot a seed and a bar for the median. "
    + " ".join(f"{kind}: median {np.median(wrong[kind]):.3f}." for kind in order),
)
print(f"{'':24}{'median':>8}{'best':>8}{'worst':>8}   of five seeds")
for kind in order:
    print(f"{kind:24}{np.median(wrong[kind]):8.3f}{wrong[kind].min():8.3f}{wrong[kind].max():8.3f}")

# %% [markdown]
# Read it seed by seed. A difference smaller than the spread of the dots is no difference. With the full budget one
# variant stands apart: **without the forget gate** even the best seed does worse than the worst seed of every other
# variant. It can only add to its memory, so to replace a number it has to subtract the old one exactly. What happens
# to its cell state on a long stream?

# %%
x_long, _, _ = latest_marked(np.random.default_rng(5), 40, 1000)
for kind in ("LSTM", "no forget gate"):
    _, kept = nets[kind].forward(np.repeat(x_long[:, None], 5, axis=1))
    largest = [max(np.abs(kept[t][6]).max() for t in range(end)) for end in (50, 1000)]
    print(
        f"{kind:16} largest |c| within 50 steps {largest[0]:7.1f}, within 1,000 steps {largest[1]:7.1f}"
    )

# %% [markdown]
# For the other parts the verdict is milder. With the full budget, leaving out the input gate or the output gate cost
# something in every seed, though far less: what one gate does not keep out or hide, the other weights learn to
# ignore. Without the tanh on the way in nothing bounds what is written at once, and
# the seeds lie far apart. Peepholes, coupled gates and the tanh on the way out lie within the spread. That is one task, twelve units
# and five hundred updates, and no law. The largest comparison there is found much the same: Greff et al. (*LSTM: A
# Search Space Odyssey*, 2017, [arXiv:1503.04069](https://arxiv.org/abs/1503.04069)) trained the LSTM and eight
# variants in 5,400 runs on speech, handwriting and music. None was significantly better than the whole LSTM; the forget gate and the activation on the way
# out mattered most. The second of these you do not see in the table above: tasks differ.
#
# ## Make it fast
#
# Your `lstm_forward` is correct. It makes eight matrix products at each step. What a fast LSTM does first, in
# every library:
#
# 1. **One product instead of four.** Put the gates' weights side by side: $U$ is (D, 4H), $W$ is (H, 4H). One
#    product gives all four pre-activations.
# 2. **All inputs at once.** $x_t U$ needs no state. So it can be made for all steps before the first one.
# 3. What is left in the loop is $h_{t-1} W$, one product a step.
#
# ## Exercise 16.5: the fused LSTM
#
# *Difficulty ●●○ · about 12 minutes · about ten lines*


# %% nbgrader={"grade": false, "grade_id": "fused_lstm_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fused_lstm_forward(x, h0, c0, U, W, b):
    """A whole sequence, with one product a step.

    x: (T, N, D). h0, c0: (N, H) the states before the first step.
    U: (D, 4H), W: (H, 4H), b: (4H,), the gates side by side in the order f, i, g, o.
    Returns h, c: (T, N, H) each, the states after every step.
    """
    ### BEGIN SOLUTION
    inputs = x @ U + b
    h, c = h0, c0
    all_h, all_c = [], []
    for a in inputs:
        f, i, g, o = np.split(a + h @ W, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        all_h.append(h)
        all_c.append(c)
    return np.stack(all_h), np.stack(all_c)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_fused_lstm_forward", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check(fused_lstm_forward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("fused_lstm_forward", fused_lstm_forward)
### END HIDDEN TESTS

# %% [markdown]
# Same numbers? And how much faster? A word on measuring: a computer does other things as well, so a
# single time by the clock says little. We count the time that the processor spends on *us*, let the
# contenders run in turn, seven times each, and take the median.


# %%
def in_turn(repeat=1, **runs):
    """Seconds of each run (a function and its arguments): the median of seven, taken in turn."""
    taken = {name: [] for name in runs}
    for turn in range(8):
        for name, (function, *arguments) in runs.items():
            start = time.perf_counter()
            for _ in range(repeat):
                function(*arguments)
            if turn:  # the first one warms up
                taken[name].append((time.perf_counter() - start) / repeat)
    return {name: median(times) for name, times in taken.items()}


def packed(params):
    """U, W, b with the gates side by side, f, i, g, o."""
    return [
        np.concatenate([params[f"{kind}_{gate}"] for gate in "figo"], axis=-1) for kind in "UWb"
    ]


# %% [markdown]
# Three contenders are there: yours, step by step; your fused one; and `utils.networks.lstm`. Here is one more, your fused
# LSTM with one thing changed: σ(z) = (1 + tanh(z/2)) / 2, so one call of tanh makes all four gates.


# %%
def one_tanh(x, h0, c0, U, W, b):
    """The fused LSTM with one call for all four gates."""
    H = h0.shape[1]
    half = np.full(4 * H, 0.5)
    half[2 * H : 3 * H] = 1  # the candidate is a tanh already
    inputs, W = (x @ U + b) * half, W * half
    h, c, all_h, all_c = h0, c0, [], []
    for a in inputs:
        a = np.tanh(a + h @ W)
        f, i, _, o = np.split(0.5 + 0.5 * a, 4, axis=1)
        c = f * c + i * a[:, 2 * H : 3 * H]
        h = o * np.tanh(c)
        all_h.append(h)
        all_c.append(c)
    return np.stack(all_h), np.stack(all_c)


# %%
T, D, H = 50, 65, 128
big = init_params(rng, D, H, D)
UWb = packed(big)
times = {}
for N in (1, 32):
    ids = rng.integers(D, size=(T, N))
    one_hot, zero = np.eye(D)[ids], np.zeros((N, H))
    fast = LSTM.from_params(big, np.float64)
    faster = LSTM.from_params(big, np.float32)
    slow_h, _, _ = lstm_forward(one_hot, zero, zero, big)
    fused_h, _ = fused_lstm_forward(one_hot, zero, zero, *UWb)
    print(f"N = {N}: largest difference, step by step to fused {np.abs(slow_h - fused_h).max():.0e},"
          f" to utils.networks.lstm {np.abs(slow_h - fast.forward(ids)).max():.0e}")  # fmt: skip
    times[N] = in_turn(
        step_by_step=(lstm_forward, one_hot, zero, zero, big),
        fused=(fused_lstm_forward, one_hot, zero, zero, *UWb),
        one_tanh=(one_tanh, one_hot, zero, zero, *UWb),
        utils_lstm=(fast.forward, ids),
        float32=(faster.forward, ids),
    )
print(f"\n{'forwards, T = 50':16}" + "".join(f"{f'N = {N}':>20}" for N in times))
for name in times[1]:
    print(f"{name:16}" + "".join(
        f"{1000 * of[name]:9.2f} ms {of['step_by_step'] / of[name]:6.1f} x" for of in times.values()
    ))  # fmt: skip

# %% [markdown]
# Look at `fused` before you go on. One product instead of eight, and hardly anything is gained; with 32
# sequences side by side it may even have become slower. Fewer products are not the point here: the time goes
# elsewhere. Your σ of unit 00, right for every z, walks over its array six times, and in the fused form it does so
# in blocks of a larger array that are not contiguous. `one_tanh` changes only that. **Measure first, then
# change what costs.**
#
# `utils.networks.lstm.LSTM`, which the long experiments of units 12, 13 and 15 use, goes further. It is short enough to be read in one
# sitting; several of its tricks can be measured alone. First the parts, before and after:

# %%
h, dz = rng.normal(size=(T, 32, H)), rng.normal(size=(T, 32, 4 * H))
z, out = rng.normal(size=(32, 4 * H)), np.empty((32, 4 * H))
ids = rng.integers(D, size=(T, 32))
U, W, b = UWb
one_hot, W_T = np.eye(D)[ids], np.ascontiguousarray(W.T)


def per_step(h, dz):
    dW = np.zeros((h.shape[2], dz.shape[2]))
    for h_t, dz_t in zip(h, dz, strict=True):
        dW += h_t.T @ dz_t
    return dW


def at_once(h, dz):
    return h.reshape(-1, h.shape[2]).T @ dz.reshape(-1, dz.shape[2])


def by_tanh(z):
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    np.multiply(out, 0.5, out=out)
    np.add(out, 0.5, out=out)


def add_at(ids, dz):
    dU = np.zeros_like(U)
    np.add.at(dU, ids.reshape(-1), dz.reshape(-1, 4 * H))


def token_by_token(ids, dz):
    order, dz = np.argsort(ids.reshape(-1), kind="stable"), dz.reshape(-1, 4 * H)
    ends = np.searchsorted(ids.reshape(-1)[order], np.arange(D + 1))
    places = (order[ends[k] : ends[k + 1]] for k in range(D))  # where token k was read
    return np.stack([np.ones(len(at)) @ dz[at] for at in places])


def product(a, B):
    return a @ B


def step(h, W):
    return np.tanh(h @ W)


# %% [markdown]
# Each trick is a pair: a way to compute something, and another way to compute the same. How many times as fast is
# the second?

# %%
one, many = (h[:, :1].copy(), dz[:, :1].copy()), (h, dz)
small = h[0].astype("f4"), W.astype("f4")
tricks = {
    "gradient of W as one product, N = 1": ((per_step, *one), (at_once, *one)),
    "gradient of W as one product, N = 32": ((per_step, *many), (at_once, *many)),
    "token ids: rows of U, no product": ((product, one_hot, U), (np.take, U, ids, 0)),
    "gradient of U: token by token, no np.add.at": ((add_at, ids, dz), (token_by_token, ids, dz)),
    "σ by tanh, in place": ((sigmoid, z), (by_tanh, z)),
    "Wᵀ copied once, not viewed at each step": ((product, dz[0], W.T), (product, dz[0], W_T)),
    "float32 instead of float64": ((step, h[0], W), (step, *small)),
}
gains = {}
for name, (before, after) in tricks.items():
    taken = in_turn(repeat=5, before=before, after=after)
    gains[name] = taken["before"] / taken["after"]

fig, ax = plt.subplots(figsize=(8, 3.8))
rows = np.arange(len(gains))[::-1]
ax.barh(rows, gains.values(), color=COLOURS["cell"], height=0.6)
for row, gain in zip(rows, gains.values(), strict=True):
    ax.text(gain, row, f" {gain:.1f}", va="center")
ax.axvline(1, color=COLOURS["wrong"], linewidth=1)
ax.set(title="What a trick pays on this computer", xlabel="times as fast, this part alone",
       yticks=rows, yticklabels=list(gains), xscale="log", xlim=(0.5, 2 * max(gains.values())))  # fmt: skip
show(
    fig,
    alt="Bars: how many times as fast one part becomes by each trick. "
    + " ".join(f"{name}: {gain:.1f}." for name, gain in gains.items()),
)

# %% [markdown]
# A part that became ten times as fast may be a small part. What counts is the whole, forwards and backwards:


# %%
def yours(one_hot, zero, dh):
    _, _, caches = lstm_forward(one_hot, zero, zero, big)
    return lstm_backward(dh, caches, big)[3]


def ours(net, ids, dh):
    net.forward(ids)
    return net.backward(dh)


whole = {}
for N in (1, 32):
    ids = rng.integers(D, size=(T, N))
    one_hot, zero, dh = np.eye(D)[ids], np.zeros((N, H)), rng.normal(size=(T, N, H))
    fast, faster = (LSTM.from_params(big, dtype) for dtype in (np.float64, np.float32))

    mine = one_hot, zero, dh
    right, got = yours(*mine), ours(fast, ids, dh)
    worst = max(np.abs(got[name] - right[name]).max() / np.abs(right[name]).max() for name in got)
    print(f"N = {N}: largest relative difference of a gradient {worst:.0e}")
    whole[N] = in_turn(
        step_by_step=(yours, *mine),
        utils_lstm=(ours, fast, ids, dh),
        float32=(ours, faster, ids, dh),
    )
for N, of in whole.items():
    told = (f"{name} {N * T / seconds:,.0f}" for name, seconds in of.items())
    print(f"N = {N}: tokens per second: " + ", ".join(told))

# %% [markdown]
# What did each trick add to the whole? Measured by `benchmarks/lstm_speed.py --tricks` in float32, forwards and
# backwards, each row with one thing more than the row above; times as fast as the textbook version:
#
# | | T = 25, N = 1, H = 100 | T = 50, N = 32, H = 128 | T = 100, N = 64, H = 256 |
# |---|---|---|---|
# | one product for all gates | 1.3 | 1.0 | 1.1 |
# | token ids: rows of U, all steps at once | 1.3 | 1.1 | 1.1 |
# | one product for all weight gradients | 4.5 | 1.2 | 1.2 |
# | σ by tanh, all gates in one call | 5.2 | 1.3 | 1.2 |
# | arrays allocated once, written in place | 5.3 | 1.4 | 1.2 |
# | contiguous gates, aligned, factors first, token by token | 8.9 | 2.2 | 1.6 |
# | products split where the processor likes them small: `utils.networks.lstm` | | 2.4 | 1.9 |
#
# (The last row is for processors with AVX-512; on others nothing is split, see `utils/networks/blas.py`.)
#
# (Here the textbook version computes in float32 as well. What you measured above was your version in float64, so for
# `float32` the gain of the shorter numbers came on top.)
#
# With one sequence the calls are what costs, and every call saved counts. With many, the matrix products are what is
# left, and nothing written in NumPy can be faster than they are. How near `utils.networks.lstm` comes to that bound, beside
# PyTorch and versions from the web, is in `benchmarks/README.md`.
#
# Two things that hurt are worth knowing. More BLAS threads than free cores can make small products several times
# *slower*; that is why the first cell asked for one. And a fast wrong answer is worthless: every rewriting above was
# compared with the slow one first.

# %%
ask("what_cannot_be_ahead")

# %% [markdown]
# ## In your own words
#
# A friend wants to leave the forget gate out, because the LSTM of 1997 had none and it saves a quarter of the
# weights. On which kind of task would that be fine, and on which not? Two or three sentences (2 points, read
# by a person).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_variants", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# It is fine where each sequence has one thing to remember and ends soon after, and the states are reset in
# between: nothing has to be forgotten. On a stream that goes on, the old has to make room for the new. Without
# a forget gate the cell state can only be added to, it grows, and what was replaced stays in the sum.

# %% [markdown]
# ## What you have now
#
# - Four relatives of the LSTM, each with a gradient that is checked.
# - An experiment that tells which gate a task needs, with its spread over seeds.
# - A fused LSTM, and the habit of measuring what a change pays.
#
# **Next:** you have everything that the papers had. Take a task of your own, start with a baseline, write down
# what you expect, and measure.
