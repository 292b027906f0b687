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
# # 3 · The input gate
#
# **Time** 40 minutes · **You need** unit 02 (the forget gate)
#
# At the end of this unit you can
#
# - write the two halves of writing: *what* could be stored, and *how much* of it is,
# - say why one of them is made by $\sigma$ and the other by $\tanh$,
# - spot a mistake in a figure that thousands have copied.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions()

# %% [markdown]
# ## What deserves to be remembered?
#
# A memory that can only fade is not much use. At every step the cell also adds something. Two questions
# must be answered, and the LSTM gives each a piece of its own:
#
# - **What** could be stored? The **candidate state** $g_t$, also called the internal state vector: new
#   content, with a sign.
# - **How much** of it is worth storing? The **input gate** $i_t$: a share between 0 and 1 for each unit.
#
# ![The LSTM cell with the input gate i and the candidate g lit up: their product is added to the cell state.](cell.svg)
#
# $$i_t = \sigma(U_i\, x_t + W_i\, h_{t-1} + b_i) \qquad g_t = \tanh(U_g\, x_t + W_g\, h_{t-1} + b_g)$$
#
# What is written is their product, $i_t \odot g_t$. If the gate is 0, the candidate does not matter, and
# if it is 1, all of it goes in. The notes say the gate returns "1 to store". In truth, as with the
# forget gate, it is anything in between.
#
# **A mistake in the figure.** The figure that the notes show gives the input gate the matrix $W_f$,
# the forget gate's. It should be $W_i$. The formula has the same form as the forget gate's, and the notes
# add the important half of the sentence: *only that it learns to do something different*. For that it
# needs weights of its own.

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.learner.quiz import ask
from utils.pictures.explorer import explore_candidate, explore_gate
from utils.pictures.plots import COLOURS, course_style, show

from earlier import forget_gate, sigmoid

course_style()

# %% [markdown]
# ## Exercise 3.1: the input gate
#
# *Difficulty ●○○ · about 3 minutes · one line*
#
# | array | shape |
# |---|---|
# | `x`, `h_prev` | (N, D), (N, H) |
# | `U_i`, `W_i`, `b_i` | (D, H), (H, H), (H,) |
# | `i` | (N, H) |


# %% nbgrader={"grade": false, "grade_id": "input_gate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def input_gate(x, h_prev, U_i, W_i, b_i):
    """The input gate of one step.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_i: (D, H), W_i: (H, H), b_i: (H,) weights and bias of this gate.
    Returns i: (N, H), each entry in (0, 1): the share of the candidate that is written.
    """
    ### BEGIN SOLUTION
    return sigmoid(x @ U_i + h_prev @ W_i + b_i)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_input_gate", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(input_gate)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("input_gate", input_gate)
### END HIDDEN TESTS

# %%
explore_gate(input_gate, "input")

# %% [markdown]
# ## Exercise 3.2: the candidate
#
# *Difficulty ●○○ · about 3 minutes · one line*
#
# The notes give the reason for the $\tanh$: we want the range from -1 to 1, not from 0 to 1. Content may
# push a memory up or down.


# %% nbgrader={"grade": false, "grade_id": "candidate_state", "locked": false, "schema_version": 3, "solution": true, "task": false}
def candidate_state(x, h_prev, U_g, W_g, b_g):
    """The candidate state of one step: what could be added to the memory.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_g: (D, H), W_g: (H, H), b_g: (H,) weights and bias of the candidate.
    Returns g: (N, H), each entry in (-1, 1).
    """
    ### BEGIN SOLUTION
    return np.tanh(x @ U_g + h_prev @ W_g + b_g)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_candidate_state", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(candidate_state)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("candidate_state", candidate_state)
### END HIDDEN TESTS

# %% [markdown]
# ## The map of writing
#
# One unit, every input from left to right, every previous hidden state from bottom to top. The gate
# decides *where* on the map something happens, the candidate *what*. Move the two biases: which one
# makes the unit pick and choose?

# %%
explore_candidate(candidate_state, input_gate)

# %%
ask("closed_input")

# %% [markdown]
# ## A unit that reads only what it is told to
#
# Here is a sentence, character by character. The input has two entries: is it a capital letter, is it a
# digit? The weights are set by hand: the gate opens for either, the candidate is +1 for a capital and -1
# for a digit. Everything else is ignored.

# %%
sentence = "Ada wrote to Charles in 1843, on 5 October."
x = np.array([[char.isupper(), char.isdigit()] for char in sentence], dtype=float)
h_prev = np.zeros((len(sentence), 1))

i = input_gate(x, h_prev, np.array([[12.0], [12.0]]), np.zeros((1, 1)), np.array([-6.0]))
g = candidate_state(x, h_prev, np.array([[6.0], [-6.0]]), np.zeros((1, 1)), np.array([0.5]))

fig, axes = plt.subplots(3, 1, figsize=(10, 3.6), sharex=True)
fig.subplots_adjust(hspace=0.8)
for ax, (name, values) in zip(
    axes, {"input gate i": i, "candidate g": g, "written i · g": i * g}.items(), strict=True
):
    picture = ax.imshow(values.T, aspect="auto", cmap="PuOr", vmin=-1, vmax=1)
    ax.set(title=name, yticks=[])
    ax.grid(False)
    fig.colorbar(picture, ax=ax, pad=0.01)
axes[-1].set(xticks=range(len(sentence)), xticklabels=list(sentence), xlabel="character read")
written = np.abs(i * g)[:, 0] > 0.5
show(
    fig,
    alt="Three rows of colour over the sentence. The input gate is open at capitals and digits only; "
    "the candidate is about 0.5 nearly everywhere; their product is +1 at capitals, -1 at digits and "
    "close to 0 elsewhere.",
)
print("written at:", "".join(np.array(list(sentence))[written]))

# %% [markdown]
# Look at the middle row. The candidate is *not* silent on ordinary letters: it always has something to
# say. It is the gate that keeps it out.
#
# ## The surprise: a memory that can only grow
#
# Suppose somebody made the candidate with $\sigma$ as well. "It is only a different curve." Feed both
# cells the same 200 random inputs, keep everything ($f = 1$), and add up what is written.

# %%
rng = np.random.default_rng(3)
T = 200
x = rng.normal(size=(T, 1, 1))
one, zero, none = np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1)


def memory(candidate):
    c, path = zero, []
    for x_t in x:
        c = c + input_gate(x_t, zero, one, one, none) * candidate(x_t, zero, one, one, none)
        path.append(c[0, 0])
    return np.array(path)


with_tanh = memory(candidate_state)
with_sigmoid = memory(input_gate)  # the same form, with σ instead of tanh

fig, ax = plt.subplots()
ax.plot(with_sigmoid, "--", color=COLOURS["wrong"], label="candidate made by σ")
ax.plot(with_tanh, color=COLOURS["candidate"], label="candidate made by tanh")
ax.set(
    title="200 random inputs, nothing forgotten", xlabel="time step t", ylabel="cell state $c_t$"
)
ax.legend()
show(
    fig,
    alt=f"With sigma the cell state only rises, to {with_sigmoid[-1]:.0f} after 200 steps; with tanh "
    f"it moves up and down and ends at {with_tanh[-1]:.0f}.",
)
falls = (np.diff(with_tanh) < 0).mean()
print(f"after {T} steps: σ {with_sigmoid[-1]:.1f}, tanh {with_tanh[-1]:.1f}")
print(f"steps downwards: σ {(np.diff(with_sigmoid) < 0).mean():.0%}, tanh {falls:.0%}")

# %% [markdown]
# A σ candidate can never take anything back: not one step in two hundred goes down. With tanh about half
# of them do. (It still drifts upwards here, because this input gate opens more for positive inputs, the
# very ones whose candidates are positive.)
#
# ## What the typo costs
#
# Back to the figure's $W_f$. If the input gate borrows the forget gate's matrix, the two cannot react to
# the past independently. Take many random hidden states and compare what the past contributes to each.

# %%
H = 20
states = rng.uniform(-1, 1, size=(500, H))
W_f, W_i = rng.normal(size=(H, H)), rng.normal(size=(H, H))
no_x, U = np.zeros((500, 1)), np.zeros((1, H))

f = forget_gate(no_x, states, U, W_f, np.zeros(H))
for name, W in (("its own W_i", W_i), ("the figure's W_f", W_f)):
    i = input_gate(no_x, states, U, W, np.zeros(H))
    print(
        f"input gate with {name:16}: correlation with f {np.corrcoef(f.ravel(), i.ravel())[0, 1]:+.2f}"
    )

# %% [markdown]
# With $W_f$ the two gates agree completely about the past: whenever the cell keeps, it also writes; it
# could never keep quietly. With its own matrix the input gate is free.
#
# ## In your own words
#
# Why does the LSTM multiply the candidate by a gate at all? Could the candidate not simply be 0 when
# there is nothing to write? Two or three sentences (2 points, read by a person).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_input_gate", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# It could, but then one number would have to say two things at once: what the content is and whether it
# matters. To be 0 the pre-activation of the candidate must be exactly 0, which is a single point between
# up and down, while a gate is closed for every strongly negative pre-activation. With a gate of its own
# the decision "not now" is easy to make and robust, and the candidate is free to describe the content.

# %% [markdown]
# ## What you have now
#
# - $g_t = \tanh(\dots)$: what could be written, with a sign.
# - $i_t = \sigma(\dots)$: how much of it is, with weights of its own ($W_i$, whatever the figure says).
# - $i_t \odot g_t$: what goes into the memory.
#
# **Next:** keep, write, and then? Unit 04 decides what of the memory is shown.
