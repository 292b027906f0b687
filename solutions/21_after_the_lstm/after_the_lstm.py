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
# # 21 · After the LSTM
#
# **Time** 55 minutes, of which 1 is your computer's · **You need** units 06 (the cell) and 15 (the papers' tasks)
#
# At the end of this unit you can
#
# - write a cell with exponential gates that does not overflow, and say what they are for,
# - turn a loop of T steps into log T rounds, and say which networks allow it,
# - keep a matrix instead of a vector in memory, and measure how much fits in,
# - say what each of these gives up, from an experiment.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("21")

# %% [markdown]
# ## Is there anything better?
#
# ![The LSTM cell with its forget gate, its input gate and its cell state lit up: these are the parts that its successors change.](cell.svg)
#
# People have looked. In 2015 Jozefowicz, Zaremba and Sutskever tried more than ten thousand recurrent cells
# ([*An Empirical Exploration of Recurrent Network Architectures*](https://proceedings.mlr.press/v37/jozefowicz15.html)):
# one was better than the LSTM on some of their tasks, none on all; and where the LSTM was behind the GRU, a forget bias of 1
# closed the gap. In 2017 Greff et al. ([arXiv:1503.04069](https://arxiv.org/abs/1503.04069)) found none of eight variants significantly
# better. Then came the Transformer, and the question seemed settled in another way.
#
# In 2024 it was opened again, by asking what the LSTM *cannot* do:
#
# | what is in the way | what was proposed | you write |
# |---|---|---|
# | A gate is at most 1. What was written first cannot be outweighed by what is better. | exponential gates (sLSTM) | 21.1 |
# | Step t waits for step t - 1. A thousand steps are a thousand waits. | gates from x alone (minLSTM) | 21.2 |
# | A unit keeps one number. | a matrix for a memory (mLSTM) | 21.3 |
#
# sLSTM and mLSTM are from Beck et al., *xLSTM* ([arXiv:2405.04517](https://arxiv.org/abs/2405.04517)), the minLSTM is
# from Feng et al., *Were RNNs All We Needed?* ([arXiv:2410.01201](https://arxiv.org/abs/2410.01201)).

# %%
from utils.threads import blas_threads

blas_threads()

# %%
import time
from statistics import median

import numpy as np

from utils.check import check
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.pictures import after_lstm as draw
from utils.pictures.plots import course_style
from utils.training import successors
from utils.training.train import budget

from earlier import sigmoid, steps_right, strings_right

course_style()
rng = np.random.default_rng(21)

# %% [markdown]
# ## Gates without a roof
#
# Numbers come with a score each. Keep the number with the best score so far. What should the input gate do? Open a
# little more for each better score. But a sigmoid ends at 1: once it was open for something good, it cannot open more
# for something better. The exponential has no such end:
#
# $$i_t = \exp(\tilde\imath_t) \qquad f_t = \exp(\tilde f_t) \qquad c_t = f_t \odot c_{t-1} + i_t \odot g_t \qquad
#   n_t = f_t \odot n_{t-1} + i_t$$
#
# (The tilde marks what stands before the activation: $\tilde\imath_t = x_t U_i + h_{t-1} W_i + b_i$.) Such gates add up
# to anything, so there is one more state: $n$ is the sum of all weights, and $c_t / n_t$ is a **weighted mean** of the
# candidates. What is shown is $h_t = o_t \odot c_t / n_t$, with o a sigmoid as before.
#
# One thing is in the way:

# %%
with np.errstate(over="ignore"):
    print("exp(500) =", np.exp(500.0), "   two steps later: exp(1500) =", np.exp(1500.0))

# %% [markdown]
# But the mean does not change when c and n are divided by the same number. So store both divided by $e^{m_t}$, and
# choose $m_t$ so that nothing in the next step can overflow. Before the division, the two summands of n carry the
# exponents $\tilde f_t + m_{t-1}$ (the old was stored divided by $e^{m_{t-1}}$, which has to be put back) and
# $\tilde\imath_t$. Divide by the larger one:
#
# $$m_t = \max(\tilde f_t + m_{t-1},\ \tilde\imath_t) \qquad f_t = \exp(\tilde f_t + m_{t-1} - m_t) \qquad
#   i_t = \exp(\tilde\imath_t - m_t)$$
#
# Now one of the two gates is exactly 1 and the other at most 1. You have done this before: it is how your softmax of
# unit 07 survived logits of 1000, and $c_t / n_t$ *is* a softmax, over all steps so far.
#
# **A worked example**, one unit. Stored are $c = 0.4$, $n = 1$, $m = 2$. At this step $\tilde f = 0$, $\tilde\imath = 3$, $g = 1$, $o = 1$:
#
# | | |
# |---|---|
# | $m = \max(0 + 2,\ 3) = 3$ | $f = e^{0 + 2 - 3} = 0.368$, $i = e^{3 - 3} = 1$ |
# | $c = 0.368 \cdot 0.4 + 1 \cdot 1 = 1.147$ | $n = 0.368 \cdot 1 + 1 = 1.368$ |
# | $h = c / n = 0.839$ | without m: $(0.4\,e^2 + e^3)/(e^2 + e^3) = 0.839$, the same |
#
# ## Exercise 21.1: an sLSTM step
#
# *Difficulty ●●○ · about 12 minutes · about eight lines*
#
# Before the first step nothing was written: c and n are 0 and m is $-\infty$. NumPy's `np.exp(-np.inf)` is 0, so the
# first step needs no special case.


# %% nbgrader={"grade": false, "grade_id": "slstm_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def slstm_step(x, h_prev, c_prev, n_prev, m_prev, params):
    """One step of an sLSTM with one head: exponential f and i, with the stabiliser m.

    x: (N, D). h_prev, c_prev, n_prev, m_prev: (N, H) states of the step before; c_prev and n_prev are
    stored divided by exp(m_prev). Before the first step h, c and n are 0 and m is -inf.
    params: U_f, U_i, U_g, U_o (D, H), W_* (H, H), b_* (H,). f and i are exp of their pre-activations,
    g is a tanh and o a sigmoid.
    Returns h, c, n, m: (N, H) each; c and n divided by exp(m), m = max(f~ + m_prev, i~).
    """
    ### BEGIN SOLUTION
    z = {a: x @ params[f"U_{a}"] + h_prev @ params[f"W_{a}"] + params[f"b_{a}"] for a in "figo"}
    m = np.maximum(z["f"] + m_prev, z["i"])
    f = np.exp(z["f"] + m_prev - m)
    i = np.exp(z["i"] - m)
    c = f * c_prev + i * np.tanh(z["g"])
    n = f * n_prev + i
    return sigmoid(z["o"]) * c / n, c, n, m
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_slstm_step", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(slstm_step)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("slstm_step", slstm_step)
### END HIDDEN TESTS

# %% [markdown]
# Now the best so far, with weights set by hand, as you did for the latch in unit 05. One unit; the input gate's weight
# on the score is 500. Beside it an LSTM's cell with the same weight in its sigmoid, and a forget gate that opens as far
# as the input gate shuts, which is about the best one can do by hand without looking at the state. (What is not
# solved yet is replaced by the course's, and the table says so.)

# %%
mine = workbook(here=(slstm_step,))
mine

# %%
T = 40
score, value = rng.uniform(-1, 1, size=T), rng.uniform(-1, 1, size=T)
by_hand = {f"{kind}_{a}": np.zeros(shape) for a in "figo" for kind, shape in (("U", (2, 1)), ("W", (1, 1)), ("b", 1))}  # fmt: skip
by_hand["U_i"][0], by_hand["U_g"][1], by_hand["b_o"][:] = 500.0, 1.0, 40.0
zero = np.zeros((1, 1))
states, lstm_c, shown, lstm_shown = (zero, zero, zero, np.full((1, 1), -np.inf)), 0.0, [], []
for s, v in zip(score, value, strict=True):
    states = mine.slstm_step(np.array([[s, np.arctanh(v)]]), *states, by_hand)
    shown.append(states[0][0, 0])
    i = sigmoid(np.array(500.0 * s))
    lstm_c = (1 - i) * lstm_c + i * v
    lstm_shown.append(float(lstm_c))
draw.best_so_far(score, value, {"sLSTM": np.array(shown), "sigmoid gates": np.array(lstm_shown)})

# %% [markdown]
# The sLSTM is on the line asked for, every time a new best arrives, with exponents up to 500. The sigmoid's cell
# replaces what it has with whatever scores above 0: 0.9 and 0.1 are the same to it. Beck et al. give this as the first
# weakness of the LSTM, that it cannot *revise a decision to store* (their introduction, with a nearest-neighbour task).
#
# A real LSTM has more than one unit, and gates that see the state; a trained one can compare. What it costs it, your
# own experiment would have to tell. We only showed what one unit can do.
#
# ## Without waiting
#
# Why does step t wait for step t - 1? Because the gates need $h_{t-1}$. Feng et al. ask what happens if one simply
# takes that away: f, i and g are made from $x_t$ alone, and there is no output gate:
#
# $$h_t = f_t \odot h_{t-1} + i_t \odot g_t$$
#
# Now all f, i and g are known before the first step, one product for all of them. What is left is a loop, but a
# very simple one: each step is the map $h \mapsto a h + b$ with known $a = f_t$ and $b = i_t g_t$. And two such maps,
# one after the other, are such a map again:
#
# $$a_2 (a_1 h + b_1) + b_2 = (a_2 a_1)\, h + (a_2 b_1 + b_2)$$
#
# So compose neighbours, for all steps at once. Then each stands for two steps. Compose each with the one two places
# before: four steps. Then eight. After $\log_2 T$ rounds every step stands for all that came before it:

# %%
draw.scan_rounds(8)

# %% [markdown]
# Bold: steps that are finished, they reach back to step 0. This is a **parallel scan**, in the form of
# Hillis and Steele (1986).
#
# ## Exercise 21.2: the scan
#
# *Difficulty ●●● · about 12 minutes · about eight lines*
#
# Each step holds a pair (a, b), for the map $h \mapsto a h + b$. **An example**, T = 4, $h_0 = 0$; in each round a step composes
# its own pair with that of the step `reach` places before, $(a_2, b_2)$ after $(a_1, b_1) = (a_2 a_1,\ a_2 b_1 + b_2)$:
#
# | | step 0 | step 1 | step 2 | step 3 |
# |---|---|---|---|---|
# | at first | (0.5, 1) | (0.5, 2) | (0.5, 3) | (1, 1) |
# | reach 1 | (0.5, 1) | (0.25, 2.5) | (0.25, 4) | (0.5, 4) |
# | reach 2 | (0.5, 1) | (0.25, 2.5) | (0.125, 4.25) | (0.125, 5.25) |
#
# The b of the last row are the states: 1, 2.5, 4.25, 5.25. Check them by the loop. A step that has fewer than `reach`
# steps before it is finished. (An $h_0$ that is not 0 goes into the first b, before the first round.)
#
# There is an elegant formula with two cumulative sums and a division by the product of all gates. Do not use it. After
# a few shut gates that product is 0, and so is what you divide by. Composing maps never divides.


# %% nbgrader={"grade": false, "grade_id": "min_lstm_scan", "locked": false, "schema_version": 3, "solution": true, "task": false}
def min_lstm_scan(f, i, g, h0):
    """All states of h_t = f_t h_{t-1} + i_t g_t, by a parallel scan: about log2 T rounds, no loop over T.

    f, i, g: (T, N, H), the gates and the candidate of every step, activated, made from x alone. They are
    used as they come: whoever wants f / (f + i) divides before. A gate may be 0. h0: (N, H).
    Returns h (T, N, H), the states after every step.
    """
    ### BEGIN SOLUTION
    a, b = f.copy(), i * g
    b[0] += a[0] * h0
    reach = 1
    while reach < len(a):
        b[reach:] = b[reach:] + a[reach:] * b[:-reach]
        a[reach:] = a[reach:] * a[:-reach]
        reach *= 2
    return b
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_min_lstm_scan", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(min_lstm_scan)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("min_lstm_scan", min_lstm_scan)
### END HIDDEN TESTS

# %%
ask("what_makes_it_parallel")

# %% [markdown]
# The check cannot see whether you wrote a loop over T or a scan: both are right. This counts. `Counting` is an array
# that counts the calls to NumPy it takes part in, one after the other.


# %%
class Counting(np.ndarray):
    """An array that counts the sums and products it takes part in."""

    calls = 0

    def __array_ufunc__(self, ufunc, method, *arrays, out=None, **options):
        Counting.calls += 1
        plain = [a.view(np.ndarray) if isinstance(a, Counting) else a for a in arrays]
        if out is not None:
            options["out"] = tuple(
                a.view(np.ndarray) if isinstance(a, Counting) else a for a in out
            )
        return getattr(ufunc, method)(*plain, **options).view(Counting)


def loop(f, i, g, h0):
    h, states = h0, np.empty(f.shape)
    for t, (keep, write) in enumerate(zip(f, i * g, strict=True)):
        h = keep * h + write
        states[t] = h
    return states


def gates(T, N, H):
    f, i = rng.uniform(size=(2, T, N, H))
    return f, i, rng.normal(size=(T, N, H)), np.zeros((N, H))


mine.add(min_lstm_scan)
print(mine.summary())
for T in (16, 256, 4096):
    counts = []
    for way in (loop, mine.min_lstm_scan):
        Counting.calls = 0
        way(*(a.view(Counting) for a in gates(T, 1, 4)))
        counts.append(Counting.calls)
    print(f"T = {T:5}: {counts[0]:5} calls in the loop, {counts[1]:3} in the scan")

# %% [markdown]
# About $2T$ against about $3 \log_2 T$. Is it faster? The clock knows something that the count does not: each round
# works on *all* steps, so the scan does about $\log_2 T$ times as much arithmetic in all. Once with little to do in a
# step, once with much:

# %%
lengths = (16, 64, 256, 1024, 4096)[: budget(5, 3, "lengths")]
seconds = {}
for name, N, H in (("1 sequence, 16 units", 1, 16), ("16 sequences, 64 units", 16, 64)):
    seconds[name] = {"loop": [], "scan": []}
    for T in lengths:
        arrays = gates(T, N, H)
        for way, run in (("loop", loop), ("scan", mine.min_lstm_scan)):
            taken = []
            for _ in range(5):
                start = time.perf_counter()
                run(*arrays)
                taken.append(time.perf_counter() - start)
            seconds[name][way].append(median(taken))
draw.scan_times(lengths, seconds)
for name, of in seconds.items():
    gains = ", ".join(
        f"T = {T}: {a / b:.1f}" for T, a, b in zip(lengths, of["loop"], of["scan"], strict=True)
    )
    print(f"{name}: times as fast by the scan: {gains}")

# %% [markdown]
# With one small sequence a step is nearly all waiting, and the scan is many times as fast. With 16 sequences
# of 64 units one processor core has enough to do in each step; the scan only adds work, and loses. On a machine with
# thousands of cores the first picture holds for far larger networks: that is the machine for which these cells are
# made, and a laptop is not it. **log T is a count of waits, not of work.**
#
# ## A matrix for a memory
#
# A unit's c is one number. What if the memory were a matrix, and reading were asking? The mLSTM writes **pairs**: a
# key k and a value v. The matrix $v k^\top$ answers the query $q = k$ with $v\,(k \cdot k)$ and anything at a right
# angle to k with 0. Many pairs can lie in one matrix, one above the other:
#
# $$C_t = f_t\, C_{t-1} + i_t\, v_t k_t^\top \qquad n_t = f_t\, n_{t-1} + i_t\, k_t \qquad
#   h_t = \frac{C_t\, q_t}{\max(|n_t \cdot q_t|,\ 1)}$$
#
# f and i are one number each for the whole matrix. n is again the sum of the weights, and $n \cdot q$ is how much of
# what was written the query meets. Where it meets nearly nothing one would divide by nearly 0: hence the 1. (The paper
# has an output gate before h as well. It is left to whoever calls.)
#
# ## Exercise 21.3: an mLSTM step
#
# *Difficulty ●●○ · about 10 minutes · about six lines*


# %% nbgrader={"grade": false, "grade_id": "mlstm_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlstm_step(q, k, v, i, f, C_prev, n_prev):
    """One step of an mLSTM with one head: write the pair (k, v), then ask with q.

    q, k, v: (N, H) query, key and value; k is used as it comes (whoever makes it divides by √H).
    i, f: (N,) the gates themselves, one number an example, 0 or more: exp and a stabiliser come before.
    C_prev: (N, H, H), rows are values and columns are keys. n_prev: (N, H).
    Returns h (N, H) = C q / max(|n · q|, 1), C (N, H, H), n (N, H), C and n after writing.
    """
    ### BEGIN SOLUTION
    i, f = i.reshape(-1, 1), f.reshape(-1, 1)
    C = f[:, :, None] * C_prev + i[:, :, None] * (v[:, :, None] * k[:, None, :])
    n = f * n_prev + i * k
    read = (C * q[:, None, :]).sum(axis=2)
    met = (n * q).sum(axis=1, keepdims=True)
    return read / np.maximum(np.abs(met), 1), C, n
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_mlstm_step", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(mlstm_step)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("mlstm_step", mlstm_step)
### END HIDDEN TESTS

# %% [markdown]
# How much fits in? Nothing is trained here. Write pairs of random keys and values into a memory of H × H with open
# gates, then ask with each key. A pair has come back if the answer is nearer to its value than to every other one.

# %%
mine.add(mlstm_step)
print(mine.summary())
pairs = (2, 4, 8, 16, 32, 64, 128)


def came_back(H, count, rng):
    """The share of `count` pairs that a memory of H × H gives back."""
    k, v = rng.normal(size=(2, count, H))
    k /= np.linalg.norm(k, axis=1, keepdims=True)
    C, n, one = np.zeros((1, H, H)), np.zeros((1, H)), np.ones(1)
    for key, val in zip(k, v, strict=True):
        _, C, n = mine.mlstm_step(key[None], key[None], val[None], one, one, C, n)
    nothing = np.zeros((count, H))  # ask only: write nothing
    ask_all = np.zeros(count), np.ones(count), np.repeat(C, count, 0), np.repeat(n, count, 0)
    answers, _, _ = mine.mlstm_step(k, nothing, nothing, *ask_all)
    apart = ((answers[:, None] - v[None]) ** 2).sum(axis=2)
    return (apart.argmin(axis=1) == np.arange(count)).mean()


right = {}
for H in (8, 16, 32):
    seeds = [np.random.default_rng(seed) for seed in range(5)]
    right[f"{H} × {H}"] = np.array([[came_back(H, count, of) for count in pairs] for of in seeds])
draw.recall(pairs, right)

# %% [markdown]
# (The lines are means over five seeds, the bands go from the worst to the best.) Of as many pairs as the side is long,
# most come back: about three quarters with 8 × 8, more than nine tenths with 32 × 32. Beyond that the keys get into each
# other's way, there are more of them than directions. A vector of H numbers could hold a single such value. The matrix
# holds about H of them, at the price of $H^2$ numbers and as many products a step.
#
# And it needs no loop either, for the same reason as before: q, k, v and the gates come from x alone. Written out,
# $h_t$ is a sum over all earlier steps, and all sums together are two products:

# %%
T, H = 12, 6
q, k, v = rng.normal(size=(3, T, H))
i, f = rng.uniform(0.2, 1.0, size=(2, T))
C, n, by_steps = np.zeros((1, H, H)), np.zeros((1, H)), []
for t in range(T):
    h, C, n = mine.mlstm_step(q[t : t + 1], k[t : t + 1], v[t : t + 1], i[t : t + 1], f[t : t + 1], C, n)  # fmt: skip
    by_steps.append(h[0])
kept = np.array([[np.prod(f[s + 1 : t + 1]) if s <= t else 0 for s in range(T)] for t in range(T)])
S = (q @ k.T) * kept * i  # (T, T): how much step t reads of what step s wrote
at_once = S @ v / np.maximum(np.abs(S.sum(axis=1, keepdims=True)), 1)
print(f"largest difference: {np.abs(at_once - by_steps).max():.1e}")

# %% [markdown]
# Queries, keys, values, a (T, T) table of weights: this is **attention**, with the forget gates in place of the
# softmax. Trained all at once it costs $T^2$; run step by step it needs one matrix, however long the text is.
#
# ## What each gives up
#
# Now the tasks that were the LSTM's own. Every network has about 1,500 to 1,800 weights, the same strings, the same
# updates and Adam. minLSTM and mLSTM are there with one layer and with two: the second layer's gates see what the
# first one *remembers*, a step into the dark that a single layer cannot take. Which of them will fail at what? Write
# down your guess before you run the next cell.

# %%
updates = budget(1250, 20)
seeds = range(budget(3, 1, "seeds"))
reber = {
    name: [
        successors.run(name, "embedded Reber", seed, steps_right, strings_right, updates).score
        for seed in seeds
    ]
    for name in successors.NETWORKS
}
draw.scores("Embedded Reber strings", "strings wrong (%)", reber)

# %% [markdown]
# Did you guess it? One layer of minLSTM, none of whose gates sees the past, gets more than nine strings of ten right in
# all three seeds, though a Reber string is a walk through *states*. It need not know the state: the last three or four
# symbols say it, and they can be kept side by side, each fading at its own rate. With two layers it is nearly perfect. One
# layer of mLSTM fails: what it wrote it can find again, but not *in which order* it was written.
#
# So take a task where no window of symbols will do. In the texts of `brackets_and_quotes` a quotation mark opens and
# closes by turns, and brackets count only outside. Whether you are inside hangs on *every* mark so far, and what a
# bracket does hangs on that. The same networks, 1,500 updates (a minute and a half, so not run here). The whole table
# is printed by `benchmarks/successors.py 3`; medians of three seeds, in brackets the best and the worst:
#
# | | Reber, strings wrong (%) | adding T = 100, wrong (%) | aⁿbⁿ, right up to n | brackets, steps wrong (%) |
# |---|---|---|---|---|
# | LSTM | 0 (0 to 0) | 0.2 (0.1 to 0.3) | 12 (11 to 20) | **6.1 (5.0 to 7.3)** |
# | sLSTM | 0 (0 to 0) | 0.5 (0.3 to 0.5) | 15 (10 to 30) | **6.6 (6.2 to 8.3)** |
# | minLSTM, one layer | 0.6 (0.5 to 5.4) | 2.3 (0 to 3.1) | 15 (14 to 15) | 19.0 (17.1 to 19.4) |
# | minLSTM, two layers | 0.1 (0 to 0.3) | 0 (0 to 0) | 19 (16 to 20) | 13.5 (12.7 to 14.6) |
# | the same, weighted mean | 0 (0 to 9.5) | 0.5 (0.1 to 1.5) | 13 (12 to 19) | 15.4 (14.1 to 15.6) |
# | mLSTM, one layer | 64.5 (49.9 to 66.1) | 9.2 (1.5 to 57.2) | 13 (11 to 13) | 15.2 (14.2 to 16.9) |
# | mLSTM, two layers | 0 (0 to 0.4) | 1.5 (0.1 to 2.1) | 11 (11 to 11) | 13.0 (12.7 to 14.2) |
#
# ("Weighted mean" divides f and i by their sum, as the paper's minLSTM does. With 2 or 4 inputs the single layers without
# hidden weights are smaller: on the adding problem 501 weights against 1,233 to 1,337.)
#
# Read it column by column, and mind the spread.
#
# - **Adding.** No gate needs to see the past: the marker is in x. Two layers of minLSTM are the best of all.
# - **Counting.** What differs is within the spread of the seeds. An open forget gate and an open input gate count, with
#   or without a hidden state.
# - **Brackets.** Here is the price. Both cells whose gates see $h_{t-1}$ stand apart from all five that do not, in every
#   seed; a second layer gives back less than half. Following a state that every symbol may change takes one step after
#   the other. That is what was given up for log T.
# - **Exponential gates** have bought nothing on these four tasks that the spread does not cover. They were made for
#   another kind of task, such as the one at the top of this unit.
#
# Four small tasks, networks of some 1,500 weights, one recipe for all: no law either. The papers' own tables are about
# language models a thousand times as large and more, where speed decides how much can be learned at all. Beck et al.
# mix both kinds of layer, some with a hidden state and more without: their names say how, xLSTM[7:1] has seven mLSTM blocks
# for each sLSTM.

# %% [markdown]
# ## In your own words
#
# A colleague says: "minLSTM trains as fast as a Transformer, so nobody needs the LSTM any more." What does it give up
# for that, what does one gain, and how would you find out whether the price matters for *your* data? Two or three
# sentences (2 points, read by a person).

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_after_the_lstm", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# Its gates see only the present input: a layer cannot decide what to keep by what it remembers, such as whether a
# quotation is open. More layers give some of that back. The gain is that all steps are known ahead, so that training
# takes log T rounds instead of T waits, which pays on parallel machines and long sequences. I would train both on my
# data with the same number of weights and the same time, over several seeds, and compare the spread with the
# difference.

# %% [markdown]
# ## What you have now
#
# - Exponential gates that are right at pre-activations of ±500.
# - A parallel scan, with its count of waits and its measured time.
# - A matrix memory, its capacity, and its other name: attention.
# - A table of what each gives up, with seeds and spread.
#
# **Next:** unit 22, a project of your own.
