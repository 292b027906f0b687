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
# **Time** 75 minutes, of which 2 are your computer's · **You need** unit 11 (backpropagation through time)
#
# At the end of this unit you can
#
# - take steps downhill that neither crawl nor fly off: clipping, gradient descent, Adam,
# - train **your own LSTM** on the two tasks that made it famous, and see a plain RNN fail at them,
# - choose starting weights for a long memory,
# - read a long text in windows whose states are carried on, and stop while the network still gets better.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("12")

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

import numpy as np

from utils.check import check
from utils.data import names
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.networks.lstm import LSTM
from utils.networks.rnn import RNN
from utils.pictures.cliff import show_cliff, show_walks, slope
from utils.pictures.plots import course_style
from utils.pictures.training_plots import (
    show_adding,
    show_memory,
    show_norms,
    show_stop,
    show_sweep,
)
from utils.training.last_step import gradients, wrong
from utils.training.own_step import LossOf, asked_once, load
from utils.training.tasks import CLASSES, SYMBOLS, adding, brackets_and_quotes, temporal_order
from utils.training.train import budget, falling, train

from earlier import init_params, loss_and_gradients, sigmoid

course_style()

# %%
show_cliff()

# %% [markdown]
# Two plains and a wall. On a plain the gradient is small; on the wall it is enormous, because fifty factors
# are multiplied, as in unit 01. Walk along the plain, touch the wall once, and a step of
# `lr` times that gradient throws you out of the picture. Yet the **direction** is fine. So keep it, and cut
# the length: this is *clipping by the global norm* (Pascanu, Mikolov and Bengio, 2013, whose picture this
# is). The code of the picture and of its gradient, `slope`, is in `utils/pictures/cliff.py`: backpropagation
# through time with one weight.
#
# $$\|g\| = \sqrt{\sum_{\text{arrays}} \sum_{\text{entries}} g^2}, \qquad
# g \leftarrow g \cdot \frac{\mathrm{max\_norm}}{\|g\|} \quad \text{if } \|g\| > \mathrm{max\_norm}$$
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
from utils.check import check

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
from utils.check import check

check(sgd_update)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("sgd_update", sgd_update)
### END HIDDEN TESTS

# %% [markdown]
# Now walk. The same start, the same learning rate, two hundred steps; one walker clips and the other does
# not. `workbook` judges your two functions once more. Where one is not right yet, the course's own stands in
# for it, and the table says so: this notebook runs to its end whatever is solved.

# %%
so_far = workbook(here=(clip_by_global_norm, sgd_update))
so_far


# %%
def walk(max_norm):
    point = {"w": np.array([5.5]), "b": np.array([-2.6])}
    path = [point]
    for _ in range(200):
        clipped, _ = so_far.clip_by_global_norm(slope(point), max_norm)
        point = so_far.sgd_update(point, clipped, lr=0.5)
        path.append(point)
    return np.array([[p["w"][0], p["b"][0]] for p in path])


show_walks(walk(max_norm=np.inf), walk(max_norm=0.5), max_norm=0.5)

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
#
# **A worked example.** One weight, `lr` 0.1, $\beta_1 = 0.9$, $\beta_2 = 0.999$. Its gradient is 3 at the first update and 1 at
# the second:
#
# | t | g | m | v | $\hat m$ | $\hat v$ | the weight moves by |
# |---|---|---|---|---|---|---|
# | 1 | 3 | 0.3 | 0.009 | 0.3 / 0.1 = 3 | 0.009 / 0.001 = 9 | -0.1 · 3 / 3 = -0.1 |
# | 2 | 1 | 0.9 · 0.3 + 0.1 · 1 = 0.37 | 0.999 · 0.009 + 0.001 · 1 = 0.009991 | 0.37 / 0.19 = 1.947 | 0.009991 / 0.001999 = 4.998 | -0.1 · 1.947 / 2.236 = -0.087 |
#
# m and v are what is remembered, as they are; the corrected ones are made anew at each update and thrown away.


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
from utils.check import check

check(adam_update)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("adam_update", adam_update)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 12.4: one step of training
#
# *Difficulty ●○○ · about 5 minutes · about three lines*
#
# Now put it together. All training in this course is this one step, again and again:
#
# | | |
# |---|---|
# | a batch goes in | `loss, grads = loss_and_gradients(params, x, targets, h0, c0)`, of unit 11 |
# | the gradient is cut to length | `clip_by_global_norm(grads, max_norm)`, of 12.1 |
# | the weights move | `adam_update(params, grads, state, lr)`, of 12.3 |
#
# Call these three by their names. Further down they are given other models and other losses, and your step
# stays as it is.


# %% nbgrader={"grade": false, "grade_id": "train_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_step(params, batch, state, max_norm, lr):
    """One step of training: loss and gradients, clipping by the global norm, Adam.

    params: 14 arrays. batch: what loss_and_gradients takes after params, in its order, a tuple of
    x (T, N, D), targets (T, N), h0 and c0 (N, H). state: Adam's memory, {} before the first step.
    max_norm: for clip_by_global_norm. lr: for adam_update; its other numbers keep their defaults.
    Returns params, the new weights, state, what Adam remembers now, and loss, that of this batch
    before the step.
    """
    ### BEGIN SOLUTION
    loss, grads = loss_and_gradients(params, *batch)
    clipped, _ = clip_by_global_norm(grads, max_norm)
    params, state = adam_update(params, clipped, state, lr)
    return params, state, loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_train_step", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(train_step)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("train_step", train_step)
### END HIDDEN TESTS

# %% [markdown]
# ## Your own LSTM
#
# In eleven notebooks you have written an LSTM, forwards and backwards. Here it is again. The cell below
# reads the solution cells of your notebooks, judges each function once more, and puts them together, those
# of this notebook too. Where one is missing or not right yet, the course's own takes its place, so you can
# train either way. (Save a notebook in which you have just mended something, then run this cell again.)

# %%
mine = workbook(
    init_params,
    loss_and_gradients,
    sigmoid,
    here=(clip_by_global_norm, sgd_update, adam_update, train_step),
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
show_adding(values, marks)
X1, X2 = values[marks == 1]
print(f"marked: {X1:.3f} and {X2:.3f}; asked for: 0.5 + ({X1:.3f} + {X2:.3f}) / 4 "
      f"= {example.targets[0]:.3f}")  # fmt: skip

# %% [markdown]
# Always to answer with the mean, 0.5, costs a squared error of 1/24 = 0.042 on average. A network at that level has
# understood nothing.
#
# Three choices make the start right for a long memory. They are ordinary starting weights in other
# places:
#
# - **forget bias 5**: $\sigma(5) = 0.993$, so half of a memory is left after a hundred steps,
# - **input bias -2**: $\sigma(-2) = 0.12$, so the numbers that rain in write little,
# - **input weights of spread 1**, so that a marker can open that gate.
#
# And one loop for all that follows: draw a batch, take **your step**. Two things are different from unit 11.
# The answer is asked for once, at the last step, and the models are of several kinds. So `mine.using` gives
# your `train_step` another function under the name `loss_and_gradients`: `LossOf(model)`
# (`utils/training/own_step.py`), which is called in the same way. The learning rate is constant for the first
# half and then falls to 0, so that the end is calm.


# %%
def start(D, K, forget_bias, input_bias, seed=0):
    params = mine.init_params(np.random.default_rng(seed), D, 16, K, forget_bias)
    params["b_i"] = params["b_i"] + input_bias
    for gate in "figo":
        params[f"U_{gate}"] = params[f"U_{gate}"] * np.sqrt(D)  # from spread 1/sqrt(D) to 1
    return params


def learn(model, task, updates, lr, name, **options):
    loss_of = LossOf(model)
    my_step = mine.using("train_step", loss_and_gradients=loss_of)
    state = {"params": model.params, "adam": {}, "rng": np.random.default_rng(1)}

    def step(update):
        batch, rate = asked_once(task(state["rng"], 32)), falling(lr, update, updates)
        new, state["adam"], loss = my_step(model.params, batch, state["adam"], 1.0, rate)
        load(model, new)
        return {"loss": loss, "wrong": loss_of.wrong, "norm": loss_of.norm}

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
# An answer counts as right where it is off by less than 0.04, as in the paper. For T = 100 it reports 1 wrong of 2,560 after
# 74,000 training sequences (Table 7, means of ten trials). With the full budget yours has seen 38,400, in batches and with
# Adam; the paper's was trained on one sequence at a time. Unit 15 compares the two with more care.
#
# How often did the clipping act? The length of each gradient was recorded before it was cut; above the dashed line
# is what was longer than `max_norm`:

# %%
show_norms({"RNN": rnn_run["norm"], "your LSTM": lstm_run["norm"]}, max_norm=1.0)

# %% [markdown]
# Seldom: in each run nearly all gradients are shorter than 1. Clipping is an insurance, and costs nothing
# while it is not needed. (Where the gradient is longest is also where a curve of the loss has its spikes.)
# Compare the two clouds: that of the RNN does not shrink, because its error does not.
#
# What did your LSTM do? Look at the cell states while one sequence is read, and at the input gate.

# %%
h = lstm.forward(example.x)
memory, gate = lstm.cells[:, 0], lstm.gates["i"][:, 0]
opened = gate[marks == 1].mean(axis=0) - gate[marks == 0].mean(axis=0)
unit = int(np.argmax(np.abs(lstm.params["V"][:, 0]) * np.clip(opened, 0, None)))
show_memory(unit, gate[:, unit], memory[:, unit], marks)

# %% [markdown]
# With the full budget the gate opens at the two marks and is nearly shut everywhere else; the cell state
# takes a step at each mark and moves little in between. Nobody told it to.
#
# ## Is it only the start that the RNN lacks?
#
# Your LSTM began with biases made for a long memory, the RNN with random weights. That is not fair. What
# would be a good start for an RNN? Its memory is multiplied by W at every step, so take a W that makes nothing
# longer or shorter: an **orthogonal** one, a rotation, or even the **identity**, where every unit begins as a
# memory of its own.


# %%
def with_start(kind):
    rng = np.random.default_rng(0)
    model = RNN(2, 32, 1, rng=rng)
    rotation, _ = np.linalg.qr(rng.normal(size=(32, 32)))
    model.params["W"][...] = np.eye(32) if kind == "identity" else rotation
    return model


rescued = {kind: with_start(kind) for kind in ("orthogonal", "identity")}
others = [
    learn(model, adding, updates, 0.003, f"RNN, {kind} W", live=False)
    for kind, model in rescued.items()
]
for (kind, model), run in zip(rescued.items(), others, strict=True):
    print(f"loss {run.mean('loss'):.4f} at the end, the mean's is {1 / 24:.4f}")
    report(f"RNN, {kind} W", model, adding)

# %% [markdown]
# It is not the start. With tanh after every step, and noise coming in at every step, what was rotated without
# loss is squashed and overwritten all the same: nothing in an RNN can *refuse* to be written to. Ten starts of
# each kind, and three more at each of three other learning rates: none answers noticeably better than the mean
# (`python benchmarks/training_recipes.py adding-rnn-orthogonal` and `… adding-rnn-identity`; the figures are in
# `benchmarks/README.md`).
#
# ## Temporal order
#
# The second task (experiment 6a of the same paper) is about *when*, not about how much. Of a hundred
# symbols two are X or Y, the rest is noise. The class is their order: XX, XY, YX or YY. At random the
# loss is $\ln 4 = 1.386$. As in the paper an answer is right only where all four outputs are within 0.3 of what
# they should be, 1 for the class and 0 for the others: a mere guess, 0.25 each, is always wrong. The
# starting weights are those above, but for an input bias of -1.

# %%
letters = temporal_order(np.random.default_rng(6), 1)
text = "".join(SYMBOLS[symbol] for symbol in letters.x[:, 0])
print(text, "→", CLASSES[letters.targets[0]])

order_updates = budget(600, 15)
chance = (np.log(4), "guessing")
order_rnn = RNN(8, 32, 4, rng=np.random.default_rng(0))
order_run = learn(order_rnn, temporal_order, order_updates, 0.003, "RNN", goal=chance)

# %%
order_lstm = mine.lstm(start(8, 4, forget_bias=5, input_bias=-1))
order_own_run = learn(
    order_lstm, temporal_order, order_updates, 0.01, "your LSTM", goal=chance, beside=[order_run]
)

# %%
report("RNN", order_rnn, temporal_order)
report("your LSTM", order_lstm, temporal_order)

# %% [markdown]
# ## The same network, faster
#
# The next experiments train more than ten networks. For that the course has `utils.networks.lstm.LSTM`: the same
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
        load(model, mine.sgd_update(model.params, clipped, lr=0.3))
        return {"loss": loss, "norm": norm}

    return train(step, steep_updates, name=name, log=True, goal=guess, **options)


steep_updates = budget(400, 15)
wild_run = descend(np.inf, "not clipped")
careful_run = descend(0.1, "clipped to 0.1", beside=[wild_run])
for run in (wild_run, careful_run):
    print(f"{run.name}: loss at most {run['loss'].max():.3g}, {run.mean('loss'):.4f} at the end")
show_norms({run.name: run["norm"] for run in (wild_run, careful_run)}, max_norm=0.1)

# %% [markdown]
# Without clipping a few steps at the beginning are far too long and the loss shoots up. From where they
# lead the network finds the mean again, and within this budget nothing more. Adam divides by the size of
# the gradients it has seen, so a long one does less harm there; clipping costs next to nothing, and the two
# are used together. The right-hand picture shows another side of it: with so low a limit nearly every gradient
# is cut, so every step is equally long. That works too, but it is another method than descent with a rare cut.
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
    loss_of, rng = LossOf(model), np.random.default_rng(1)
    my_step = mine.using("train_step", loss_and_gradients=loss_of)
    adam, in_a_row = {}, 0

    def step(update):
        nonlocal adam, in_a_row
        batch = asked_once(temporal_order(rng, 32))
        new, adam, loss = my_step(model.params, batch, adam, 1.0, 0.01)
        load(model, new)
        in_a_row = 0 if loss_of.wrong else in_a_row + 32
        return {"loss": loss, "right": in_a_row}

    run = train(step, updates, until=lambda numbers: numbers["right"] >= 2000, live=False)
    print(f"forget bias {forget_bias}: {32 * run.updates:,} sequences, {run.seconds:.1f} s")
    return run


most = budget(1250, 15)
sweep = {forget_bias: until_solved(forget_bias, most) for forget_bias in (0, 1, 2, 3, 5)}

# %%
solved = {b: run.ended == "reached" for b, run in sweep.items()}
show_sweep({b: 32 * run.updates for b, run in sweep.items()}, solved)
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
# ## Exercise 12.5: windows
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
from utils.check import check

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
mine.add(bptt_windows)
x, targets = mine.bptt_windows(ids, n_streams=3, T=12)
for s in range(3):
    windows = ("".join(map(chr, x[w, :, s])) for w in range(len(x)))
    print(f"stream {s}:  {' | '.join(windows)}")
print("the first window's targets in stream 0:", "".join(map(chr, targets[0, :, 0])))

# %%
ask("carried_state")

# %% [markdown]
# ## Exercise 12.6: carry the states on
#
# *Difficulty ●○○ · about 4 minutes · about two lines*
#
# Each row of the batch is a stream of its own. Where a stream goes on, its next window begins with the h and c
# that the last one ended with. Where a stream begins a new text (a new book, or the same one from its start),
# what it remembers belongs to another: it starts from 0.


# %% nbgrader={"grade": false, "grade_id": "carry_state", "locked": false, "schema_version": 3, "solution": true, "task": false}
def carry_state(h, c, reset):
    """The states with which the next window begins.

    h, c: (N, H) states after the last window, a row for each stream. reset: (N,) of bool, True where
    a stream begins anew.
    Returns h, c: (N, H) each, 0 in the rows where reset is True, as they were elsewhere.
    """
    ### BEGIN SOLUTION
    anew = reset[:, None]
    return np.where(anew, 0.0, h), np.where(anew, 0.0, c)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_carry_state", "locked": true, "points": 5.5, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(carry_state)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("carry_state", carry_state)
### END HIDDEN TESTS

# %% [markdown]
# What does it buy? A text in which one has to know what is open: brackets that nest, and quotation marks.
# Windows of ten characters, so most of what is open was opened in an earlier window. Two networks, the same
# in everything, three starts each: in one the states go on, in the other every window starts from 0.

# %%
mine.add(carry_state)


def read_brackets(seed, carried, windows, T=10, N=16):
    ids, _, _ = brackets_and_quotes(np.random.default_rng(seed), N, windows * T + 1)
    x, targets = mine.bptt_windows(ids.T.ravel(), N, T)
    model = LSTM(8, 16, 8, rng=np.random.default_rng(seed))
    my_step = mine.using("train_step", loss_and_gradients=LossOf(model))
    h, c, adam, losses = np.zeros((N, 16)), np.zeros((N, 16)), {}, []
    for w in range(len(x)):
        h, c = mine.carry_state(h, c, reset=np.full(N, not carried))
        rate = falling(0.02, w + 1, len(x))
        new, adam, loss = my_step(model.params, (x[w], targets[w], h, c), adam, T * 1.0, rate)
        load(model, new)
        h, c = model.last
        losses.append(loss / T)
    return np.mean(losses[-len(losses) // 5 :])


windows = budget(800, 30)
for name, carried in (("carried on", True), ("always from 0", False)):
    ends = [read_brackets(seed, carried, windows) for seed in range(3)]
    print(f"{name:14} " + ", ".join(f"{loss:.3f}" for loss in ends) + " nats per character")

# %% [markdown]
# A small difference, and one without overlap. Most characters of this text are guesses that no memory helps;
# only at brackets and quotation marks is there something to know. The network that begins each window at 0
# could never know it for what was opened earlier. The other was never *shown*, by any gradient, what lies
# more than ten steps back, and makes use of it all the same.
#
# ## When to stop
#
# Fresh sequences for every batch, as above, are a luxury. Most texts are short, and read again and again
# they are learned by heart: the loss on what was read goes on falling while the loss on anything else turns
# and rises. So keep a **validation part** that is never trained on, measure it now and then, keep the weights
# that were best there, and stop when it has not become better for a while. How long is "a while"? That number is
# called **patience**.
#
# ## Exercise 12.7: early stopping
#
# *Difficulty ●●○ · about 8 minutes · about six lines*
#
# **An example.** The losses are 5, 4, 4.5, 4, 3, and the patience is 2. The 4 is the best so far. Then come 4.5 and another
# 4, and equal is not better: two in a row, training is over, and the answer is 1, the place of the first 4. The 3 would
# never have been seen. With patience 3 training goes on, finds it, and the answer is 4.


# %% nbgrader={"grade": false, "grade_id": "early_stop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def early_stop(losses, patience):
    """Which of the measured weights to keep.

    losses: (n,) validation losses in the order they were measured, at least one. patience: at least
    1. Training stops as soon as `patience` losses in a row were not below the best before them;
    whatever stands behind that place is not looked at. Equal is not better.
    Returns the index of the best loss up to there: of the best so far where training goes on.
    """
    ### BEGIN SOLUTION
    best = 0
    for k in range(len(losses)):
        if losses[k] < losses[best]:
            best = k
        elif k - best >= patience:
            break
    return best
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_early_stop", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(early_stop)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("early_stop", early_stop)
### END HIDDEN TESTS

# %% [markdown]
# All of it at once, in small: fifty first names are read again and again, with your windows, your carried
# states and your step, and after every reading the loss on five hundred other names is measured. Where would
# you have stopped?

# %%
mine.add(early_stop)
shuffled = np.random.default_rng(12).permutation(names())
letters = sorted(set("".join(shuffled) + "."))
read, unread = (
    np.array([letters.index(letter) for letter in ".".join(some) + "."])
    for some in (shuffled[:50], shuffled[50:550])
)
N, T, H, K = 4, 16, 48, len(letters)
model = LSTM(K, H, K, rng=np.random.default_rng(12))
my_step = mine.using("train_step", loss_and_gradients=LossOf(model))
x, targets = mine.bptt_windows(read, N, T)
x_new, targets_new = (
    windows[0] for windows in mine.bptt_windows(unread, 20, len(unread) // 20 - 1)
)
readings = budget(60, 5, "readings")
state, h, c = {}, np.zeros((N, H)), np.zeros((N, H))
on_read, on_unread = [], []
for _ in range(readings):
    losses = []
    for w in range(len(x)):
        h, c = mine.carry_state(h, c, reset=np.full(N, w == 0))
        new, state, loss = my_step(model.params, (x[w], targets[w], h, c), state, T * 1.0, 0.01)
        load(model, new)
        h, c = model.last
        losses.append(loss / T)
    on_read.append(np.mean(losses))
    on_unread.append(model.loss_and_gradients(x_new, targets_new)[0] / len(x_new))

# %%
kept = mine.early_stop(on_unread, patience=5)
show_stop(len(x) * np.arange(1, readings + 1), np.array(on_read), np.array(on_unread), kept)
print(f"kept: reading {kept + 1} of {readings}, {on_unread[kept]:.3f} nats on names it has not read; "
      f"{on_unread[-1]:.3f} after all of them")  # fmt: skip

# %% [markdown]
# With patience 5 the run would have been over at the reading in which the fifth loss in a row was no better,
# and what comes behind it would never have been computed. Nothing is wrong with the network at the end: it
# has learned its fifty names by heart, which is what its loss asked for. The next unit has a million
# characters; there it takes long to get that far.
#
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
# - `train_step`: all training from here on.
# - Your own LSTM, trained on two tasks of the 1997 paper, and what a plain RNN makes of them.
# - The forget bias: one starting value that decides whether a long memory can be learned at all.
# - `bptt_windows` and `carry_state`: a text of any length, read in pieces.
# - `early_stop`: the weights to keep.
#
# **Next:** real text. In unit 13 your LSTM reads Shakespeare, and then writes.
