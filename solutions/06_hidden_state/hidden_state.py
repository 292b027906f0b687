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
# # 6 · The hidden state
#
# **Time** 60 minutes · **You need** units 02 to 05
#
# At the end of this unit you can
#
# - show a memory through its gate,
# - write a whole LSTM step, with everything the way back will need,
# - make one unit tell odd from even, which a plain RNN of one unit cannot,
# - prove that it is the same LSTM that PyTorch has.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("06")

# %% [markdown]
# ## What does the cell say?
#
# The cell state knows everything and is shown to nobody. What the rest of the network sees, and what the
# gates see at the next step, is the **hidden state** $h_t$. It is used for computing the output, that is,
# for making predictions. One equation is left:
#
# $$h_t = o_t \odot \tanh(c_t)$$
#
# ![The LSTM cell with the hidden state lit up: the cell state goes down through tanh, is multiplied by the output gate, and leaves as h.](cell.svg)
#
# Why the tanh? Because the cell state has no bound: you have seen it count. The layers that read
# $h_t$ should not be shouted at. Between -1 and 1, by the gate's choice: that is what leaves the cell.

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.learner.living_cell import living_cell
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.pictures.machines import odd_or_even
from utils.pictures.plots import COLOURS, course_style, show

from earlier import (
    candidate_state,
    forget_gate,
    input_gate,
    latch_params,
    output_gate,
    rnn_forward,
    update_cell_state,
)

course_style()

# %% [markdown]
# ## Exercise 6.1: what is shown
#
# *Difficulty ●○○ · about 2 minutes · one line*


# %% nbgrader={"grade": false, "grade_id": "update_hidden_state", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_hidden_state(o, c):
    """The hidden state after one step.

    o: (N, H) output gate. c: (N, H) cell state of this step.
    Returns h: (N, H), each entry in (-1, 1).
    """
    ### BEGIN SOLUTION
    return o * np.tanh(c)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_update_hidden_state", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(update_hidden_state)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("update_hidden_state", update_hidden_state)
### END HIDDEN TESTS

# %% [markdown]
# A counter shows why there are two states. It adds 1 at each of ten steps; the output gate is open.

# %%
memory = np.arange(11.0)[:, None]
shown = update_hidden_state(np.ones_like(memory), memory)

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.5, 3.4))
ax.plot(memory, "o-", color=COLOURS["cell"], label="cell state c: what it knows")
ax.plot(shown, "s--", color=COLOURS["hidden"], label="hidden state h: what it says")
ax.set(title="A counter", xlabel="time step t", ylabel="value")
ax.legend()
show(
    fig,
    alt="The cell state rises in a straight line from 0 to 10. The hidden state bends and stays below "
    f"1: {shown[1, 0]:.2f}, {shown[2, 0]:.2f}, {shown[3, 0]:.3f} and so on.",
)

# %%
ask("two_states")

# %% [markdown]
# ## Exercise 6.2: the whole step
#
# *Difficulty ●●● · about 20 minutes · about ten lines*
#
# This is it. Six equations, and you have written every one of them:
#
# $$\begin{aligned}
# f_t &= \sigma(U_f x_t + W_f h_{t-1} + b_f) & g_t &= \tanh(U_g x_t + W_g h_{t-1} + b_g)\\
# i_t &= \sigma(U_i x_t + W_i h_{t-1} + b_i) & c_t &= f_t \odot c_{t-1} + i_t \odot g_t\\
# o_t &= \sigma(U_o x_t + W_o h_{t-1} + b_o) & h_t &= o_t \odot \tanh(c_t)
# \end{aligned}$$
#
# All weights come in one dict, `params`, by the names they have in the equations: `params["U_f"]`, and
# so on. Besides `h` and `c`, return a **cache**: a dict with everything the way back will ask for, `x`,
# `h_prev`, `c_prev`, `f`, `i`, `g`, `o` and `c`. The functions of the earlier units are imported above.


# %% nbgrader={"grade": false, "grade_id": "lstm_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_step(x, h_prev, c_prev, params):
    """One step of an LSTM.

    x: (N, D) input. h_prev, c_prev: (N, H) hidden and cell state of the step before.
    params: dict of U_f, U_i, U_g, U_o (D, H), W_f, W_i, W_g, W_o (H, H), b_f, b_i, b_g, b_o (H,).
    Returns h (N, H), c (N, H), cache: a dict with x, h_prev, c_prev, f, i, g, o, c.
    """
    ### BEGIN SOLUTION
    f = forget_gate(x, h_prev, params["U_f"], params["W_f"], params["b_f"])
    i = input_gate(x, h_prev, params["U_i"], params["W_i"], params["b_i"])
    g = candidate_state(x, h_prev, params["U_g"], params["W_g"], params["b_g"])
    o = output_gate(x, h_prev, params["U_o"], params["W_o"], params["b_o"])
    c = update_cell_state(f, c_prev, i, g)
    h = update_hidden_state(o, c)
    cache = {"x": x, "h_prev": h_prev, "c_prev": c_prev, "f": f, "i": i, "g": g, "o": o, "c": c}
    return h, c, cache
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_lstm_step", "locked": true, "points": 11, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(lstm_step)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("lstm_step", lstm_step)
### END HIDDEN TESTS

# %% [markdown]
# ## Your cell at work
#
# The diagram with live numbers. It runs your `lstm_step` with the latch of unit 05 for six steps: silence,
# a first input of -1, silence again. Press play, or click the slider and use the arrow keys. Watch how
# $c$ holds on at the end while $x$ is long gone. Point at a part, or walk to it with Tab and the arrow keys,
# to read its equation with the numbers of this step.
#
# Then spoil the latch: what happens to the strip of $c$ when you lower the forget gate's bias to 0?

# %%
params = latch_params(1, 1)
params["b_o"][:] = 2.0  # show most of the memory
living_cell(lstm_step, params=params, x=[0.0, -1.0, 0.0, 0.0, 0.0, 0.0])

# %% [markdown]
# ## Exercise 6.3: odd or even?
#
# *Difficulty ●●● · about 15 minutes · about ten lines*
#
# One last machine, and the first that needs the whole cell, $h$ included. Input 0 is a stream of zeros and ones. Unit 0
# shall say at every step whether the number of ones so far is odd. A zero changes nothing; a one turns the answer
# round.
#
# The trick is that two gates take turns:
#
# 1. At a 0 the answer is kept. Which gate is open then, and which is shut?
# 2. At a 1 the old goes and the new comes. So which is open now? Each of the two needs one bias and one weight.
# 3. What comes must be the opposite of what was there. The candidate cannot see $c$, but it sees $h$: what is $h$ when
#    $c$ is 0, and what when $c$ is 1? Which $b_g$ and $W_g$ make the candidate about +1 in the first case and negative
#    in the second?


# %% nbgrader={"grade": false, "grade_id": "parity_params", "locked": false, "schema_version": 3, "solution": true, "task": false}
def parity_params(D, H):
    """Weights, set by hand, with which unit 0 says whether the number of ones so far is odd.

    D, H: number of inputs and of hidden units. Inputs are 0 or 1; input 0 is read, and the others
    are to be ignored.
    Returns a dict of the 12 float64 arrays U_f, U_i, U_g, U_o (D, H), W_f, W_i, W_g, W_o (H, H),
    b_f, b_i, b_g, b_o (H,). The states start at 0. After each of 60 steps c[:, 0] is above 0.5 if
    input 0 was 1 an odd number of times, and below 0.5 otherwise. Other units may do what they like.
    """
    ### BEGIN SOLUTION
    params = {f"U_{gate}": np.zeros((D, H)) for gate in "figo"}
    params |= {f"W_{gate}": np.zeros((H, H)) for gate in "figo"}
    params |= {f"b_{gate}": np.zeros(H) for gate in "figo"}
    params["b_f"][0], params["U_f"][0, 0] = 10.0, -20.0  # at a 0 keep, at a 1 erase
    params["b_i"][0], params["U_i"][0, 0] = -10.0, 20.0  # at a 0 write nothing, at a 1 all
    params["b_g"][0], params["W_g"][0, 0] = 3.0, -10.0  # the opposite of what was shown
    params["b_o"][0] = 10.0  # show it, so that the candidate can see
    return params
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_parity_params", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(parity_params)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("parity_params", parity_params)
### END HIDDEN TESTS

# %% [markdown]
# Your weights in your cell. (While they are not right yet, the course's take their place, and a line says so.)

# %%
mine = workbook()
mine.add(parity_params)
params = mine.parity_params(1, 1)


def cell_states(x):
    """What unit 0 does with x (T, N, 1): cell state, forget gate and input gate, each (T, N)."""
    h = c = np.zeros((x.shape[1], 1))
    path = []
    for x_t in x:
        h, c, cache = lstm_step(x_t, h, c, params)
        path.append((c[:, 0], cache["f"][:, 0], cache["i"][:, 0]))
    return np.array(path).transpose(1, 0, 2)


bits = np.array([0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0.0])
c, f, i = cell_states(bits[:, None, None])[:, :, 0]
odd_or_even(bits, {"forget": f, "input": i}, c)

# %% [markdown]
# One unit, a handful of numbers. (If your even cell state is sometimes 0 and sometimes -1, that is right too: -1 is below
# 0.5, and from there the next one leads up again.)
#
# **A plain RNN of one unit cannot do this**, whatever its weights. Its step is $h_t = \tanh(u\,x_t + w\,h_{t-1} + b)$.
# Say it answers "odd" above some mark and "even" below. A 0 must leave every odd state above every even one: so $h_t$
# rises with $h_{t-1}$, and $w$ is positive. A 1 must turn them round: so $h_t$ falls with $h_{t-1}$, and $w$ is negative.
# It cannot be both. In the LSTM the input opens and shuts gates, and a gate multiplies: what the old state means for the
# next step is another thing at a 1 than at a 0.
#
# A plain RNN with *two* units can, if a reader takes the difference of both: the one says "at least one of old answer
# and new bit", the other "both of them". Set by hand, and run with your code of unit 01, on 200 random sequences:

# %%
rng = np.random.default_rng(6)
x = rng.integers(2, size=(60, 200, 1)).astype(float)
odd = np.cumsum(x[:, :, 0], axis=0) % 2 == 1
U, W, b = np.array([[20.0, 20]]), np.array([[10.0, 10], [-10, -10]]), np.array([-10.0, -30])
h = rnn_forward(x, np.zeros((200, 2)), U, W, b)
two_units = (h[:, :, 0] - h[:, :, 1]) / 2 > 0.5
one_unit = cell_states(x)[0] > 0.5
print(f"right at so many of {odd.size:,} steps:")
print(f"  plain RNN, the difference of two units {(two_units == odd).mean():.1%}")
print(f"  LSTM, one unit                         {(one_unit == odd).mean():.1%}")

# %% [markdown]
# ## The surprise: it is the real thing
#
# `torch_lstm_cell.npz` holds weights, inputs and results of `torch.nn.LSTMCell`, the cell that is trained
# all over the world, saved once so that you need not install it. PyTorch packs the four gates into one
# matrix, in the order **i, f, g, o**, transposed, with two biases that are added. Unpacked, the numbers
# go straight into your function.

# %%
stored = np.load("torch_lstm_cell.npz")
size = stored["weight_hh"].shape[1]
theirs = {}
for k, gate in enumerate("ifgo"):
    block = slice(k * size, (k + 1) * size)
    theirs[f"U_{gate}"] = stored["weight_ih"][block].T
    theirs[f"W_{gate}"] = stored["weight_hh"][block].T
    theirs[f"b_{gate}"] = stored["bias_ih"][block] + stored["bias_hh"][block]

h, c, _ = lstm_step(stored["x"], stored["h_prev"], stored["c_prev"], theirs)
print(f"largest difference in h: {np.abs(h - stored['h']).max():.1e}")
print(f"largest difference in c: {np.abs(c - stored['c']).max():.1e}")

# %% [markdown]
# Equal to the last digits of a float64. There is no secret ingredient: what you have written *is* the LSTM.
#
# ## A trap: whose array is it?
#
# One habit can spoil all this without an error message. Suppose the update were written "in place", to
# save memory:

# %%
c_prev = np.array([[2.0]])
cache = {"c_prev": c_prev}  # remembered for the way back …

c = c_prev
c *= 0.5  # … and overwritten: c and c_prev are two names for one array
print("the cache says c_prev was", cache["c_prev"][0, 0])

# %% [markdown]
# The cache holds the same array, not a copy, so it was changed as well: 2 has become 1. `c = f * c_prev +
# …` makes a new array and is safe. This is why every check looks whether your function leaves its
# arguments alone.
#
# ## In your own words
#
# Why does an LSTM need two states, when a plain RNN makes do with one? What would be lost if the gates and
# the output saw $c_t$ directly? Two or three sentences (2 points, read by a person).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_hidden_state", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# A plain RNN uses one state for two purposes, remembering and predicting, and what is good for the one
# disturbs the other. The LSTM separates them: the cell state can keep something for a long time without
# anyone seeing it, and the hidden state shows what is needed now. If everything saw c directly, nothing
# could be kept quietly, and its size, which has no bound, would drive the gates into saturation.

# %% [markdown]
# ## What you have now
#
# | equation | your function |
# |---|---|
# | $f_t = \sigma(U_f x_t + W_f h_{t-1} + b_f)$ | `forget_gate` |
# | $i_t = \sigma(U_i x_t + W_i h_{t-1} + b_i)$ | `input_gate` |
# | $g_t = \tanh(U_g x_t + W_g h_{t-1} + b_g)$ | `candidate_state` |
# | $o_t = \sigma(U_o x_t + W_o h_{t-1} + b_o)$ | `output_gate` |
# | $c_t = f_t \odot c_{t-1} + i_t \odot g_t$ | `update_cell_state` |
# | $h_t = o_t \odot \tanh(c_t)$ | `update_hidden_state` |
# | one step | `lstm_step` |
#
# And one unit of it, set by hand, tells odd from even.
#
# You started with a sigmoid and have an LSTM cell that agrees with everybody else's to sixteen digits.
#
# **Next:** the cell speaks, but in numbers between -1 and 1. Unit 07 turns them into predictions, and
# measures how good they are.
