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
# # Build an LSTM, gate by gate
#
# **Time** 35 minutes · **You need** a little Python, and to know what a matrix product is
#
# ![The LSTM cell: the cell state runs along the top from left to right; a forget gate, an input gate, a candidate and an output gate act on it from below.](cell.svg)
#
# This is a long short-term memory cell, an LSTM. Hochreiter and Schmidhuber published it in 1997; the
# forget gate was added by Gers, Schmidhuber and Cummins in 2000. It looks like plumbing, and it is:
# three valves, one pipe. In this course you build every piece of it yourself, in NumPy, and understand
# why it is there.
#
# And this is what it will do. In unit 13 your own training step teaches it eight plays by Shakespeare, one character
# after the other. After two minutes it goes on by itself, where you wrote "HAMLET.":
#
# ```
# HAMLET.
#
# Ham.
# And descettle your enemy.
#
# [Re-enter Antony and two Lady Capulet.]
#
# Hor.
# Why, free hither, madam is a man
# Upon what he hath ground to make our hate;
# Let me our ear cry might bester: you love
# ```
#
# Nobody told it what a word is, that people take turns, or that a line begins with a capital.
# (`benchmarks/language_model.py` prints it, with what it was trained on.)
#
# At the end of this unit you can
#
# - find your way through the course and its notebooks,
# - read what a check tells you, and use it,
# - write σ, the function that every gate is made of: first as it stands in the book, then so that it never
#   fails.

# %% [markdown]
# ## The way
#
# ![The course as a map of seven stages: the question (units 00 and 01), the cell (02 to 06), forwards (07, 08), backwards (09 to 11), it learns (12 to 16), in the world (17 to 21), and your own project (22). A circle marks the units of a weekend, a square those for work.](map.svg)
#
# <!-- units: the build writes this list -->
#
# | unit | you build | minutes |
# |---|---|---|
# | 00 Start here | the sigmoid | 35 |
# | [01 The vanishing gradient](../01_vanishing_gradient/vanishing_gradient.ipynb) | a plain RNN, and the measure of its forgetting | 45 |
# | [02 The forget gate](../02_forget_gate/forget_gate.ipynb) | the gate that keeps or erases | 35 |
# | [03 The input gate](../03_input_gate/input_gate.ipynb) | what is written, and how much of it | 50 |
# | [04 The output gate](../04_output_gate/output_gate.ipynb) | what is shown | 35 |
# | [05 The cell state](../05_cell_state/cell_state.ipynb) | the memory itself, and two that you set by hand | 60 |
# | [06 The hidden state](../06_hidden_state/hidden_state.ipynb) | the whole LSTM step | 60 |
# | [07 The output and its loss](../07_softmax_output/softmax_output.ipynb) | predictions, and what they cost | 40 |
# | [08 Forward propagation](../08_forward_propagation/forward_propagation.ipynb) | a whole sequence | 40 |
# | [09 Gradient checking](../09_gradient_check/gradient_check.ipynb) | the judge of every backward pass | 40 |
# | [10 One step backwards](../10_backward_step/backward_step.ipynb) | every arrow of the cell, in reverse | 60 |
# | [11 Backpropagation through time](../11_bptt/bptt.ipynb) | the gradient of everything | 60 |
# | [12 Training](../12_training/training.ipynb) | clipping, Adam, and a network that learns | 75 |
# | [13 A language model](../13_language_model/language_model.ipynb) | a network that writes names and Shakespeare | 60 |
# | [14 Forecasting](../14_forecasting/forecasting.ipynb) | a forecast of sunspots, and what it is worth | 50 |
# | [15 Reproduce the paper](../15_reproduce_the_paper/reproduce_the_paper.ipynb) | the experiments of 1997 and 2000, run again | 60 |
# | [16 Variants](../16_variants/variants.ipynb) | the LSTM's relatives, and its fast form | 75 |
# | [17 Your LSTM and PyTorch's](../17_pytorch/pytorch.ipynb) | weights carried to PyTorch and back, with proof | 45 |
# | [18 Unequal lengths](../18_unequal_lengths/unequal_lengths.ipynb) | batches of whatever comes, with the right gradients | 50 |
# | [19 Generalise](../19_generalise/generalise.ipynb) | a network that does not learn by heart | 60 |
# | [20 Attention](../20_attention/attention.ipynb) | an encoder-decoder that looks back | 60 |
# | [21 After the LSTM](../21_after_the_lstm/after_the_lstm.ipynb) | sLSTM, minLSTM and mLSTM, and what each gives up | 55 |
# | [22 Capstone](../22_capstone/capstone.ipynb) | a project of your own, checked and reported | 90 |
# | together | | about 21 hours |
#
# <!-- end of the list -->
#
# In a class you get them one after the other: where a link leads nowhere, that unit comes later.
#
# There are three ways through:
#
# - **A weekend:** units 00 and 02 to 08, about six hours. You will have written an LSTM that computes.
# - **All of it:** two units a week are a term. You will have derived, trained and doubted it.
# - **For work:** a weekend's units, then 09, 12, 13 and 17 to 19, about eleven hours: how to train one, what a library
#   does differently, and what to do with real batches and with little data. Where a function of a unit that you left
#   out is needed, the course's stands in.
#
# The course follows [notes](lstm-notes.md) on one chapter of a book. Everything in them is taught here.
# Where they are not exact, we say so.
#
# ## How a notebook works
#
# A notebook is made of cells. Click into one and press **Shift+Enter**: it runs, and the next one is
# selected. Run them from top to bottom. If things get muddled, choose *Kernel → Restart Kernel and Run
# All Cells*. Your work is saved in the notebook.
#
# Where a cell only draws a picture, its code is folded away: click on the three dots to read it. It runs like any other.
#
# Try it with the next cell. It looks whether everything is here that the course needs.

# %%
from utils.learner.environment import environment_check

environment_check()

# %%
import numpy as np

from utils.check import check
from utils.learner import progress
from utils.learner.quiz import ask
from utils.pictures.curves import sigmoid_curve
from utils.pictures.plots import course_style

course_style()

# %% [markdown]
# ## One curve behind every gate
#
# A gate answers with a number between 0 and 1: how much shall pass? But what a network computes first
# is any number $z$, from very negative to very positive. The **sigmoid** turns the one into the other:
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}}$$

# %%
sigmoid_curve()

# %% [markdown]
# With numbers: for $z = 2$, $e^{-2} = 0.135$, so $\sigma(2) = 1 / 1.135 = 0.881$. For $z = -2$, $e^{2} = 7.389$, so
# $\sigma(-2) = 1 / 8.389 = 0.119$. Together they make 1.
#
# Two facts to keep. $\sigma(0) = \tfrac12$. And $\sigma(-z) = 1 - \sigma(z)$: the curve looks the same
# from both ends.

# %%
ask("sigmoid_of_zero")

# %% [markdown]
# ## How a check answers
#
# Under every exercise stands a cell with `check(…)`. It calls your function with many inputs and
# compares. Before you write anything, see it answer two tries of somebody else.
#
# **A wrong try.** Somebody took `tanh` for the sigmoid. Read the box from the top: how many points, which
# properties hold, what is wrong and why. *The case it fails on* shows numbers; *A hint* unfolds.

# %%
check(lambda z: np.tanh(z), "logistic")


# %% [markdown]
# **A nearly right try.** $\sigma(z) = (1 + \tanh(z/2))\,/\,2$ is true, so every number is right. All the same one
# point is missing.


# %%
def halves(z):
    z /= 2
    return (1 + np.tanh(z)) / 2


check(halves, "logistic")

# %% [markdown]
# Whoever passed `z` still needs it. A function that changes what it was given spoils a calculation far from where
# the mistake is, so every check of this course looks whether yours leaves its arguments alone.
#
# ## Exercise 0.1: the formula
#
# *Difficulty ●○○ · about 3 minutes · one line*
#
# Your turn: write $1 / (1 + e^{-z})$ as it stands in the book. `np.exp` takes a whole array, and so do `+`, `-`
# and `/`.


# %% nbgrader={"grade": false, "grade_id": "logistic", "locked": false, "schema_version": 3, "solution": true, "task": false}
def logistic(z):
    """The logistic function 1 / (1 + exp(-z)), entry by entry, as it stands in the book.

    z: float64 array of any shape, each entry between -30 and 30.
    Returns an array of z's shape, each entry in (0, 1).
    """
    ### BEGIN SOLUTION
    return 1 / (1 + np.exp(-z))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_logistic", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(logistic)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("logistic", logistic)
### END HIDDEN TESTS

# %% [markdown]
# ## The formula, far out
#
# Between -30 and 30 all is well. Now ask more of the same function. The next exercise is to hold for every $z$, to
# -1000 and 1000; here is what its check says of your formula.

# %%
check(logistic, "sigmoid")

# %% [markdown]
# One point is missing: for $z = -1000$ the formula asks for $e^{1000}$, which no float64 can hold. The
# result is still right, by luck ($1/\infty = 0$), but NumPy warns. And at $z = -712$ the luck is gone:
# the formula gives 0, and $6 \cdot 10^{-310}$ is due. Does that matter? The loss of unit 07 is the logarithm of a
# probability, and the logarithm of 0 is minus infinity.
#
# ## Exercise 0.2: a sigmoid that never fails
#
# *Difficulty ●●○ · about 10 minutes · two or three lines*
#
# There are two ways to write the same function:
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}} = \frac{e^{z}}{1 + e^{z}}$$
#
# The left one overflows for very negative $z$, the right one for very positive. Use each where it is
# safe. An array has entries of both kinds, so you need a way to choose entry by entry.


# %% nbgrader={"grade": false, "grade_id": "sigmoid", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid(z):
    """The logistic function 1 / (1 + exp(-z)), entry by entry.

    z: float64 array of any shape.
    Returns an array of z's shape, each entry in [0, 1], without overflow for any z.
    """
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(z))  # between 0 and 1 for every z
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_sigmoid", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(sigmoid)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("sigmoid", sigmoid)
### END HIDDEN TESTS

# %% [markdown]
# ## The surprise: the same formula, written badly
#
# $\sigma(z) = 1 - \sigma(-z)$ is true. So for negative $z$ one could compute the right-hand side. Here are
# both, with your function, far to the left. On paper they are equal.

# %%
print(f"{'z':>6}{'yours':>14}{'1 - σ(-z)':>14}")
for value in (-5.0, -20.0, -35.0, -37.0, -40.0, -100.0):
    yours = float(sigmoid(np.array(value)))
    print(f"{value:6g}{yours:14.4g}{1 - float(sigmoid(np.array(-value))):14.4g}")

# %% [markdown]
# From about $z = -37$ on, the second column is exactly 0. A number near 1 has no room for digits
# that small, so the subtraction leaves nothing. Nothing crashed and nothing warned. Numerical mistakes
# are quiet; this course will look for them with you.
#
# ## One notation
#
# Every unit uses these names. The columns after *meaning* say what the same thing is called elsewhere:
# in PyTorch, in two courses, and in the papers of 1997 and 2000. You need not learn the table. Come
# back to it.
#
# <!-- notation: the build writes this table -->
#
# | here | shape | meaning | PyTorch | CS231n | d2l | 1997, 2000 |
# |---|---|---|---|---|---|---|
# | N, T, D, H, K | | batch, time steps, inputs, hidden units, outputs or classes | N, L, H_in, H_out | N, T, D, H, V | n, T, d, h, q | |
# | `x` | (T, N, D); one step (N, D) | input, time first, rows are examples | `input` | `x` | `X` | $y^u$ |
# | `f`, `i`, `o` | (N, H) | forget, input and output gate of one step, between 0 and 1 | f, i, o | `f`, `i`, `o` | `F`, `I`, `O` | $y^{\varphi}$, $y^{in}$, $y^{out}$ |
# | `g` | (N, H) | candidate of one step, between −1 and 1 | g | `g` | `C_tilde` | $g(net_c)$ |
# | `c` | (T, N, H); one step (N, H) | cell state | c (the last: `c_n`) | `c` | `C` | $s_c$ |
# | `h` | (T, N, H); one step (N, H) | hidden state | `output` (the last: `h_n`) | `h` | `H` | $y^c$ |
# | `U_f`, `U_i`, `U_g`, `U_o` | (D, H) | input → gate | `weight_ih` (transposed, packed i, f, g, o) | `Wx` | `W_x*` | $w_{\varphi u}$, $w_{in\,u}$, … |
# | `W_f`, `W_i`, `W_g`, `W_o` | (H, H) | hidden → gate | `weight_hh` (transposed, packed) | `Wh` | `W_h*` | the same $w$ |
# | `b_f`, `b_i`, `b_g`, `b_o` | (H,) | biases | `bias_ih` + `bias_hh` | `b` | `b_*` | a $w$ whose $y^u$ is 1 |
# | `V`, `b_y` | (H, K), (K,) | hidden → output (the notes have no `b_y`) | `Linear` | `W_vocab` | `W_hq` | $w_{k u}$ |
# | `params` | dict of the names above | all weights, float64 unless said | `state_dict` | | | |
#
# <!-- end of the table -->
#
# A row is an example, so a linear map is written `x @ U`.
#
# ## Where you are
#
# Run this page again whenever you like to know. Of the cell, a part is in colour when your own functions for it pass
# their checks: on the left from the input to the output, on the right the gradients' way back.

# %%
from utils.learner.cell_map import cell_map

cell_map()

# %%
progress.table()

# %% [markdown]
# ## In your own words
#
# Every unit has one question that no program grades. In a class your teacher reads your answer; alone,
# compare it with the solution's. Here is the first: why is a gate's answer a number *between* 0 and 1,
# and not simply 0 or 1? Two sentences are enough (2 points).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_start_here", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# A gate that jumps from 0 to 1 has no slope, so nothing could tell the network in which direction to
# change it. With a smooth gate a small change of a weight changes the result a little, and learning can
# follow that. Besides, to keep nine tenths of something is sometimes just right.

# %% [markdown]
# ## What you have now
#
# - σ: any number in, a share between 0 and 1 out, exact on both sides.
# - A check that says what is right, what is not, and why.
#
# **Next:** before the gates, the problem they solve. [Unit 01](../01_vanishing_gradient/vanishing_gradient.ipynb)
# lets you watch a plain recurrent network forget.
