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
# # 1 · The vanishing gradient
#
# **Time** 45 minutes · **You need** unit 00; it helps to know what a derivative is
#
# At the end of this unit you can
#
# - write a plain recurrent network and run it over a sequence,
# - measure how much of a gradient is left after a hundred steps,
# - say why a plain RNN learns what lies far back by luck if at all, and why larger weights are no cure.

# %% [markdown]
# ## How far back can a network remember?
#
# A recurrent neural network (RNN) reads a sequence one step at a time. What it has read it keeps in its
# **hidden state** $h_t$. At every step it makes a new one, from the input and the old one:
#
# $$h_t = \tanh(U x_t + W h_{t-1} + b)$$
#
# ![A plain RNN unrolled over three steps: each box takes an input and the state of the box to its left.](rnn.svg)
#
# The hidden state serves two purposes: it is the memory, and it is what predictions are made from.
# The notes say that such a network cannot retain information for a long time, because of the vanishing
# gradient problem. That is true of *learning*: a plain RNN can hold on to something if its weights
# happen to be right for it, and you will see one that does. What is hard is to **find** such weights,
# for the signal that should tell it fades on the way back. You are going to measure it.

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.learner.quiz import ask
from utils.pictures.plots import course_style, show
from utils.pictures.seeds import by_lag
from utils.training.first_input import STARTS, accuracy_after_training
from utils.training.train import budget

course_style()

# %% [markdown]
# ## Exercise 1.1: one step
#
# *Difficulty ●○○ · about 3 minutes · one line*
#
# In our arrays **a row is an example**, so $U x_t$ is written `x @ U`.
#
# | array | shape | here |
# |---|---|---|
# | `x` | (N, D) | N examples with D inputs |
# | `h_prev` | (N, H) | their hidden states one step ago |
# | `U`, `W`, `b` | (D, H), (H, H), (H,) | weights and bias |


# %% nbgrader={"grade": false, "grade_id": "rnn_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_step(x, h_prev, U, W, b):
    """One step of a plain RNN.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before. U: (D, H). W: (H, H). b: (H,).
    Returns h: (N, H), the new hidden state.
    """
    ### BEGIN SOLUTION
    return np.tanh(x @ U + h_prev @ W + b)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_rnn_step", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(rnn_step)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("rnn_step", rnn_step)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 1.2: a sequence
#
# *Difficulty ●○○ · about 5 minutes · about five lines*
#
# The same step again and again, with the same weights. Keep every state.


# %% nbgrader={"grade": false, "grade_id": "rnn_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_forward(x, h0, U, W, b):
    """A plain RNN over a whole sequence.

    x: (T, N, D) inputs. h0: (N, H) state before the first step. U: (D, H). W: (H, H). b: (H,).
    Returns h: (T, N, H), the state after every step.
    """
    ### BEGIN SOLUTION
    states, h = [], h0
    for x_t in x:
        h = rnn_step(x_t, h, U, W, b)
        states.append(h)
    return np.stack(states)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_rnn_forward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(rnn_forward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("rnn_forward", rnn_forward)
### END HIDDEN TESTS

# %% [markdown]
# ## How a nudge travels
#
# Nudge the state $h_t$ a little. How much does the last state $h_T$ move? The answer is a matrix, the
# Jacobian $\partial h_T / \partial h_t$: entry (j, k) says how much unit j at the end answers to unit k at
# step t. It is also what carries the gradient of a loss at step T back to step t.
#
# For one step you can read it off the equation. Unit j is $\tanh$ of a sum in which unit k appears with
# the weight `W[k, j]`, and the slope of tanh where it has the value $h$ is $1 - h^2$. So
#
# $$\frac{\partial h_{t+1}}{\partial h_t} = \mathrm{diag}(1 - h_{t+1}^2)\; W^{\top}$$
#
# with the transpose because in our arrays rows are examples. For many steps the chain rule multiplies:
#
# $$\frac{\partial h_T}{\partial h_t} =
#   \frac{\partial h_T}{\partial h_{T-1}} \cdots \frac{\partial h_{t+2}}{\partial h_{t+1}}\,
#   \frac{\partial h_{t+1}}{\partial h_t}$$
#
# A product of a hundred matrices. If each makes vectors a little shorter, nothing is left.
#
# ## Exercise 1.3: measure it
#
# *Difficulty ●●○ · about 15 minutes · about six lines*
#
# The size of a matrix is its **spectral norm**: the largest factor by which it can stretch a vector,
# `np.linalg.norm(J, 2)`. Begin at the end, where the Jacobian is the identity, and walk back.


# %% nbgrader={"grade": false, "grade_id": "jacobian_norms", "locked": false, "schema_version": 3, "solution": true, "task": false}
def jacobian_norms(h, W):
    """How much the last state of a plain RNN depends on each state before it.

    h: (T, H) the hidden states of one sequence. W: (H, H) its recurrent weights.
    Returns (T,): entry t is the spectral norm of the Jacobian of h[T-1] for h[t]; the last is 1.
    """
    ### BEGIN SOLUTION
    T, H = h.shape
    norms, jacobian = np.ones(T), np.eye(H)
    for t in range(T - 2, -1, -1):
        jacobian = jacobian @ ((1 - h[t + 1] ** 2)[:, None] * W.T)
        norms[t] = np.linalg.norm(jacobian, 2)
    return norms
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_jacobian_norms", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(jacobian_norms)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("jacobian_norms", jacobian_norms)
### END HIDDEN TESTS

# %% [markdown]
# ## A hundred steps back
#
# Now the measurement. A network of 64 units reads 100 random inputs. Its recurrent matrix is random, with
# entries of spread gain/√64. At gain 1 a vector keeps its length on average when it goes through the
# matrix; at 0.5 it is halved; at 1.5 and 3 it grows. Which of the four will carry a gradient over a
# hundred steps?
#
# To see what the tanh does, we measure twice: once with the states the network really visits, and once
# with all states at 0, where the slope of tanh is 1 and the powers of $W$ alone remain.

# %%
rng = np.random.default_rng(1)
T, H = 100, 64
x = 0.5 * rng.normal(size=(T, 1, 4))
U = rng.normal(size=(4, H)) / 2
base = rng.normal(size=(H, H)) / np.sqrt(H)

states = {
    gain: rnn_forward(x, np.zeros((1, H)), U, gain * base, np.zeros(H))[:, 0]
    for gain in (0.5, 1.0, 1.5, 3.0)
}
norms = {gain: jacobian_norms(h, gain * base) for gain, h in states.items()}
alone = {gain: jacobian_norms(np.zeros((T, H)), gain * base) for gain in states}

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.5, 4.2))
for (gain, each), style in zip(norms.items(), (":", "--", "-.", "-"), strict=True):
    ax.semilogy(np.arange(T - 1, -1, -1), each, style, label=f"gain {gain:g}")
ax.set(
    title="How much of a nudge is left",
    xlabel="steps between the nudge and the end",
    ylabel="spectral norm of the Jacobian",
)
ax.legend()
show(
    fig,
    alt="Norm of the Jacobian over 100 steps on a logarithmic axis: "
    + ", ".join(f"{each[0]:.0e} at gain {gain:g}" for gain, each in norms.items())
    + " after 99 steps.",
)

# %%
print("after 99 steps   measured   W alone")
for gain in norms:
    print(f"gain {gain:<12g}{norms[gain][0]:8.0e}{alone[gain][0]:10.0e}")

# %% [markdown]
# Read the scale. At gain 0.5 more than thirty zeros stand behind the point before anything is left: the
# gradient has **vanished**. Gain 1 sounds safe, and vanishes too, because the slope of tanh is below 1
# wherever the state is not 0. At gain 3 it **explodes**: a nudge of a millionth is soon as large as the
# state itself.
#
# Now compare the two columns. Without the tanh, gain 3 would explode far more. Larger weights
# drive the states towards −1 and 1, where tanh is flat: it is **saturated**, and every flat step takes
# something off the product. This is why the edge lies near gain 1.5 in this network, and not at 1.
#
# So is 1.5 the cure? Look closer. Every step multiplies, so a little to either side counts a
# hundred times.

# %%
for gain in (1.2, 1.4, 1.5, 1.6, 1.8):
    h = rnn_forward(x, np.zeros((1, H)), U, gain * base, np.zeros(H))[:, 0]
    print(f"gain {gain:g}: after 99 steps {jacobian_norms(h, gain * base)[0]:.0e}")

# %% [markdown]
# Between gain 1.2 and gain 1.8 lie nine powers of ten. The edge exists, but it is narrow, and training
# moves the weights all the time.

# %%
ask("product_of_slopes")

# %% [markdown]
# ## The surprise: it can learn, until luck decides
#
# A vanishing gradient is an abstract thing. Here is what it does. The first input of a sequence says
# "red" or "blue"; then comes noise; at the end the network is asked which it was. We train a plain RNN of
# 16 units, by real gradients, on 400 batches of 32 fresh sequences. Only the number of noise steps
# changes. Five seeds each; guessing is right half of the time.
#
# One thing more must be varied, or we would fool ourselves: what the recurrent matrix is before training.
# The usual start is random numbers. A **rotation** (an orthogonal matrix) changes no vector's length, and the
# **identity** changes no vector at all: with both, only the slope of tanh takes from the gradient at first.

# %%
lags, seeds = (2, 5, 10, 20, 40, 80), range(budget(5, 1, "seeds"))
results = {
    start: np.array([[accuracy_after_training(lag, seed, start) for seed in seeds] for lag in lags])
    for start in STARTS
}
by_lag(
    lags,
    results,
    title="Which was the first input?",
    xlabel="steps to remember it",
    ylabel="share right after training",
    guess=0.5,
)

# %% [markdown]
# Up to 20 steps every network is perfect, whatever it started from. Then it is not *worse* so much as
# **unreliable**: read the row of 80 steps. A seed that finds the way answers nearly everything, the others might
# as well toss a coin, although one bit is all they have to keep. Which seeds these are may differ on your computer,
# for a rounding is enough to lose the way. Where this was written the identity carried all five over 40 steps and two
# over 80: a better start moves the edge. It does not take it away.
#
# Does patience? Four times the training, from the usual start:

# %%
longer = [accuracy_after_training(80, seed, updates=1600) for seed in seeds]
print("80 steps, 1,600 updates: " + "  ".join(f"{share:.0%}" for share in longer))

# %% [markdown]
# It helps some, and one can never know which. Keep this table in mind: at the end of unit 08 an LSTM meets the
# same task, the same 80 steps and the same five seeds.
#
# ## Is the network too small?
#
# One unit would do, if somebody set its weights by hand. It hears the first input and is deaf to the
# noise, and it speaks to itself with weight 2.

# %%
U_hand, W_hand = np.array([[2.0], [0.0]]), np.array([[2.0]])
x_hand = rng.normal(size=(81, 2, 2))  # two sequences, 80 steps of noise
x_hand[:, :, 0] = 0
x_hand[0, :, 0] = [1, -1]  # "red" and "blue"
h_hand = rnn_forward(x_hand, np.zeros((2, 1)), U_hand, W_hand, np.zeros(1))
print("states after 80 steps:   ", np.round(h_hand[-1, :, 0], 3))
print("what is left of a nudge: ", f"{jacobian_norms(h_hand[:, 0], W_hand)[0]:.0e}")

# %% [markdown]
# It remembers without a flaw, since $\tanh(2 \cdot 0.9575) = 0.9575$: the state feeds itself. But look
# at the second line. Here the gradient vanishes *because* the memory is good: what no noise can push
# off its place, no nudge can either. [Bengio, Simard and Frasconi](https://doi.org/10.1109/72.279181)
# found this trade-off in 1994: holding information for long stands against learning well by gradients.
# The weights exist; the gradient hardly points to them.
#
# ## What would help?
#
# Look at the product once more. The trouble is that the way back leads through a matrix and a tanh at
# *every* step. Suppose there were a second state that is not pushed through anything: it stays as it is
# unless something is deliberately erased or added. A nudge would then arrive as it was sent.
#
# That is the idea of the LSTM. Its RNN cells are replaced by cells that split the hidden state in two:
# a **cell state**, the memory, and a **hidden state** for making predictions. Three structures called
# **gates** decide what is forgotten (forget gate), what is added (input gate) and what is given out
# (output gate). Nobody sets them: they learn it.
#
# The notes say that this "resolves" the vanishing gradient problem. More exactly: along the cell state
# the gradient is multiplied by the forget gate alone. Near 1 it lives long, near 0 it is
# gone at once. The network can choose, which a plain RNN cannot. The notes also say that both states are
# "shared across every time step". It is the *weights* that are the same at every step; the states are
# handed on and change.
#
# ## In your own words
#
# Somebody says: "Then simply make the weights larger, so that the gradient does not vanish." What do you
# answer? Two or three sentences (2 points, read by a person).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_vanishing_gradient", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# Larger weights make the product grow instead of shrink: the gradient explodes and every update jumps. They
# also drive the states towards -1 and 1, where the slope of tanh is nearly 0, which takes part of the gain
# back. There is a gain in between at which neither happens, but it is a narrow edge: each step multiplies,
# so a little to either side is far away after a hundred steps, and training moves the weights.

# %% [markdown]
# ## What you have now
#
# - A plain RNN, `rnn_step` and `rnn_forward`.
# - A measurement: the gradient over a hundred steps is a product of a hundred Jacobians, and such
#   products vanish or explode.
# - The consequence, seen in training: whether what lies far back is learned depends on the seed and on
#   the start, even though the weights that would do it exist.
#
# **Next:** [unit 02](../02_forget_gate/forget_gate.ipynb) builds the first gate, the one that decides what a memory keeps.
