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
# # 10 · One step backwards
#
# **Time** 60 minutes · **You need** units 06, 07 and 09 (the step, the loss, gradient checking)
#
# At the end of this unit you can
#
# - walk every arrow of the cell backwards, and derive each in a line,
# - put the arrows together into the backward pass of a whole LSTM step,
# - know that each of them is right, because you measured it.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("10")

# %% [markdown]
# ## Who is to blame?
#
# The network made a prediction, and it cost something. Which weight should change, and which way? The
# notes say it in a sentence: find the derivative of the loss for all the weights used in the network, and
# use these derivatives to minimise the loss. This unit finds them for one step.
#
# ![The LSTM cell in full: every arrow of it will be walked backwards.](cell.svg)
#
# The way to do it is always the same. Write $dy$ for the derivative of the loss for $y$: by how much the loss rises
# when $y$ is raised by a little, divided by that little. It has the shape of $y$, an entry for an entry. You stand at an
# operation. You know what arrives from the end, the $d$ of its result. You want the $d$ of its inputs. There are only four
# kinds of operation in the whole cell:
#
# | forwards | backwards | in words |
# |---|---|---|
# | $y = a + b$ | $da = dy,\ \ db = dy$ | a sum hands its gradient to every term |
# | $y = a \odot b$ | $da = dy \odot b,\ \ db = dy \odot a$ | a product hands it on, times the *other* factor |
# | $y = \varphi(z)$ | $dz = dy \odot \varphi'(z)$ | a curve hands it on, times its slope |
# | $y = x\,U$ | $dx = dy\,U^\top,\ \ dU = x^\top dy$ | a linear map hands it back through its transpose |
#
# And one rule for all: **where something is used twice, its gradients add up.**

# %%
from copy import deepcopy

import numpy as np

from utils.check import check
from utils.gradients.compare_line import compare_line
from utils.learner.living_cell import living_cell
from utils.learner.quiz import ask

from earlier import (
    cross_entropy,
    init_params,
    lstm_step,
    numerical_gradient,
    softmax,
    update_cell_state,
    update_hidden_state,
)

rng = np.random.default_rng(10)

# %% [markdown]
# ## Exercise 10.1: through the curve
#
# *Difficulty ●○○ · about 5 minutes · about three lines*
#
# Start with the smallest arrow: from a gate's value back to its pre-activation $z$. The slopes are
#
# $$\sigma'(z) = \sigma(z)\,(1 - \sigma(z)), \qquad \tanh'(z) = 1 - \tanh^2(z).$$
#
# Both can be written with the *activated* value alone, $a(1-a)$ and $1 - a^2$. That is lucky, for $a$ is in
# the cache and $z$ is not. (In the bug hunt of unit 09 you met somebody who applied σ to $a$ once more.)
#
# <details><summary>Why is this so?</summary>
#
# All of it happens entry by entry, so one number is enough. $\sigma(z) = (1 + e^{-z})^{-1}$, and by the chain rule
#
# $$\sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2} = \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}}
#   = \sigma(z)\,(1 - \sigma(z)).$$
#
# $\tanh = \sinh / \cosh$, $\sinh' = \cosh$ and $\cosh' = \sinh$, so the quotient rule gives
# $\tanh' = (\cosh^2 - \sinh^2)/\cosh^2 = 1 - \tanh^2$.
#
# Shapes: $z$, $a$, the $da$ that arrives and the $dz$ that leaves are all alike, (N, H) in the cell.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "gate_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gate_backward(d_act, act, kind):
    """From the gradient of an activated value to that of its pre-activation.

    d_act: gradient that arrives at act, any shape. act: the activated value, same shape.
    kind: "sigmoid" or "tanh", the function that made act.
    Returns d_pre, same shape.
    """
    ### BEGIN SOLUTION
    slope = act * (1 - act) if kind == "sigmoid" else 1 - act**2
    return d_act * slope
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_gate_backward", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(gate_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("gate_backward", gate_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 10.2: what was shown
#
# *Difficulty ●●○ · about 5 minutes · two lines*
#
# $h = o \odot \tanh(c)$ is a product, and one of its factors is a curve:
#
# $$do = dh \odot \tanh(c), \qquad dc = dh \odot o \odot (1 - \tanh^2(c)).$$
#
# <details><summary>Why is this so?</summary>
#
# Unit k of example n: $h_{nk} = o_{nk}\, s_{nk}$ with $s_{nk} = \tanh(c_{nk})$, and no other entry of $h$ knows
# $o_{nk}$ or $c_{nk}$. So a small change of $o_{nk}$ changes the loss by $dh_{nk}\, s_{nk}$ times as much: that is $do$. A small
# change of $s_{nk}$ changes it by $dh_{nk}\, o_{nk}$ times as much, and $s_{nk}$ moves by $1 - \tanh^2(c_{nk})$ times what
# $c_{nk}$ does. One after the other: $dc$.
#
# Shapes: $dh$, $o$, $c$ come in as (N, H), and $do$, $dc$ go out as (N, H).
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "update_hidden_state_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_hidden_state_backward(dh, o, c):
    """Backwards through h = o tanh(c).

    dh: (N, H) gradient that arrives at h. o: (N, H) output gate. c: (N, H) cell state.
    Returns do, dc: (N, H) each.
    """
    ### BEGIN SOLUTION
    shown = np.tanh(c)
    return dh * shown, dh * o * (1 - shown**2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_update_hidden_state_backward", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(update_hidden_state_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("update_hidden_state_backward", update_hidden_state_backward)
### END HIDDEN TESTS

# %% [markdown]
# You need not take the check's word for it. Weigh $h$ with random numbers, so that there is a loss, and
# measure. One line per arrow. (Your function gets copies: if it writes into its arguments, the loss that
# it is measured by must not change with them.)

# %%
dh, o, c = rng.normal(size=(3, 4)), rng.uniform(size=(3, 4)), rng.normal(size=(3, 4))
do, dc = update_hidden_state_backward(*deepcopy((dh, o, c)))
compare_line("do", do, numerical_gradient(lambda v: (dh * update_hidden_state(v, c)).sum(), o))
compare_line("dc", dc, numerical_gradient(lambda v: (dh * update_hidden_state(o, v)).sum(), c))

# %% [markdown]
# ## Exercise 10.3: the memory
#
# *Difficulty ●○○ · about 5 minutes · one line*
#
# $c_t = f_t \odot c_{t-1} + i_t \odot g_t$: a sum of two products. Both terms get $dc$ as it is, and each
# factor gets it times the other.
#
# <details><summary>Why is this so?</summary>
#
# Call the terms $a = f \odot c_{t-1}$ and $b = i \odot g$. In $c = a + b$ a change of $a$ is a change of $c$, so $da = dc$,
# and $db = dc$. Then each product by itself, entry by entry:
#
# $$df = da \odot c_{t-1}, \qquad dc_{t-1} = da \odot f, \qquad di = db \odot g, \qquad dg = db \odot i.$$
#
# Shapes: everything is (N, H). Nothing is summed, for each unit has a memory of its own.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "update_cell_state_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_cell_state_backward(dc, f, c_prev, i, g):
    """Backwards through c = f c_prev + i g.

    dc: (N, H) gradient that arrives at c. f, c_prev, i, g: (N, H) what c was made from.
    Returns df, dc_prev, di, dg: (N, H) each.
    """
    ### BEGIN SOLUTION
    return dc * c_prev, dc * f, dc * g, dc * i
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_update_cell_state_backward", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(update_cell_state_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("update_cell_state_backward", update_cell_state_backward)
### END HIDDEN TESTS

# %%
dc, c_prev = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
f, i, g = rng.uniform(size=(3, 4)), rng.uniform(size=(3, 4)), rng.uniform(-1, 1, size=(3, 4))
pieces = {"f": f, "c_prev": c_prev, "i": i, "g": g}
gradients = update_cell_state_backward(*deepcopy((dc, f, c_prev, i, g)))
for name, mine in zip(pieces, gradients, strict=True):
    measured = numerical_gradient(
        lambda v, name=name: (dc * update_cell_state(**{**pieces, name: v})).sum(), pieces[name]
    )
    compare_line(f"d{name}", mine, measured)

# %%
ask("highway")

# %% [markdown]
# ## Exercise 10.4: where the gradient is born
#
# *Difficulty ●●○ · about 10 minutes · about five lines*
#
# Every $dh$ comes from a prediction in the end. The loss of unit 07 is $-\log \mathrm{softmax}(z)[y]$ for
# each row of logits. Its derivative is the friendliest in the field: write
# $L = \log\sum_j e^{z_j} - z_y$, then
#
# $$\frac{\partial L}{\partial z_k} = \frac{e^{z_k}}{\sum_j e^{z_j}} - [k = y] = \hat y_k - [k = y].$$
#
# Probability minus truth. Divide by N, because the loss is averaged over the batch, and do not divide by T,
# because it is summed over time. From the logits $z = h V + b_y$ it goes back through a linear map; V and
# $b_y$ are used at every step and for every example, so their gradients are sums over both.
#
# <details><summary>Why is this so?</summary>
#
# Write $d$ for the gradient of the logits, (T, N, K). Logit k of step t and example n is
# $z_{tnk} = \sum_j h_{tnj} V_{jk} + b_{y,k}$. Ask of each input which logits it is in, and add up:
#
# - $h_{tnj}$ is in all K logits of its own step and example, each time with the factor $V_{jk}$:
#   $dh_{tnj} = \sum_k d_{tnk} V_{jk}$, that is $dh = d\,V^\top$, (T, N, K) times (K, H) gives (T, N, H).
# - $V_{jk}$ is in logit k of every step and example, with the factor $h_{tnj}$:
#   $dV_{jk} = \sum_t \sum_n h_{tnj} d_{tnk}$, shape (H, K).
# - $b_{y,k}$ is there too, with the factor 1: $db_{y,k} = \sum_t \sum_n d_{tnk}$, shape (K,).
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "output_layer_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_layer_backward(logits, targets, h, V):
    """Gradients of cross_entropy(logits, targets) for what made the logits, h V + b_y.

    logits: (T, N, K). targets: (T, N) integers. h: (T, N, H) hidden states. V: (H, K).
    Returns dh (T, N, H), dV (H, K), db_y (K,).
    """
    ### BEGIN SOLUTION
    d = softmax(logits) - np.eye(logits.shape[-1])[targets]
    d = d / targets.shape[1]
    return d @ V.T, np.einsum("tnh,tnk->hk", h, d), d.sum(axis=(0, 1))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_output_layer_backward", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(output_layer_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("output_layer_backward", output_layer_backward)
### END HIDDEN TESTS

# %%
h, V, b_y = rng.normal(size=(4, 3, 5)), rng.normal(size=(5, 6)), rng.normal(size=6)
targets = rng.integers(6, size=(4, 3))
dh, dV, db_y = output_layer_backward(*deepcopy((h @ V + b_y, targets, h, V)))
compare_line("dh", dh, numerical_gradient(lambda v: cross_entropy(v @ V + b_y, targets), h))
compare_line("dV", dV, numerical_gradient(lambda v: cross_entropy(h @ v + b_y, targets), V))
compare_line("db_y", db_y, numerical_gradient(lambda v: cross_entropy(h @ V + v, targets), b_y))

# %% [markdown]
# ## Exercise 10.5: the whole step
#
# *Difficulty ●●● · about 20 minutes · about fifteen lines*
#
# Now put the arrows together. Two gradients arrive at a step: `dh` (N, H), at its hidden state, and `dc` (N, H), at its
# cell state, from the step after it. Walk the diagram from right to left:
#
# 1. Through $h = o \odot \tanh(c)$. The cell state is used twice, for $h$ and by the next step, so its two
#    gradients **add up**: `dc` that arrived, plus what came through $h$.
# 2. Through $c = f \odot c_{t-1} + i \odot g$, with the sum. What reaches $c_{t-1}$ is the third result.
# 3. Through the curves: σ for f, i and o, tanh for g. Call the results $\delta_f, \delta_i, \delta_g,
#    \delta_o$, each (N, H).
# 4. Through the linear maps. For each gate $a$:
#    $dU_a = x^\top \delta_a$, $dW_a = h_{t-1}^\top \delta_a$, $db_a = \sum_n \delta_a$. And $x$ and
#    $h_{t-1}$ are used by all four, so $dx = \sum_a \delta_a U_a^\top$ and
#    $dh_{t-1} = \sum_a \delta_a W_a^\top$.
#
# Steps 1 to 3 are your own functions, called one after the other. Only step 4 is new. Return what you have after each
# step, if you like, and look at it before you write the next.
#
# **A worked example**, with one example, one input and one unit, so that everything is a number. The step had
# $x = 2$, $c_{t-1} = 0.5$, $f = 0.8$, $i = 0.5$, $g = 0.4$, $o = 0.5$, hence $c = 0.8 \cdot 0.5 + 0.5 \cdot 0.4 = 0.6$ and
# $\tanh c = 0.537$. There arrive $dh = 1$ and $dc = 0.2$.
#
# | step | | |
# |---|---|---|
# | 1 | $do = 1 \cdot 0.537$ | $dc = 0.2 + 1 \cdot 0.5 \cdot (1 - 0.537^2) = 0.2 + 0.356 = 0.556$ |
# | 2 | $df = 0.556 \cdot 0.5 = 0.278$, $di = 0.556 \cdot 0.4 = 0.222$, $dg = 0.556 \cdot 0.5 = 0.278$ | $dc_{t-1} = 0.556 \cdot 0.8 = 0.445$ |
# | 3 | $\delta_f = 0.278 \cdot 0.8 \cdot 0.2 = 0.044$, $\delta_i = 0.222 \cdot 0.5 \cdot 0.5 = 0.056$ | $\delta_g = 0.278 \cdot (1 - 0.4^2) = 0.233$, $\delta_o = 0.537 \cdot 0.5 \cdot 0.5 = 0.134$ |
# | 4 | $dU_f = 2 \cdot 0.044 = 0.089$, $db_f = 0.044$, the others alike | with $U_f = 1$, $U_i = -1$, $U_g = 2$, $U_o = 3$: $dx = 0.04 - 0.06 + 0.47 + 0.40 = 0.86$ |
#
# <details><summary>Why is this so?</summary>
#
# Steps 1 to 3 are the exercises above. In step 4 the pre-activation of gate a, unit k, example n is
#
# $$z_{nk} = \sum_j x_{nj} U_{jk} + \sum_j h_{nj} W_{jk} + b_k \qquad (h \text{ is } h_{t-1}),$$
#
# and $\delta_{nk}$ arrives at it. As in 10.4, ask of each input where it is:
#
# | | is in | so its gradient is | shape |
# |---|---|---|---|
# | $U_{jk}$ | unit k of all N examples, times $x_{nj}$ | $\sum_n x_{nj} \delta_{nk}$, or $x^\top \delta$ | (D, N) times (N, H): (D, H) |
# | $W_{jk}$ | the same, times $h_{nj}$ | $h^\top \delta$ | (H, N) times (N, H): (H, H) |
# | $b_k$ | the same, times 1 | $\sum_n \delta_{nk}$ | (H,) |
# | $x_{nj}$ | all H units of example n, of **all four gates** | $\sum_a \delta_a U_a^\top$ | (N, H) times (H, D): (N, D) |
# | $h_{nj}$ | the same | $\sum_a \delta_a W_a^\top$ | (N, H) times (H, H): (N, H) |
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "lstm_step_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_step_backward(dh, dc, cache, params):
    """One LSTM step backwards.

    dh, dc: (N, H) gradients that arrive at this step's h and, from the next step, at its c.
    cache: what lstm_step kept: x, h_prev, c_prev, f, i, g, o, c. params: the cell's weights.
    Returns dx (N, D), dh_prev (N, H), dc_prev (N, H), grads: a dict with the gradient of each of the
    12 arrays U_*, W_*, b_*.
    """
    ### BEGIN SOLUTION
    f, i, g, o = cache["f"], cache["i"], cache["g"], cache["o"]
    do, dc_from_h = update_hidden_state_backward(dh, o, cache["c"])
    df, dc_prev, di, dg = update_cell_state_backward(dc + dc_from_h, f, cache["c_prev"], i, g)
    delta = {
        "f": gate_backward(df, f, "sigmoid"),
        "i": gate_backward(di, i, "sigmoid"),
        "g": gate_backward(dg, g, "tanh"),
        "o": gate_backward(do, o, "sigmoid"),
    }
    dx, dh_prev, grads = np.zeros_like(cache["x"]), np.zeros_like(dh), {}
    for a, d in delta.items():
        grads[f"U_{a}"] = cache["x"].T @ d
        grads[f"W_{a}"] = cache["h_prev"].T @ d
        grads[f"b_{a}"] = d.sum(axis=0)
        dx = dx + d @ params[f"U_{a}"].T
        dh_prev = dh_prev + d @ params[f"W_{a}"].T
    return dx, dh_prev, dc_prev, grads
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_lstm_step_backward", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(lstm_step_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("lstm_step_backward", lstm_step_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## Every arrow, on the diagram
#
# The cell with one unit, and gradients in the place of values: a sequence of six steps, with a loss on the last
# $h$ alone. Beside the seven gradients that your `lstm_step_backward` hands out stands whether they are the right
# ones; a wrong one has a dashed arrow and both numbers. (Each step gets what rightly arrives there, so
# you see a mistake where it is made.) Press play to walk back through time, and turn the direction to compare
# with the way there.

# %%
small = init_params(np.random.default_rng(3), 1, 1, 2)
loss_at_end = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])[:, None]
living_cell(
    lstm_step,
    lstm_step_backward,
    params=small,
    x=[1.0, -0.5, 2.0, 0.0, -1.0, 0.5],
    dh=loss_at_end,
    title="Backwards through your cell",
)

# %% [markdown]
# ## Every arrow, measured
#
# Your step against the measured truth: a random loss on both $h$ and $c$, nothing zero, all sizes
# different.

# %%
N, D, H = 3, 4, 5
params = init_params(rng, D, H, 2)
x, h_prev, c_prev = (rng.normal(size=s) for s in ((N, D), (N, H), (N, H)))
dh, dc = rng.normal(size=(N, H)), rng.normal(size=(N, H))


def loss(x=x, h_prev=h_prev, c_prev=c_prev, **changed):
    h, c, _ = lstm_step(x, h_prev, c_prev, params | changed)
    return (dh * h).sum() + (dc * c).sum()


_, _, cache = lstm_step(x, h_prev, c_prev, params)
dx, dh_prev, dc_prev, grads = lstm_step_backward(*deepcopy((dh, dc, cache, params)))

compare_line("dx", dx, numerical_gradient(lambda v: loss(x=v), x))
compare_line("dh_prev", dh_prev, numerical_gradient(lambda v: loss(h_prev=v), h_prev))
compare_line("dc_prev", dc_prev, numerical_gradient(lambda v: loss(c_prev=v), c_prev))
for name in sorted(grads):
    measured = numerical_gradient(lambda v, name=name: loss(**{name: v}), params[name])
    compare_line(f"d{name}", grads[name], measured)

# %% [markdown]
# "close" is as good as it gets here: a central difference is right to about ten digits. Fifteen gradients,
# and each one measured.
#
# Where a line says "wrong", you want to know more. `check_gradients` of unit 09 looks at what an error
# looks like. Spoil two of the fifteen and see whether it finds out what was done to them:

# %%
from utils.gradient_check import check_gradients

spoiled = grads | {"b_f": grads["b_f"] / len(x), "W_g": grads["W_g"].T}
check_gradients(
    lambda arrays: loss(**arrays),
    {"x": x, "h_prev": h_prev, "c_prev": c_prev} | {name: params[name] for name in grads},
    {"x": dx, "h_prev": dh_prev, "c_prev": dc_prev} | spoiled,
    axes={"x": "N D", "h_prev": "N H"},
)

# %% [markdown]
# A note at the end says that the complex step of unit 09 could not be used. It is right: a σ that takes the absolute
# value of $z$, as the course's does, ends the way through the complex numbers. So the check falls back on central
# differences, as you did.
#
# ## The surprise: how little it is
#
# Look at what you wrote. The famous backward pass of the LSTM is a handful of products, read from right
# to left, and it needs nothing but what the forward pass had in its hands. It makes two
# matrix products for each one of the step, so expect it to take up to twice as long, and that for **all** weights at
# once. Measuring the same gradients costs two forward steps for every single weight:

# %%
from time import perf_counter

N, D, H = 32, 64, 128
large = init_params(rng, D, H, 2)
inputs = [rng.normal(size=shape) for shape in ((N, D), (N, H), (N, H))]
h, c, cache = lstm_step(*inputs, large)


def seconds(function, *args):
    """The fastest of twenty calls: what the others took longer was somebody else's work."""
    times = []
    for _ in range(20):
        start = perf_counter()
        function(*args)
        times.append(perf_counter() - start)
    return min(times)


forwards = seconds(lstm_step, *inputs, large)
backwards = seconds(lstm_step_backward, h, c, cache, large)
weights = sum(large[name].size for name in grads)
print(f"one step forwards {1000 * forwards:.2f} ms, backwards {1000 * backwards:.2f} ms, "
      f"{backwards / forwards:.1f} times as much")  # fmt: skip
print(f"{weights:,} weights: measuring them takes {2 * weights:,} steps forwards, "
      f"about {2 * weights * forwards:.0f} s")  # fmt: skip

# %% [markdown]
# ## In your own words
#
# In step 1 two gradients are added at the cell state. What would an LSTM that forgets the arriving `dc`
# still be able to learn, and what not? Two or three sentences (2 points, read by a person).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_backward_step", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# It could still learn what matters at the same step, and, through h, a little of what matters a few steps
# later. But the gradient along the cell state, the way on which nothing fades, would be cut at every step.
# So it would train, and its loss would fall, but it would be no better at long memories than a plain RNN.

# %% [markdown]
# ## What you have now
#
# - Four rules, and with them every arrow of the cell backwards.
# - `lstm_step_backward`: from $dh$ and $dc$ to the gradient of everything in the step.
# - Fifteen compare lines that say it is right.
#
# **Next:** one step is not a sequence. Unit 11 walks all of them back, through time.
