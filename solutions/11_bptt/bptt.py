# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     notebook_metadata_filter: jupytext,kernelspec,-lstm_course
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 · Backpropagation through time
#
# **Time** 45 minutes · **You need** units 08 to 10 (forward propagation, gradient checking, one step
# backwards)
#
# At the end of this unit you can
#
# - walk a whole sequence back, with nothing lost on the way,
# - compute the gradient of the loss for **every** parameter of an LSTM, and know that it is right,
# - read from an error map *where* a wrong gradient goes wrong.

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

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.arrows import compare_line
from utils.check import check
from utils.plots import COLOURS, course_style, show
from utils.quiz import ask

from earlier import (
    cross_entropy,
    init_params,
    lstm_forward,
    lstm_step_backward,
    numerical_gradient,
    output_layer_backward,
    relative_error,
)

course_style()
rng = np.random.default_rng(11)

# %% [markdown]
# ## Exercise 11.1: all steps backwards
#
# *Difficulty ●●● · about 15 minutes · about ten lines*


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


value, grads = loss_and_gradients(params, x, targets, h0, c0)
truth = {
    name: numerical_gradient(lambda v, name=name: loss(**{name: v}), params[name])
    for name in params
}
for name in params:
    compare_line(f"d{name}", grads[name], truth[name])

# %% [markdown]
# ## An error map
#
# Now break it on purpose, and see how the error tells on itself. Four versions of the backward pass, each
# with one thing lost; the map shows the relative error of every array.


# %%
def crippled(dh, caches, params, lose):
    """lstm_backward with one thing lost: "h carry", "c carry", "sum" or "far steps"."""
    zeros = np.zeros_like(dh[0])
    dh_next, dc_next, grads = zeros, zeros, {}
    for back, t in enumerate(range(len(dh) - 1, -1, -1)):
        if lose == "h carry" or (lose == "far steps" and back % 2 == 0):
            dh_next = zeros
        if lose == "c carry" or (lose == "far steps" and back % 2 == 0):
            dc_next = zeros
        _, dh_next, dc_next, step = lstm_step_backward(dh[t] + dh_next, dc_next, caches[t], params)
        for name, gradient in step.items():
            grads[name] = gradient if lose == "sum" else grads.get(name, 0) + gradient
    return grads


h, _, caches = lstm_forward(x, h0, c0, params)
dh, _, _ = output_layer_backward(h @ params["V"] + params["b_y"], targets, h, params["V"])
losses = {
    "nothing lost": "",
    "carry of dh lost": "h carry",
    "carry of dc lost": "c carry",
    "= instead of +=": "sum",
    "cut every 2 steps": "far steps",
}
names = [f"{kind}_{gate}" for gate in "figo" for kind in "UWb"]
errors = np.array(
    [
        [relative_error(wrong[name], truth[name]) for name in names]
        for wrong in (crippled(dh, caches, params, what) for what in losses.values())
    ]
)

fig, ax = plt.subplots(figsize=(9.5, 3.4))
picture = ax.imshow(np.log10(errors), aspect="auto", cmap="cividis", vmin=-11, vmax=0)
ax.set(
    title="Relative error of each gradient (power of ten)",
    xticks=range(len(names)),
    xticklabels=names,
    yticks=range(len(losses)),
    yticklabels=losses,
    xlabel="weights",
)
ax.grid(False)
fig.colorbar(picture, ax=ax, label="log10 of the error")
show(
    fig,
    alt="Heat map of gradient errors. With nothing lost all twelve arrays are right to "
    f"{errors[0].max():.0e}. "
    + " ".join(
        f"{name}: errors from {row.min():.0e} to {row.max():.0e}."
        for name, row in zip(list(losses)[1:], errors[1:], strict=True)
    ),
)

# %% [markdown]
# Read it row by row. Where a carry is lost, look at the columns of the output gate: losing $dc$ does not
# harm them **directly**, because $o_t$ has no part in $c_t$; they only suffer through what $dh$ brings. If
# one gate's block alone is wrong, that gate's line is to blame. If everything is off by the same factor,
# it is a T or an N.
#
# ## The surprise: how far back does it reach?
#
# Put a loss on the last of 100 steps only, and look how large the gradient is at every step before: along
# the cell state, and along the hidden state. The forget bias is 5, as one would set it for a long task.

# %%
T, H = 100, 32
long = init_params(rng, D, H, K, forget_bias=5.0)
x_long = rng.normal(size=(T, 1, D))
zero = np.zeros((1, H))
_, _, long_caches = lstm_forward(x_long, zero, zero, long)

dh_t, dc_t = rng.normal(size=(1, H)), zero
along_h, along_c = [], []
for cache in long_caches[::-1]:
    _, dh_t, dc_t, _ = lstm_step_backward(dh_t, dc_t, cache, long)
    along_h.append(np.linalg.norm(dh_t))
    along_c.append(np.linalg.norm(dc_t))

dh_t, without = rng.normal(size=(1, H)), []
for cache in long_caches[::-1]:
    _, dh_t, _, _ = lstm_step_backward(dh_t, zero, cache, long)  # the highway is closed
    without.append(np.linalg.norm(dh_t))

steps = np.arange(1, T + 1)
fig, ax = plt.subplots(figsize=(7.5, 4))
ax.semilogy(steps, along_c, "-", color=COLOURS["cell"], label="along the cell state")
ax.semilogy(steps, along_h, "--", color=COLOURS["hidden"], label="along the hidden state")
ax.semilogy(steps, without, ":", color=COLOURS["wrong"], label="hidden state, carry of dc lost")
ax.set(
    title="A gradient on its way back", xlabel="steps back in time", ylabel="size of the gradient"
)
ax.legend()
show(
    fig,
    alt=f"After 100 steps back the gradient along the cell state has size {along_c[-1]:.1e}, along the "
    f"hidden state {along_h[-1]:.1e}; without the carry of dc only {without[-1]:.0e} is left.",
)
print(f"after {T} steps: cell state {along_c[-1]:.1e}, hidden state {along_h[-1]:.1e}, "
      f"without the carry of dc {without[-1]:.1e}")  # fmt: skip

# %% [markdown]
# The dotted line is a plain RNN in disguise. The hidden state's path alone fades as it did in unit 01; what
# keeps the dashed line up is that the cell state feeds it anew at every step. One forgotten carry, and the
# LSTM has lost what it was invented for. Its loss would still fall.

# %%
ask("it_trains")

# %% [markdown]
# ## In your own words
#
# For long texts the carries are cut every so often, on purpose: *truncated* backpropagation through time.
# What is saved by it, and which dependencies can then no longer be learned? Can the network still *use*
# information from before the cut? (2 points, read by a person.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_bptt", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# It saves memory and time: only the caches of one piece are kept, and an update can be made after each piece.
# No gradient crosses the cut, so the network is never told that something before it would have helped, and
# dependencies longer than a piece are not learned directly. It can still use such information, for h and c
# are carried forwards across the cut.

# %% [markdown]
# ## What you have now
#
# - `lstm_backward` and `loss_and_gradients`: the gradient for every parameter of an LSTM, derived, written
#   and measured by you.
# - An error map that says where a wrong gradient goes wrong.
# - The highway, measured: what the cell state's carry is worth over a hundred steps.
#
# **Next:** you have the loss and its gradients. What is left is to take steps downhill, with care: training.
