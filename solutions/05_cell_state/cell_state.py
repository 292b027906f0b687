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
# # 5 · The cell state
#
# **Time** 60 minutes · **You need** units 02 to 04 (the gates and the candidate)
#
# At the end of this unit you can
#
# - update the memory of an LSTM,
# - set its gates by hand so that it latches, counts and erases, and say when that breaks,
# - say in one line why this memory does not lose its gradient.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("05")

# %% [markdown]
# ## How does a memory change?
#
# All the pieces lie ready: what to keep ($f_t$), what could be new ($g_t$), how much of it counts
# ($i_t$). The memory itself, the **cell state** $c_t$, is also called the internal memory: it is where
# all the information is stored. It runs along the top of the picture.
#
# ![The LSTM cell with the cell state lit up: it runs along the top, is multiplied by the forget gate, and the gated candidate is added to it.](cell.svg)
#
# Two things happen to it, and nothing else:
#
# - **Forgetting information.** The old state is multiplied by the forget gate, $f_t \odot c_{t-1}$: only
#   what is still relevant is retained.
# - **Adding information.** The candidate, as far as the input gate lets it, is added: $i_t \odot g_t$.
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t$$
#
# The notes read the formula aloud: the updated cell state is the part that forgets plus the part that
# adds.

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.networks.set_by_hand import depth
from utils.pictures.machines import depths, fading
from utils.pictures.plots import COLOURS, course_style, show

from earlier import candidate_state, forget_gate, input_gate, jacobian_norms, rnn_forward

course_style()

# %% [markdown]
# ## Exercise 5.1: the update
#
# *Difficulty ●○○ · about 3 minutes · one line*
#
# All arrays have shape (N, H), and $\odot$ multiplies entry by entry.


# %% nbgrader={"grade": false, "grade_id": "update_cell_state", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_cell_state(f, c_prev, i, g):
    """The memory after one step.

    f, i: (N, H) forget and input gate. c_prev: (N, H) memory one step ago. g: (N, H) candidate.
    Returns c: (N, H), a new array.
    """
    ### BEGIN SOLUTION
    return f * c_prev + i * g
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_update_cell_state", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(update_cell_state)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("update_cell_state", update_cell_state)
### END HIDDEN TESTS

# %% [markdown]
# ## Three machines
#
# Four combinations of two gates, wide open or shut, make a small machine shop:
#
# | | $i = 0$ | $i = 1$ |
# |---|---|---|
# | $f = 1$ | **keep** | **count** |
# | $f = 0$ | **erase** | **replace** |
#
# The plot shows three units with gates set by hand. Pulses arrive at steps 5, 10 and 15; at step 25 an
# eraser comes.

# %%
T = 40
pulse = np.zeros(T)
pulse[[5, 10, 15]] = 1.0
eraser = np.zeros(T)
eraser[25] = 1.0

machines = {
    "latch: keeps the first pulse": lambda c, p, e: (1.0, p * (abs(c) < 0.5), 1.0),
    "counter: adds every pulse": lambda c, p, e: (1.0, p, 1.0),
    "eraser: counts, then forgets": lambda c, p, e: (1.0 - e, p, 1.0),
}
machine_paths = {name: [] for name in machines}
for name, gates in machines.items():
    c = np.zeros((1, 1))
    for p, e in zip(pulse, eraser, strict=True):
        f, i, g = (np.full((1, 1), float(v)) for v in gates(c[0, 0], p, e))
        c = update_cell_state(f, c, i, g)
        machine_paths[name].append(c[0, 0])

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, axes = plt.subplots(1, 3, figsize=(10, 3), sharey=True)
fig.subplots_adjust(wspace=0.15)
for ax, (name, path) in zip(axes, machine_paths.items(), strict=True):
    ax.step(range(T), path, where="post", color=COLOURS["cell"])
    for t in np.flatnonzero(pulse):
        ax.axvline(t, color=COLOURS["input"], linestyle=":", linewidth=1)
    ax.axvline(25, color=COLOURS["forget"], linestyle="--", linewidth=1)
    ax.set(title=name, xlabel="time step t")
    ax.title.set_fontsize(11)
axes[0].set_ylabel("cell state $c_t$")
ends = [path[-1] for path in machine_paths.values()]
show(
    fig,
    alt="Three cell states over 40 steps with pulses at 5, 10 and 15. The latch steps to 1 at the first "
    f"pulse and ends at {ends[0]:g}; the counter steps to 1, 2, 3 and ends at {ends[1]:g}; the eraser "
    f"counts to 3 and falls to {ends[2]:g} at step 25.",
)

# %% [markdown]
# Note that the counter reached 3. Gates are between 0 and 1 and the candidate between -1 and 1, but
# **the cell state has no bound**. It goes through no σ and no tanh. That is what lets it count, and
# as you will see in a moment, what lets it learn.
#
# ## Exercise 5.2: a latch, made of weights
#
# *Difficulty ●●○ · about 15 minutes · about six lines*
#
# The gates above were set from outside. In a real cell they come from weights, so build the latch with
# weights. Unit 0 shall read input 0, which is silent (0) most of the time. When it speaks for the first
# time, with any value such as 0.5 or -2, the cell state of unit 0 becomes about +1 or about -1, by its
# sign. Then come 100 steps of zeros, and it must still be there: within 20 % of ±1.
#
# No training. You set the numbers, and most of them are 0. Think about it in three questions:
#
# 1. What must $f$ be at every step, and which number makes it so?
# 2. When x is 0, what must $g$ be so that nothing is written, *even if the input gate is open*?
# 3. How does $g$ become the sign of x?


# %% nbgrader={"grade": false, "grade_id": "latch_params", "locked": false, "schema_version": 3, "solution": true, "task": false}
def latch_params(D, H):
    """Weights, set by hand, with which unit 0 of an LSTM latches the sign of input 0.

    D, H: number of inputs and of hidden units.
    Returns a dict of the 12 float64 arrays U_f, U_i, U_g, U_o (D, H), W_f, W_i, W_g, W_o (H, H),
    b_f, b_i, b_g, b_o (H,). The states start at 0. While x is 0, c[:, 0] stays at 0; after a first
    input with x[:, 0] of size 0.5 or more and zeros ever after, c[:, 0] stays within 20 % of its sign,
    for 100 steps. Other inputs are 0, and other units may do what they like.
    """
    ### BEGIN SOLUTION
    params = {f"U_{gate}": np.zeros((D, H)) for gate in "figo"}
    params |= {f"W_{gate}": np.zeros((H, H)) for gate in "figo"}
    params |= {f"b_{gate}": np.zeros(H) for gate in "figo"}
    params["b_f"][0] = 10.0  # keep, always
    params["b_i"][0] = 10.0  # let everything in, for with x = 0 the candidate is 0
    params["U_g"][0, 0] = 10.0  # the candidate is the sign of x
    return params
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_latch_params", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(latch_params)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("latch_params", latch_params)
### END HIDDEN TESTS

# %% [markdown]
# ## Watch it hold
#
# Your weights, your gates, your update. Four sequences with four first inputs, at different times.


# %%
def run(params, x):
    """Cell states of unit 0 over time; the hidden state is not needed, for the latch ignores it."""
    h = np.zeros((x.shape[1], params["b_f"].size))
    c, path = h, []
    for x_t in x:
        f = forget_gate(x_t, h, params["U_f"], params["W_f"], params["b_f"])
        i = input_gate(x_t, h, params["U_i"], params["W_i"], params["b_i"])
        g = candidate_state(x_t, h, params["U_g"], params["W_g"], params["b_g"])
        c = update_cell_state(f, c, i, g)
        path.append(c[:, 0])
    return np.array(path)


x = np.zeros((120, 4, 1))
firsts = {2: 1.0, 8: -1.0, 14: 0.5, 20: -2.0}
for example, (t, value) in enumerate(firsts.items()):
    x[t, example, 0] = value
latched = run(latch_params(1, 1), x)

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots()
styles = ["-", "--", "-.", ":"]
for example, (t, value) in enumerate(firsts.items()):
    label = f"{value:+g} at step {t}"
    ax.plot(latched[:, example], styles[example], color=COLOURS["cell"], label=label)
ax.set(title="Your latch", xlabel="time step t", ylabel="cell state of unit 0", ylim=(-1.3, 1.3))
ax.legend(loc="center right")
show(
    fig,
    alt="Four flat lines. Each cell state is 0 until its first input and then stays near +1 or -1; "
    f"after 100 steps of zeros the sizes are {np.abs(latched[-1]).min():.3f} to "
    f"{np.abs(latched[-1]).max():.3f}.",
)

# %% [markdown]
# A hundred steps, one bit, three numbers. In unit 01 a plain RNN of sixteen units was trained for this
# task and could not find a way. (Nobody has trained the LSTM yet. That it *can* remember is one thing;
# that it can *learn* to is the next.)
#
# ## Exercise 5.3: a unit that counts brackets
#
# *Difficulty ●●● · about 15 minutes · about eight lines*
#
# A latch holds one bit. But the cell state has no bound, so a single unit can hold a number: how deep are we in
# brackets? Unit 0 reads a text. At "(" input 0 is 1, at ")" input 1, at a full stop input 2, which ends the sentence
# and closes whatever was left open. At all else the three are 0.
#
# It is the counter and the eraser of the machine shop in one:
#
# 1. At which characters must $f$ be near 1, and at which near 0? One bias and one weight do both.
# 2. What must $g$ be at "(", at ")" and at a letter?
# 3. How near to 1 must $f$ be, if ten open brackets are to be ten still after 80 letters?


# %% nbgrader={"grade": false, "grade_id": "bracket_params", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bracket_params(D, H):
    """Weights, set by hand, with which unit 0 of an LSTM counts the brackets that are open.

    D, H: number of inputs, at least 3, and of hidden units. Inputs are 0 or 1: input 0 is 1 at "(",
    input 1 at ")", input 2 at a full stop, never two of them at once; the others may be anything
    and are to be ignored.
    Returns a dict of the 12 float64 arrays U_f, U_i, U_g, U_o (D, H), W_f, W_i, W_g, W_o (H, H),
    b_f, b_i, b_g, b_o (H,). The states start at 0. After each of 100 characters c[:, 0] is within
    0.25 of the number of brackets that are open, which is never negative and at most 10; at a full
    stop it is 0. Other units may do what they like.
    """
    ### BEGIN SOLUTION
    params = {f"U_{gate}": np.zeros((D, H)) for gate in "figo"}
    params |= {f"W_{gate}": np.zeros((H, H)) for gate in "figo"}
    params |= {f"b_{gate}": np.zeros(H) for gate in "figo"}
    params["b_f"][0] = 10.0  # keep, …
    params["U_f"][2, 0] = -20.0  # … but not at a full stop
    params["b_i"][0] = 10.0  # let everything in, for at a letter the candidate is 0
    params["U_g"][:2, 0] = 10.0, -10.0  # one up, one down
    return params
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_bracket_params", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(bracket_params)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("bracket_params", bracket_params)
### END HIDDEN TESTS

# %% [markdown]
# ## Watch it count
#
# A sentence whose writer forgot a bracket, and a line of code. (While your weights are not right yet, the course's take
# their place, and a line says so.)

# %%
mine = workbook()
mine.add(bracket_params)
params = mine.bracket_params(3, 1)


def counted(text):
    """What your unit holds after each character of a text."""
    x = np.array([[char == mark for mark in "()."] for char in text], dtype=float)
    return run(params, x[:, None])[:, 0]


text = "He laughed (as one does (in novels (of that time)). Then he left (in a hurry)."
depths(text, counted(text), depth(text))

# %% [markdown]
# Of the three brackets of the first sentence only two are closed, so a depth of 1 is left when the full stop comes.
# The second sentence starts from 0 all the same. Now the code:

# %%
line = "x = max(f(a), g(h(b), (c + d) * (e + k(m(n)))))"
depths(line, counted(line), depth(line))

# %% [markdown]
# ## Where it breaks
#
# Ten brackets open, and a very long text follows in which none closes. Your weights, and the same with other
# biases of the forget gate. Guess first: $\sigma(8)$ is 0.9997. What does such a gate leave of the 10 after ten
# thousand characters?

# %%
x = np.zeros((10_000, 1, 3))
x[:10, 0, 0] = 1.0
paths = {}
for bias in (6.0, 8.0, 12.0):
    paths[f"$b_f$ = {bias:g}"] = run(params | {"b_f": np.full(1, bias)}, x)[:, 0]
paths[f"yours, {params['b_f'][0]:g}"] = run(params, x)[:, 0]
fading(paths, depth=10)

# %%
for name, path in paths.items():
    off = np.flatnonzero(np.abs(path[10:] - 10) > 0.25)
    when = f"wrong from letter {off[0] + 1:,} on" if off.size else "right to the end"
    print(f"{name.replace('$', ''):12} {when:28} {path[-1]:6.2f} at the end")

# %% [markdown]
# Nothing went wrong at any single step. $\sigma$ never reaches 1, so **a unit that counts also forgets**, and the only
# question is when. A bias two larger makes the time about $e^2 = 7.4$ times longer. Why not 30, then? You know from
# unit 02: so far out the gate has no slope, and training could hardly move it.
#
# ## The surprise: a gradient that does not fade
#
# Differentiate the update for the old state. Through the sum, only one term contains $c_{t-1}$:
#
# $$\frac{\partial c_t}{\partial c_{t-1}} = f_t$$
#
# as long as the gates are taken as given. No matrix, no slope of tanh, just the gate. Over many steps,
# the product of the gates: exactly your `remaining_memory` of unit 02. Here it is beside the plain RNN of
# unit 01, measured with your code.

# %%
rng = np.random.default_rng(1)
steps, H = 100, 64
inputs = 0.5 * rng.normal(size=(steps, 1, 4))
U, W = rng.normal(size=(4, H)) / 2, rng.normal(size=(H, H)) / np.sqrt(H)
states = rnn_forward(inputs, np.zeros((1, H)), U, W, np.zeros(H))[:, 0]
plain = jacobian_norms(states, W)
back, zero = np.arange(steps - 1, -1, -1), np.zeros((1, 1))
kept = {
    bias: forget_gate(zero, zero, zero, zero, np.array([bias]))[0, 0] ** back
    for bias in (1.0, 3.0, 6.0)
}

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.5, 4.2))
ax.semilogy(back, plain, ":", color=COLOURS["wrong"], label="plain RNN, gain 1")
for (bias, each), style in zip(kept.items(), ("-.", "--", "-"), strict=True):
    ax.semilogy(back, each, style, color=COLOURS["cell"], label=f"cell state, $b_f$ = {bias:g}")
ax.set(
    title="How much of a gradient is left",
    xlabel="steps back in time",
    ylabel="size of the derivative",
    ylim=(1e-16, 10),
)
ax.legend()
show(
    fig,
    alt=f"After 99 steps the plain RNN has {plain[0]:.0e} left, the cell state "
    + ", ".join(f"{each[0]:.1e} at a forget bias of {bias:g}" for bias, each in kept.items())
    + ".",
)

# %%
print(f"after 99 steps: plain RNN {plain[0]:.1e}, "
      + ", ".join(f"b_f = {bias:g}: {each[0]:.1e}" for bias, each in kept.items()))  # fmt: skip

# %% [markdown]
# The gates give the network a choice that the plain RNN never had. Where a memory is to last, the forget
# gate opens and the gradient passes unharmed; where it is not, the gate closes and the past is cut off.
# And look at $b_f = 1$: the LSTM does not repeal the law of products. It lets the network decide what the
# factors are.

# %%
ask("additive")

# %% [markdown]
# ## In your own words
#
# Your latch keeps its input gate open all the time and is still not disturbed by 100 steps of zeros. Why?
# And what would a single stray input do to it? Two or three sentences (2 points, read by a person).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_cell_state", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# With x = 0 and no bias the candidate is tanh(0) = 0, so the open gate writes i · 0 = 0. A stray input
# would be written at once: the memory would move by about ±1, to 0 or to ±2. To be safe against that the
# input gate would have to close after the first input, which it can see through h.

# %% [markdown]
# ## What you have now
#
# - $c_t = f_t \odot c_{t-1} + i_t \odot g_t$: forget some, add some.
# - Machines made of gates: keep, count, erase, replace; a latch made of three numbers, and a counter of brackets made
#   of five.
# - $\partial c_t / \partial c_{t-1} = f_t$: a way back on which nothing fades unless it should.
#
# **Next:** the memory is complete, and nobody can see it. Unit 06 shows it, and puts the whole cell
# together.
