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
# # 2 · The forget gate
#
# **Time** 35 minutes · **You need** unit 00 (`sigmoid`) and unit 01 (why a plain RNN forgets)
#
# At the end of this unit you can
#
# - write a gate: from an input and a previous hidden state to numbers between 0 and 1,
# - say how long a memory lives behind a given gate, and compute it,
# - explain why people start the forget gate's bias at 1 and not at 0.

# %% [markdown]
# ## How do you forget on purpose?
#
# A plain RNN rewrites its whole hidden state at every step. In unit 01 you saw what that costs: unless its weights
# happen to be just right, after a hundred steps nothing of the first input is left, whether it mattered or not.
#
# An LSTM keeps a second state, the **cell state** $c_t$, that runs straight through time like a
# conveyor belt. At every step something must decide which parts of it stay. That is the
# **forget gate**, lit up below.
#
# ![The LSTM cell: x and h of the step before enter the forget gate f, whose value multiplies the cell state on its way from left to right.](cell.svg)

# %% [markdown]
# ## One number for each unit of memory
#
# The gate looks at two things, the input $x_t$ and the previous hidden state $h_{t-1}$, and answers
# with one number for each of the $H$ units of the memory:
#
# $$f_t = \sigma(U_f\, x_t + W_f\, h_{t-1} + b_f)$$
#
# The notes say that a forget gate "returns 0 to forget and 1 to retain". Those are its two ends. In
# truth $\sigma$ gives every value **between** 0 and 1 and never quite reaches either: a gate of 0.9
# keeps nine tenths and lets one tenth go. This is no blemish. Because the gate moves smoothly, it has
# a slope everywhere, and a slope is what learning follows.
#
# In the notes' equation $x_t$ is a column. In our arrays **a row is an example**, so the matrix
# product is written the other way round, `x @ U_f`:
#
# | array | shape | here |
# |---|---|---|
# | `x` | (N, D) | N examples with D inputs each |
# | `h_prev` | (N, H) | what each example's H units showed one step ago |
# | `U_f`, `W_f`, `b_f` | (D, H), (H, H), (H,) | the gate's own weights and bias |
# | `f` | (N, H) | the gate: one row per example, one column per unit |

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.learner.living_cell import living_cell
from utils.learner.quiz import ask
from utils.pictures.plots import COLOURS, course_style, show

from earlier import sigmoid

course_style()

# %% [markdown]
# ## Once by hand
#
# One example with two inputs, and a memory of one unit:
#
# $$x = (1,\ -2) \qquad h_{t-1} = 0.5 \qquad U_f = \begin{pmatrix} 0.8 \\ 0.3 \end{pmatrix} \qquad W_f = 1 \qquad b_f = 1$$
#
# | | |
# |---|---|
# | from the input | $1 \cdot 0.8 + (-2) \cdot 0.3 = 0.2$ |
# | from the hidden state | $0.5 \cdot 1 = 0.5$ |
# | with the bias | $z = 0.2 + 0.5 + 1 = 1.7$ |
# | the gate | $f = \sigma(1.7) = 0.846$ |
#
# So 84.6 % of what this unit remembers stays, and the rest is let go. That is all a gate does. Now for every example
# and every unit at once.
#
# ## Exercise 2.1: the gate
#
# *Difficulty ●○○ · about 5 minutes · one line*
#
# Write $f_t$ for a whole batch. `sigmoid` is yours from unit 00 and already imported.


# %% nbgrader={"grade": false, "grade_id": "forget_gate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forget_gate(x, h_prev, U_f, W_f, b_f):
    """The forget gate of one step.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_f: (D, H), W_f: (H, H), b_f: (H,) weights and bias of this gate.
    Returns f: (N, H), each entry in (0, 1): the share of the cell state that is kept.
    """
    ### BEGIN SOLUTION
    return sigmoid(x @ U_f + h_prev @ W_f + b_f)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_forget_gate", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(forget_gate)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("forget_gate", forget_gate)
### END HIDDEN TESTS

# %%
x, h_prev = np.array([[1.0, -2.0]]), np.array([[0.5]])
f = forget_gate(x, h_prev, np.array([[0.8], [0.3]]), np.array([[1.0]]), np.array([1.0]))
print("the example from above:", np.round(f, 3))

# %% [markdown]
# ## Play with it
#
# This is the cell of the picture above, alive, and its forget gate is the function you wrote: one
# example, one input, one unit. Move the sliders (with the mouse, or with Tab and the arrow keys) and
# watch the gate. The strips below show what becomes of a memory of 1 in thirty steps if the gate stays
# where it is. Point at a part of the cell, or walk to it with Tab and the arrow keys, and you read its
# equation with the numbers put in.
#
# Try this: set everything to 0. Then find a bias at which half of the memory survives thirty steps.

# %%
living_cell(forget_gate)

# %% [markdown]
# ## How much is left?
#
# At every step the cell state is multiplied by the gate. Suppose nothing new is written. Then after
# one step $f_1 \odot c_0$ is left, after two steps $f_2 \odot f_1 \odot c_0$, and after $t$ steps
#
# $$c_t = \Big(\prod_{k=1}^{t} f_k\Big) \odot c_0 .$$
#
# The product is taken unit by unit, which is what $\odot$ means. Every unit has a memory span of its own.
#
# ## Exercise 2.2: what is left of $c_0$
#
# *Difficulty ●○○ · about 5 minutes · one to four lines*
#
# Given the gates of all steps, return the factor in front of $c_0$ after each of them.


# %% nbgrader={"grade": false, "grade_id": "remaining_memory", "locked": false, "schema_version": 3, "solution": true, "task": false}
def remaining_memory(f):
    """What is left of c_0 after each step, when nothing is written.

    f: (T, N, H) forget gates of T steps.
    Returns (T, N, H): entry t is the product of the gates of steps 0 to t.
    """
    ### BEGIN SOLUTION
    return np.cumprod(f, axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_remaining_memory", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(remaining_memory)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("remaining_memory", remaining_memory)
### END HIDDEN TESTS

# %% [markdown]
# ## A small difference in the gate, a large one in the memory
#
# Four units, four gates, 100 steps. The gates differ by little. Guess before you run the cell: how
# much is left behind a gate of 0.95 after 100 steps?

# %%
gates = np.array([0.5, 0.9, 0.95, 0.99])
steps = 100
left = remaining_memory(np.broadcast_to(gates, (steps, 1, gates.size)))[:, 0]

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.5, 3.8))
styles = [":", "-.", "--", "-"]
for gate, line, curve in zip(gates, styles, left.T, strict=True):
    ax.plot(np.arange(1, steps + 1), curve, line, color=COLOURS["forget"], label=f"f = {gate:g}")
ax.set(
    title="What is left of $c_0$ behind a constant forget gate",
    xlabel="time step t",
    ylabel="share of $c_0$ left",
    ylim=(0, 1.02),
)
ax.legend(title="gate")
show(
    fig,
    alt="Four falling curves over 100 steps: behind a gate of 0.5 the memory is gone after a few "
    f"steps, behind 0.9 after about 40, behind 0.95 {left[-1, 2]:.1%} is left at the end, behind "
    f"0.99 {left[-1, 3]:.0%}.",
)

# %% [markdown]
# The useful way to read such a curve is its **half-life**: the number of steps after which half of
# the memory is gone. With a constant gate $f$, it is the $n$ for which $f^n = \tfrac12$:
#
# $$n_{1/2} = \frac{\ln \tfrac12}{\ln f}$$

# %%
for gate, curve in zip(gates, left.T, strict=True):
    half = np.log(0.5) / np.log(gate)
    print(f"f = {gate:<5g} half-life {half:5.1f} steps, left after {steps}: {curve[-1]:.2g}")

# %% [markdown]
# ## The surprise: where a network starts
#
# Before any training the weights are random and know nothing, so the gates scatter around $\sigma(b_f)$. (With the
# start of unit 08 and inputs of order 1, nine gates in ten lie within 0.16 and 0.84 where $b_f$ is 0.) With the usual bias of 0 that is: **a fresh LSTM
# forgets about half of everything at every step.** What is left of a memory after 100 steps is a factor of about
# $2^{-100}$ or less, and so is the gradient that should teach the network to keep it.
#
# The picture shows the half-life against the bias. Look at the scale of the vertical axis.

# %%
bias = np.linspace(-3, 7, 201)
one, zero = np.ones((1, 1)), np.zeros((1, 1))
at_start = np.array([forget_gate(zero, zero, one, one, np.array([b]))[0, 0] for b in bias])
half_life = np.log(0.5) / np.log(at_start)

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.5, 3.8))
ax.semilogy(bias, half_life, color=COLOURS["forget"])
for b in (0, 1, 3, 5):
    n = np.interp(b, bias, half_life)
    ax.plot(b, n, "o", color=COLOURS["forget"])
    ax.annotate(
        f"bias {b}: {n:.3g}", (b, n), xytext=(8, -12), textcoords="offset points", fontsize=10
    )
ax.set(
    title="How long a fresh LSTM remembers",
    xlabel="bias $b_f$ (input and hidden state at 0)",
    ylabel="half-life of the memory (steps)",
)
show(
    fig,
    alt="Half-life against the forget gate's bias on a logarithmic axis: "
    + ", ".join(f"{np.interp(b, bias, half_life):.3g} steps at bias {b}" for b in (0, 1, 3, 5))
    + ". For large biases each further unit multiplies it by about e.",
)

# %% [markdown]
# At bias 0 the half-life is exactly one step. At bias 1 it is a little over two, at bias 5 about a
# hundred: far to the right, each further unit of bias makes the memory about $e \approx 2.7$ times
# longer, because $1 - \sigma(b) \approx e^{-b}$ there. This is why a forget-gate bias of 1 or more is
# the usual start, and why you will see `forget_bias=1.0` in unit 08 and tune it in unit 12.
#
# ## The price: a gate that is far out hardly learns
#
# Why not start at 20, then? Look at the slope of $\sigma$. A gate near 0 or near 1 sits on the flat
# part: it is **saturated**, and nudging its weights changes almost nothing.

# %%
z = np.linspace(-10, 10, 401)
value = sigmoid(z)
slope = np.gradient(value, z)

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(9, 3.4))
left_ax.plot(z, value, color=COLOURS["forget"])
left_ax.set(title="the gate", xlabel="pre-activation z", ylabel="f = σ(z)")
right_ax.semilogy(z, slope, color=COLOURS["forget"])
right_ax.set(title="its slope", xlabel="pre-activation z", ylabel="df/dz (log scale)")
show(
    fig,
    alt="Left: the sigmoid curve rises from 0 to 1. Right: its slope on a logarithmic axis, a "
    f"quarter at z = 0 and {np.interp(8, z, slope):.1g} at z = 8, falling on both sides.",
)

# %%
print(f"slope at z = 0: {np.interp(0, z, slope):.3f}, at z = 8: {np.interp(8, z, slope):.5f}")

# %% [markdown]
# ## Ask yourself

# %%
ask("half_open")

# %%
ask("who_decides")

# %% [markdown]
# ## In your own words
#
# A network reads a long text and should remember whether a bracket is open. What should the forget
# gate of that unit do while the bracket is open, and what when it closes? Where does the gate get the
# information it needs for this? Two or three sentences in the cell below (2 points, read by a person;
# alone, compare your answer with the solution's).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_forget_gate", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# While the bracket is open the gate should stay close to 1, so that the cell state keeps the mark. When
# the closing bracket is read it should drop towards 0, so that the mark is erased. It sees the closing
# bracket in $x_t$, and $h_{t-1}$ tells it whether there is anything to close.

# %% [markdown]
# ## What you have now
#
# - $f_t = \sigma(U_f x_t + W_f h_{t-1} + b_f)$: one number in (0, 1) for each unit, decided anew at
#   every step from the input and the previous hidden state.
# - What is left of a memory is the **product** of its gates, so half-lives count: 0.9 forgets within
#   tens of steps, 0.99 within hundreds.
# - A bias of 0 halves the memory at every step. Starting with a positive bias keeps it.
#
# **Next:** a memory that can only fade is not much use. In unit 03 the *input gate* decides what is
# written to it.
