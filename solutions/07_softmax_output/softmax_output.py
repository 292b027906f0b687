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
# # 7 · The output and its loss
#
# **Time** 40 minutes · **You need** unit 06 (the hidden state)
#
# At the end of this unit you can
#
# - turn a hidden state into a probability for each of K classes,
# - measure with one number how good a prediction is, and say what that number means,
# - keep both right when the logits are ±1000, where the textbook formulas give `nan`.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("07")

# %% [markdown]
# ## What does the network say?
#
# The hidden state $h_t$ is what the cell shows. It is not an answer yet: it has H entries between -1
# and 1, and we asked for, say, the next letter. The last piece of the network turns the one into the
# other.
#
# ![The LSTM cell with the hidden state lit up: h leaves the cell on the right and goes to the output.](cell.svg)
#
# First a linear map gives every class a number, its **logit**: $z_t = V h_t + b_y$. Any number will
# do, positive or negative. Then the **softmax** turns the K logits into K probabilities:
#
# $$\hat y_t = \mathrm{softmax}(V h_t + b_y) \qquad\qquad
#   \mathrm{softmax}(z)_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$$
#
# The notes write $\mathrm{softmax}(V h_t)$, without a bias. We add $b_y$: with it, a network that
# knows nothing about its input can still say that *e* is more common than *q*.

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.learner.quiz import ask
from utils.pictures.plots import COLOURS, course_style, show

course_style()

# %% [markdown]
# What softmax does is easiest to see. Here are four logits, and the same four made smaller and larger.

# %%
logits = np.array([2.0, 1.0, 0.2, -1.0])
scales = (0.3, 1.0, 3.0)
weights = [np.exp(scale * logits) for scale in scales]
shares = [each / each.sum() for each in weights]

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, axes = plt.subplots(1, 3, figsize=(9, 2.9), sharey=True)
fig.subplots_adjust(wspace=0.12)
for ax, scale, share in zip(axes, scales, shares, strict=True):
    ax.bar(range(4), share, color=COLOURS["hidden"])
    ax.set(title=f"logits × {scale:g}", xlabel="class", xticks=range(4), ylim=(0, 1))
axes[0].set_ylabel("probability")
show(
    fig,
    alt="Probabilities of four classes for logits scaled by 0.3, 1 and 3: the largest has "
    + ", ".join(f"{share[0]:.2f}" for share in shares)
    + ". The larger the logits, the surer the answer.",
)

# %% [markdown]
# The order never changes and the sum is always 1. Small logits give a network that hedges, large
# ones a network that is sure. *How* sure is what training will decide.
#
# ## Exercise 7.1: softmax that survives
#
# *Difficulty ●●○ · about 10 minutes · two or three lines*
#
# In float64, `np.exp(710)` is infinite, and infinity divided by infinity is `nan`. Logits of a trained
# network do get large. There is an exact way out: add any number to all logits of a row and nothing
# changes, because the factor cancels. Which number would you add so that no exponent is above 0?


# %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(z):
    """Probabilities from logits, along the last axis.

    z: (..., K) logits of any size.
    Returns (..., K): entries in [0, 1] that sum to 1 along the last axis.
    """
    ### BEGIN SOLUTION
    exponentials = np.exp(z - z.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_softmax", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(softmax)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("softmax", softmax)
### END HIDDEN TESTS

# %%
ask("shift")

# %% [markdown]
# ## Exercise 7.2: the output layer
#
# *Difficulty ●○○ · about 3 minutes · one line*
#
# | array | shape | here |
# |---|---|---|
# | `h` | (T, N, H), or (N, H) for one step | hidden states |
# | `V`, `b_y` | (H, K), (K,) | the output's weights and bias |
# | result | (T, N, K), or (N, K) | a distribution over K classes for every row |


# %% nbgrader={"grade": false, "grade_id": "output_layer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_layer(h, V, b_y):
    """Probabilities of the K classes for every hidden state.

    h: (..., H) hidden states, one step (N, H) or all of them (T, N, H). V: (H, K). b_y: (K,).
    Returns (..., K): softmax of the logits h V + b_y.
    """
    ### BEGIN SOLUTION
    return softmax(h @ V + b_y)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_output_layer", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(output_layer)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("output_layer", output_layer)
### END HIDDEN TESTS

# %% [markdown]
# ## How wrong is a prediction?
#
# The network gave the right class $y_t$ the probability $\hat y_{t}[y_t]$. We want a number that is 0
# if that was 1, and grows as it shrinks. The **cross-entropy** is
#
# $$L_t = -\log \hat y_t[y_t], \qquad L = \sum_t L_t .$$
#
# The notes put it in words: the loss is computed at each time step, and the final loss is the sum of
# the losses at all time steps. We follow them, and average over the N examples of a batch. A sum over
# time, a mean over the batch: remember it, for half of all wrong gradients in unit 11 are a factor of
# T or N.
#
# What does the number mean? Take $e^{L/T}$. A loss of $\log 4$ per step is what you would get by
# guessing among 4 equally likely classes; the network is "as unsure as between 4". That is its
# **perplexity**.

# %%
p = np.linspace(0.001, 1, 400)

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.5, 3.4))
ax.plot(p, -np.log(p), color=COLOURS["hidden"])
for k in (1, 2, 4, 27):
    ax.plot(1 / k, np.log(k), "o", color=COLOURS["hidden"])
    ax.annotate(f"one of {k}: {np.log(k):.2f}", (1 / k, np.log(k)), xytext=(8, 5),
                textcoords="offset points", fontsize=10)  # fmt: skip
ax.set(
    title="What a prediction costs",
    xlabel="probability given to the right class",
    ylabel="loss of this step (nats)",
    xlim=(0, 1.12),
)
show(
    fig,
    alt="The loss falls from very large at probability 0 to 0 at probability 1; guessing among 2, "
    f"4 and 27 classes costs {np.log(2):.2f}, {np.log(4):.2f} and {np.log(27):.2f} nats.",
)

# %% [markdown]
# ## Exercise 7.3: the loss, from the logits
#
# *Difficulty ●●○ · about 10 minutes · about four lines*
#
# Why from the logits and not from $\hat y$? The smallest number above 0 that a float64 can hold is about
# $5 \cdot 10^{-324}$ (and from $10^{-308}$ on down it loses digits). A smaller probability is stored as 0, and its
# logarithm is $-\infty$. But the logarithm itself is a harmless number, if you compute it without
# the detour:
#
# $$\log \hat y[k] = z_k - \log \sum_j e^{z_j},$$
#
# again with the row's largest logit subtracted from all $z$ first.


# %% nbgrader={"grade": false, "grade_id": "cross_entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy(logits, targets):
    """The loss: summed over time, averaged over the batch, in nats.

    logits: (T, N, K). targets: (T, N) integers in 0 … K-1, the right class of each row.
    Returns one number.
    """
    ### BEGIN SOLUTION
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    of_targets = np.take_along_axis(log_p, targets[..., None], axis=-1)
    return -of_targets.sum() / targets.shape[1]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_cross_entropy", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(cross_entropy)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("cross_entropy", cross_entropy)
### END HIDDEN TESTS

# %% [markdown]
# ## The surprise: a loss you can predict before training
#
# A fresh network has small weights. Its logits are all close to 0, so every class gets about $1/K$,
# and the loss must start at
#
# $$L \approx T \log K .$$
#
# Let us see, for K between 2 and 80, 20 steps, and random weights of size 0.1.

# %%
rng = np.random.default_rng(7)
T, N, H = 20, 16, 32
ks = np.array([2, 5, 10, 27, 50, 80])
measured = []
for K in ks:
    h = rng.uniform(-1, 1, size=(T, N, H))
    logits = h @ rng.normal(scale=0.1, size=(H, K))
    measured.append(cross_entropy(logits, rng.integers(K, size=(T, N))))

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.5, 3.4))
smooth = np.linspace(2, 80, 200)
ax.plot(smooth, T * np.log(smooth), "--", color=COLOURS["wrong"], label="T log K")
ax.plot(ks, measured, "o", color=COLOURS["hidden"], label="measured, untrained")
ax.set(
    title=f"The loss before training, {T} steps",
    xlabel="number of classes K",
    ylabel="loss (nats)",
)
ax.legend()
ratio = np.array(measured) / (T * np.log(ks))
show(
    fig,
    alt="Measured losses of untrained networks lie on the curve T log K: between "
    f"{ratio.min():.3f} and {ratio.max():.3f} times it.",
)

# %% [markdown]
# This is the cheapest test in all of deep learning. If your first loss is not near $T \log K$,
# something is wrong before the training has even begun: the loss is averaged where it should be
# summed, the classes are counted wrongly, or the weights are far too large.
#
# ## Where the short way breaks
#
# The line below computes `-log(softmax)` as everybody writes it first. Both networks are sure and
# wrong; only the size of the logits grows. Compare it with yours.

# %%
sizes = np.array([1.0, 10, 100, 500, 700, 750, 1000])
rows = []
for size in sizes:
    z = np.array([[[size, 0.0]]])  # sure of class 0 …
    target = np.array([[1]])  # … but class 1 was right
    with np.errstate(all="ignore"):
        short = -np.log((np.exp(z) / np.exp(z).sum())[0, 0, 1])
    rows.append((size, short, cross_entropy(z, target)))

print(f"{'logit':>8}{'-log(softmax)':>16}{'yours':>10}")
for size, short, yours in rows:
    print(f"{size:8g}{short:16.5g}{yours:10.5g}")

# %% [markdown]
# Up to 700 the two agree. Beyond, the short way says `inf` or `nan`, and one such number is enough
# to turn every weight of the network into `nan` at the next update. Yours goes on as if nothing had
# happened.
#
# ## Ask yourself

# %%
ask("loss_at_start")

# %% [markdown]
# ## In your own words
#
# A friend clips the probabilities, `np.clip(p, 1e-12, 1)`, before taking the logarithm, "so that it
# never becomes infinite". What does the network lose by that when it is sure and wrong? Two or three
# sentences (2 points, read by a person).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_softmax_output", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# The loss can then never exceed about 27.6, and where it is clipped it is flat: its slope is zero. So
# exactly where the network is most wrong, it is told nothing about how to become better. Computed from
# the logits, the loss keeps growing with the size of the mistake and its gradient stays near one.

# %% [markdown]
# ## What you have now
#
# - $\hat y_t = \mathrm{softmax}(V h_t + b_y)$: any numbers in, probabilities out.
# - $L = \sum_t -\log \hat y_t[y_t]$, summed over time, averaged over the batch, computed from the logits.
# - Before training $L \approx T\log K$. Always look.
#
# **Next:** one step, one output, one loss. Unit 08 strings the steps together and runs a whole
# sequence forward.
