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
# # 9 · Gradient checking
#
# **Time** 40 minutes · **You need** unit 07 (the loss)
#
# At the end of this unit you can
#
# - compute a gradient without knowing any calculus, from the loss alone,
# - choose the step so that the result is good to ten digits, and say why smaller is not better,
# - tell a right backward pass from a wrong one, even if the wrong one trains.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("09")

# %% [markdown]
# ## How do you know that a gradient is right?
#
# The next two units are the heart of the course: you will derive the gradient of the loss for every
# weight of an LSTM. There are dozens of places to go wrong, and the trouble is that **a wrong gradient
# does not crash**. It often even trains, a little worse, and nobody notices.
#
# So before you write a backward pass, you get a judge for it that knows nothing of derivatives. The
# derivative is a slope, and a slope can be measured: go a little forwards, go a little backwards, see
# how much the loss has changed. (Many weights, many slopes: the **gradient** is an array of the weights' shape,
# with the slope of the loss for each of them.)

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.gradients.bug_hunt import LOSSES, candidate
from utils.learner.quiz import ask
from utils.pictures.plots import COLOURS, course_style, show

course_style()

# %%
curve, at, reach = np.sin, 0.8, 0.6
w = np.linspace(-0.4, 2.0, 200)
ends = np.array([at - reach, at + reach])
slope = (curve(ends[1]) - curve(ends[0])) / (2 * reach)

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.5, 3.6))
ax.plot(w, curve(w), color=COLOURS["hidden"], label="loss")
ax.plot(w, curve(at) + np.cos(at) * (w - at), "--", color=COLOURS["wrong"], label="true slope")
ax.plot(ends, curve(ends), "o-", color=COLOURS["forget"], label="measured slope")
ax.plot(at, curve(at), "o", color=COLOURS["hidden"])
ax.annotate("w - eps", (ends[0], curve(ends[0])), xytext=(-4, -18), textcoords="offset points")
ax.annotate("w + eps", (ends[1], curve(ends[1])), xytext=(-10, -20), textcoords="offset points")
ax.set(title="A slope measured with two steps", xlabel="weight w", ylabel="loss")
ax.legend()
show(
    fig,
    alt="A curve with its tangent at one point, and the straight line through two points of the "
    f"curve on either side: even with steps of {reach} its slope {slope:.3f} is close to the true "
    f"{np.cos(at):.3f}.",
)

# %% [markdown]
# The line through the two outer points is nearly parallel to the tangent, although the steps are
# huge. This is the **central difference**:
#
# $$\frac{\partial L}{\partial w} \approx \frac{L(w + \varepsilon) - L(w - \varepsilon)}{2\,\varepsilon}$$
#
# Stepping to both sides pays. Going forwards only, the curve's bend enters with weight $\varepsilon$;
# going both ways, the bends to the left and the right cancel and what remains is of the order of
# $\varepsilon^2$. At $\varepsilon = 10^{-5}$ that is the difference between five digits and ten.
#
# <details><summary>Why is this so?</summary>
#
# Near $w$ the loss is $L(w \pm \varepsilon) = L \pm \varepsilon L' + \frac{\varepsilon^2}{2} L'' \pm \frac{\varepsilon^3}{6} L''' + \dots$
# (Taylor). Subtract and divide, forwards only and both ways:
#
# $$\frac{L(w + \varepsilon) - L(w)}{\varepsilon} = L' + \frac{\varepsilon}{2} L'' + \dots \qquad
#   \frac{L(w + \varepsilon) - L(w - \varepsilon)}{2 \varepsilon} = L' + \frac{\varepsilon^2}{6} L''' + \dots$$
#
# The bend $L''$ has the same sign on both sides, so in the second difference it cancels.
#
# </details>
#
# **A worked example.** $f(a) = \sum a^2$ at $a = (3, -1)$ with $\varepsilon = 0.1$. Move the first entry alone:
# $f(3.1, -1) = 10.61$ and $f(2.9, -1) = 9.41$, so its slope is $1.20 / 0.2 = 6$. Now the second, and the first is back at 3:
# $f(3, -0.9) = 9.81$, $f(3, -1.1) = 10.21$, slope $-0.40 / 0.2 = -2$. The gradient is $(6, -2)$, and indeed $2a$.
#
# ## Exercise 9.1: a gradient by measurement
#
# *Difficulty ●●○ · about 10 minutes · about six lines*
#
# An array has many entries. Move one at a time, and leave all others where they are.


# %% nbgrader={"grade": false, "grade_id": "numerical_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def numerical_gradient(f, a, eps=1e-5):
    """The gradient of f at a, by central differences.

    f: a function from an array of a's shape to one number. a: a float64 array of any shape, which is
    left exactly as it was. eps: the step.
    Returns an array of a's shape: (f(a + eps) - f(a - eps)) / (2 eps) for each entry, the others kept.
    """
    ### BEGIN SOLUTION
    gradient = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += eps
        down[index] -= eps
        gradient[index] = (f(up) - f(down)) / (2 * eps)
    return gradient
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_numerical_gradient", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(numerical_gradient)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("numerical_gradient", numerical_gradient)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 9.2: how far apart are two gradients?
#
# *Difficulty ●○○ · about 5 minutes · about four lines*
#
# Two gradients never agree to the last digit. What counts is the distance *relative to their size*: a
# distance of $10^{-7}$ is nothing between gradients of size 1, and everything between gradients of size
# $10^{-7}$. We compare whole arrays by their norm, the root of the sum of squares:
#
# $$\mathrm{error}(a, b) = \frac{\lVert a - b\rVert}{\lVert a\rVert + \lVert b\rVert}$$
#
# It is 0 for equal arrays and 1 for opposite ones. For two zeros, which are equal, it is 0.


# %% nbgrader={"grade": false, "grade_id": "relative_error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relative_error(a, b):
    """How far apart two arrays are, relative to their size.

    a, b: arrays of the same shape.
    Returns one number in [0, 1]: |a - b| / (|a| + |b|) with Euclidean norms; 0.0 if both are zero.
    """
    ### BEGIN SOLUTION
    size = np.linalg.norm(a) + np.linalg.norm(b)
    if size == 0:
        return 0.0
    return np.linalg.norm(a - b) / size
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_relative_error", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(relative_error)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("relative_error", relative_error)
### END HIDDEN TESTS

# %% [markdown]
# ## The surprise: smaller is not better
#
# In a textbook $\varepsilon$ goes to zero. In a computer it must not. We know the gradient of
# $\sum \sin a$ exactly, so we can watch the error while $\varepsilon$ shrinks by fifteen orders of
# magnitude, in float64 and in float32.

# %%
rng = np.random.default_rng(9)
a = rng.normal(size=(3, 4))
steps = 10.0 ** np.arange(0, -15.5, -0.5)
exact = np.cos(a)

central = [
    relative_error(numerical_gradient(lambda v: np.sin(v).sum(), a, e), exact) for e in steps
]


def single(v):
    return np.sin(v.astype(np.float32)).sum(dtype=np.float32)


rough = [relative_error(numerical_gradient(single, a, e), exact) for e in steps]
one_sided = []
for e in steps:
    moved = [np.sin(a + e * unit.reshape(a.shape)).sum() for unit in np.eye(a.size)]
    forwards = (np.reshape(moved, a.shape) - np.sin(a).sum()) / e
    one_sided.append(relative_error(forwards, exact))

# %% jupyter={"source_hidden": true} tags=["hide-input"]
best = steps[np.argmin(central)]
fig, ax = plt.subplots(figsize=(7.5, 4))
ax.loglog(steps, central, "o-", color=COLOURS["hidden"], label="central, float64", markersize=4)
ax.loglog(steps, one_sided, "s--", color=COLOURS["input"], label="one-sided, float64", markersize=4)
ax.loglog(steps, rough, "^:", color=COLOURS["wrong"], label="central, float32", markersize=4)
ax.invert_xaxis()
ax.set(title="Error of a measured gradient", xlabel="step ε (smaller to the right)",
       ylabel="relative error")  # fmt: skip
ax.legend()
show(
    fig,
    alt="Three V-shaped curves of the error against the step. Central differences in float64 are "
    f"best near ε = {best:.0e} with an error of {min(central):.0e}; one-sided ones reach "
    f"{min(one_sided):.0e}; in float32 the best is {min(rough):.0e}.",
)

# %%
print(f"best: central {min(central):.0e}, one-sided {min(one_sided):.0e}, float32 {min(rough):.0e}")
print(f"at ε = 1e-5: central {central[10]:.0e}, one-sided {one_sided[10]:.0e}, "
      f"float32 {rough[10]:.0e}")  # fmt: skip

# %% [markdown]
# Each curve is a V. On its left arm the curve's bend is to blame: error like $\varepsilon^2$ (or
# $\varepsilon$, one-sided). On its right arm it is rounding: two nearly equal losses are subtracted, the
# common digits cancel, and what is left is divided by something tiny.
#
# The bottom of the V for central differences lies near $10^{-5}$, the default you have just used. And
# look at float32: with that step a **right** gradient seems wrong in its third digit, and even at the bottom of its V the
# error is near $10^{-5}$. Below we shall call an error under $10^{-6}$ right; in float32 nothing would be. **Gradients are
# checked in float64.**

# %%
ask("best_eps")

# %% [markdown]
# ## Reading other people's gradients
#
# Below are two gradients that somebody derived for $L = \sum R \odot \sigma(a)$. Both look plausible.
# Your tool needs no opinion.

# %%
loss = LOSSES["gate"]
a = rng.normal(size=(3, 4))
truth = numerical_gradient(loss, a)
for name in ("gate/from exponentials", "gate/activated twice"):
    print(f"{name:24} relative error {relative_error(candidate(name)(a), truth):.1e}")

# %% [markdown]
# The first is an odd-looking formula, and right. The second uses $\sigma'(z) = \sigma(z)(1-\sigma(z))$,
# which is right, but puts in the activated value for $z$, which is not. Remember that one.
#
# ## Exercise 9.3: the bug hunt
#
# *Difficulty ●●● · about 15 minutes · about six lines*
#
# You get a loss and a dict of candidates, each of which claims to be the loss's gradient. Name the wrong
# ones. Some are off by a factor, some in a single entry, some by one part in ten thousand; some that
# look strange are right. Think about *where* you test: at which `a` do mistakes hide?


# %% nbgrader={"grade": false, "grade_id": "find_bugs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def find_bugs(candidates, loss):
    """Which of the given gradient functions are wrong?

    candidates: dict from a name to a function that takes an array of shape (3, 4) and returns what it
    takes for the gradient of loss there. loss: a function from an array of shape (3, 4) to one number.
    Returns a list of the names whose gradient is wrong, in any order.
    """
    ### BEGIN SOLUTION
    a = np.random.default_rng(0).normal(size=(3, 4))
    truth = numerical_gradient(loss, a)
    return [
        name for name, gradient in candidates.items() if relative_error(gradient(a), truth) > 1e-6
    ]
    ### END SOLUTION


# %% [markdown]
# Try it on a handful first. Exactly two of these five are wrong.

# %%
suspects = {
    "twice": candidate("squares/right"),
    "sum": candidate("squares/added"),
    "mean": candidate("squares/per example"),
    "copy": candidate("squares/right"),
    "once": candidate("squares/half"),
}
find_bugs(suspects, LOSSES["squares"])

# %% nbgrader={"grade": true, "grade_id": "check_find_bugs", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(find_bugs)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("find_bugs", find_bugs)
### END HIDDEN TESTS

# %% [markdown]
# ## The price
#
# A measured gradient costs two forward passes **per weight**. Backpropagation costs about as much as one or two for all
# weights together (unit 10 takes the time). That is why one is the judge and the other the worker.

# %%
for D, H, K in ((10, 16, 10), (65, 128, 65), (100, 512, 100)):
    weights = 4 * (D * H + H * H + H) + H * K + K
    print(f"D={D}, H={H}, K={K}: {weights:>9,} weights, {2 * weights:>9,} forward passes")

# %% [markdown]
# For an LSTM of a useful size that is hopeless, so one checks a small one: a few units, a few steps, all
# sizes different, states that do not start at zero. Nothing in a backward pass knows how large the arrays are, so one
# that is right there is right at every size; and with such settings no mistake has a place to hide.
#
# ## The same, faster
#
# For your own models, `utils.gradient_check` does all this in a faster way. It needs three tricks:
#
# - **Copies.** Many sets of weights, each with another entry moved, go through the network together,
#   along one more axis. NumPy is slow per call, not per number.
# - **A complex step.** For a smooth loss, $L(w + i h) \approx L(w) + i h L'(w)$, so the imaginary part
#   divided by $h$ is the slope. Nothing is subtracted, so nothing cancels: $h$ may be $10^{-30}$, and the V
#   is gone.
# - **A random direction.** Move *all* entries of an array at once, each by a random amount $r$. The loss
#   then rises with the slope $\sum r \odot \mathrm{gradient}$, and a wrong gradient predicts another slope.
#   Three directions judge a whole array; only where they disagree is it measured entry by entry.
#
# How much is it worth? Here is a small LSTM, measured in three ways, and the clock.

# %%
from time import perf_counter

from utils import gradient_check
from utils.gradients.lstm import lstm_problem
from utils.networks.lstm_copies import lstm_loss

p = lstm_problem(T=6, N=3, D=4, H=8, K=5)  # random weights and inputs, nothing zero
losses = lstm_loss(p.x, p.targets, p.h0, p.c0)  # the losses of many sets of weights at once


def yours():
    """Your function, array by array: the other arrays stay as they are."""
    single = {name: a[None] for name, a in p.params.items()}
    return {
        name: numerical_gradient(lambda v, name=name: losses({**single, name: v[None]})[0], array)
        for name, array in p.params.items()
    }


# %%
def timed(function, *args, **more):
    start = perf_counter()
    return function(*args, **more), perf_counter() - start


measured, slow = timed(yours)
exact, faster = timed(gradient_check.complex_step_gradient, losses, p.params, batched=True)
_, fastest = timed(
    gradient_check.directional_check, losses, p.params, measured, route="complex", batched=True
)
apart = max(relative_error(measured[name], exact[name]) for name in exact)

print(f"{sum(a.size for a in p.params.values())} weights in {len(p.params)} arrays")
print(f"{slow:6.3f} s  your central differences, one by one")
print(f"{faster:6.3f} s  complex steps, in copies; relative error of yours {apart:.0e}")
print(f"{fastest:6.3f} s  three random directions for each array")

# %% [markdown]
# The first two agree, and have nothing in common but the loss.
#
# What comes back from `check_gradients` is a table. Here somebody derived the gradients of
# $\sum R \odot \tanh(x\,U + b)$, and made one mistake. Which?

# %%
x, R = rng.normal(size=(3, 4)), rng.normal(size=(3, 6))
weights = {"U": rng.normal(size=(4, 6)), "b": rng.normal(size=6)}
d = R * (1 - np.tanh(x @ weights["U"] + weights["b"]) ** 2)
theirs = {"U": x.T @ d, "b": d.mean(axis=0)}

gradient_check.check_gradients(
    lambda w: (R * np.tanh(x @ w["U"] + w["b"])).sum(),
    weights,
    theirs,
    inputs={"x": x, "R": R},
    axes={"x": "N D", "R": "N H", "U": "D H", "b": "H"},
)

# %% [markdown]
# It says which array is wrong, where its worst entry is, and what the error looks like. With the names of
# the axes it also says at which settings a mistake would hide: try it with one example, or with $D = H$.
#
# ## In your own words
#
# Why should a gradient check of a recurrent network use several time steps, several examples and an initial state that is
# not zero? Name one mistake that each of these would otherwise hide (2 points, read by a person).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_gradient_check", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# With one time step nothing is carried back, so a lost carry from step to step goes unseen. With one
# example a sum over the batch and a mean over it are the same, so a factor of 1/N goes unseen. With a
# zero initial state everything multiplied by h_0 or c_0 is zero, so a wrong gradient of W or of the
# forget gate at the first step goes unseen.

# %% [markdown]
# ## What you have now
#
# - `numerical_gradient`: any gradient, from the loss alone, to about ten digits at $\varepsilon = 10^{-5}$.
# - `relative_error`: by norm, array by array. Below $10^{-6}$ is right, above is a bug.
# - A habit: random inputs of both signs, float64, sizes that differ.
#
# **Next:** with the judge in hand, unit 10 walks back through the cell, one arrow at a time.
