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
# **Time** 50 minutes · **You need** unit 02 (the forget gate)
#
# At the end of this unit you can
#
# - write the two halves of writing: *what* could be stored, and *how much* of it is,
# - say why one of them is made by $\sigma$ and the other by $\tanh$,
# - set the weights of a unit by hand so that it reads only what you want,
# - spot a mistake in a published figure, and measure what it would cost.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("03")

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
# **Spot the mistake.** The figure that goes with the notes labels two of its gates like this:
#
# $$f_t = \sigma(U_f\, x_t + W_f\, h_{t-1} + b_f) \qquad i_t = \sigma(U_i\, x_t + W_f\, h_{t-1} + b_i)$$
#
# Compare with the formula above before you unfold the answer.
#
# <details><summary>Which letter is wrong?</summary>
#
# The input gate has been given $W_f$, the forget gate's matrix. It should be $W_i$. The formula has the same form as
# the forget gate's, and the notes add the important half of the sentence: *only that it learns to do something
# different*. For that it needs weights of its own. At the end of this unit you measure what the typo would cost.
#
# </details>

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.learner.living_cell import living_cell
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.pictures.machines import strips
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

# %% [markdown]
# Your gate in the cell. A candidate of 0.8 waits to be written, and the input $x$ grows from -3 to 3 along
# the strips. Move the sliders: which of them shifts the place where the gate opens, which makes it open
# faster, and which turns it round?

# %%
living_cell(input_gate)

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
# ## The two halves of writing
#
# One unit, and along the strips every input from -3 to 3. The gate decides *where* something happens, the
# candidate *what*; the last strip is their product, which is written. Move the two biases: which one
# makes the unit pick and choose? Then move the previous hidden state: the same input can be written or
# kept out.

# %%
living_cell(candidate_state, input_gate)

# %%
ask("closed_input")

# %% [markdown]
# ## Exercise 3.3: weights that read
#
# *Difficulty ●●○ · about 10 minutes · about six lines*
#
# Until now somebody else chose the weights. Later, training will. Here you do: build a unit that reads a text
# and writes something only at capitals and digits. Input 0 is 1 at a capital, input 1 is 1 at a digit, and all
# other inputs tell of things that do not matter here.
#
# An example of how such numbers are found. A gate that is to open for input 2 alone needs a bias that shuts it, say
# $b = -6$: $\sigma(-6) = 0.002$. A weight of 12 from input 2 turns that round when the input is 1:
# $\sigma(-6 + 12) = 0.998$. All other weights are 0.
#
# 1. For which inputs must the gate be open?
# 2. A gate is never negative. So where does the minus of the digits come from?


# %% nbgrader={"grade": false, "grade_id": "reader_params", "locked": false, "schema_version": 3, "solution": true, "task": false}
def reader_params(D, H):
    """Weights, set by hand, with which unit 0 writes at capitals and digits alone.

    D, H: number of inputs, at least 2, and of hidden units. Inputs are 0 or 1: input 0 is 1 at a
    capital and input 1 at a digit, never both; the others may be anything and are to be ignored.
    Returns a dict of the 6 float64 arrays U_i, U_g (D, H), W_i, W_g (H, H), b_i, b_g (H,). What
    unit 0 writes, i[:, 0] * g[:, 0], is within 0.2 of +1 at a capital and of -1 at a digit, and
    smaller than 0.05 elsewhere, whatever the hidden state of the step before is. Other units may
    do what they like.
    """
    ### BEGIN SOLUTION
    params = {"U_i": np.zeros((D, H)), "W_i": np.zeros((H, H)), "b_i": np.zeros(H)}
    params |= {"U_g": np.zeros((D, H)), "W_g": np.zeros((H, H)), "b_g": np.zeros(H)}
    params["b_i"][0] = -6.0  # shut, unless …
    params["U_i"][:2, 0] = 12.0  # … a capital or a digit comes
    params["U_g"][:2, 0] = 6.0, -6.0  # and this is which of the two it was
    return params
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_reader_params", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(reader_params)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("reader_params", reader_params)
### END HIDDEN TESTS

# %% [markdown]
# ## A unit that reads only what it is told to
#
# Here is a sentence, character by character, read with your weights. (While they are not right yet, the course's
# take their place, and a line says so.)

# %%
sentence = "Ada wrote to Charles in 1843, on 5 October."
x = np.array([[char.isupper(), char.isdigit()] for char in sentence], dtype=float)
mine = workbook()
mine.add(reader_params)
params = mine.reader_params(2, 1)


# %%
def read(params):
    """Input gate and candidate at every character of the sentence, with nothing shown before."""
    h_prev = np.zeros((len(sentence), 1))
    i = input_gate(x, h_prev, params["U_i"], params["W_i"], params["b_i"])
    return i, candidate_state(x, h_prev, params["U_g"], params["W_g"], params["b_g"])


i, g = read(params)
letters = np.array(list(sentence))
up, down = "".join(letters[(i * g)[:, 0] > 0.5]), "".join(letters[(i * g)[:, 0] < -0.5])
strips(
    {"input gate i": i, "candidate g": g, "written i · g": i * g},
    sentence,
    alt=f"Three rows of colour over the sentence: gate, candidate and their product. The product is near +1 "
    f"at {up}, near -1 at {down}, and close to 0 elsewhere.",
)
print(f"written upwards at {up}, downwards at {down}")

# %% [markdown]
# At an ordinary letter something keeps the memory quiet: a gate that is shut, or a candidate that is exactly 0. Both
# pass the check. They are not equally safe. Training moves every number a little, so move one: give the candidate
# a small bias, once behind your gate and once behind a gate that is always open, and add up what the ordinary
# letters of the sentence write.

# %%
ordinary = (x == 0).all(axis=1)
always_open = params | {"U_i": np.zeros((2, 1)), "b_i": np.array([6.0])}
print(f"{'bias b_g':>9}{'behind your gate':>20}{'always open':>15}")
for bias in (0.0, 0.02, 0.1, 0.5):
    nudge = {"b_g": np.array([bias])}
    sums = [(i * g)[ordinary].sum() for i, g in (read(params | nudge), read(always_open | nudge))]
    print(f"{bias:9.2f}{sums[0]:20.2f}{sums[1]:15.2f}")

# %% [markdown]
# Exactly 0 is a single point, and any nudge leaves it; shut is half of the number line. Behind the open gate a bias of
# 0.1 writes more, over one sentence, than a capital does. (If both columns are alike, your own gate is always open:
# shut it and run the cell again.)
#
# ## The surprise: a memory that can only grow
#
# Suppose somebody made the candidate with $\sigma$ as well. "It is only a different curve." Feed both
# cells the same 200 random inputs, keep everything ($f = 1$), and add up what is written.

# %%
rng = np.random.default_rng(3)
T = 200
noise = rng.normal(size=(T, 1, 1))
one, zero, none = np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1)


def memory(candidate):
    c, path = zero, []
    for x_t in noise:
        c = c + input_gate(x_t, zero, one, one, none) * candidate(x_t, zero, one, one, none)
        path.append(c[0, 0])
    return np.array(path)


with_tanh = memory(candidate_state)
with_sigmoid = memory(input_gate)  # the same form, with σ instead of tanh

# %% jupyter={"source_hidden": true} tags=["hide-input"]
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

# %%
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
# With $W_f$ the two gates agree completely about the past: whenever it tells the cell to keep, it also tells it to
# write. Only the present input and the biases could still keep them apart, so "keep this, and write nothing, because of
# what you remember" cannot be said. With its own matrix the input gate is free.
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
# - $i_t \odot g_t$: what goes into the memory, and a unit that writes only at what you told it to read.
#
# **Next:** keep, write, and then? Unit 04 decides what of the memory is shown.
