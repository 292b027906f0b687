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
# # 8 · Forward propagation
#
# **Time** 40 minutes · **You need** unit 06 (`lstm_step`) and unit 07 (the output and its loss)
#
# At the end of this unit you can
#
# - run an LSTM over a whole sequence, and keep what the way back will need,
# - start its weights so that it can learn, and say why they start that way,
# - read a network's mind: its gates and its memory over a sentence,
# - load another library's weights into your own code and get the same numbers.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("08")

# %% [markdown]
# ## From one step to a sequence
#
# You have one step: `lstm_step` takes an input and two states and gives two new states. A sequence is
# the same step again and again, **with the same weights**, each step starting from the states that the
# one before it left. The notes say it in one line: the cell state and the hidden state are shared
# across every time step.
#
# ![The LSTM cell: the states c and h enter from the step before on the left and leave to the next step on the right.](cell.svg)
#
# $$(h_t, c_t) = \mathrm{step}(x_t, h_{t-1}, c_{t-1}) \qquad t = 1, \dots, T$$
#
# | array | shape | here |
# |---|---|---|
# | `x` | (T, N, D) | T steps, N sequences side by side, D inputs |
# | `h0`, `c0` | (N, H) | the states before the first step |
# | `h`, `c` | (T, N, H) | the states after every step |
# | `caches` | list of T | what each step remembers for the way back |

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.learner.quiz import ask
from utils.pictures.plots import course_style, show
from utils.training.first_input import STARTS, accuracy_after_training, lstm_accuracy
from utils.training.train import budget

from earlier import lstm_step

course_style()

# %% [markdown]
# ## Exercise 8.1: where to start
#
# *Difficulty ●●○ · about 10 minutes · about eight lines*
#
# Before the first sequence the weights need values. Three rules, each with its reason:
#
# - **Random**, so that units differ. Two units with equal weights get equal gradients and stay equal
#   for ever.
# - **Spread $1/\sqrt n$**, where n is the number of inputs that are summed: D for $U$, H for $W$ and
#   $V$. A sum of n random terms grows like $\sqrt n$; divided by it, the pre-activations stay of order 1 for
#   inputs of order 1, however large n is, and no gate starts saturated. (A one-hot row is a single 1 among
#   zeros: its share is only $1/\sqrt D$, small and safe.)
# - **Biases 0, but $b_f$ = `forget_bias`.** You saw why in unit 02: at 0 a fresh cell halves its memory
#   at every step.
#
# Draw normal numbers from `rng`, the generator that is passed in, so that every run can be repeated.


# %% nbgrader={"grade": false, "grade_id": "init_params", "locked": false, "schema_version": 3, "solution": true, "task": false}
def init_params(rng, D, H, K, forget_bias=1.0):
    """Starting weights of a whole model.

    rng: numpy.random.Generator, the only source of random numbers. D, H, K: inputs, hidden units,
    classes. forget_bias: the value at which b_f starts.
    Returns a dict of 14 float64 arrays: U_f, U_i, U_g, U_o (D, H) and W_f, W_i, W_g, W_o (H, H),
    normal with standard deviation 1/sqrt(D) and 1/sqrt(H); b_f (H,) = forget_bias and b_i, b_g,
    b_o (H,) = 0; V (H, K), normal with standard deviation 1/sqrt(H); b_y (K,) = 0.
    """
    ### BEGIN SOLUTION
    params = {}
    for gate in "figo":
        params[f"U_{gate}"] = rng.normal(size=(D, H)) / np.sqrt(D)
        params[f"W_{gate}"] = rng.normal(size=(H, H)) / np.sqrt(H)
        params[f"b_{gate}"] = np.zeros(H)
    params["b_f"] = np.full(H, float(forget_bias))
    params["V"] = rng.normal(size=(H, K)) / np.sqrt(H)
    params["b_y"] = np.zeros(K)
    return params
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_init_params", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(init_params)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("init_params", init_params)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 8.2: the whole sequence
#
# *Difficulty ●●○ · about 10 minutes · about eight lines*
#
# Keep every h, every c and every cache. The caches look like a waste now. They are what
# backpropagation through time will walk back along.


# %% nbgrader={"grade": false, "grade_id": "lstm_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_forward(x, h0, c0, params):
    """A whole sequence through the cell.

    x: (T, N, D). h0, c0: (N, H) the states before the first step. params: the cell's weights.
    Returns h (T, N, H), c (T, N, H), the states after every step, and caches, a list of T: what
    lstm_step returned for step t, which gives h, c, cache = lstm_step(x_t, h_prev, c_prev, params).
    """
    ### BEGIN SOLUTION
    h, c = h0, c0
    all_h, all_c, caches = [], [], []
    for x_t in x:
        h, c, cache = lstm_step(x_t, h, c, params)
        all_h.append(h)
        all_c.append(c)
        caches.append(cache)
    return np.stack(all_h), np.stack(all_c), caches
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_lstm_forward", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(lstm_forward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("lstm_forward", lstm_forward)
### END HIDDEN TESTS

# %% [markdown]
# ## Reading a network's mind
#
# Let your code read a sentence. The three units below are set by hand, so we know what each is meant
# to do, and can see whether the gates do it:
#
# - **quote**: 1 inside quotation marks, 0 outside,
# - **length**: grows with every letter of a word, falls back to 0 at its end,
# - **vowel**: 1 if the last character was a vowel.
#
# Every character is a one-hot row, so setting `U[index, unit]` says what one character does to one
# unit.

# %%
sentence = 'Ada wrote: "It can weave patterns." We read on.'
vocabulary = sorted(set(sentence))
one_hot = np.eye(len(vocabulary))[[vocabulary.index(char) for char in sentence]][:, None, :]


def rows(characters):
    return [vocabulary.index(char) for char in characters if char in vocabulary]


letters = rows("".join(filter(str.isalpha, vocabulary)))
mark = rows('"')
vowels = rows("aeiouAEIOU")

quote, length, vowel = 0, 1, 2
D, H = len(vocabulary), 3
reader = {f"U_{gate}": np.zeros((D, H)) for gate in "figo"}
reader |= {f"W_{gate}": np.zeros((H, H)) for gate in "figo"}
reader |= {f"b_{gate}": np.zeros(H) for gate in "figo"}

# %% [markdown]
# The first unit is the clever one. A quotation mark opens or closes, depending on whether one is open
# already. The unit sees that in its own hidden state, through $W_f$ and $W_i$.

# %%
# quote: keep, unless a mark comes while one is open; write at a mark, unless one is open
reader["b_f"][quote], reader["U_f"][mark, quote], reader["W_f"][quote, quote] = 30, -20, -20
reader["b_i"][quote], reader["U_i"][mark, quote], reader["W_i"][quote, quote] = -10, 20, -20
reader["b_g"][quote] = 5

# length: letters keep and add a little, everything else erases
reader["b_f"][length], reader["U_f"][letters, length] = -10, 20
reader["b_i"][length], reader["U_i"][letters, length] = -10, 20
reader["b_g"][length] = 0.2

# vowel: keep nothing, write at a vowel
reader["b_f"][vowel] = -10
reader["b_i"][vowel], reader["U_i"][vowels, vowel] = -10, 20
reader["b_g"][vowel] = 5

reader["b_o"][:] = 10  # everything is shown

h, c, caches = lstm_forward(one_hot, np.zeros((1, H)), np.zeros((1, H)), reader)

# %%
gates = {name: np.stack([cache[key][0] for cache in caches]) for name, key in
         (("forget gate f", "f"), ("input gate i", "i"), ("cell state c", "c"))}  # fmt: skip
inside = c[:, 0, quote] > 0.5

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, axes = plt.subplots(3, 1, figsize=(10, 4.6), sharex=True)
fig.subplots_adjust(hspace=0.6)
for ax, (name, values) in zip(axes, gates.items(), strict=True):
    picture = ax.imshow(values.T, aspect="auto", cmap="cividis", vmin=0, vmax=values.max())
    ax.set(title=name, yticks=range(H), yticklabels=["quote", "length", "vowel"])
    ax.grid(False)
    fig.colorbar(picture, ax=ax, pad=0.01)
axes[-1].set(xticks=range(len(sentence)), xticklabels=list(sentence), xlabel="character read")
show(
    fig,
    alt="Heat maps of forget gate, input gate and cell state over the sentence. The quote unit's "
    f"cell state is 1 for the {inside.sum()} characters from the opening mark up to the closing one; "
    "the length unit ramps up within each word and falls to 0 at its end; the vowel unit lights up "
    "at vowels.",
)

# %%
print("inside quotation marks:", "".join(np.array(list(sentence))[inside]))

# %% [markdown]
# Read the top row of each map. The forget gate of *quote* stays open for the whole sentence and shuts
# at one character only, the closing mark. The input gate opens at one character only, the opening
# mark. Both saw the same character; what differed was $h_{t-1}$.
#
# Nobody sets weights by hand in practice. In unit 13 a trained network finds units like these by
# itself, and you will read them off the same kind of picture.
#
# ## The surprise: no seam
#
# Cut the sentence anywhere, read the first part, carry $h$ and $c$ over, read the rest. How large is
# the difference to reading it at once?

# %%
rng = np.random.default_rng(8)
params = init_params(rng, D, 16, D)
zeros = np.zeros((1, 16))
whole, _, _ = lstm_forward(one_hot, zeros, zeros, params)

for cut in (1, 10, 30):
    first, c_first, _ = lstm_forward(one_hot[:cut], zeros, zeros, params)
    second, _, _ = lstm_forward(one_hot[cut:], first[-1], c_first[-1], params)
    pieces = np.concatenate([first, second])
    restarted, _, _ = lstm_forward(one_hot[cut:], zeros, zeros, params)
    print(
        f"cut at {cut:2}: carried over, largest difference {np.abs(pieces - whole).max():.1g}; "
        f"restarted from 0, {np.abs(restarted - whole[cut:]).max():.2f}"
    )

# %% [markdown]
# Exactly none. Everything the network knows of the past is in these two rows of numbers. That is how
# a text of a million characters will be read in unit 12, in pieces that fit in memory.

# %%
ask("read_in_pieces")

# %% [markdown]
# ## Is it the same LSTM that everybody uses?
#
# `torch_lstm.npz` holds weights, inputs and outputs of `torch.nn.LSTM`, saved once. PyTorch stores the
# same numbers in another way:
#
# - the four gates are stacked in one matrix, in the order **i, f, g, o**,
# - the matrices are transposed: (4H, D) and (4H, H),
# - there are two biases, which are added.
#
# Unpacked, they go straight into your function.

# %%
stored = np.load(Path("torch_lstm.npz"))
hidden = stored["weight_hh"].shape[1]
theirs = {}
for k, gate in enumerate("ifgo"):
    block = slice(k * hidden, (k + 1) * hidden)
    theirs[f"U_{gate}"] = stored["weight_ih"][block].T
    theirs[f"W_{gate}"] = stored["weight_hh"][block].T
    theirs[f"b_{gate}"] = stored["bias_ih"][block] + stored["bias_hh"][block]

ours, ours_c, _ = lstm_forward(stored["x"], stored["h0"], stored["c0"], theirs)
print("x", stored["x"].shape, "→ h", ours.shape)
print(f"largest difference in h: {np.abs(ours - stored['h']).max():.1e}")
print(f"largest difference in the last c: {np.abs(ours_c[-1] - stored['c_last']).max():.1e}")

# %% [markdown]
# Not close: the same, to the last digits of a float64. What you have written *is* the LSTM.
#
# ## Back to unit 01's task
#
# Name the first input, 80 steps later: in unit 01 a plain RNN learned that for some seeds and not for others, from
# three different starts. Here is the LSTM on the same task: 16 units, the same 400 updates, the same five seeds.
# How to learn is still ahead of you, so the course's fast LSTM does it (unit 11 shows that it computes what you
# will write). The only thing we vary is `forget_bias`.

# %%
seeds = range(budget(5, 1, "seeds"))
print("80 steps, share right:")
for start in STARTS:
    shares = [accuracy_after_training(80, seed, start) for seed in seeds]
    print(f"plain RNN, {start:12}" + "  ".join(f"{share:4.0%}" for share in shares))
for bias in (0.0, 1.0, 3.0, 5.0):
    shares = [lstm_accuracy(80, seed, bias) for seed in seeds]
    print(f"LSTM, b_f = {bias:g}          " + "  ".join(f"{share:4.0%}" for share in shares))

# %% [markdown]
# An LSTM as such is no cure: with a bias of 0 or 1 it does no better than a coin, for a half-life of one or two
# steps (unit 02) leaves nothing of step 0 at step 80, forwards or backwards. At 5, with a half-life of about a
# hundred, every seed learns it. The gate *can* let a gradient pass; whether it does at the start is up to you.
#
# ## In your own words
#
# Why does every time step use the same weights, and what would be lost if each had its own? Two or
# three sentences (2 points, read by a person).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_forward_propagation", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# With shared weights the network can read a sequence of any length, and what it learns at one position
# holds at every other: a quotation mark means the same at step 3 and at step 300. With weights for every
# step there would be T times as many to learn, each from a T-th of the data, and none for a longer text.

# %% [markdown]
# ## What you have now
#
# - `lstm_forward`: the whole sequence, with every state and every cache.
# - Starting weights: random, spread $1/\sqrt n$, biases 0 except the forget gate's.
# - The states carry everything: pieces read one after the other give what the whole gives.
#
# **Next:** forward is half of the way. Before you walk back, unit 09 gives you the tool that tells
# whether a backward pass is right: gradient checking.
