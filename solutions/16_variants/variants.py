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
# - write a GRU, peepholes, stacked and bidirectional LSTMs, forwards and backwards, and say what each changes,
# - say on which task each of them pays, and on which it does not,
# - say which gate a task needs, from an experiment and not from a feeling,
# - rewrite a correct LSTM into a fast one, and measure what each change pays.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("16")

# %% [markdown]
# ## Why exactly these gates?
#
# ![The LSTM cell with its gates and its cell state lit up: these are the parts that variants change.](cell.svg)
#
# You have built the LSTM as it is used today. It did not begin like that. The first one, of 1997, had no
# forget gate. Others gave the gates a view of the cell state, or made two gates into one. Which parts
# matter? You will build the best known relatives first and put each to work, then take the LSTM apart, one gate
# at a time, and look at what breaks.
#
# The 75 minutes are those of the GRU, the stack, both directions and the ablation. Two parts **may be skipped** and
# done another day, each about 20 minutes: *peepholes* (16.3 and 16.4) and *Make it fast* (16.9). Nothing after them
# needs them; where an exercise is not solved, the course's own function takes its place.

# %% [markdown]
# The first cell asks for one thread, before NumPy is imported. Why is a question of the last part of this unit.

# %%
from utils.threads import blas_threads

blas_threads()

# %%
from functools import partial

import numpy as np

from utils.check import check
from utils.gradient_check import check_gradients
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.networks import variants as course
from utils.networks.lstm import LSTM
from utils.networks.tricks import gains, in_turn, one_tanh, packed, tricks
from utils.networks.variants import gru_cache, peephole_cache
from utils.pictures.plots import course_style
from utils.pictures.seeds import bars, seed_dots, who_notices
from utils.training import small_tasks
from utils.training.ablation import KINDS, Variant, latest_marked
from utils.training.relatives import (
    bidirectional,
    both_ways_twice,
    counts_up_to,
    gru,
    learn,
    peephole,
    stacked,
    trials,
)
from utils.training.train import budget, train

from earlier import (
    gate_backward,
    init_params,
    lstm_backward,
    lstm_forward,
    sigmoid,
    update_cell_state_backward,
    update_hidden_state_backward,
)

course_style()
rng = np.random.default_rng(16)

# %% [markdown]
# ## Exercise 16.1: the GRU
#
# *Difficulty ●●○ · about 8 minutes · about five lines*
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
from utils.check import check

check(gru_step)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("gru_step", gru_step)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 16.2: the GRU backwards
#
# *Difficulty ●●● · about 12 minutes · about twelve lines*
#
# You have the four rules of unit 10. Here is the GRU, read from right to left. `dh` arrives at the new state; write
# $\delta_a$ for the gradient of a pre-activation.
#
# | | forwards | backwards | shape |
# |---|---|---|---|
# | 1 | $h = z \odot h_{t-1} + (1 - z) \odot g$ | $dz = dh \odot (h_{t-1} - g)$, $dg = dh \odot (1 - z)$ | (N, H) |
# | | | $h_{t-1}$ gets $dh \odot z$, the highway | (N, H) |
# | 2 | $g = \tanh(\dots)$, $z = \sigma(\dots)$ | $\delta_g$, $\delta_z$ by `gate_backward` | (N, H) |
# | 3 | $s W_g$, where $s = r \odot h_{t-1}$ | $ds = \delta_g W_g^\top$ | (N, H) (H, H) → (N, H) |
# | 4 | $s = r \odot h_{t-1}$ | $dr = ds \odot h_{t-1}$, then $\delta_r$; $h_{t-1}$ gets $ds \odot r$ | (N, H) |
# | 5 | $x U_a + \dots + b_a$ | $dU_a = x^\top \delta_a$, $db_a = \sum_n \delta_a$; $x$ gets $\delta_a U_a^\top$ | (D, N) (N, H) → (D, H) |
# | 6 | $h_{t-1} W_z$, $h_{t-1} W_r$, $s W_g$ | $dW_z = h_{t-1}^\top \delta_z$, the same for r; $dW_g = s^\top \delta_g$ | (H, N) (N, H) → (H, H) |
# | | | $h_{t-1}$ gets $\delta_z W_z^\top + \delta_r W_r^\top$ | (N, H) (H, H) → (N, H) |
#
# The order matters once: $\delta_r$ needs $ds$, so the candidate comes before the reset gate. The old state
# went four ways, so four gradients come back to it: rows 1, 4 and twice 6.
#
# A step backwards needs what the step forwards had in its hands. `gru_cache(x, h_prev, params)` is given: it makes
# the step once more and keeps x, h_prev, z, r and g.


# %% nbgrader={"grade": false, "grade_id": "gru_step_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gru_step_backward(dh, cache, params):
    """One step of a GRU backwards.

    dh: (N, H) gradient that arrives at the new state.
    cache: a dict, what gru_cache(x, h_prev, params) keeps: x (N, D) and h_prev, z, r, g (N, H), where
    z, r, g are the activated values. params: as for gru_step.
    Returns dx (N, D), dh_prev (N, H) and grads, a dict with the gradient of each of the nine arrays
    U_*, W_*, b_* for z, r, g.
    """
    ### BEGIN SOLUTION
    x, h_prev, z, r, g = (cache[name] for name in ("x", "h_prev", "z", "r", "g"))
    d_g = gate_backward(dh * (1 - z), g, "tanh")
    d_z = gate_backward(dh * (h_prev - g), z, "sigmoid")
    ds = d_g @ params["W_g"].T
    d_r = gate_backward(ds * h_prev, r, "sigmoid")
    dx, grads = np.zeros_like(x), {}
    for a, d, seen in (("z", d_z, h_prev), ("r", d_r, h_prev), ("g", d_g, r * h_prev)):
        grads |= {f"U_{a}": x.T @ d, f"W_{a}": seen.T @ d, f"b_{a}": d.sum(axis=0)}
        dx = dx + d @ params[f"U_{a}"].T
    dh_prev = dh * z + ds * r + d_z @ params["W_z"].T + d_r @ params["W_r"].T
    return dx, dh_prev, grads
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_gru_step_backward", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(gru_step_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("gru_step_backward", gru_step_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## Your GRU at work
#
# The loop over time is that of unit 11, and it is made for you: `gru(mine, …)` walks a sequence with your two
# functions and has a softmax on top. `mine` is the workbook of unit 12: your functions where they are right, the
# course's where they are not. First the whole sequence is measured, as in unit 09: does every weight, moved a
# little, change the loss as your gradient says?

# %%
mine = workbook(here=(gru_step, gru_step_backward))
mine

# %%
task = small_tasks.marked(rng, n=3, T=6)
net = gru(mine, gru_cache, seed=0, D=3, H=5, K=2)
_, grads = net.loss_and_gradients(task)
report = check_gradients(lambda at: net.loss(task, at), net.params, grads, route="central")
print(report.headline)

# %% [markdown]
# Now a task. A stream of numbers; now and then one is **marked**. When asked, name the sign of the **latest** marked
# number. (You will meet it again in the ablation below.) A GRU and an LSTM, twelve units each, three seeds, the same
# batches. The GRU has three quarters of the LSTM's weights. What do you expect?
#
# A word on who computes: `course` is the module `utils.networks.variants`. It holds the same functions as you write
# here, those over whole sequences on top of the fast LSTM. A stack of one layer is an LSTM, so that is the opponent.

# %%
test = small_tasks.marked(np.random.default_rng(99), n=40, T=200)
updates = budget(300, 5)
wrong = trials(
    {
        "your GRU": partial(gru, mine, gru_cache, D=3, H=12, K=2),
        "LSTM": partial(stacked, course, D=3, H=12, K=2, L=1),
    },
    draw=small_tasks.marked,
    score=lambda net: net.errors(test),
    seeds=range(3),
    updates=updates,
)

# %% [markdown]
# Three quarters of the LSTM's weights, and the same highway: where z is 1, the state passes unchanged. With the full
# budget your GRU got 1.1 to 2.0 % wrong when this was written, and the LSTM 1.4 to 2.5 %, three seeds each. The ranges
# overlap: three seeds cannot tell the two apart on this task, and the GRU does it with 602 weights against 794. Chung et al. (2014,
# [arXiv:1412.3555](https://arxiv.org/abs/1412.3555)) found the two comparable on music and speech.
#
# What a GRU cannot do is keep something to itself. All it remembers, it shows. There is a second thing that it cannot
# do. You find it at the end of the next part.
#
# ## Exercise 16.3: peepholes (may be skipped)
#
# *Difficulty ●●○ · about 8 minutes · about ten lines*
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
from utils.check import check

check(peephole_step)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("peephole_step", peephole_step)
### END HIDDEN TESTS


# %% [markdown]
# ## Exercise 16.4: peepholes backwards (may be skipped)
#
# *Difficulty ●●● · about 12 minutes · about fourteen lines*
#
# It is unit 10's step with three more ways, all of shape (N, H), for each peephole multiplies a state unit by unit.
#
# 1. **The output gate first.** $do = dh \odot \tanh(c)$, and $\delta_o$ by `gate_backward`. This gate saw $c$. So
#    **three** gradients meet at $c$: the `dc` that arrives from the next step, what comes through $\tanh(c)$, and
#    $\delta_o \odot p_o$. Add them before you go on.
# 2. **The cell state** with that sum, as in unit 10: $df$, $di$, $dg$, then $\delta_f$, $\delta_i$, $\delta_g$.
# 3. **The old cell state** went three ways as well: $dc \odot f + \delta_f \odot p_f + \delta_i \odot p_i$.
# 4. **The peepholes.** $p_f$ (H,) served every row of the batch, so its gradient is a sum over the rows:
#    $dp_f = \sum_n \delta_f \odot c_{t-1}$, the same for $p_i$, and for $p_o$ with $c_t$, since that is what it saw.
# 5. $x$, $h_{t-1}$, $U$, $W$, $b$: as in unit 10, from the four $\delta$.
#
# `peephole_cache(x, h_prev, c_prev, params)` is given. It keeps what unit 06's `lstm_step` kept.


# %% nbgrader={"grade": false, "grade_id": "peephole_step_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def peephole_step_backward(dh, dc, cache, params):
    """One step of an LSTM with peepholes backwards.

    dh, dc: (N, H) gradients that arrive at this step's h and, from the next step, at its c.
    cache: a dict, what peephole_cache(x, h_prev, c_prev, params) keeps: x (N, D) and h_prev, c_prev,
    f, i, g, o, c (N, H), the gates as activated values. params: as for peephole_step.
    Returns dx (N, D), dh_prev, dc_prev (N, H) and grads, a dict with the gradient of each of the 15
    arrays: U_*, W_*, b_* for f, i, g, o, and p_f, p_i, p_o.
    """
    ### BEGIN SOLUTION
    x, h_prev, c_prev, c = (cache[name] for name in ("x", "h_prev", "c_prev", "c"))
    f, i, g, o = (cache[name] for name in "figo")
    do, dc_shown = update_hidden_state_backward(dh, o, c)
    d = {"o": gate_backward(do, o, "sigmoid")}
    dc = dc + dc_shown + d["o"] * params["p_o"]
    df, dc_prev, di, dg = update_cell_state_backward(dc, f, c_prev, i, g)
    d |= {"f": gate_backward(df, f, "sigmoid"), "i": gate_backward(di, i, "sigmoid")}
    d |= {"g": gate_backward(dg, g, "tanh")}
    dc_prev = dc_prev + d["f"] * params["p_f"] + d["i"] * params["p_i"]
    saw = {"f": c_prev, "i": c_prev, "o": c}
    grads = {f"p_{a}": (d[a] * saw[a]).sum(axis=0) for a in saw}
    for a in d:
        grads |= {f"U_{a}": x.T @ d[a], f"W_{a}": h_prev.T @ d[a], f"b_{a}": d[a].sum(axis=0)}
    dx, dh_prev = (sum(d[a] @ params[f"{kind}_{a}"].T for a in d) for kind in "UW")
    return dx, dh_prev, dc_prev, grads
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_peephole_step_backward", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(peephole_step_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("peephole_step_backward", peephole_step_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## Who can count?
#
# Peepholes were invented to count and to keep time. So let them count: $n$ times a, then b after b. At which b are
# there as many b as there were a? Counting up and down in a memory is all that is needed. Training shows strings with
# $n$ = 1 to 10. Then we ask how far it goes on: up to which $n$ is every string answered without one mistake?
#
# Before you run it: who will count farther than 10, and does the GRU?

# %%
mine.add(peephole_step, peephole_step_backward)
net = peephole(mine, peephole_cache, seed=0, D=2, H=5, K=2)
net.flat += 0.3 * rng.normal(size=net.flat.shape)  # the peepholes begin at 0, where little is seen
task = small_tasks.counting(np.array([2, 3, 4]))
_, grads = net.loss_and_gradients(task)
report = check_gradients(lambda at: net.loss(task, at), net.params, grads, route="central")
print(f"{mine.summary()}. {report.headline}")

# %%
updates = budget(400, 5)
reached = trials(
    {
        "your GRU": partial(gru, mine, gru_cache, D=2, H=5, K=2),
        "LSTM": partial(stacked, course, D=2, H=5, K=2, L=1),
        "your LSTM with peepholes": partial(peephole, mine, peephole_cache, D=2, H=5, K=2),
    },
    draw=lambda rng: small_tasks.counting(rng.integers(1, 11, size=16)),
    score=counts_up_to,
    seeds=range(5),
    updates=updates,
    lr=0.03,
)
seed_dots(
    reached,
    "How far they count after training on 1 to 10, five seeds",
    "largest n up to which all is right",
    first="LSTM",
    mark=(10, "longest in training"),
)

# %% [markdown]
# With the full budget the GRU gets everything right up to the lengths that it has seen, and stops at 11 or 12. The LSTM goes
# on to 15 to 20. With peepholes it is 14 to 46, the median 23 against 15; but the two ranges overlap, so five seeds suggest that
# peeking helps here, and do not prove it.
#
# The GRU's limit is no accident. Its state is a mean of the old state and a candidate, so it stays between -1 and 1;
# one can count in it only by dividing that room ever more finely. An LSTM's cell state has no bound: with f = i = 1 and
# g = 1 it grows by one a step. Weiss, Goldberg and Yahav (2018,
# [arXiv:1805.04908](https://arxiv.org/abs/1805.04908)) show it for the two in general, where numbers have finite
# precision.
#
# ## Exercise 16.5: a stack
#
# *Difficulty ●○○ · about 6 minutes · about eight lines*
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
from utils.check import check

check(stacked_forward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("stacked_forward", stacked_forward)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 16.6: the stack backwards
#
# *Difficulty ●●○ · about 7 minutes · about ten lines*
#
# What layer k reads is what layer k - 1 says. So the `dx` of a layer, (T, N, H), is the `dh` of the layer below: the
# way back leads from the top down, and at the bottom it leaves as the dx of x, (T, N, D). Every layer gives its own
# dh0, dc0 (N, H) and its own gradients.
#
# `stacked_forward` returned no caches. So your backward pass begins by going **forwards once more**, this time
# keeping the caches of every layer. That costs time and saves memory; large networks do it on purpose
# (Chen et al. 2016, [arXiv:1604.06174](https://arxiv.org/abs/1604.06174)). `lstm_backward` is unit 11's.


# %% nbgrader={"grade": false, "grade_id": "stacked_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stacked_backward(dh, x, h0, c0, layers):
    """A stack of L layers backwards.

    dh: (T, N, H) the loss's own gradient at the top layer's hidden states. (The last states get none
    of their own here.) x, h0, c0, layers: what stacked_forward took.
    lstm_backward(dh, caches, params) gives dx, dh0, dc0 and grads for one layer.
    Returns dx (T, N, D), dh0, dc0 (L, N, H), row k for layer k, and grads, a list of L dicts, grads[k]
    with the gradients of layers[k].
    """
    ### BEGIN SOLUTION
    h, caches = x, []
    for h_start, c_start, params in zip(h0, c0, layers, strict=True):
        h, _, kept = lstm_forward(h, h_start, c_start, params)
        caches.append(kept)
    dh0, dc0, grads = np.zeros_like(h0), np.zeros_like(c0), [None] * len(layers)
    for k in reversed(range(len(layers))):
        dh, dh0[k], dc0[k], grads[k] = lstm_backward(dh, caches[k], layers[k])
    return dh, dh0, dc0, grads
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_stacked_backward", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(stacked_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("stacked_backward", stacked_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## Is deeper better?
#
# A task made for depth, one would think: bits are added up modulo 2, these sums are added up modulo 2, and these once
# more. Three networks with about as many weights (the deepest has a little less): one layer of 12 units, two of 7, three of 5.
#
# This one runs for a little longer, so the fast functions take over. They may do so only once they have been shown to
# agree: the first updates, yours beside theirs.

# %%
deep = workbook(lstm_forward, lstm_backward, here=(stacked_forward, stacked_backward))
pair = [stacked(whose, seed=0, D=1, H=7, K=2, L=2) for whose in (deep, course)]
losses = [learn(net, small_tasks.parity_of_parities, 20, seed=0) for net in pair]
print(f"{deep.summary()}; largest difference of a loss: {np.abs(losses[0] - losses[1]).max():.0e}")

# %%
test = small_tasks.parity_of_parities(np.random.default_rng(99), n=500)
sizes = {"one layer of 12": (1, 12), "two layers of 7": (2, 7), "three layers of 5": (3, 5)}
wrong = trials(
    {name: partial(stacked, course, D=1, H=H, K=2, L=L) for name, (L, H) in sizes.items()},
    draw=small_tasks.parity_of_parities,
    score=lambda net: net.errors(test),
    seeds=range(5),
    updates=budget(500, 5),
)
seed_dots(
    wrong,
    "Three sums modulo 2, one upon the other, five seeds",
    "share of wrong answers",
    first="one layer of 12",
)

# %% [markdown]
# No. With the full budget one layer is the best of the three, with a median of no mistakes at all; two layers
# have 6.7 %, three 11.8 %, five seeds each. What is deep in the formula is flat for a network with a state: three bits
# are all there is to remember, and one layer has room for them. The stacks get there more slowly: with 1,500 updates
# instead of 500 (try it) one layer makes no mistake from any of the five seeds, two layers have a median of 1.4 % (0 to
# 4.8), three of 2.8 % (0 to 13.6). That is one small task. On speech depth did pay, more than larger layers: Graves,
# Mohamed and Hinton 2013, [arXiv:1303.5778](https://arxiv.org/abs/1303.5778).
#
# So what is a stack for? At the end of the next part stands a task that one layer cannot do at all.
#
# ## Exercise 16.7: both directions
#
# *Difficulty ●●○ · about 6 minutes · about four lines*
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
from utils.check import check

check(bidirectional_forward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("bidirectional_forward", bidirectional_forward)
### END HIDDEN TESTS

# %% [markdown]
# What does a state know? Change one input in the middle and look which hidden states notice.

# %%
reader = workbook(lstm_forward, here=(bidirectional_forward,))
wide = [init_params(rng, 4, 16, 1) for _ in range(2)]
x_before = rng.normal(size=(30, 1, 4))
x_after = x_before.copy()
x_after[12] += 1.0
start = np.zeros((2, 1, 16))
states = [reader.bidirectional_forward(x, start, start, *wide) for x in (x_before, x_after)]
who_notices(*states, touched=12)

# %% [markdown]
# Together the two halves know the whole sequence, at every step. So never let a bidirectional network predict
# the next character: it has read it. Whatever is produced step by step has no backward direction.
#
# ## Exercise 16.8: both directions backwards
#
# *Difficulty ●●○ · about 7 minutes · about eight lines*
#
# Two LSTMs that know nothing of each other go back on their own. Three things need care:
#
# 1. `dh` (T, N, 2H) is cut where h was joined: the first H units are the forward direction's, (T, N, H).
# 2. The second direction lives in **turned time**. It read x[T-1] first. So its half of dh has to be turned before it
#    goes into `lstm_backward`, and the dx that comes out is turned as well.
# 3. Both read the same x. Two ways into one thing: their dx add up, (T, N, D).


# %% nbgrader={"grade": false, "grade_id": "bidirectional_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bidirectional_backward(dh, x, h0, c0, forwards, backwards):
    """Both directions backwards.

    dh: (T, N, 2H) the loss's own gradient at the joined hidden states.
    x, h0, c0, forwards, backwards: what bidirectional_forward took.
    Returns dx (T, N, D), dh0, dc0 (2, N, H), row 0 for the direction forwards, and
    grads_forwards, grads_backwards: two dicts with the gradients of the two LSTMs' weights.
    """
    ### BEGIN SOLUTION
    H = h0.shape[2]
    _, _, there = lstm_forward(x, h0[0], c0[0], forwards)
    _, _, back = lstm_forward(x[::-1], h0[1], c0[1], backwards)
    dx_there, *starts_there, grads_there = lstm_backward(dh[:, :, :H], there, forwards)
    dx_back, *starts_back, grads_back = lstm_backward(dh[::-1, :, H:], back, backwards)
    dh0, dc0 = (np.stack(both) for both in zip(starts_there, starts_back, strict=True))
    return dx_there + dx_back[::-1], dh0, dc0, grads_there, grads_back
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_bidirectional_backward", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(bidirectional_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("bidirectional_backward", bidirectional_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## An answer that stands to the right
#
# Spanish opens a question with ¿. English does not say until the end. Let a network put the missing mark: for every
# letter, does its sentence end with "?" or with "."? Sentences are random letters, about five of them, so nothing but
# the end tells.

# %%
both = workbook(lstm_forward, lstm_backward, here=(bidirectional_forward, bidirectional_backward))
pair = [bidirectional(whose, seed=0, D=6, H=8, K=2) for whose in (both, course)]
losses = [learn(net, small_tasks.questions, 20, seed=0) for net in pair]
print(f"{both.summary()}; largest difference of a loss: {np.abs(losses[0] - losses[1]).max():.0e}")

# %%
test = small_tasks.questions(np.random.default_rng(99), n=200)
updates = budget(150, 5)
wrong = trials(
    {
        "one direction, 12 units": partial(stacked, course, D=6, H=12, K=2, L=1),
        "both directions, 8 units each": partial(bidirectional, course, D=6, H=8, K=2),
        "yours, both directions": partial(bidirectional, both, D=6, H=8, K=2),
    },
    draw=small_tasks.questions,
    score=lambda net: net.errors(test),
    seeds=range(3),
    updates=updates,
)

# %% [markdown]
# One direction has half of the letters wrong: it guesses, and it cannot do better, for nothing that it has read tells.
# Both directions make no mistake, in any of the three seeds, with about as many weights. And yours learns what the
# course's learns.
#
# ## What one layer cannot say
#
# A harder question about the same letters: does this sentence end with **the same mark as the sentence before it**? The
# half that reads forwards knows the mark before. The half that reads backwards knows the mark to come. So everything
# that is needed stands in h. Will one bidirectional layer do it? And two, one above the other, with as many weights in
# all? What do you expect?

# %%
test = small_tasks.agreement(np.random.default_rng(99), n=200)
wrong = trials(
    {
        "one layer, 11 units each way": partial(bidirectional, course, D=6, H=11, K=2),
        "two layers, 6 units each way": partial(both_ways_twice, course, D=6, H=6, K=2),
    },
    draw=small_tasks.agreement,
    score=lambda net: net.errors(test),
    seeds=range(5),
    updates=budget(300, 5),
)

# %% [markdown]
# One layer gets 40 % wrong, in all five seeds, and two layers make no mistake, in all five. Look at the output layer:
# $h V$ takes a number from the one half, a number from the other, and **adds** them. "The same" is no sum. With two
# marks on each side there are four cases, and whatever is added, at most three of them come out right. What the one layer
# settles for is simpler still: it answers as if the sentence before had always ended with a full stop, and is wrong where it
# did not, for 40 % of the letters. (The first sentence counts as one after a full stop.) Both halves know their part, but
# nobody compares. The layer above reads both and does.
#
# That is what a stack is for: not more of the same, but to work on what the layer below has found out. It is made of your
# two functions alone, called one after the other, and backwards the dx of the upper is the dh of the lower.
#
# ## The ablation: which gate is needed for what?
#
# A task that needs everything a memory can do: the latest marked number again. Numbers that are not marked must be kept
# out. The marked one must be kept, for some ten steps and sometimes for many more. When the next one comes, the old one
# must go.
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
seed_dots(
    wrong,
    "Wrong answers on new streams of 1,000 steps, five seeds",
    "share of wrong answers",
    log=True,
    first="LSTM",
    best=-1,
)
order = sorted(KINDS, key=lambda kind: np.median(wrong[kind]))
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
# For the other parts the verdict is milder. With the full budget, without the input gate or without the output gate even
# the best seed is about as bad as the worst of the whole LSTM, or worse; but that is far less than the forget gate costs.
# What one gate does not keep out or hide, the other weights learn to ignore. Without the tanh on the way in nothing
# bounds what is written at once, and the seeds lie far apart. Peepholes, coupled gates and the tanh on the way out lie
# within the spread. That is one task, twelve units and five hundred updates, and no law. The largest comparison there is found much the same: Greff et al. (*LSTM: A
# Search Space Odyssey*, 2017, [arXiv:1503.04069](https://arxiv.org/abs/1503.04069)) trained the LSTM and eight
# variants in 5,400 runs on speech, handwriting and music. None was significantly better than the whole LSTM; the forget gate and the activation on the way
# out mattered most. The second of these you do not see in the table above: tasks differ.
#
# ## Make it fast (may be skipped)
#
# Your `lstm_forward` is correct. It makes eight matrix products at each step. What a fast LSTM does first, in
# every library:
#
# 1. **One product instead of four.** Put the gates' weights side by side: $U$ is (D, 4H), $W$ is (H, 4H). One
#    product gives all four pre-activations.
# 2. **All inputs at once.** $x_t U$ needs no state. So it can be made for all steps before the first one.
# 3. What is left in the loop is $h_{t-1} W$, one product a step.
#
# ## Exercise 16.9: the fused LSTM
#
# *Difficulty ●●○ · about 10 minutes · about ten lines*


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
from utils.check import check

check(fused_lstm_forward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("fused_lstm_forward", fused_lstm_forward)
### END HIDDEN TESTS

# %% [markdown]
# Same numbers? And how much faster? A word on measuring: a computer does other things as well, so a
# single time by the clock says little. We count the time that the processor spends on *us*, let the
# contenders run in turn, seven times each, and take the median.
#
# Three contenders are there: yours, step by step; your fused one; and `utils.networks.lstm`. One more is `one_tanh`
# (in `utils/networks/tricks.py`), your fused LSTM with one thing changed: σ(z) = (1 + tanh(z/2)) / 2, so one call of
# tanh makes all four gates.

# %%
T, D, H = 50, 65, 128
big = init_params(rng, D, H, D)
UWb = packed(big)
fused = workbook(here=(fused_lstm_forward,))
print(f"Of the fused one: {fused.summary()}")
times = {}
for N in (1, 32):
    ids = rng.integers(D, size=(T, N))
    one_hot, zero = np.eye(D)[ids], np.zeros((N, H))
    fast = LSTM.from_params(big, np.float64)
    faster = LSTM.from_params(big, np.float32)
    slow_h, _, _ = lstm_forward(one_hot, zero, zero, big)
    fused_h, _ = fused.fused_lstm_forward(one_hot, zero, zero, *UWb)
    print(f"N = {N}: largest difference, step by step to fused {np.abs(slow_h - fused_h).max():.0e},"
          f" to utils.networks.lstm {np.abs(slow_h - fast.forward(ids)).max():.0e}")  # fmt: skip
    times[N] = in_turn(
        step_by_step=(lstm_forward, one_hot, zero, zero, big),
        fused=(fused.fused_lstm_forward, one_hot, zero, zero, *UWb),
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
# sitting; several of its tricks can be measured alone. Each is a pair: a way to compute something, and another way to
# compute the same (`utils/networks/tricks.py`). How many times as fast is the second?

# %%
bars(
    gains(tricks(rng, *UWb[:2], sigmoid)),
    "What a trick pays on this computer",
    "times as fast, this part alone",
)

# %% [markdown]
# One bar ends at the line or left of it: to copy Wᵀ gains nothing. Where it says 0.8, say, the product with the copy takes
# a quarter **longer**. "Contiguous arrays are fast" is what one reads, and `W.T` is a view whose rows are not contiguous.
# But a matrix product does not walk through its matrices row by row. BLAS is told to read W transposed, and arranges
# either form for itself. So this trick is none, and it would have to be done anew after each update. **A trick that
# was not measured is a belief.**
#
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

    given = one_hot, zero, dh
    right, got = yours(*given), ours(fast, ids, dh)
    worst = max(np.abs(got[name] - right[name]).max() / np.abs(right[name]).max() for name in got)
    print(f"N = {N}: largest relative difference of a gradient {worst:.0e}")
    whole[N] = in_turn(
        step_by_step=(yours, *given),
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
# - Four relatives of the LSTM, forwards and backwards, each of them trained where it should shine.
# - An experiment that tells which gate a task needs, with its spread over seeds.
# - A fused LSTM, and the habit of measuring what a change pays.
#
# **Next:** outside this course nobody hands you `params["W_f"]`. Unit 17 carries your weights to PyTorch and back, and
# proves that they have arrived.
