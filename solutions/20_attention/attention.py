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
# # 20 · Attention
#
# **Time** 60 minutes, of which 2 are your computer's · **You need** units 07 (softmax), 10 (backwards) and 13 (writing text)
#
# At the end of this unit you can
#
# - let one LSTM read a sequence and another one write an answer, and say where that breaks,
# - write attention and its way back, and look at where it looks,
# - search for the likeliest answer, and say what a Transformer leaves out of what you have built.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("20")

# %% [markdown]
# ## Remember a telephone number
#
# Somebody reads you a number of twenty digits, once, and asks for it backwards. With four digits you would do it.
# With twenty you would like to see the number again, digit by digit, while you write. That wish is this unit.
#
# ![Eight LSTM steps in a row: the encoder reads a, b, c, d and hands its last state to the decoder, which writes d, c, b, a. At its second step it looks back at all steps of the encoder, mostly at c.](attention.svg)
#
# Until now every step read one symbol and guessed one. Here a whole sequence is read first, by an **encoder**. Then a
# **decoder** writes another one, as long as it likes. It is an LSTM too: it begins with the encoder's last h and c, and
# reads at each step what it wrote at the step before. That is *sequence to sequence* (Sutskever, Vinyals and Le, 2014,
# [arXiv:1409.3215](https://arxiv.org/abs/1409.3215)).
#
# Look at the picture without the attention and its four lines. All that the decoder will ever know of the input has to fit through
# **one** arrow, between the fourth box and the fifth.

# %%
from utils.threads import blas_threads

blas_threads()

# %%
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.gradient_check import check_gradients
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.networks.lstm import LSTM
from utils.networks.seq2seq import START, EncoderDecoder
from utils.pictures.attention import bands, weights_picture
from utils.pictures.colours import PAPER
from utils.pictures.plots import COLOURS, course_style, show
from utils.training.rewriting import Dates, Reversal, Trained, exact_by_length, learn, right_by_step
from utils.training.train import budget

course_style()
rng = np.random.default_rng(20)

# %% [markdown]
# ## Where it breaks
#
# The first task: write a string of letters backwards. In training the strings have 1 to 16 letters. Encoder and decoder
# have 64 units each (`utils/networks/seq2seq.py`, 200 lines, made of the fast LSTM of unit 16). We count only what is
# right from the first letter to the last: the **exact match**. Three seeds; and three more networks that may
# train twice as long. Draw the curve before you run it: exact match against length.

# %%
reversal = Reversal(longest=16)
updates = budget(800, 20)
plain = {
    "without attention": [
        Trained(reversal, 64, updates, seed, attention=False) for seed in range(3)
    ],
    "without, trained twice as long": [
        Trained(reversal, 64, 2 * updates, seed, attention=False) for seed in range(3)
    ],
}
run = learn(plain, "backwards")


# %% jupyter={"source_hidden": true} tags=["hide-input"]
def by_length(matches):
    fig, ax = plt.subplots()
    bands(ax, lengths, matches)
    ax.axvline(16, color=COLOURS["x"], linewidth=1, label="longest in training")
    ax.set(title="Strings written backwards without a mistake", xlabel="letters", ylabel="share",
           ylim=(-0.03, 1.05), xticks=lengths)  # fmt: skip
    ax.legend()
    told = (
        f"{name}: "
        + ", ".join(f"{share:.2f} at {n}" for n, share in zip(lengths, median, strict=True))
        for name, values in matches.items()
        for median in [np.median(values, axis=0)]
    )
    show(fig, alt="Exact match against the length of the string, medians of three seeds with a band "
         "from the worst to the best. " + ". ".join(told) + ".")  # fmt: skip


# %%
lengths = range(2, 25, 2)
matches = {name: exact_by_length(nets, reversal, lengths) for name, nets in plain.items()}
by_length(matches)

# %% [markdown]
# Short strings are no trouble. Then the curve falls, long before the strings are longer than those in training. Twice
# the training moves the cliff, and it stays a cliff: 64 numbers of h and 64 of c have to hold everything at once.
#
# The way out (Bahdanau, Cho and Bengio, [arXiv:1409.0473](https://arxiv.org/abs/1409.0473), 2015): do not hold it. The encoder had a hidden state
# at *every* step. Keep all of them, and let the decoder look at the one it needs, when it needs it.
#
# ## Exercise 20.1: attend
#
# *Difficulty ●●○ · about 12 minutes · about six lines*
#
# A Python dict takes a key and gives the value that lies there. Attention is a dict that is soft: a **query** is
# compared with all **keys**, and what comes back is a mean of all **values**, in which the values of fitting keys
# weigh most.
#
# | array | shape | here |
# |---|---|---|
# | `query` | (N, H) | what the decoder looks for at this step |
# | `keys` | (T, N, H) | what each step of the encoder offers itself for |
# | `values` | (T, N, H) | what is found there |
# | `mask` | (T, N) of bool | True where there is something, False for padding |
# | `weights` | (T, N) | how much each place counts; adds up to 1 over T |
# | `context` | (N, H) | the weighted mean |
#
# $$s_t = \frac{\mathrm{keys}_t \cdot \mathrm{query}}{\sqrt H} \qquad a = \mathrm{softmax}_T(s)
# \qquad \mathrm{context} = \sum_t a_t\, \mathrm{values}_t$$
#
# A masked place gets the score $-\infty$. Then its weight is exactly 0, and not just small.


# %% nbgrader={"grade": false, "grade_id": "attend", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attend(query, keys, values, mask):
    """Scaled dot-product attention, one question for each example.

    query: (N, H). keys, values: (T, N, H). mask: (T, N) of bool, True where there is something;
    every example has at least one such place.
    Returns context (N, H), the mean of the values under the weights, and weights (T, N): softmax over
    T of keys · query / sqrt(H), exactly 0 where masked.
    """
    ### BEGIN SOLUTION
    scores = (keys * query).sum(axis=2) / np.sqrt(query.shape[1])
    scores = np.where(mask, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=0))
    weights = weights / weights.sum(axis=0)
    return (weights[:, :, None] * values).sum(axis=0), weights
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_attend", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(attend)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("attend", attend)
### END HIDDEN TESTS

# %% [markdown]
# `workbook` gathers what you wrote, and the course's function stands in where one is not right yet.

# %%
mine = workbook(here=(attend,))
mine

# %% [markdown]
# **Why $\sqrt H$?** Twenty random keys and a random query, 500 times for each H. What is the largest weight?

# %%
sizes = (1, 4, 16, 64, 256, 1024)
largest = {"divided by √H": [], "not divided": []}
for H in sizes:
    query, keys = rng.normal(size=(500, H)), rng.normal(size=(20, 500, H))
    everywhere = np.ones((20, 500), bool)
    for name, factor in (("divided by √H", 1.0), ("not divided", np.sqrt(H))):
        _, weights = mine.attend(factor * query, keys, keys, everywhere)
        largest[name].append(weights.max(axis=0))

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.5, 3.4))
for (name, each), style in zip(largest.items(), ("o-", "s--"), strict=True):
    ax.plot(sizes, np.mean(each, axis=1), style, label=name)
ax.set(title="The largest of twenty weights", xlabel="H, units", ylabel="mean of 500 draws",
       xscale="log", xticks=sizes, xticklabels=sizes, ylim=(0, 1.05))  # fmt: skip
ax.minorticks_off()
ax.legend()
show(fig, alt="The largest weight, mean of 500 draws, for H = " + ", ".join(map(str, sizes)) + ". " + " ".join(
    f"{name}: " + ", ".join(f"{value:.2f}" for value in np.mean(each, axis=1)) + "."
    for name, each in largest.items()))  # fmt: skip

# %% [markdown]
# A sum of H random products has a standard deviation of $\sqrt H$. Not divided, the scores grow with the network until
# one place takes all the weight *before anything is learned*, and a softmax that is sure has no slope. That is the
# reason given where the division comes from (Vaswani et al., 2017, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762), section 3.2.1).
#
# ## Exercise 20.2: and back
#
# *Difficulty ●●● · about 15 minutes · about six lines*
#
# The context feeds the output, so a gradient `dcontext` arrives at it; call it $d$, (N, H). Three stations lie on the way
# back: the weighted mean, the softmax, the dot product. Write $q$, $k_t$, $v_t$ for query, keys and values, each (N, H) at one
# place $t$; $a_t$ for the weights, (N,); and $da$, $ds$ for the gradients of weights and scores, (T, N).
#
# | station | backwards |
# |---|---|
# | context $= \sum_t a_t v_t$ | $dv_t = a_t\, d \qquad da_t = v_t \cdot d$ |
# | $a = \mathrm{softmax}(s)$ | $ds_t = a_t \big(da_t - \sum_u a_u\, da_u\big)$ |
# | $s_t = k_t \cdot q / \sqrt H$ | $dk_t = ds_t\, q / \sqrt H \qquad dq = \sum_t ds_t\, k_t / \sqrt H$ |
#
# **A worked example** of the middle one. Three places, $a = (0.5, 0.3, 0.2)$, and $da = (1, 2, 0)$ arrives. The mean under the
# weights is $0.5 \cdot 1 + 0.3 \cdot 2 + 0 = 1.1$, so $ds = (0.5 \cdot (1 - 1.1),\ 0.3 \cdot (2 - 1.1),\ 0.2 \cdot (0 - 1.1)) =
# (-0.05, 0.27, -0.22)$. They add up to 0: what one place gains, the others lose.
#
# <details><summary>Why is this so?</summary>
#
# *The mean.* context $= \sum_t a_t v_t$, of shape (N, H). A small change of $v_t$ (N, H) changes it by $a_t$ times as
# much: $dv_t = a_t\,d$. A change of the number $a_t$ (one for each example) moves the context along $v_t$, so
# $da_t$ is the dot product of $v_t$ and $d$, a sum over H; for all places (T, N).
#
# *The softmax.* $a_t = e^{s_t} / \sum_u e^{s_u}$. A higher $s_t$ raises $a_t$, with slope $a_t(1 - a_t)$, and lowers every
# other, $\partial a_u / \partial s_t = -a_u a_t$. Collect what arrives over all $u$:
# $ds_t = a_t\,da_t - a_t \sum_u a_u\,da_u$. In words: a place gains if it was better than the mean *under the present weights*.
# Both sides are (T, N), and the sum over $u$ is (N,). A masked place has $a_t = 0$, so it gets no gradient; nothing else has to be done.
#
# *The dot product.* $s_t = k_t \cdot q / \sqrt H$. As in every product, each factor gets $ds_t$ times the other.
# All T scores were made with the same $q$, so its gradients add up: (N, H).
# </details>


# %% nbgrader={"grade": false, "grade_id": "attend_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attend_backward(dcontext, cache):
    """Attention backwards.

    dcontext: (N, H), the gradient that arrives at the context. cache: a dict with what attend was
    given, query (N, H), keys, values (T, N, H), mask (T, N), and with the weights (T, N) it returned.
    (Nothing arrives at the weights themselves: the loss sees the context alone.)
    Returns dquery (N, H), dkeys (T, N, H), dvalues (T, N, H).
    """
    ### BEGIN SOLUTION
    query, keys, a = cache["query"], cache["keys"], cache["weights"]
    da = (cache["values"] * dcontext).sum(axis=2)
    ds = a * (da - (a * da).sum(axis=0)) / np.sqrt(query.shape[1])
    dquery = (ds[:, :, None] * keys).sum(axis=0)
    dkeys = ds[:, :, None] * query
    return dquery, dkeys, a[:, :, None] * dcontext
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_attend_backward", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(attend_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("attend_backward", attend_backward)
### END HIDDEN TESTS

# %% [markdown]
# Now your two functions go into the network. The decoder's state asks, through a matrix of its own; the keys and the
# values are both the encoder's hidden states (this form is Luong, Pham and Manning, 2015,
# [arXiv:1508.04025](https://arxiv.org/abs/1508.04025)). Gradients now reach the encoder by two roads: through the one
# arrow, and through every look. A small network, measured whole, with some padding in it:

# %%
mine.add(attend_backward)
yours = {"attend": mine.attend, "attend_backward": mine.attend_backward}
small = EncoderDecoder(5, 6, 4, rng=rng, dtype=np.float64, **yours)
source, targets = rng.integers(5, size=(7, 3)), rng.integers(1, 6, size=(4, 3))
mask = np.arange(7)[:, None] >= np.array([0, 2, 4])


def loss_at(weights):
    for name, array in small.parameters().items():
        array[:] = weights[name]
    return small.loss_and_gradients(source, mask, targets)


weights = {name: array.copy() for name, array in small.parameters().items()}
loss_at(weights)
grads = {name: gradient.copy() for name, gradient in small.gradients().items()}
print(check_gradients(loss_at, weights, grads, route="central"))

# %% [markdown]
# ## The same strings, and a look back
#
# Same task, same seeds, same number of updates. Only the looking back is new.

# %%
looking = [Trained(reversal, 64, updates, seed, **yours) for seed in range(3)]
run = learn({"with attention": looking}, "backwards, with attention")
matches["with attention"] = exact_by_length(looking, reversal, lengths)
by_length(matches)
taken = {
    name: sum(net.seconds for net in nets)
    for name, nets in {**plain, "with attention": looking}.items()
}
print("seconds of the processor: " + ", ".join(f"{name} {s:.1f}" for name, s in taken.items()))
print(f"{'letters':32}" + "".join(f"{n:6}" for n in lengths) + "   median of three seeds")
for name, values in matches.items():
    print(f"{name:32}" + "".join(f"{share:6.2f}" for share in np.median(values, axis=0)))

# %% [markdown]
# The cliff within the lengths of training is gone. Looking costs time: compare the
# seconds. Those that trained twice as long had about as many, and the cliff is still there.
#
# **The surprise** is on the right of the upright line. A network that can look at every letter has all it needs for a string of
# 24, and it fails, and differently from seed to seed. Looking is not the same as knowing where to look. What did it learn? The
# weights can be seen:

# %%
source, mask, targets = reversal.draw(rng, 1, length=14)
written, told = looking[0].net.freely(source, mask, 14)
longer = reversal.draw(rng, 1, length=22)
also, beyond = looking[0].net.freely(*longer[:2], 22)


def spelled(ids, letters):
    return "".join(letters[k] for k in ids[:, 0])


weights_picture(
    [
        (
            told["weights"][:, :, 0],
            spelled(source, reversal.reads),
            spelled(written, reversal.writes),
        ),
        (
            beyond["weights"][:, :, 0],
            spelled(longer[0], reversal.reads),
            spelled(also, reversal.writes),
        ),
    ],
    "Where each step looks: 14 letters, and 22, longer than any in training",
)

# %% [markdown]
# Nobody told it where to look. On the left it walks back through the string, one place a step. On the right two places compete
# from the start, and after a few letters the wrong one wins. It finds a place by what the encoder has written into the
# hidden states; beyond the lengths of training that does not tell one place from another any more.

# %%
ask("order")

# %% [markdown]
# ## Dates
#
# Backwards is a toy. Here is a task that offices have: dates as people write them, to be written as ISO 8601 has it.

# %%
dates = Dates()
for _ in range(8):
    print("{:20} → {}".format(*dates.pair(rng)))

# %% [markdown]
# Six ways of writing. The year comes last and has to go first, a month's name becomes a number, 7 becomes 07. In the
# short ones padding stands in front, and it is masked.
#
# There is one more choice to try. In training, what does the decoder read: the right character before (**teacher forcing**,
# as in unit 13), or what it would have written itself, as later when it is alone? It is a question of experience: one who was
# always corrected at once has never seen what comes after a mistake of their own. Four kinds, three seeds each. Which learns
# fastest?

# %%
date_updates = budget(400, 20)
kinds = {
    f"{'with' if looks else 'without'} attention, {'teacher forcing' if feed == 'teacher' else 'running free'}": [
        Trained(dates, 64, date_updates, seed, attention=looks, feed=feed, **yours)
        for seed in range(3)
    ]
    for looks in (True, False)
    for feed in ("teacher", "own")
}
test = dates.draw(np.random.default_rng(5), 300)
run = learn(kinds, "dates", test, every=budget(25, 5, "updates between two tests"))

# %%
matched = {
    name: np.array([[share for _, share in net.scores] for net in nets])
    for name, nets in kinds.items()
}
when = [update for update, _ in kinds["with attention, teacher forcing"][0].scores]

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots()
bands(ax, when, matched)
ax.set(title="Dates written without a mistake", xlabel="updates", ylabel="share of 300 new dates",
       ylim=(-0.03, 1.05))  # fmt: skip
ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
show(fig, alt="Exact match against updates, median of three seeds with a band from worst to best. " + " ".join(
    f"{name}: {np.median(values, axis=0)[len(when) // 2]:.2f} half way, "
    f"{np.median(values, axis=0)[-1]:.2f} at the end." for name, values in matched.items()))  # fmt: skip

# %%
quarters = slice(len(when) // 4 - 1, None, len(when) // 4)
print(f"{'updates':36}" + "".join(f"{u:18}" for u in when[quarters]) + "   median (worst to best)")
for name, values in matched.items():
    told = (f"{np.median(v):.2f} ({v.min():.2f}-{v.max():.2f})" for v in values[:, quarters].T)
    print(f"{name:36}" + "".join(f"{words:>18}" for words in told))

# %% [markdown]
# Attention first: with it the dates are right after about half of the updates. Without it, the same network is still
# at work at the end. Is a date too long for one arrow, or does it only take longer? Raise `date_updates` and see.
#
# And the teacher? **Without attention it pays to be corrected**: alone, the network has to learn from what comes after its own
# mistakes, and in the beginning it makes nothing else. With attention the seeds of both lie within each other: the next character can be looked up, whatever was
# written before. Teacher forcing has a second merit: the inputs of all steps are known, so the decoder runs through them at once.
#
# What is the price? Take a network that is not finished, and ask it twice: with the right characters before it, and
# with its own.

# %%
half = Trained(dates, 64, budget(300, 10), seed=0, attention=False)
learn({"half": [half]}, "not finished")
led, free = right_by_step(half.net, *test)

# %% jupyter={"source_hidden": true} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.5, 3.4))
places = np.arange(10)
ax.bar(places - 0.2, led, 0.4, color=COLOURS["cell"], label="reads the right characters")
ax.bar(
    places + 0.2,
    free,
    0.4,
    color=COLOURS["forget"],
    hatch="//",
    edgecolor=PAPER,
    label="reads its own",
)
ax.set(title="Right characters, place by place", xlabel="place in YYYY-MM-DD", ylabel="share right",
       xticks=places, xticklabels=list("YYYY-MM-DD"), ylim=(0, 1.3), yticks=np.linspace(0, 1, 6))  # fmt: skip
ax.legend(loc="upper center", ncols=2)
show(fig, alt="Share of right characters at each of the ten places. With the right characters before: "
     + ", ".join(f"{share:.2f}" for share in led) + ". With its own: "
     + ", ".join(f"{share:.2f}" for share in free) + ".")  # fmt: skip

# %%
print(f"mean over the places: led {led.mean():.2f}, free {free.mean():.2f}")

# %% [markdown]
# Led by the hand it looks better than it is, most of all where a place depends on the one before it: the second
# digit of a day after a wrong first one. A loss under teacher forcing does not tell how
# well a network writes. Measure it free.
#
# And where does the finished one look?

# %%
best = kinds["with attention, teacher forcing"][0].net
shown = []
for written_by_people in ("7 march 1994", "september 30, 2001"):
    source, mask = dates.encode((written_by_people,))
    ids, told = best.freely(source, mask, 10)
    shown.append(
        (told["weights"][:, :, 0], spelled(source, dates.reads), spelled(ids, dates.writes))
    )
weights_picture(shown, "Where each step looks in a date")
print("weight on padding:", shown[0][0][:, np.array(list(shown[0][1])) == "_"].max())

# %% [markdown]
# Read it with care. The year is found at the end of the input, and the month at its name. But the weights need not lie on the
# very characters that a person would point at: the encoder is an LSTM, so the hidden state *behind* a word knows the
# whole word. Weights say where the network looked. They do not say what it saw there.
#
# ## Exercise 20.3: beam search
#
# *Difficulty ●●○ · about 12 minutes · about eight lines*
#
# Running free, each step takes the likeliest character, and there is no way back: a good beginning may lead nowhere.
# **Beam search** keeps the `width` best beginnings instead of one. Each step grows all of them by every id, and the best
# of *all* that come out go on. A score is the logarithm of the probability of the whole sequence, so what is added are
# log-probabilities. Every beginning has read something else, so each has **a state of its own**.
#
# **An example**, with ids A and B, width 2 and length 2. First step: A has probability 0.6, B 0.4; both are kept. After A
# come A and B with 0.5 each, after B comes B with 0.9:
#
# | grown | AA | AB | BA | BB |
# |---|---|---|---|---|
# | probability | 0.6 · 0.5 = 0.30 | 0.30 | 0.4 · 0.1 = 0.04 | 0.4 · 0.9 = 0.36 |
#
# BB is the likeliest, and whoever takes the likeliest id at each step (width 1) began with A and never sees it.


# %% nbgrader={"grade": false, "grade_id": "beam_search", "locked": false, "schema_version": 3, "solution": true, "task": false}
def beam_search(step, start, width, length):
    """The likeliest sequences that a decoder can write, or nearly.

    step: a function of a state and the id read last; step(state, last) returns log_p (K,), the
    log-probability of each next id, and the state after it. It leaves the state it is given alone.
    start: (state, id), what step is called with first. width: how many sequences are kept after each
    step. length: how many ids each of them has in the end.
    Returns a list of (score, ids), the best first, at most `width` of them (fewer where there are no
    more): score is the sum of the log-probabilities, ids a list of `length` integers, the start's
    not among them.
    """
    ### BEGIN SOLUTION
    beams = [(0.0, [], *start)]
    for _ in range(length):
        grown = []
        for score, ids, state, last in beams:
            log_p, after = step(state, last)
            grown += [(score + log_p[k], [*ids, k], after, k) for k in range(len(log_p))]
        beams = sorted(grown, key=lambda beam: -beam[0])[:width]
    return [(score, ids) for score, ids, _, _ in beams]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_beam_search", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(beam_search)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("beam_search", beam_search)
### END HIDDEN TESTS

# %% [markdown]
# The network that is not finished, on a hundred dates. Does a wider beam find sequences that are likelier? And are
# they *right* more often?

# %%
mine.add(beam_search)
count = budget(100, 5, "dates")
source, mask, targets = (array[:, :count] for array in test)
print("width   mean score of the best   exact match   right one in the beam")
for width in (1, 2, 4, 8):
    found = []
    for n in range(source.shape[1]):
        state = half.net.read(source[:, [n]], mask[:, [n]])
        found.append(mine.beam_search(half.net.step, (state, START), width, 10))
    top = np.mean([beams[0][0] for beams in found])
    right = [
        [list(ids) == targets[:, n].tolist() for _, ids in beams] for n, beams in enumerate(found)
    ]
    print(
        f"{width:5}{top:20.3f}{np.mean([r[0] for r in right]):18.2f}{np.mean([any(r) for r in right]):18.2f}"
    )

# %% [markdown]
# A wider beam finds likelier sequences: that is what it searches for. Whether the likeliest is the right one is another
# question, and the model's. Search cannot repair what was not learned. Look at the last column, too: the right date is often among
# those kept, only not on top.
#
# Two things that a beam needs outside this task. Where answers may end at any time, an end symbol closes a sequence. And
# since every added logarithm is negative, long ones lose against short ones; so scores are divided by the length, or by a power of it.
#
# ## From here to the Transformer
#
# You have what it is made of. Three changes are left (Vaswani et al., 2017, *Attention is all you need*).
#
# **1. A sequence asks itself.** Query, keys and values all come from the same sequence, each by a matrix. That is
# *self-attention*, and it takes the place of the LSTM. A mask keeps every step from looking ahead. All steps can ask at once,
# for no question waits for the answer to another:

# %%
T, H = 6, 8
Q, K, V = (rng.normal(size=(T, H)) for _ in range(3))
past = np.tril(np.ones((T, T), bool))  # step t sees the places 0 … t
one_by_one = [mine.attend(Q[[t]], K[:, None], V[:, None], past[t][:, None])[0][0] for t in range(T)]

scores = np.where(past, Q @ K.T / np.sqrt(H), -np.inf)
weights = np.exp(scores - scores.max(axis=1, keepdims=True))
at_once = weights / weights.sum(axis=1, keepdims=True) @ V
print(f"your attend, step by step, against one product: {np.abs(one_by_one - at_once).max():.1e}")

# %% [markdown]
# **2. Order has to be put in.** You answered the question about it above: shuffled keys give the same context. Yours knew the order
# because an LSTM had written it into the states. Without one, something that says the *position* is added to every input.
#
# **3. Several heads.** The H units are cut into groups, and each group looks somewhere else.
#
# What is won and what is paid? Measured here, one sequence of T steps and 64 units through the fast LSTM, and through
# self-attention as one product:

# %%
H, net = 64, LSTM(64, 64, rng=rng)
print("     T   LSTM, steps in a row    attention, scores   LSTM          attention")
for T in (64, 256, 1024, 2048):
    x = rng.normal(size=(T, 1, H)).astype("f4")
    taken = {"LSTM": [], "attention": []}
    for _ in range(5):
        began = perf_counter()
        net.forward(x)
        taken["LSTM"].append(perf_counter() - began)
        began = perf_counter()
        scores = x[:, 0] @ x[:, 0].T / H**0.5
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights / weights.sum(axis=1, keepdims=True) @ x[:, 0]
        taken["attention"].append(perf_counter() - began)
    ms = {name: 1000 * np.median(times) for name, times in taken.items()}
    print(f"{T:6}{T:17,}{T * T:24,}{ms['LSTM']:14.1f} ms{ms['attention']:12.1f} ms")

# %% [markdown]
# The LSTM makes T steps, one after the other, whatever the computer. Attention makes one, over T² scores. On short
# sequences, and on processors that do many things at once, that is a bargain. On long ones the square comes due; and while it
# writes, attention has to keep all it has read, where an LSTM keeps h and c. Which of the two one would rather pay is the question of
# the unit after this one.
#
# ## In your own words
#
# A colleague trains an encoder-decoder without attention to answer letters. On short letters it is good, on long ones
# the answers begin well and lose the thread. The loss under teacher forcing is low. What are two different reasons, and how
# would you tell which one it is? (2 points, read by a person.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_attention", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# First, everything has to fit through one state, so long letters are not remembered. Second, the decoder was only trained
# after right words and runs free after its own mistakes. To tell them apart, measure each place under teacher forcing and
# running free, for short and for long letters. If it is bad on long letters even when led, it is the bottleneck, and
# attention should help. If it is good when led and bad when free, mistakes add up: the loss hid that.

# %% [markdown]
# ## What you have now
#
# - An encoder-decoder, and the length at which one state is not enough, measured.
# - `attend` and `attend_backward`: the core of every Transformer, with a gradient that is checked.
# - Exact match, free and led; `beam_search`, and what it cannot do.
# - Weights that can be looked at, and a reason not to read too much into them.
#
# An open question: on strings longer than those in training even attention failed. What would a network need to look
# "one place before the last one", wherever that is?
#
# **Next:** attention keeps everything and pays for it. What became of the idea of a small memory with gates?
