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
# # 19 · Generalise
#
# **Time** 60 minutes, of which 2 are your computer's · **You need** units 10 (backwards), 12 (training) and 13 (a language model)
#
# At the end of this unit you can
#
# - see a network learn its text by heart, and stop it,
# - write dropout, layer norm with its way back, and weight averaging, and say what each of them buys,
# - say whether a difference between two recipes is more than luck.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("19")

# %% [markdown]
# ## Two pupils
#
# One has understood the lesson, the other has learned it by heart. Ask for the lesson and you cannot tell them apart. Ask
# something new, and you can.
#
# ![The LSTM cell with its input and its hidden state lit up: what goes in and what comes out are what this unit works on.](cell.svg)
#
# In unit 13 the text had a million characters, and there was more to read than a network of that size could hold. Mostly one
# has too little. Here are 30,000 characters of Shakespeare, some ten pages. And we make it a contest: counting needs no
# training. **Can two layers of LSTM beat the n-grams on ten pages?**

# %%
from utils.threads import blas_threads

blas_threads()

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.data import shakespeare
from utils.gradient_check import check_gradients
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.networks.ngram import ngram_losses
from utils.pictures.attention import bands
from utils.pictures.plots import COLOURS, course_style, show
from utils.training.little_text import Fit, fit
from utils.training.seeds import interval
from utils.training.train import budget

from earlier import encode

course_style()
rng = np.random.default_rng(19)

# %% [markdown]
# ## Three parts
#
# | part | characters | what for |
# |---|---|---|
# | training | 30,000 | the weights are learned from it |
# | validation | 20,000 | *you* learn from it: when to stop, how much dropout |
# | test | 20,000 | looked at once, at the end; nothing is chosen by it |

# %%
ids, vocab = encode(shakespeare()[:70_000])
K, SEEDS = len(vocab), range(3)
learn, validate, test = ids[:30_000], ids[30_000:50_000], ids[50_000:]
counted = {
    name: ngram_losses(learn, part, K) for name, part in (("validation", validate), ("test", test))
}
print("nats per character     " + "".join(f"{n}-gram  " for n in range(1, 7)))
for name, losses in counted.items():
    print(f"{name:22}" + "".join(f"{loss:7.3f} " for loss in losses))
n_best = int(np.argmin(counted["validation"]))
print(
    f"to beat: the {n_best + 1}-gram (chosen on the validation part), {counted['test'][n_best]:.3f} on the test part"
)

# %% [markdown]
# The network: two LSTM layers of 80 units, the second reads the hidden states of the first (unit 16). It has
# 103,000 weights for 30,000 characters (`utils/training/little_text.py`). Three seeds, Adam with 0.01 throughout. Draw both
# curves before you run it: the loss on the text it learns, and on the text it does not.

# %%
epochs = budget(20, 2, "epochs")


def networks(H=80, **form):
    return [Fit(learn, validate, K, seed, H=H, **form) for seed in SEEDS]


fits = {"plain": networks()}
run = fit(fits, epochs, "plain")


def measured(name, what):
    return np.array([getattr(one, what) for one in fits[name]])


# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots()
when = np.arange(1, epochs + 1)
bands(
    ax,
    when,
    {
        "training text": measured("plain", "learning"),
        "validation text": measured("plain", "validation"),
    },
)
ax.axhline(
    counted["validation"][n_best],
    color=COLOURS["wrong"],
    linewidth=1,
    label="best n-gram, validation",
)
ax.set(title="Learned by heart", xlabel="epochs", ylabel="nats per character", ylim=(0.9, 3.2),
       xticks=when[::3])  # fmt: skip
ax.legend()
lowest = [one.best + 1 for one in fits["plain"]]
ends = [np.median(measured("plain", what)[:, -1]) for what in ("learning", "validation")]
show(fig, alt="Loss against epochs, median of three seeds with a band from the smallest to the largest. On the training text it falls to "
     f"{ends[0]:.2f}; on the validation text it is lowest after {lowest} epochs and ends at {ends[1]:.2f}, "
     f"beside the best n-gram at {counted['validation'][n_best]:.2f}.")  # fmt: skip

# %%
print("lowest validation loss after", lowest, "epochs:",
      [f"{min(one.validation):.3f}" for one in fits["plain"]])  # fmt: skip

# %% [markdown]
# On the text it learns it gets better and better. On the other it turns round after about ten epochs, and at no time is it
# better than counting.
#
# The oldest remedy costs nothing: **early stopping**. Keep the weights of the epoch with the lowest validation loss. That is
# the bottom of the curve, and the bottom lies above the n-gram. To get further, learning by heart itself has to be made harder.
#
# ## Exercise 19.1: dropout
#
# *Difficulty ●○○ · about 7 minutes · one or two lines*
#
# In training, leave out each unit's output with probability p. Nobody can rely on one particular unit, so what is learned by heart,
# which hangs on many details at once, breaks; what is seen everywhere survives. When the network is used, nothing is left
# out. Then sums would be larger than the layer above has ever seen, so in training what stays is scaled up:
#
# $$m = \begin{cases} 0 & \text{with probability } p \\ \dfrac{1}{1-p} & \text{else}\end{cases} \qquad h \leftarrow m \odot h$$
#
# In a recurrent network two things matter. It is applied **between** layers, not on the way from step to step: there, memories would be
# wiped out again and again (Zaremba, Sutskever and Vinyals, 2014, [arXiv:1409.2329](https://arxiv.org/abs/1409.2329)). And the
# mask is drawn **once for a sequence** and used at all of its steps (Gal and Ghahramani, 2016,
# [arXiv:1512.05287](https://arxiv.org/abs/1512.05287)); so its shape here is (N, H), without T.


# %% nbgrader={"grade": false, "grade_id": "dropout_mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropout_mask(rng, shape, p):
    """What a layer's output is multiplied with in training.

    rng: numpy.random.Generator, the only source of randomness. shape: of the mask, such as (N, H).
    p: the probability of being left out, 0 <= p < 1.
    Returns float64 of that shape: 0 with probability p, else 1 / (1 - p), each place drawn by itself.
    """
    ### BEGIN SOLUTION
    return (rng.random(shape) >= p) / (1 - p)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_dropout_mask", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(dropout_mask)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("dropout_mask", dropout_mask)
### END HIDDEN TESTS

# %%
mine = workbook(here=(dropout_mask,))
h = rng.normal(size=(1, 400))
print("p     mean of m·h - h over 2,000 masks     spread of the sum of 400 units")
for p in (0.1, 0.3, 0.5, 0.8):
    sums = np.array([(h * mine.dropout_mask(rng, h.shape, p)).sum() for _ in range(2000)])
    print(f"{p:.1f}{(sums.mean() - h.sum()) / 400:20.4f}{sums.std():34.2f}")

# %% [markdown]
# The mean stays, and noise comes in: more of it, the more is left out.
#
# ## Exercise 19.2: layer norm
#
# *Difficulty ●●○ · about 8 minutes · about five lines*
#
# Another popular ingredient. Each row of H numbers is moved and stretched so that it has mean 0 and variance 1, whatever came in.
# Then a gain and a bias, which are learned, say how large each unit may be (Ba, Kiros and Hinton, 2016,
# [arXiv:1607.06450](https://arxiv.org/abs/1607.06450)):
#
# $$\hat x = \frac{x - \mathrm{mean}(x)}{\mathrm{std}} \qquad \mathrm{std} = \sqrt{\mathrm{mean}\big((x - \mathrm{mean}(x))^2\big) + \varepsilon}
# \qquad y = \mathrm{gain} \odot \hat x + \mathrm{bias}$$
#
# All means are over the last axis: no row knows of the others. (Batch norm averages over the batch instead.)


# %% nbgrader={"grade": false, "grade_id": "layer_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_norm(x, gain, bias, eps=1e-5):
    """Each row normalised over its own units.

    x: (..., H), any number of axes in front. gain, bias: (H,). eps: added to the variance.
    Returns y (..., H) and cache, a dict of x_hat (..., H), std (..., 1), which is the root of variance
    plus eps, and gain (H,).
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=-1, keepdims=True)
    std = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)
    x_hat = centred / std
    return gain * x_hat + bias, {"x_hat": x_hat, "std": std, "gain": gain}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_layer_norm", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(layer_norm)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("layer_norm", layer_norm)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 19.3: and back
#
# *Difficulty ●●● · about 12 minutes · about five lines*
#
# Gain and bias are easy: every row has used them, so their gradients add up over all rows. The row itself is not: each
# $x_j$ acts on its own $\hat x_j$, and on all others through mean and std. With $d = dy \odot \mathrm{gain}$:
#
# $$dx = \frac{d - \mathrm{mean}(d) - \hat x \odot \mathrm{mean}(d \odot \hat x)}{\mathrm{std}}$$
#
# <details><summary>Why is this so?</summary>
#
# Take one row, and write $\mu$ for its mean, $s$ for its std. $\hat x_k = (x_k - \mu)/s$, so
#
# $$\frac{\partial \hat x_k}{\partial x_j} = \frac{1}{s}\Big(\delta_{kj} - \frac{\partial \mu}{\partial x_j}\Big) - \frac{x_k - \mu}{s^2}\frac{\partial s}{\partial x_j}.$$
#
# *The mean:* $\partial \mu / \partial x_j = 1/H$. *The std:* $s^2 = \frac1H \sum_k (x_k - \mu)^2 + \varepsilon$. So
# $2 s\, \partial s / \partial x_j = \frac2H (x_j - \mu)$ (the part through $\mu$ is $-\frac2H \cdot \frac1H\sum_k (x_k - \mu) = 0$), that is
# $\partial s / \partial x_j = \hat x_j / H$. ε has dropped out: it is inside $s$.
#
# *Together:* $\partial \hat x_k / \partial x_j = \frac1s(\delta_{kj} - \frac1H - \frac1H \hat x_k \hat x_j)$. Multiply by
# $d_k$ and sum over $k$: $dx_j = \frac1s\big(d_j - \frac1H \sum_k d_k - \hat x_j \frac1H \sum_k d_k \hat x_k\big)$.
#
# In words: from the gradient two parts are taken out, along which $\hat x$ cannot move: the common shift, and
# the common stretch.
# </details>


# %% nbgrader={"grade": false, "grade_id": "layer_norm_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_norm_backward(dy, cache):
    """Layer norm backwards.

    dy: (..., H), the gradient that arrives at y. cache: what layer_norm kept: x_hat (..., H),
    std (..., 1), gain (H,).
    Returns dx (..., H), dgain (H,), dbias (H,).
    """
    ### BEGIN SOLUTION
    x_hat, H = cache["x_hat"], dy.shape[-1]
    d = dy * cache["gain"]
    along = x_hat * (d * x_hat).mean(axis=-1, keepdims=True)
    dx = (d - d.mean(axis=-1, keepdims=True) - along) / cache["std"]
    return dx, (dy * x_hat).reshape(-1, H).sum(axis=0), dy.reshape(-1, H).sum(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_layer_norm_backward", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(layer_norm_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("layer_norm_backward", layer_norm_backward)
### END HIDDEN TESTS

# %%
mine.add(layer_norm, layer_norm_backward)
at = {"x": rng.normal(size=(2, 3, 5)), "gain": rng.normal(size=5), "bias": rng.normal(size=5)}
dy = rng.normal(size=(2, 3, 5))
_, cache = mine.layer_norm(**at)
grads = dict(zip(at, mine.layer_norm_backward(dy, cache), strict=True))
print(check_gradients(lambda a: (dy * mine.layer_norm(**a)[0]).sum(), at, grads, route="central"))

# %% [markdown]
# ## Four recipes
#
# Now the same network with dropout (p = 0.3), with layer norm, and with both, from the same three seeds. Your functions
# work in it, between the layers and before the output. (Ba et al. put layer norm inside the cell. Here the fast LSTM runs, and nobody can
# put anything into it.) And one more question: are **two layers** worth it, or only the number of weights? The fifth network has one
# layer of 128 units, which is about as many weights.
#
# Write down the order you expect on the validation text.

# %%
tools = {
    name: mine.functions[name] for name in ("dropout_mask", "layer_norm", "layer_norm_backward")
}
others = {
    "layer norm": networks(norm=True, tools=tools),
    "dropout": networks(p=0.3, tools=tools),
    "dropout and layer norm": networks(p=0.3, norm=True, tools=tools),
    "both, one layer of 128": networks(H=128, p=0.3, norm=True, layers=1, tools=tools),
}
run = fit(others, epochs, "four more recipes")
fits.update(others)

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, axes = plt.subplots(1, 2, figsize=(11, 4), sharey=True)
four = list(fits)[:4]
for ax, what, title in (
    (axes[0], "learning", "On the training text"),
    (axes[1], "validation", "On the validation text"),
):
    bands(ax, when, {name: measured(name, what) for name in four})
    ax.set(title=title, xlabel="epochs", ylim=(1.1, 2.7), xticks=when[::3])
axes[0].set_ylabel("nats per character")
axes[1].axhline(
    counted["validation"][n_best], color=COLOURS["wrong"], linewidth=1, label="best n-gram"
)
axes[1].legend(loc="upper left", bbox_to_anchor=(1, 1))
fig.subplots_adjust(wspace=0.08)
show(fig, alt="Loss against epochs of four recipes. " + " ".join(
    f"{name}: ends at {np.median(measured(name, 'learning')[:, -1]):.2f} on the training text and at "
    f"{np.median(measured(name, 'validation')[:, -1]):.2f} on the validation text." for name in four))  # fmt: skip

# %%
print(f"{'validation, mean of three seeds':32}{'lowest':>8}{'at epoch':>16}{'at the end':>12}")
for name, nets in fits.items():
    low, end = np.mean([(min(net.validation), net.validation[-1]) for net in nets], axis=0)
    print(f"{name:32}{low:8.3f}{[net.best + 1 for net in nets]!s:>16}{end:12.3f}")

# %% [markdown]
# **The surprise is layer norm.** It learns faster than all others, and what it learns faster is the text by heart: with
# nothing else, its end is the worst of all, and its lowest point is no lower than that of the plain network. It helps to *optimise*;
# generalising is another matter. Dropout is slower on the left, and on the right it is what counts. (The curves on the left are
# measured while the networks learn, so with units left out, where there is dropout: a part of the gap is that. On the right
# nothing is left out.)
#
# ## Exercise 19.4: average the weights
#
# *Difficulty ●○○ · about 5 minutes · two or three lines*
#
# The learning rate is still 0.01, so each epoch ends somewhere else around a good place. The mean of several such
# places lies nearer to the middle. That is an old idea (Polyak and Juditsky, 1992), made for language models by Merity,
# Keskar and Socher (2018, [arXiv:1708.02182](https://arxiv.org/abs/1708.02182)) and for images by Izmailov et al. (2018,
# [arXiv:1803.05407](https://arxiv.org/abs/1803.05407)). It costs no training at all.


# %% nbgrader={"grade": false, "grade_id": "average_weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
def average_weights(history, last):
    """The mean of the newest weights.

    history: list of dicts of weights, all of the same names and shapes, the newest at the end.
    last: how many of them are averaged, at least 1; where there are fewer, all.
    Returns a dict of new arrays with the same names and shapes.
    """
    ### BEGIN SOLUTION
    newest = history[-last:]
    return {name: np.mean([params[name] for params in newest], axis=0) for name in newest[0]}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_average_weights", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(average_weights)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("average_weights", average_weights)
### END HIDDEN TESTS

# %%
ask("three_parts")

# %% [markdown]
# ## The test part, once
#
# Everything that was to be chosen is chosen. Three ways to take weights out of each run: those of the last epoch, those of the
# best epoch on the validation text, and the mean of the last five.

# %%
mine.add(average_weights)


def on_test(net):
    """Nats per character on the test part: last weights, early stopping, the mean of five."""
    weights = net.history[-1], net.history[net.best], mine.average_weights(net.history, 5)
    return [net.loss_with(params, test) for params in weights]


result = {name: np.array([on_test(net) for net in nets]) for name, nets in fits.items()}
print(
    f"{'test, mean of three seeds':28}{'last epoch':>18}{'early stopping':>18}{'mean of five':>18}"
)
for name, values in result.items():
    told = ("{:.3f} ± {:.3f}".format(*interval(column)) for column in values.T)
    print(f"{name:28}" + "".join(f"{words:>18}" for words in told))
print(f"{n_best + 1}-gram{counted['test'][n_best]:36.3f}    (±: half of a 95 % interval)")

# %% [markdown]
# ± says how far the mean of three seeds can be trusted: **with three seeds not far**. Student's interval multiplies the standard error
# by 4.3. But the recipes share their seeds, so compare them seed by seed: what all runs of a seed have in common cancels. (And it
# speaks of seeds alone. It knows nothing of other texts: all of this is measured on the same ten pages.)


# %%
def against(name, one, other):
    mean, half = interval(one - other)
    print(f"{name:56}{mean:+8.3f} ± {half:.3f}   {'*' * (abs(mean) > half)}")


last, best, mean = ({name: values[:, way] for name, values in result.items()} for way in range(3))
both, gram = "dropout and layer norm", f"the {n_best + 1}-gram"
print(
    "difference on the test part, nats per character (below 0: better; *: the interval leaves 0 out)"
)
against("plain: early stopping against the last epoch", best["plain"], last["plain"])
against("plain: mean of five against early stopping", mean["plain"], best["plain"])
against("dropout against plain, both stopped early", best["dropout"], best["plain"])
against("layer norm against plain, both stopped early", best["layer norm"], best["plain"])
against("layer norm added to dropout, both averaged", mean[both], mean["dropout"])
against("dropout: mean of five against early stopping", mean["dropout"], best["dropout"])
against("both: mean of five against early stopping", mean[both], best[both])
against("two layers against one, both stopped early", best[both], best["both, one layer of 128"])
against(f"plain, stopped early, against {gram}", best["plain"], counted["test"][n_best])
against(f"dropout, averaged, against {gram}", mean["dropout"], counted["test"][n_best])
against(f"both, averaged, against {gram}", mean[both], counted["test"][n_best])

# %% [markdown]
# What we read in it, with the full budget (your last digits may be others):
#
# - **Dropout** is what counts: 0.06 nats, and the interval leaves 0 out.
# - **Averaging** buys little, 0.01 to 0.02, but about as much in every seed, where there is dropout. Without dropout it
#   averages the epochs in which the text was learned by heart.
# - **Early stopping** gains 0.07 over the last epoch in the mean, but some seeds needed it much more than others: the interval
#   holds 0, so three seeds do not prove it.
# - **Layer norm** and the **second layer**: nothing that three seeds can show, on this text.
#
# One interval of 95 % in twenty leaves 0 out by luck, and here are eleven. Such a star is soon found: with
# `epochs = 16` the very same table has two layers *behind* one by 0.030 ± 0.028, with a star; with 20 it is 0.002 ± 0.029. What
# rests on a single star, measure again with other seeds.
#
# And the contest? Plain, the LSTM loses against counting, by 0.06. With dropout and averaging it is ahead by 0.02 to 0.03, and
# the intervals are as wide: at the edge of what three seeds can tell. Is it too small? Without dropout a larger network would only learn by heart faster. With it, size pays:
#
# | test part, three seeds | nats per character |
# |---|---|
# | 4-gram | 1.829 |
# | two layers of 128, dropout 0.4, layer norm, 36 epochs, the mean of the last twelve | 1.745, 1.756, 1.769 |
#
# That is 0.072 ± 0.030 less than counting (`benchmarks/generalise.py`, half a minute a seed; how many epochs are averaged was chosen
# on the validation part). Ten pages are enough to beat the
# n-grams clearly, if the network is kept from learning them by heart.
#
# ## In your own words
#
# A colleague tries ten recipes with one seed each and reports the one with the lowest test loss, 0.01 nats below the second. Name two things
# that are wrong with that, and what you would do instead. (2 points, read by a person.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_generalise", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# The test part has chosen, so its loss is too good: the lowest of ten is low partly by luck. Choose on a validation part, and
# look at the test part once. And one seed says nothing about the spread: other starting weights may turn the order
# round. Train each of the better recipes from several seeds, the same for all, and report the mean difference with an interval.

# %% [markdown]
# ## What you have now
#
# - A network that learns by heart, seen in two curves, and four remedies with what each of them buys.
# - `layer_norm` with a gradient that is checked; `dropout_mask`; `average_weights`.
# - Differences with intervals, and the habit of asking whether they are more than luck.
#
# An open question: dropout of 0.3 was a guess. How would you choose it with 50,000 characters in all, and how many of them would you
# leave for the test?
#
# **Next:** one LSTM reads, another one writes, and the bottleneck between them.
