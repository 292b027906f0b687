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
# # 4 · The output gate
#
# **Time** 35 minutes · **You need** units 02 and 03 (the forget gate and the input gate)
#
# At the end of this unit you can
#
# - write the third gate, and set its weights by hand so that it shows what is asked for,
# - say what the difference is between hiding and forgetting,
# - count the weights of an LSTM.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("04")

# %% [markdown]
# ## You know more than you say
#
# Read this and fill in the blank:
#
# > *Ada grew up in London, loved music, and spoke fluent ______.*
#
# You know many things about Ada by now. To fill the blank, one of them counts: the country. The others
# must not be forgotten (the next sentence may ask for the music), but just now they would only be in the
# way. Something has to select. In the LSTM it is the **output gate**.
#
# ![The LSTM cell with the output gate lit up: it multiplies what leaves the cell on the right.](cell.svg)
#
# $$o_t = \sigma(U_o\, x_t + W_o\, h_{t-1} + b_o)$$
#
# The notes say that the output gate "looks up all the information in the cell state and selects the
# correct information to fill the blank". The picture is a good one, with one thing to put right: the
# gate never looks *at* the cell state. It sees the input $x_t$ and the previous hidden state
# $h_{t-1}$, like the other two gates, and from these decides which units are let out. (Peepholes, which
# you meet in a later unit, change exactly that.)

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
# ## Exercise 4.1: the output gate
#
# *Difficulty ●○○ · about 3 minutes · one line*
#
# | array | shape |
# |---|---|
# | `x`, `h_prev` | (N, D), (N, H) |
# | `U_o`, `W_o`, `b_o` | (D, H), (H, H), (H,) |
# | `o` | (N, H) |


# %% nbgrader={"grade": false, "grade_id": "output_gate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_gate(x, h_prev, U_o, W_o, b_o):
    """The output gate of one step.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_o: (D, H), W_o: (H, H), b_o: (H,) weights and bias of this gate.
    Returns o: (N, H), each entry in (0, 1): the share of the memory that is shown.
    """
    ### BEGIN SOLUTION
    return sigmoid(x @ U_o + h_prev @ W_o + b_o)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_output_gate", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(output_gate)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("output_gate", output_gate)
### END HIDDEN TESTS

# %% [markdown]
# Your gate in the cell. The memory holds 1.5 all the time, and the input $x$ grows from -3 to 3 along the
# strips: what is shown of it follows the gate.

# %%
living_cell(output_gate)

# %% [markdown]
# ## Exercise 4.2: a spotlight
#
# *Difficulty ●●○ · about 8 minutes · one to five lines*
#
# Set the gate's weights by hand. The memory is a dark stage with $H$ units, and each input asks for one of them:
# while input $k$ is 1, unit $k$ is shown; while it is 0, unit $k$ is hidden. Several may be asked for at the same
# time, and none of them disturbs another.
#
# In unit 03 you did this for one unit. What is new is that there are many, and that there may be more inputs than
# units, or fewer.


# %% nbgrader={"grade": false, "grade_id": "spotlight_params", "locked": false, "schema_version": 3, "solution": true, "task": false}
def spotlight_params(D, H):
    """Weights, set by hand, with which input k shows unit k of the memory.

    D, H: number of inputs, each 0 or 1, and of hidden units.
    Returns a dict of the 3 float64 arrays U_o (D, H), W_o (H, H), b_o (H,). For every k below both
    D and H, o[:, k] is above 0.95 where input k is 1 and below 0.05 where it is 0, whatever the
    other inputs and the hidden state of the step before are. Units without an input may do what
    they like.
    """
    ### BEGIN SOLUTION
    return {"U_o": 12 * np.eye(D, H), "W_o": np.zeros((H, H)), "b_o": np.full(H, -6.0)}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_spotlight_params", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(spotlight_params)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("spotlight_params", spotlight_params)
### END HIDDEN TESTS

# %% [markdown]
# ## The blank, word by word
#
# Now the sentence, grown by a second blank, with your gate and your weights. The memory has four units, and we fill
# it by hand: *who*, *where*, *hobby*, *tense*. Each is set to 1 by a word and stays. After "fluent" a language will
# be asked for, so input *where* is 1 there; after "played" it is the hobby.
#
# What leaves the cell is $h_t = o_t \odot \tanh(c_t)$, the equation of unit 06.

# %%
sentence = "Ada grew up in London loved music spoke fluent ______ and played ______"
words = sentence.split()
units = ["who", "where", "hobby", "tense"]
c = np.zeros((len(words), len(units)))
for word, unit in (("Ada", "who"), ("London", "where"), ("music", "hobby"), ("grew", "tense")):
    c[words.index(word) :, units.index(unit)] = 1.0

x = np.zeros((len(words), len(units)))
for word, unit in (("fluent", "where"), ("played", "hobby")):
    x[words.index(word), units.index(unit)] = 1.0

# %%
mine = workbook()
mine.add(spotlight_params)
params = mine.spotlight_params(4, 4)
o = output_gate(x, np.zeros_like(c), params["U_o"], params["W_o"], params["b_o"])
shown = o * np.tanh(c)
spoken = [f"{units[k]} at {words[t]}" for t, k in np.argwhere(shown > 0.5)]
strips(
    {"what the memory holds, c": c, "output gate o": o, "what is shown, o ⊙ tanh(c)": shown},
    words,
    alt="Three heat maps over the words of the sentence. The memory fills up: who, tense, where, hobby. "
    f"Something is shown at two places only: {' and '.join(spoken)}.",
    units=units,
)
print("shown:", ", ".join(spoken))

# %% [markdown]
# The memory is full at the end, and all but silent. At two words one unit each speaks, and that is what the next
# layer needs to guess *English*, and then *the piano*. The first question took nothing away from the second.
#
# ## The surprise: hidden is not forgotten
#
# Two ways to make a memory disappear for twenty steps: close the **output gate**, or close the **forget
# gate** a little. From outside the two look alike. What happens when the gates open again?

# %%
T, closed = 60, slice(20, 40)
steps = np.arange(T)
gate_input = np.zeros((T, 1))
gate_input[closed] = 1.0  # a signal that says "close"
no_h, one, zero = np.zeros((T, 1)), np.ones((1, 1)), np.zeros((1, 1))

shown_gate = output_gate(gate_input, no_h, -12 * one, zero, np.array([6.0]))[:, 0]
kept_gate = forget_gate(gate_input, no_h, -6 * one, zero, np.array([8.0]))[:, 0]

hidden = shown_gate * np.tanh(np.ones(T))  # the memory stays at 1
forgotten = np.tanh(np.cumprod(kept_gate))  # the output gate stays open

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots()
ax.axvspan(20, 39, color=COLOURS["x"], alpha=0.2, label="gate closed")
ax.plot(steps, hidden, color=COLOURS["output"], label="output gate closed")
ax.plot(steps, forgotten, "--", color=COLOURS["forget"], label="forget gate at "
        f"{kept_gate[closed].mean():.2f}")  # fmt: skip
ax.set(title="Hiding and forgetting", xlabel="time step t", ylabel="what is shown, $h_t$")
ax.legend(loc="upper right", bbox_to_anchor=(1, 0.75))
show(
    fig,
    alt="Both curves drop during steps 20 to 39. Afterwards the one behind the output gate is back at "
    f"{hidden[-1]:.2f}, as before; the one behind the forget gate stays at {forgotten[-1]:.2f}.",
)

# %%
print(f"after the gates open again: hidden {hidden[45]:.3f}, forgotten {forgotten[45]:.3f}")

# %% [markdown]
# The hidden memory comes back as if nothing had happened. That is why an LSTM has two states: the cell
# state is what it knows, the hidden state is what it says.

# %%
ask("hidden_or_forgotten")

# %% [markdown]
# ## Three gates, one form
#
# | gate | question | at 0 | at 1 | weights |
# |---|---|---|---|---|
# | forget $f_t$ | how much of the old stays? | erase | keep | $U_f, W_f, b_f$ |
# | input $i_t$ | how much of the new is written? | ignore | write | $U_i, W_i, b_i$ |
# | output $o_t$ | how much is shown? | hide | show | $U_o, W_o, b_o$ |
#
# Written down, the three functions are the same. Only the weights differ, and where the result is used.
# With the candidate there are four such maps, so a cell has $4\,(DH + H^2 + H)$ weights:

# %%
print(f"{'D':>5}{'H':>6}{'weights':>12}")
for D, H in ((1, 1), (10, 20), (65, 128), (100, 512)):
    print(f"{D:5}{H:6}{4 * (D * H + H * H + H):12,}")

# %%
ask("how_many_weights")

# %% [markdown]
# ## In your own words
#
# Give an example, from language or from elsewhere, of something that a network should know for a long
# time and show only rarely. What would its three gates do meanwhile? (2 points, read by a person.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_output_gate", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# The language of a quotation inside a long text, for example. When the quotation begins, the input gate
# opens once and writes it. Then the forget gate stays near 1 so that it is kept, the input gate near 0 so
# that nothing is written over it, and the output gate near 0. Only where a word depends on it, the output
# gate opens.

# %% [markdown]
# ## What you have now
#
# - $o_t = \sigma(U_o x_t + W_o h_{t-1} + b_o)$, and with it all three gates.
# - A spotlight made of weights: each input shows one unit of the memory.
# - Hiding leaves the memory whole; forgetting does not.
# - $4\,(DH + H^2 + H)$ weights in a cell.
#
# **Next:** the gates are ready. Unit 05 puts the memory between them.
