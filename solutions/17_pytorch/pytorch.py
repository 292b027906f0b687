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
# # 17 · Your LSTM and PyTorch's
#
# **Time** 45 minutes, of which 1 is your computer's · **You need** units 08, 11 and 12 (forwards, backwards, Adam)
#
# At the end of this unit you can
#
# - carry trained weights from your LSTM to `torch.nn.LSTM` and back, and prove that nothing was lost,
# - say why PyTorch has two biases, what they do to training, and where its forget gates start,
# - read a library's documentation for the order in which it packs the gates.
#
# PyTorch need not be installed: what it computes was stored. Where it is installed, it computes here.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("17")

# %% [markdown]
# ## Is it the same machine?
#
# On your first working day nobody hands you `params["W_f"]`. You get a file with four arrays, `weight_ih_l0`,
# `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, from `torch.nn.LSTM`. Is your LSTM in there?
#
# ![The LSTM cell with all four gates lit up: the same eight matrices, packed into two.](cell.svg)

# %%
from utils.threads import blas_threads

blas_threads()

# %%
import json
from itertools import permutations

import numpy as np

from utils.check import check
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.networks import pytorch
from utils.networks.lstm import LSTM
from utils.networks.speed import contenders, in_turn
from utils.pictures.packed import bar_of_orders, learning_curves, packing, twins
from utils.pictures.plots import course_style
from utils.training import twin
from utils.training.first_symbol import CLASSES, INPUTS, curve
from utils.training.train import budget

from earlier import (
    adam_update,
    cross_entropy,
    init_params,
    lstm_backward,
    lstm_forward,
    output_layer_backward,
)

course_style()
mine = workbook(
    lstm_forward, lstm_backward, cross_entropy, output_layer_backward, init_params, adam_update
)
print(mine.summary())
print("PyTorch", getattr(pytorch.installed(), "__version__", "is not installed, and not needed"))

# %% [markdown]
# PyTorch computes the same equations as you, and stores the weights in another way (its documentation, under
# *Variables* of [torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html)):
#
# | | here | PyTorch |
# |---|---|---|
# | gates | an array each | one below the other, in the order **i, f, g, o** |
# | matrices | $x U$: (D, H), rows are examples | $W x$: (H, D), each one transposed |
# | bias | one a gate | two a gate, added: `bias_ih` and `bias_hh` |
#
# $$\texttt{weight\_ih\_l0} = \begin{pmatrix} U_i^\top \\ U_f^\top \\ U_g^\top \\ U_o^\top \end{pmatrix} \in
#   \mathbb{R}^{4H \times D} \qquad
#   \texttt{weight\_hh\_l0} = \begin{pmatrix} W_i^\top \\ W_f^\top \\ W_g^\top \\ W_o^\top \end{pmatrix} \in
#   \mathbb{R}^{4H \times H}$$

# %%
packing(init_params(np.random.default_rng(0), 3, 6, 1))

# %% [markdown]
# `ih` is from the input to the hidden units, `hh` from hidden to hidden, `l0` is layer 0: there may be more.
#
# ## Exercise 17.1: pack
#
# *Difficulty ●○○ · about 8 minutes · about six lines*
#
# The whole bias goes into `bias_ih_l0`, and zeros into the other one.


# %% nbgrader={"grade": false, "grade_id": "to_torch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def to_torch(params):
    """This course's weights in the layout of torch.nn.LSTM.

    params: dict of U_* (D, H), W_* (H, H), b_* (H,) for the gates f, i, g, o. It may hold V and b_y
    as well: they belong to another module (nn.Linear) and are left out.
    Returns a dict of new float64 arrays: weight_ih_l0 (4H, D), weight_hh_l0 (4H, H), bias_ih_l0
    (4H,) with the whole bias, bias_hh_l0 (4H,) of zeros; gates in the order i, f, g, o.
    """
    ### BEGIN SOLUTION
    b = np.concatenate([params[f"b_{gate}"] for gate in "ifgo"])
    return {
        "weight_ih_l0": np.concatenate([params[f"U_{gate}"].T for gate in "ifgo"]),
        "weight_hh_l0": np.concatenate([params[f"W_{gate}"].T for gate in "ifgo"]),
        "bias_ih_l0": b,
        "bias_hh_l0": np.zeros_like(b),
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_to_torch", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(to_torch)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("to_torch", to_torch)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 17.2: unpack
#
# *Difficulty ●○○ · about 8 minutes · about seven lines*
#
# Back again, for the weights that others have trained. Their two biases are both in use.


# %% nbgrader={"grade": false, "grade_id": "from_torch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def from_torch(state):
    """The weights of a torch.nn.LSTM with one layer, as this course names them.

    state: dict of weight_ih_l0 (4H, D), weight_hh_l0 (4H, H), bias_ih_l0, bias_hh_l0 (4H,), gates in
    the order i, f, g, o. D and H are read off the shapes.
    Returns a dict of U_f, U_i, U_g, U_o (D, H), W_f, W_i, W_g, W_o (H, H), b_f, b_i, b_g, b_o (H,);
    each bias is the sum of PyTorch's two. The matrices may be views of those in `state`.
    """
    ### BEGIN SOLUTION
    bias = state["bias_ih_l0"] + state["bias_hh_l0"]
    params = {}
    for k, gate in enumerate("ifgo"):
        params[f"U_{gate}"] = np.split(state["weight_ih_l0"], 4)[k].T
        params[f"W_{gate}"] = np.split(state["weight_hh_l0"], 4)[k].T
        params[f"b_{gate}"] = np.split(bias, 4)[k]
    return params
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_from_torch", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(from_torch)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("from_torch", from_torch)
### END HIDDEN TESTS

# %% [markdown]
# There and back, the weights are those that left. (From here on `ours` has your functions, and the course's where one
# is not solved yet.)

# %%
ours = workbook(here=(to_torch, from_torch))
print(ours.summary())
stored = np.load("torch_twin.npz")
trained = {
    name: stored[f"trained {name}"] for name in (*init_params(np.random.default_rng(0), 1, 1, 1),)
}
state = ours.to_torch(trained)
back = ours.from_torch(state)
for name, array in state.items():
    print(f"{name:14}{array.shape}")
print(
    "largest difference after there and back:",
    max(np.abs(back[n] - trained[n]).max() for n in back),
)

# %% [markdown]
# ## 24 ways to unpack, and no error message
#
# Four blocks can be read in 24 orders, and every one has the right shapes. `torch_twin.npz` holds an LSTM that has
# learned first names (its training comes below). How good is it when its blocks are read in another order?
# Before you run it: will the others be as bad as guessing, or worse?

# %%
x, targets, letters = twin.windows()
K = len(letters)


def nats(params, w=0):
    """Nats per character of window w."""
    net = LSTM.from_params(params, np.float64)
    loss, _ = net.loss_and_gradients(x[w], targets[w])
    return loss / twin.T


def read_as(order):
    """The trained weights, packed as i, f, g, o and unpacked in another order."""
    place = dict(zip(order, "ifgo", strict=True))  # which gate is taken for which
    cell = {f"{kind}_{gate}": trained[f"{kind}_{place[gate]}"] for kind in "UWb" for gate in "figo"}
    return cell | {"V": trained["V"], "b_y": trained["b_y"]}


losses = {"".join(order): nats(read_as(order)) for order in permutations("ifgo")}
bar_of_orders(losses, "ifgo", np.log(K))

# %%
worse_than_guessing = sum(loss > np.log(K) for loss in losses.values())
print(f"right order {losses['ifgo']:.3f} nats, this course's {losses['figo']:.3f}, ONNX's {losses['iofg']:.3f}, "
      f"guessing {np.log(K):.3f}")  # fmt: skip
print(f"{worse_than_guessing} of 23 wrong orders are worse than guessing")

# %% [markdown]
# No wrong order raises an error. A test of shapes proves nothing: **compare numbers**.
#
# ## The proof: the same numbers, to the last digit
#
# These weights were carried to `torch.nn.LSTM`, which read a window of names. Its states, its loss and its gradients
# were stored (`benchmarks/torch_twin.py` made the file). Now your functions read the same window.

# %%
print("stored numbers by", stored["made by"])
model = mine.lstm(trained)
loss, grads = model.loss_and_gradients(x[0, :, :4], targets[0, :, :4])
packed = ours.to_torch(grads)
mine_and_theirs = {
    "h, all steps": (model.forward(x[0, :, :4]), stored["h"]),
    "c, last step": (model.cells[-1], stored["c_last"]),
    "loss": (loss, stored["loss"]),
    **{
        f"gradient of {n}": (packed[n], stored[f"gradient of {n}"])
        for n in packed
        if n != "bias_hh_l0"
    },
    "gradient of V": (grads["V"].T, stored["gradient of weight"]),
}
for name, (a, b) in mine_and_theirs.items():
    print(
        f"{name:26}{np.shape(b)!s:10} largest number {np.abs(b).max():8.4f}   apart by {np.abs(a - b).max():.1e}"
    )

# %%
if pytorch.installed():
    one_hot, zero = np.eye(K)[x[0, :, :4]], np.zeros((4, twin.H))
    h, c = pytorch.states(ours.to_torch(trained), one_hot, zero, zero)
    print(f"computed here, now: h apart by {np.abs(model.forward(x[0, :, :4]) - h).max():.1e}")
else:
    print("PyTorch is not installed: the stored numbers are all there is to compare with.")

# %% [markdown]
# Forwards and backwards, what you have written since unit 02 *is* `torch.nn.LSTM`. What is left are a few units in the
# sixteenth digit, for the two programs add up in different orders.
#
# ## Does it also *learn* the same?
#
# Now the whole training: 300 updates by your forward and backward pass and your Adam. The same run was made in
# PyTorch, from the same weights, with `nn.LSTM`, `nn.CrossEntropyLoss` and `torch.optim.Adam`. How far apart do you
# expect them to be after 300 updates?

# %%
start = mine.init_params(np.random.default_rng(17), K, twin.H, K)
updates = budget(300, 10)
own = twin.fit(mine.lstm(start), mine.adam_update, updates)
one, both = (stored[f"losses of PyTorch, {name} trained"] for name in ("one bias", "both biases"))
twins(own, one, both, twin.T)
for name, theirs in (("one bias", one), ("both biases", both)):
    apart = np.abs(theirs[:updates] / own - 1)
    print(
        f"{name} trained: apart by at most {apart.max():.1e}, on average {apart.mean():.1e} of the loss"
    )

# %% [markdown]
# With one of PyTorch's two biases held at zero, the runs lie on each other to the last digits, all the way.
# With PyTorch as it comes, they part at the second update: by a few thousandths of the loss on average, by one per cent at
# most.
#
# **Why is this so?** Both biases are added, so both get the same gradient, and Adam moves *both* by the
# same step. Their sum moves twice as far: the biases of an `nn.LSTM` learn at twice the rate of all other weights.

# %%
ih, hh = stored["first gradient of bias_ih_l0"], stored["first gradient of bias_hh_l0"]
print("gradients of the two biases at the first update: apart by", np.abs(ih - hh).max())
zeros = {"bias_ih": np.zeros_like(ih), "bias_hh": np.zeros_like(hh)}
moved, _ = mine.adam_update(zeros, {"bias_ih": ih, "bias_hh": hh}, {}, 0.01, 0.9, 0.999, 1e-8)
print(f"your Adam's first step, rate 0.01: bias_ih moves by {np.abs(moved['bias_ih']).max():.4f}, "
      f"the sum of both by {np.abs(moved['bias_ih'] + moved['bias_hh']).max():.4f}")  # fmt: skip

# %% [markdown]
# The second bias adds nothing to what the network can compute. Its reason stands in PyTorch's source
# (`torch/nn/modules/rnn.py`): "Second bias vector included for CuDNN compatibility."
#
# <details><summary>The same trap for clipping</summary>
#
# `torch.nn.utils.clip_grad_norm_` takes the norm of all gradients, and the bias's counts twice. It also divides by the
# norm + 10⁻⁶. So the run above was made without clipping.
# </details>
#
# ## Exercise 17.3: batch first
#
# *Difficulty ●○○ · about 4 minutes · one line*
#
# Time comes first here, and in `nn.LSTM` too. With `batch_first=True`, which most people write, it wants (N, T, D).


# %% nbgrader={"grade": false, "grade_id": "batch_first", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batch_first(x):
    """From time first to batch first.

    x: (T, N, D), float64.
    Returns (N, T, D): entry [n, t] is x[t, n]. It may be a view of x.
    """
    ### BEGIN SOLUTION
    return x.swapaxes(0, 1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_batch_first", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(batch_first)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("batch_first", batch_first)
### END HIDDEN TESTS

# %% [markdown]
# The wrong line, `reshape(N, T, D)`, has the right shape as well. Three names, letter by letter:

# %%
three = np.array([list(name) for name in ("maria", "david", "susan")]).T  # (T, N)
swap = workbook(here=(batch_first,)).batch_first
places = np.arange(15.0).reshape(5, 3, 1)  # where each letter lies in `three`
right = three.reshape(-1)[swap(places)[..., 0].astype(int)]
print("axes exchanged:", ["".join(row) for row in right])
print("reshaped:      ", ["".join(row) for row in three.reshape(3, 5)])

# %% [markdown]
# ## Exercise 17.4: where a fresh nn.LSTM starts
#
# *Difficulty ●○○ · about 6 minutes · about six lines*
#
# "All the weights and biases are initialized from $\mathcal{U}(-\sqrt k, \sqrt k)$ where $k = 1/\text{hidden\_size}$",
# says the documentation. All of them: U and W alike, and each of the two biases.


# %% nbgrader={"grade": false, "grade_id": "torch_init", "locked": false, "schema_version": 3, "solution": true, "task": false}
def torch_init(rng, D, H):
    """Starting weights of a cell as torch.nn.LSTM draws them.

    rng: numpy.random.Generator, the only source of random numbers. D, H: inputs and hidden units.
    Returns a dict of U_* (D, H), W_* (H, H), b_* (H,), float64: each entry of U and W uniform in
    ±1/√H, each bias the sum of two such draws. In which order they are drawn is left open.
    """
    ### BEGIN SOLUTION
    a = 1 / np.sqrt(H)
    params = {}
    for gate in "ifgo":
        params[f"U_{gate}"] = rng.uniform(-a, a, size=(D, H))
        params[f"W_{gate}"] = rng.uniform(-a, a, size=(H, H))
        params[f"b_{gate}"] = rng.uniform(-a, a, size=H) + rng.uniform(-a, a, size=H)
    return params
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_torch_init", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(torch_init)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("torch_init", torch_init)
### END HIDDEN TESTS

# %% [markdown]
# ## The surprise: it forgets
#
# With H = 32 a fresh forget bias lies between -0.35 and 0.35. So the gate is half open, and of a memory half is lost at
# every step: after 20 steps, a millionth is left (unit 02). Can such a network learn to
# name the *first* of 20 symbols? Three starts, five seeds each, the same task and the same Adam; the
# only difference is what was added to $b_f$.

# %%
fresh = workbook(here=(torch_init,)).torch_init


def opened(by):
    """A start with the forget bias raised."""

    def start(rng):
        params = fresh(rng, INPUTS, 32)
        return params | {"b_f": params["b_f"] + by}

    return start


updates, seeds = budget(300, 5), range(5)
curves = {f"b_f + {by}": [curve(opened(by), s, 20, updates) for s in seeds] for by in (0, 1, 3)}
learning_curves(curves, {"b_f + 0": "forget", "b_f + 1": "hidden", "b_f + 3": "cell"},
                "Which symbol came first, 20 steps ago?", 1 / CLASSES)  # fmt: skip
for name, runs in curves.items():
    ends = sorted(run[-20:].mean() for run in runs)
    print(f"{name}: share right at the end, seed by seed {', '.join(f'{end:.2f}' for end in ends)}")

# %% [markdown]
# With the full budget: where PyTorch starts, none of five seeds left chance behind. Raised by 1, four of five were always
# right at the end, and the fifth in seven of eight cases. Raised by 3, all five were right before update 60. Nothing else was changed.
#
# `nn.LSTM` has no argument for this. One has to reach into its biases, and that has a trap of its own:

# %%
ask("forget_bias_of_two")

# %% [markdown]
# What you would write, for one layer:
#
# ```python
# with torch.no_grad():
#     layer.bias_ih_l0[H : 2 * H] = 1.0  # block 1 of i, f, g, o
#     layer.bias_hh_l0[H : 2 * H] = 0.0
# ```
#
# ## What each has that the other has not
#
# | `nn.LSTM` | here |
# |---|---|
# | `num_layers` | `stacked_forward`, unit 16 |
# | `bidirectional=True` | `bidirectional_forward`, unit 16 |
# | `dropout=p`, on what each layer but the last hands up | unit 19 |
# | packed sequences: batches of unequal length | unit 18, by masks |
# | `proj_size`: h is multiplied by one more matrix, so that it is smaller than c (Sak et al. 2014, [arXiv:1402.1128](https://arxiv.org/abs/1402.1128)) | no |
# | gradients of whatever you compute with it; graphics cards | by hand; no |
# | the hidden states of all steps, the cell state of the last alone | **every c, every gate, at every step**: all pictures of this course |
# | | a forget bias to choose; complex numbers, which prove a backward pass |
# | | nothing hidden: every line can be changed, as in unit 16 |
#
# Each argument adds parameters, and their names tell which:

# %%
for name, parameters in json.loads(str(stored["layouts"])).items():
    print(name)
    print("   ", ", ".join(f"{key} {tuple(shape)}" for key, shape in parameters.items()))

# %% [markdown]
# `_l1` is the second layer, `_reverse` reads from the end, `weight_hr` is the projection.
#
# ## Reading documents: other libraries, other orders
#
# | library | its words | order |
# |---|---|---|
# | this course | U_f, U_i, U_g, U_o | f, i, g, o |
# | PyTorch | (W_ii\|W_if\|W_ig\|W_io) | i, f, g, o |
# | [ONNX](https://onnx.ai/onnx/operators/onnx__LSTM.html), the exchange format | "W[iofc] … input, output, forget, and cell gates" | i, o, f, c |
#
# ONNX calls the candidate *cell gate* and writes c for it. So does PyTorch's text ("cell gate"), which writes g.

# %%
ask("onnx_order")

# %% [markdown]
# Your answer, tried out: if the permutation is right, undoing it gives your network back.

# %%
order = [0, 3, 1, 2]  # which of PyTorch's blocks comes first, second, …


def reordered(array, order):
    """The four blocks of an array (4H, …) in another order."""
    return np.concatenate([np.split(array, 4)[k] for k in order])


onnx = {name: reordered(array, order) for name, array in state.items()}
print("blocks of ONNX's W:", ", ".join("ifgo"[k] for k in order))
undo = [order.index(k) for k in range(4)]
again = ours.from_torch({name: reordered(array, undo) for name, array in onnx.items()})
not_undone = ours.from_torch(onnx)
for name, params in (("undone", again), ("taken as it is", not_undone)):
    print(f"{name:15} {nats(params | {'V': trained['V'], 'b_y': trained['b_y']}):.3f} nats")

# %% [markdown]
# ## How fast?
#
# The same pass over 50 steps, 65 inputs, 128 units: yours as you wrote it, the course's fast LSTM (`utils/networks/lstm.py`:
# NumPy alone, arranged as in unit 16), and PyTorch's where it is installed. One thread each.

# %%
D, H, T = 65, 128, 50
params = init_params(np.random.default_rng(0), D, H, 1)
rounds = budget(5, 1, "rounds")
for N in (1, 32):
    made = contenders(mine, params, ours.to_torch(params), T, N, np.random.default_rng(N))
    taken = in_turn(
        {f"{name} {k}": run for name, pair in made.items() for k, run in enumerate(pair)}, rounds
    )
    print(f"N = {N:2}, milliseconds{'':22}forward   forward and backward")
    for name in made:
        print(f"  {name:36}{1000 * taken[f'{name} 0']:11.2f}{1000 * taken[f'{name} 1']:14.2f}")

# %% [markdown]
# Measured once with PyTorch beside them (`python benchmarks/torch_speed.py`, on 2 cores of an AMD EPYC with AVX-512,
# other programs running; NumPy 2.4.6, PyTorch 2.13.0 for CPU), in milliseconds:
#
# | | N = 1: forward | forward and backward | N = 32: forward | forward and backward |
# |---|---|---|---|---|
# | yours, step by step, float64 | 1.82 | 10.83 | 9.24 | 22.22 |
# | the course's fast LSTM, float64 | 0.43 | 0.92 | 5.58 | 13.68 |
# | nn.LSTM, float64 | 0.93 | 5.60 | 9.76 | 31.55 |
# | the course's fast LSTM, float32 | 0.27 | 0.57 | 2.33 | 5.69 |
# | nn.LSTM, float32 | 0.23 | 0.63 | 1.76 | 5.93 |
#
# For one sequence yours is 17 times as slow as PyTorch in float32, which it uses by default. For 32 sequences in float64
# it is *faster*. In float32, fast NumPy and PyTorch are level forwards and backwards (a second run differed by up to
# 8 % for 32 sequences, by more for one), and PyTorch is ahead forwards. So why does everybody use PyTorch? Not for the speed of an LSTM on a
# processor: for gradients of whatever you write, and for graphics cards, where NumPy does not run at all.
#
# ## In your own words
#
# A colleague has carried weights from another library into yours. All shapes fit, and the text that it
# writes "looks a bit odd". Which three tests would you run, in which order, and what would each of them tell? (2 points, read
# by a person.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_pytorch", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# First the same input through both, from states of zero, one step: compare h and c number by number. If they differ, set
# all biases to 0, then W to 0, and see which part brings the difference: a wrong order of gates, a missing transpose,
# a bias counted once or twice each show there. Second, a sequence of several steps and several examples, with start
# states that are not 0: it finds W transposed, h0 and c0 exchanged, time and batch exchanged. Third, the loss of the
# trained model on data for which it is known: it finds what lies outside the LSTM, such as a vocabulary in another order.
# Shapes alone say nothing.

# %% [markdown]
# ## What you have now
#
# - `to_torch`, `from_torch`, `batch_first`, `torch_init`: weights travel both ways, and you can prove that they arrived.
# - The same 300 updates as PyTorch, to the last digits; and the reason why PyTorch as it comes takes others.
# - Two lines for every `nn.LSTM` that must remember: open its forget gates.
#
# **Next:** names have 2 to 11 letters, and a batch is a rectangle. Unit 18 fills it up, and makes sure that nobody
# learns from the filling.
