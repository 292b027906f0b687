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
# **Time** 30 minutes · **You need** units 02 and 03 (the forget gate and the input gate)
#
# At the end of this unit you can
#
# - write the third gate,
# - say what the difference is between hiding and forgetting,
# - count the weights of an LSTM.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions()

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
from utils.learner.quiz import ask
from utils.pictures.explorer import explore_gate
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

# %%
explore_gate(output_gate, "output")

# %% [markdown]
# ## The blank, word by word
#
# Now the sentence with your gate. The memory has four units, and we fill it by hand: *who*, *where*,
# *hobby*, *tense*. Each is set to 1 by a word and stays. The output gate has one simple rule: after
# "fluent", a language will be asked for, so the unit *where* is let out. Nothing else is.
#
# What leaves the cell is $h_t = o_t \odot \tanh(c_t)$, the equation of unit 06.

# %%
sentence = "Ada grew up in London loved music and spoke fluent ______"
words = sentence.split()
units = ["who", "where", "hobby", "tense"]
one_hot = np.eye(len(words))

c = np.zeros((len(words), len(units)))
for word, unit in (("Ada", "who"), ("London", "where"), ("music", "hobby"), ("grew", "tense")):
    c[words.index(word) :, units.index(unit)] = 1.0

U_o = np.zeros((len(words), len(units)))
U_o[words.index("fluent"), units.index("where")] = 12.0
o = output_gate(one_hot, np.zeros_like(c), U_o, np.zeros((4, 4)), np.full(4, -6.0))

fig, axes = plt.subplots(3, 1, figsize=(9, 5.4), sharex=True)
fig.subplots_adjust(hspace=0.45)
rows = {
    "what the memory holds, c": c,
    "output gate o": o,
    "what is shown, o ⊙ tanh(c)": o * np.tanh(c),
}
for ax, (name, values) in zip(axes, rows.items(), strict=True):
    picture = ax.imshow(values.T, aspect="auto", cmap="cividis", vmin=0, vmax=1)
    ax.set(title=name, yticks=range(4), yticklabels=units)
    ax.grid(False)
    fig.colorbar(picture, ax=ax, pad=0.01)
axes[-1].set(xticks=range(len(words)), xticklabels=words, xlabel="word read")
axes[-1].tick_params(axis="x", rotation=30)
show(
    fig,
    alt="Three heat maps over the words of the sentence. The memory fills up: who, tense, where, "
    "hobby. The output gate is closed but for one entry, the unit where at the word fluent. There, and "
    f"only there, something is shown: {(o * np.tanh(c)).max():.2f}.",
)

# %% [markdown]
# The memory is full at the end, and all but silent. At one word, one unit speaks, and that is what the
# next layer needs to guess *English*.
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

fig, ax = plt.subplots()
ax.axvspan(20, 39, color="grey", alpha=0.15, label="gate closed")
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
# - Hiding leaves the memory whole; forgetting does not.
# - $4\,(DH + H^2 + H)$ weights in a cell.
#
# **Next:** the gates are ready. Unit 05 puts the memory between them.
