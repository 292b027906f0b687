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
# # 12 · Training
#
# **Time** 45 minutes, of which 2 are your computer's · **You need** unit 11 (backpropagation through time)
#
# At the end of this unit you can
#
# - take steps downhill that neither crawl nor fly off: clipping, gradient descent, Adam,
# - train **your own LSTM** on the two tasks that made it famous, and see a plain RNN fail at them,
# - choose starting weights for a long memory,
# - cut a long text into windows whose states are carried on.

# %% [markdown]
# ## How far?
#
# You have a loss and its gradient for every parameter. The gradient says which way is downhill. It does
# not say how far to go, and for recurrent networks that is a dangerous question. Look at the smallest one
# there is: one unit, one weight $w$, one bias $b$, fifty steps. It starts at 0.5 and is asked to end at
# 0.7:
#
# $$h_t = \sigma(w\,h_{t-1} + b), \qquad L = (h_{50} - 0.7)^2$$
#
# The first cell sets the number of threads, before NumPy is imported. Matrix products of this size are too
# small to be shared: with several threads, each mostly waits for the others.

# %%
from utils.threads import blas_threads

blas_threads()

# %%
import time

import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.networks.lstm import LSTM
from utils.networks.rnn import RNN
from utils.pictures.plots import COLOURS, course_style, show
from utils.training.last_step import gradients, wrong
from utils.training.tasks import CLASSES, SYMBOLS, adding, temporal_order
from utils.training.train import budget, falling, train

from earlier import (
    cross_entropy,
    init_params,
    lstm_backward,
    lstm_forward,
    output_layer_backward,
    sigmoid,
)

course_style()

# %%
STEPS, GOAL = 50, 0.7


def last_h(w, b):
    h = 0.5
    for _ in range(STEPS):
        h = sigmoid(w * h + b)
    return h


def slope(point):
    """The gradient of the loss at a point, a dict of w and b with one entry each."""
    w, b = point["w"], point["b"]
    h = [np.full(1, 0.5)]
    for _ in range(STEPS):
        h.append(sigmoid(w * h[-1] + b))
    arriving, dw, db = 2 * (h[-1] - GOAL), 0, 0
    for t in range(STEPS, 0, -1):
        d = arriving * h[t] * (1 - h[t])
        dw, db, arriving = dw + d * h[t - 1], db + d, d * w
    return {"w": dw, "b": db}


# %%
w_axis, b_axis = np.linspace(4, 7, 300), np.linspace(-3.6, -1.4, 300)
surface = (last_h(*np.meshgrid(w_axis, b_axis)) - GOAL) ** 2


def draw_surface(title):
    fig, ax = plt.subplots(figsize=(7.5, 4.2))
    picture = ax.pcolormesh(w_axis, b_axis, surface, cmap="cividis", rasterized=True)
    fig.colorbar(picture, ax=ax, label="loss")
    ax.set(title=title, xlabel="weight w", ylabel="bias b", xlim=(4, 7), ylim=(-3.6, -1.4))
    ax.grid(False)
    return fig, ax


fig, ax = draw_surface("The loss of one unit after 50 steps")
lengths = []
for b in (-2.6, -2.7, -2.75):
    at = slope({"w": np.array([5.5]), "b": np.array([b])})
    lengths.append(np.hypot(at["w"], at["b"])[0])
    print(f"at w = 5.5, b = {b:.2f} the gradient has length {lengths[-1]:,.2f}")
show(
    fig,
    alt="Map of the loss over weight and bias. Two flat plains, one high and one low, meet at a wall "
    f"that crosses the picture. The gradient is {lengths[0]:.2f} long on the plain and "
    f"{lengths[-1]:,.0f} on the wall.",
)

# %% [markdown]
# Two plains and a wall. On a plain the gradient is small; on the wall it is enormous, because fifty factors
# are multiplied, as in unit 01. Walk along the plain, touch the wall once, and a step of
# `lr` times that gradient throws you out of the picture. Yet the **direction** is fine. So keep it, and cut
# the length: this is *clipping by the global norm* (Pascanu, Mikolov and Bengio, 2013, whose picture this
# is).
#
# $$\|g\| = \sqrt{\sum_{\text{arrays}} \sum_{\text{entries}} g^2}, \qquad
# g \leftarrow g \cdot \frac{\text{max\_norm}}{\|g\|} \quad \text{if } \|g\| > \text{max\_norm}$$
#
# ## Exercise 12.1: clip
#
# *Difficulty ●●○ · about 7 minutes · about four lines*


# %% nbgrader={"grade": false, "grade_id": "clip_by_global_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def clip_by_global_norm(grads, max_norm):
    """Gradients that are not longer than max_norm, all arrays taken together.

    grads: dict of arrays of any shapes. max_norm: a positive number.
    Returns grads, a dict like the one given, all scaled by one factor where that is needed, and
    norm, the length of all arrays together **before** clipping.
    """
    ### BEGIN SOLUTION
    norm = np.sqrt(sum((gradient**2).sum() for gradient in grads.values()))
    factor = max_norm / norm if norm > max_norm else 1.0
    return {name: factor * gradient for name, gradient in grads.items()}, norm
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_clip_by_global_norm", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
check(clip_by_global_norm)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("clip_by_global_norm", clip_by_global_norm)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 12.2: one step of gradient descent
#
# *Difficulty ●○○ · about 3 minutes · one line*
#
# Downhill, `lr` times as far as the gradient is long. Give back new weights and leave the old ones alone:
# then a step can be tried and thrown away.


# %% nbgrader={"grade": false, "grade_id": "sgd_update", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sgd_update(params, grads, lr):
    """One step of (stochastic) gradient descent.

    params, grads: dicts of arrays with the same names and shapes. lr: the learning rate.
    Returns the new weights, a dict like params.
    """
    ### BEGIN SOLUTION
    return {name: params[name] - lr * grads[name] for name in params}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_sgd_update", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check(sgd_update)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("sgd_update", sgd_update)
### END HIDDEN TESTS

# %% [markdown]
# Now walk. The same start, the same learning rate, two hundred steps; one walker clips and the other does
# not.


# %%
def walk(max_norm):
    point = {"w": np.array([5.5]), "b": np.array([-2.6])}
    path = [point]
    for _ in range(200):
        clipped, _ = clip_by_global_norm(slope(point), max_norm)
        point = sgd_update(point, clipped, lr=0.5)
        path.append(point)
    return np.array([[p["w"][0], p["b"][0]] for p in path])


wild, careful = walk(max_norm=np.inf), walk(max_norm=0.5)
fig, ax = draw_surface("Two walks from the same place")
ax.plot(*wild.T, "o-", color=COLOURS["forget"], ms=3, lw=1.5, label="not clipped")
ax.plot(*careful.T, "s--", color="white", ms=2, lw=1, label="clipped to 0.5")
ax.plot(*wild[0], "*", color="white", ms=14)
ax.legend(loc="upper right", labelcolor="white")
outside = int(np.argmax((wild[:, 0] > 7) | (wild[:, 1] > -1.4)))
show(
    fig,
    alt=f"Both walks go along the upper edge of the wall. The one that is not clipped leaves the "
    f"picture at step {outside} and ends at w = {wild[-1, 0]:.0f}, b = {wild[-1, 1]:.0f}. The clipped "
    f"one stays at the wall and ends at w = {careful[-1, 0]:.1f}, b = {careful[-1, 1]:.1f}.",
)
for name, path in (("not clipped", wild), ("clipped", careful)):
    print(f"{name}: ends at w = {path[-1, 0]:.1f}, b = {path[-1, 1]:.1f}, "
          f"loss {(last_h(*path[-1]) - GOAL) ** 2:.4f}")  # fmt: skip

# %%
ask("clipping_bias")

# %% [markdown]
# ## Exercise 12.3: Adam
#
# *Difficulty ●●○ · about 10 minutes · about ten lines*
#
# One learning rate for all weights is a compromise: what is right for a bias may be far too much for a
# weight whose gradient is a hundred times as large. Adam (Kingma and Ba, 2015) gives each weight a step of
# its own. It keeps two running means per weight, of the gradient and of its square:
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\, g \qquad v \leftarrow \beta_2 v + (1-\beta_2)\, g^2$$
#
# Both start at 0, so at first they are too small. By how much is known exactly: after $t$ updates the
# weights of the mean add up to $1-\beta^t$. Divide by that, and it is right from the first step on (the
# *bias correction*):
#
# $$\hat m = \frac{m}{1-\beta_1^t} \qquad \hat v = \frac{v}{1-\beta_2^t} \qquad
# \theta \leftarrow \theta - \text{lr}\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon}$$
#
# At the first update $\hat m / \sqrt{\hat v} = \pm 1$: every weight moves by `lr`, whatever its gradient.


# %% nbgrader={"grade": false, "grade_id": "adam_update", "locked": false, "schema_version": 3, "solution": true, "task": false}
def adam_update(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """One step of Adam.

    params, grads: dicts of arrays with the same names and shapes. state: what Adam remembers, {}
    before the first update, then the state that the update before returned.
    Returns params, the new weights, and state: a dict of "m" and "v", dicts like params with the
    running means of gradients and squares, not corrected, and "t", the number of updates so far.
    """
    ### BEGIN SOLUTION
    t = state.get("t", 0) + 1
    new, means, squares = {}, {}, {}
    for name, gradient in grads.items():
        m = state["m"][name] if state else np.zeros_like(gradient)
        v = state["v"][name] if state else np.zeros_like(gradient)
        means[name] = beta1 * m + (1 - beta1) * gradient
        squares[name] = beta2 * v + (1 - beta2) * gradient**2
        m_hat = means[name] / (1 - beta1**t)
        v_hat = squares[name] / (1 - beta2**t)
        new[name] = params[name] - lr * m_hat / (np.sqrt(v_hat) + eps)
    return new, {"m": means, "v": squares, "t": t}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_adam_update", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
check(adam_update)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("adam_update", adam_update)
### END HIDDEN TESTS

# %% [markdown]
# ## Your own LSTM
#
# In eleven notebooks you have written an LSTM, forwards and backwards. Here it is again. The cell below
# reads the solution cells of your notebooks, judges each function once more, and puts them together. Where
# one is missing or not right yet, the course's own takes its place, so you can train either way; that goes
# for the three functions above as well. (Save a notebook in which you have just mended something, then run
# this cell again.)

# %%
mine = workbook(
    init_params,
    lstm_forward,
    lstm_backward,
    output_layer_backward,
    cross_entropy,
    sigmoid,
    here=(clip_by_global_norm, sgd_update, adam_update),
)
mine

# %% [markdown]
# ## The adding problem
#
# A hundred numbers come in, one at a time. Two of them are marked. After the last one the network is asked
# for their sum. That is all, and it is hard: the first marked number must be kept for at least 90 steps
# while others rain in, and nothing tells the network that it matters until the very end. This is experiment
# 4 of the paper that introduced the LSTM (Hochreiter and Schmidhuber, 1997), and `utils.training.tasks.adding` draws
# its sequences just as they are described there. A marker of 1 says which two numbers count, -1 stands at the first
# and at the last step. The answer is scaled into the interval from 0 to 1: 0.5 + (sum of the two) / 4.

# %%
example = adding(np.random.default_rng(14), 1)
values, marks = example.x[:, 0].T
fig, axes = plt.subplots(2, 1, figsize=(8, 3.6), sharex=True, height_ratios=(2, 1))
axes[0].bar(range(len(values)), values, color=COLOURS["x"])
axes[0].bar(np.flatnonzero(marks == 1), values[marks == 1], color=COLOURS["forget"])
axes[0].set(title="One sequence of the adding problem", ylabel="number")
axes[1].stem(marks, linefmt=COLOURS["cell"], basefmt=" ")
axes[1].set(ylabel="marker", xlabel="step", yticks=(-1, 0, 1), ylim=(-1.4, 1.4))
X1, X2 = values[marks == 1]
show(
    fig,
    alt=f"{len(values)} random numbers between -1 and 1 above, the marker below: 1 at steps "
    f"{' and '.join(map(str, np.flatnonzero(marks == 1)))}, -1 at the first and last step, else 0.",
)
print(f"marked: {X1:.3f} and {X2:.3f}; asked for: 0.5 + ({X1:.3f} + {X2:.3f}) / 4 "
      f"= {example.targets[0]:.3f}")  # fmt: skip

# %% [markdown]
# Who always answers with the mean, 0.5, is wrong by a squared error of 0.042 on average. That is the level
# at which a network has understood nothing.
#
# Three choices make the start right for a long memory. They are ordinary starting weights in other
# places:
#
# - **forget bias 5**: $\sigma(5) = 0.993$, so half of a memory is left after a hundred steps,
# - **input bias -2**: $\sigma(-2) = 0.12$, so the numbers that rain in write little,
# - **input weights of spread 1**, so that a marker can open that gate.
#
# And one loop for all that follows: a batch, the gradients at the last step, your clipping, your Adam. The
# learning rate is constant for the first half and then falls to 0, so that the end is calm.


# %%
def start(D, K, forget_bias, input_bias, seed=0):
    params = mine.init_params(np.random.default_rng(seed), D, 16, K, forget_bias)
    params["b_i"] = params["b_i"] + input_bias
    for gate in "figo":
        params[f"U_{gate}"] = params[f"U_{gate}"] * np.sqrt(D)  # from spread 1/sqrt(D) to 1
    return params


def learn(model, task, updates, lr, name, **options):
    state = {"params": model.params, "adam": {}, "rng": np.random.default_rng(1)}

    def step(update):
        loss, missed = gradients(model, task(state["rng"], 32))
        clipped, norm = mine.clip_by_global_norm(model.grads, 1.0)
        rate = falling(lr, update, updates)
        new, state["adam"] = mine.adam_update(model.params, clipped, state["adam"], rate)
        for key, array in new.items():
            model.params[key][...] = array
        return {"loss": loss, "wrong": missed, "norm": norm}

    return train(step, updates, name=name, state=state, **options)


def report(name, model, task):
    weights = sum(array.size for array in model.params.values())
    missed = wrong(model, task(np.random.default_rng(2), 2560))
    print(f"{name}: {missed} of 2,560 fresh sequences wrong ({weights} weights)")


# %% [markdown]
# First a plain RNN, with twice the hidden units so that it has about as many weights. (Its learning rate
# is not to blame: 0.001, 0.01 and 0.03 were tried as well, see `benchmarks/README.md`.) Then your LSTM.
# Both get the same number of updates. You may interrupt (the ■ button above): what was learned is kept, and
# `resume=True` goes on from the checkpoint.

# %%
updates = budget(1200, 15)
rnn = RNN(2, 32, 1, rng=np.random.default_rng(0))
guess = (1 / 24, "always answering 0.5")
rnn_run = learn(rnn, adding, updates, 0.003, "RNN", goal=guess, log=True)

# %%
lstm = mine.lstm(start(2, 1, forget_bias=5, input_bias=-2))
lstm_run = learn(
    lstm,
    adding,
    updates,
    0.02,
    "your LSTM",
    goal=guess,
    log=True,
    beside=[rnn_run],
    save_to="adding.checkpoint.npz",
    resume=False,
)

# %%
report("RNN", rnn, adding)
report("your LSTM", lstm, adding)

# %% [markdown]
# The paper counts an answer as right where it is off by less than 0.04, and reports fewer than 3 wrong of
# 2,560 for T = 100, after 74,000 sequences as commonly quoted. With the full budget yours has seen 38,400.
#
# What did it do? Look at the cell states while one sequence is read, and at the input gate.

# %%
h = lstm.forward(example.x)
memory, gate = lstm.cells[:, 0], lstm.gates["i"][:, 0]
opened = gate[marks == 1].mean(axis=0) - gate[marks == 0].mean(axis=0)
unit = int(np.argmax(np.abs(lstm.params["V"][:, 0]) * np.clip(opened, 0, None)))
fig, axes = plt.subplots(2, 1, figsize=(8, 4), sharex=True)
axes[0].plot(gate[:, unit], color=COLOURS["input"])
axes[0].set(title=f"Unit {unit} of your LSTM", ylabel="input gate", ylim=(-0.02, 1.02))
axes[1].plot(memory[:, unit], color=COLOURS["cell"])
axes[1].set(ylabel="cell state", xlabel="step")
for ax in axes:
    for step in np.flatnonzero(marks == 1):
        ax.axvline(step, color=COLOURS["wrong"], lw=1, ls=":")
show(
    fig,
    alt=f"Input gate and cell state of one unit over {len(values)} steps; dotted lines at the two "
    f"marked steps. The input gate is {gate[marks == 1, unit].mean():.2f} there and "
    f"{gate[marks == 0, unit].mean():.2f} on average elsewhere.",
)

# %% [markdown]
# With the full budget the gate opens at the two marks and is nearly shut everywhere else; the cell state
# takes a step at each mark and moves little in between. Nobody told it to.
#
# ## Temporal order
#
# The second task (experiment 6a of the same paper) is about *when*, not about how much. Of a hundred
# symbols two are X or Y, the rest is noise. The class is their order: XX, XY, YX or YY. At random the
# loss is $\ln 4 = 1.386$. As in the paper an answer is right only where all four outputs are within 0.3 of what
# they should be, 1 for the class and 0 for the others: who merely guesses, 0.25 each, is always wrong. The
# starting weights are those above, but for an input bias of -1.

# %%
letters = temporal_order(np.random.default_rng(6), 1)
text = "".join(SYMBOLS[symbol] for symbol in letters.x[:, 0])
print(text, "→", CLASSES[letters.targets[0]])

updates = budget(600, 15)
chance = (np.log(4), "guessing")
rnn = RNN(8, 32, 4, rng=np.random.default_rng(0))
rnn_run = learn(rnn, temporal_order, updates, 0.003, "RNN", goal=chance)

# %%
lstm = mine.lstm(start(8, 4, forget_bias=5, input_bias=-1))
lstm_run = learn(lstm, temporal_order, updates, 0.01, "your LSTM", goal=chance, beside=[rnn_run])

# %%
report("RNN", rnn, temporal_order)
report("your LSTM", lstm, temporal_order)

# %% [markdown]
# ## The same network, faster
#
# The next two experiments train seven networks. For that the course has `utils.networks.lstm.LSTM`: the same
# equations, arranged for the processor (you will build it in unit 16). Is it really the same?

# %%
params = start(8, 4, forget_bias=5, input_bias=-1)
batch = temporal_order(np.random.default_rng(4), 32)
models = {"yours": mine.lstm(params), "fast": LSTM.from_params(params, dtype=np.float64)}
for name, model in models.items():
    gradients(model, batch)  # once unmeasured: memory is set up at the first call
    begun = time.perf_counter()
    loss, _ = gradients(model, batch)
    print(f"{name}: loss {loss:.12f}, {1000 * (time.perf_counter() - begun):.1f} ms")
apart = max(
    np.abs(models["yours"].grads[name] - models["fast"].grads[name]).max() for name in params
)
print(f"largest difference in any gradient: {apart:.1e}")

# %% [markdown]
# ## Clipped against unclipped
#
# The wall of the first picture, in a real network. The adding problem with plain gradient descent: the
# same start, the same sequences, the same learning rate, and `max_norm` the only difference.


# %%
def descend(max_norm, name, **options):
    model = LSTM.from_params(start(2, 1, forget_bias=5, input_bias=-2))
    rng = np.random.default_rng(1)

    def step(update):
        loss, _ = gradients(model, adding(rng, 32))
        clipped, norm = mine.clip_by_global_norm(model.grads, max_norm)
        for key, array in mine.sgd_update(model.params, clipped, lr=0.3).items():
            model.params[key][...] = array
        return {"loss": loss, "norm": norm}

    return train(step, updates, name=name, log=True, goal=guess, **options)


updates = budget(400, 15)
wild_run = descend(np.inf, "not clipped")
careful_run = descend(0.1, "clipped to 0.1", beside=[wild_run])
print(
    f"not clipped: loss at most {wild_run['loss'].max():.3g}, {wild_run.mean('loss'):.4f} at the end"
)
print(
    f"clipped:     loss at most {careful_run['loss'].max():.3g}, {careful_run.mean('loss'):.4f} at the end"
)
print(f"longest gradient on the clipped way: {careful_run['norm'].max():.1f}")

# %% [markdown]
# Without clipping a few steps at the beginning are far too long and the loss shoots up. From where they
# lead the network finds the mean again, and within this budget nothing more. Adam divides by the size of
# the gradients it has seen, so a long one does less harm there; clipping costs next to nothing, and the two
# are used together.
#
# ## The surprise: one number decides
#
# ![The LSTM cell with the forget gate and the cell state lit up: the forget gate decides how much of the memory goes on.](cell.svg)
#
# Temporal order again, everything as before, and only the forget bias is changed: 0, 1, 2, 3 or 5. Each
# network may see 40,000 sequences and stops when it has had 2,000 right in a row.


# %%
def until_solved(forget_bias, updates):
    model = LSTM.from_params(start(8, 4, forget_bias, input_bias=-1))
    state = {"adam": {}, "rng": np.random.default_rng(1), "right": 0}

    def step(update):
        loss, missed = gradients(model, temporal_order(state["rng"], 32))
        clipped, _ = mine.clip_by_global_norm(model.grads, 1.0)
        new, state["adam"] = mine.adam_update(model.params, clipped, state["adam"], 0.01)
        for key, array in new.items():
            model.params[key][...] = array
        state["right"] = 0 if missed else state["right"] + 32
        return {"loss": loss, "right": state["right"]}

    run = train(step, updates, until=lambda numbers: numbers["right"] >= 2000, live=False)
    print(f"forget bias {forget_bias}: {32 * run.updates:,} sequences, {run.seconds:.1f} s")
    return run


updates = budget(1250, 15)
sweep = {forget_bias: until_solved(forget_bias, updates) for forget_bias in (0, 1, 2, 3, 5)}

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.4))
solved = {b: run.ended == "reached" for b, run in sweep.items()}
seen = [32 * run.updates for run in sweep.values()]
bars = ax.bar(
    [str(b) for b in sweep], seen, color=[COLOURS["cell" if s else "x"] for s in solved.values()]
)
ax.bar_label(bars, ["solved" if s else "not solved" for s in solved.values()])
ax.set(
    title="Temporal order and the forget bias",
    xlabel="forget bias at the start",
    ylabel="sequences seen",
    ylim=(0, 1.15 * max(seen)),
)
show(
    fig,
    alt="Sequences seen until temporal order was solved, by forget bias: "
    + "; ".join(
        f"{b}: {32 * run.updates:,} {'solved' if solved[b] else 'not solved'}"
        for b, run in sweep.items()
    )
    + ".",
)
for b in sweep:
    kept = sigmoid(np.array(float(b))) ** 50
    print(f"forget bias {b}: a fresh cell keeps {kept:.1%} of its memory over 50 steps")

# %% [markdown]
# The printed lines say why. With a bias of 0 or 1 a fresh cell has forgotten X long before the answer is
# asked for, so the gradient that should teach it to remember is almost nothing. This is unit 01 once more:
# what is not remembered cannot be learned to be remembered. Gers, Schmidhuber and Cummins (2000), who
# introduced the forget gate, start it open as well: the cell forgets nothing until it has learned to.
#
# One start proves little, so the same was done with ten each (`benchmarks/README.md`): of ten networks with
# a forget bias of 0 none solves the task, with 1 one does, with 2 five, with 3 nine and with 5 nine.
#
# ## Texts that do not end
#
# These sequences had a hundred steps. A book has a million. Nobody walks back through a million steps:
# the caches would fill the memory, and there would be one update per reading. So the text is read in
# **windows** of T steps, with one update after each (*truncated* backpropagation through time). The states
# at the end of a window are where the next window starts. Only the way *back* ends at the window's edge.
#
# To read n places at once, the text is cut into n long streams, side by side like columns:
#
#     ids        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16      17 ids, 2 streams, T = 4
#     stream 0   0 1 2 3 | 4 5 6 7                             targets: the same, one place on
#     stream 1   8 9 10 11 | 12 13 14 15
#
# ## Exercise 12.4: windows
#
# *Difficulty ●●○ · about 10 minutes · about six lines*


# %% nbgrader={"grade": false, "grade_id": "bptt_windows", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bptt_windows(ids, n_streams, T):
    """Windows of a long text for truncated backpropagation through time, state carried over.

    ids: (length,) integers, the text. n_streams: how many places of it are read at once. T: steps
    in a window. Each stream is a piece of (length - 1) // n_streams ids; the 1 is for the very last
    target. Its first whole windows are used and the rest, less than T ids, is left out.
    Returns x and targets, both (windows, T, n_streams) integers: x[w, :, s] is window w of stream s
    and goes on where x[w - 1, :, s] ended; targets holds for each id the one that comes next.
    """
    ### BEGIN SOLUTION
    length = (len(ids) - 1) // n_streams
    used = length // T * T
    starts = length * np.arange(n_streams)
    places = np.arange(used)[:, None] + starts  # (used, n_streams)
    shape = (used // T, T, n_streams)
    return ids[places].reshape(shape), ids[places + 1].reshape(shape)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_bptt_windows", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check(bptt_windows)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("bptt_windows", bptt_windows)
### END HIDDEN TESTS

# %%
text = (
    "the cell state is a conveyor belt: what is written on it travels on, and the gates decide "
    "what is written, what is kept and what is shown. "
)
ids = np.array([ord(character) for character in text])
x, targets = bptt_windows(ids, n_streams=3, T=12)
for s in range(3):
    windows = ("".join(map(chr, x[w, :, s])) for w in range(len(x)))
    print(f"stream {s}:  {' | '.join(windows)}")
print("the first window's targets in stream 0:", "".join(map(chr, targets[0, :, 0])))

# %%
ask("carried_state")

# %% [markdown]
# ## In your own words
#
# The RNN had as many weights, the same optimiser and the same number of updates as your LSTM, and learned
# nothing of the adding problem. What does the LSTM's cell state do for the *gradient* that the RNN's hidden
# state does not? (2 points, read by a person.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_training", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# The error arises at the last step and must reach the step where the number was marked. In the RNN it is
# multiplied at every step by the weights and by the slope of tanh, so after 50 to 100 steps nothing of it
# is left. Along the cell state it is only multiplied by the forget gate, and with a forget bias of 5 that is
# close to 1. So the early steps are told what they should have written, and the input gate can learn to open
# at the marker.

# %% [markdown]
# ## What you have now
#
# - `clip_by_global_norm`, `sgd_update` and `adam_update`: steps that neither crawl nor fly off.
# - Your own LSTM, trained on two tasks of the 1997 paper, and what a plain RNN makes of them.
# - The forget bias: one starting value that decides whether a long memory can be learned at all.
# - `bptt_windows`: a text of any length, read in pieces.
#
# **Next:** real text. In unit 13 your LSTM reads Shakespeare, and then writes.
