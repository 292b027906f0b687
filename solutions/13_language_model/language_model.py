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
# # 13 · A language model
#
# **Time** 60 minutes, of which 3 are your computer's · **You need** unit 12 (training)
#
# At the end of this unit you can
#
# - turn a text into numbers and back, and let your LSTM write,
# - say how good a language model is in one number, and what that number means,
# - compare it with what mere counting achieves, and look inside for a unit that counts.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("13")

# %% [markdown]
# ## What comes next?
#
# Cover the end of this line with your hand: *To be, or not to b*. You know the next letter, and you could
# not say how. A network that predicts the next character has to learn spelling, grammar, who is speaking, a
# little of the plot. It is also the easiest thing to train: **the text itself holds all the answers**.
#
# ![The LSTM cell with its input and its hidden state lit up: a character goes in, and from the hidden state comes the guess of the next one.](cell.svg)
#
# We read characters, one a step. The target of every step is the character after it. Your LSTM will first
# learn to invent names, in less than half a minute. Then a larger one reads eight plays by Shakespeare.

# %%
from utils.threads import blas_threads

blas_threads()

# %%
from collections import Counter

import numpy as np

from utils.check import check
from utils.data import names, shakespeare
from utils.learner.living_cell import Track, living_cell
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.networks.lstm import LSTM
from utils.networks.ngram import ngram_losses
from utils.pictures.language_plots import (
    show_draws,
    show_ngrams,
    show_reading,
)
from utils.pictures.plots import course_style
from utils.pictures.writer import write_at
from utils.training.own_step import LossOf, load
from utils.training.tasks import BRACKETS, brackets_and_quotes
from utils.training.train import budget, train

from earlier import bptt_windows, carry_state, init_params, train_step

course_style()
plays = shakespeare()
start = plays.index("To be, or not to be")
print(plays[start : start + 180])

# %% [markdown]
# Everything below is done with **your own code**: the cell, its way back, the optimiser, the training step, as
# you wrote them in units 00 to 12. `workbook` gathers them; where one is not solved yet, the course's stands in,
# and the table says so.

# %%
from earlier import cross_entropy, lstm_step, softmax

mine = workbook(
    train_step, bptt_windows, carry_state, init_params, lstm_step, cross_entropy, softmax
)
lstm_step, cross_entropy, softmax = mine.lstm_step, mine.cross_entropy, mine.softmax
mine

# %% [markdown]
# ## Exercise 13.1: from characters to numbers
#
# *Difficulty ●○○ · about 5 minutes · about three lines*
#
# | array | shape | here |
# |---|---|---|
# | `vocab` | list of K | every character that occurs, once, sorted |
# | `ids` | (n,) integers | for each character of the text its place in `vocab` |


# %% nbgrader={"grade": false, "grade_id": "encode", "locked": false, "schema_version": 3, "solution": true, "task": false}
def encode(text):
    """A text as numbers.

    text: a string of n characters.
    Returns ids (n,), integers with vocab[ids[k]] == text[k], and vocab, the sorted list of the K
    different characters.
    """
    ### BEGIN SOLUTION
    vocab = sorted(set(text))
    place = {character: i for i, character in enumerate(vocab)}
    return np.array([place[character] for character in text]), vocab
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_encode", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(encode)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("encode", encode)
### END HIDDEN TESTS

# %%
mine.add(encode)
ids, vocab = mine.encode(plays)
K = len(vocab)
n_train = int(0.9 * len(ids))
print(f"{len(ids):,} characters, {K} different ones: {''.join(vocab)!r}")
print("the last tenth is kept for the test; it begins:", repr(plays[n_train : n_train + 60]))

# %% [markdown]
# ## Exercise 13.2: how surprised is it?
#
# *Difficulty ●○○ · about 5 minutes · one or two lines*
#
# The loss of unit 07 is summed over time, so it depends on how long the text is. Per character it is the
# mean of $-\log \hat y[\text{target}]$ over all T · N places, in *nats*. exp of that is the **perplexity**:
#
# $$\mathrm{perplexity} = \exp\Big(-\frac{1}{T N}\sum_{t,n} \log \hat y_{tn}[y_{tn}]\Big)$$
#
# A network that knows nothing has perplexity K. One that is always right and sure has 1.


# %% nbgrader={"grade": false, "grade_id": "perplexity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def perplexity(logits, targets):
    """exp of the mean cross-entropy per character.

    logits: (T, N, K). targets: (T, N) integers below K.
    Returns one number, at least 1.
    """
    ### BEGIN SOLUTION
    return np.exp(cross_entropy(logits, targets) / len(targets))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_perplexity", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(perplexity)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("perplexity", perplexity)
### END HIDDEN TESTS

# %%
ask("perplexity")

# %% [markdown]
# ## What counting achieves
#
# Before any network: count. An *n-gram* model predicts a character from the n − 1 before it by what followed
# them in the training text; contexts that were rarely seen lean on shorter ones (interpolation after Witten
# and Bell, 1991; see `utils/networks/ngram.py`). This is what the LSTM has to beat.

# %%
counted = ngram_losses(ids[:n_train], ids[n_train:], K)
for n, loss in enumerate(counted, 1):
    print(f"{n}-gram: {loss:.3f} nats per character, perplexity {np.exp(loss):5.2f}")

show_ngrams(counted)

# %% [markdown]
# Counting gets far, and then it gets stuck: longer contexts have mostly never been seen before. A network
# does not look contexts up, it computes with them.
#
# ## Exercise 13.3: draw a character
#
# *Difficulty ●●○ · about 10 minutes · about four lines*
#
# Always to take the likeliest character soon runs in circles: *the the the*. Draw instead, each character with its
# probability. The **temperature** τ divides the logits first: below 1 the likely become likelier and the text
# careful; above 1 the choice becomes wilder.
#
# $$p_k = \mathrm{softmax}(z / \tau)_k$$
#
# How does one draw? Lay the probabilities end to end on a line from 0 to 1, and throw a dart: a number uniform in
# [0, 1). For $p = (0.5, 0.3, 0.2)$ the pieces end at 0.5, 0.8 and 1.0 (`np.cumsum`). The dart 0.62 is past the first end and
# not past the second: id 1. One dart for each row.


# %% nbgrader={"grade": false, "grade_id": "sample_next", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sample_next(logits, temperature, rng):
    """Draw an id for every row of logits.

    logits: (N, K), or (K,) for one row, or more axes in front. temperature: above 0. rng: a
    numpy.random.Generator, the only source of randomness.
    Returns integers (N,), or one number for (K,): id k comes with probability softmax(logits / τ)[k].
    """
    ### BEGIN SOLUTION
    p = softmax(logits / temperature)
    height = rng.random((*logits.shape[:-1], 1))
    return (p.cumsum(axis=-1) > height * p.sum(axis=-1, keepdims=True)).argmax(axis=-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_sample_next", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(sample_next)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("sample_next", sample_next)
### END HIDDEN TESTS

# %% [markdown]
# Four logits, drawn 2,000 times at three temperatures:

# %%
mine.add(perplexity, sample_next)
rng = np.random.default_rng(13)
logits = np.array([2.0, 1.0, 0.2, -1.0])
drawn = {
    temperature: mine.sample_next(np.tile(logits, (2000, 1)), temperature, rng)
    for temperature in (0.5, 1.0, 2.0)
}
show_draws(logits, drawn)

# %% [markdown]
# ## Exercise 13.4: let it write
#
# *Difficulty ●●○ · about 15 minutes · about ten lines*
#
# Read the prompt, character by character, from states of zero. Then draw a character, *read it too*, draw the
# next, and so on. The network writes by listening to itself.
#
# For the prompt "ab" and two new characters, one step of `lstm_step` in each row:
#
# | it reads | what then follows |
# |---|---|
# | a | nothing is drawn: the next character is known |
# | b | the end of the prompt: draw from $h V + b_y$, say "r" |
# | r, its own | draw again, say "a": the text is "abra" |
#
# `lstm_step(x, h_prev, c_prev, params)` of unit 06 reads one step; x is a one-hot row (1, K). It is your own,
# if it was solved: the workbook put it there.


# %% nbgrader={"grade": false, "grade_id": "generate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generate(params, vocab, prompt, length, temperature, rng):
    """Go on with a text.

    params: 14 arrays with D = K inputs. vocab: list of K characters. prompt: at least one character,
    read first, from h and c of zeros. length: how many new characters to draw. temperature, rng:
    for sample_next.
    Returns a string: the prompt and the new characters.
    """
    ### BEGIN SOLUTION
    one_hot = np.eye(len(vocab))
    h = c = np.zeros((1, len(params["b_f"])))
    text = ""
    for k in range(len(prompt) + length):
        if k < len(prompt):
            i = vocab.index(prompt[k])
        else:
            i = int(sample_next((h @ params["V"] + params["b_y"])[0], temperature, rng))
        text += vocab[i]
        h, c, _ = lstm_step(one_hot[[i]], h, c, params)
    return text
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_generate", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(generate)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("generate", generate)
### END HIDDEN TESTS

# %% [markdown]
# ## Your own code learns to name
#
# First names of the 1990 US census, in random order, with a full stop between them: 96 hidden units, 8 streams,
# windows of 16. The loop is unit 12's: carry the states on, take your step, with a learning rate that falls to 0 by
# a cosine.

# %%
mine.add(generate)
shuffled = np.random.default_rng(13).permutation(names())
name_ids, letters = mine.encode("." + ".".join(shuffled) + ".")
n_names = int(0.9 * len(name_ids))
by_counting = ngram_losses(name_ids[:n_names], name_ids[n_names:], len(letters))
print(f"counting: 2-gram {by_counting[1]:.3f}, best of all {min(by_counting):.3f} nats")


def mean_loss(model, ids):
    """Nats per character of a text that is read in 40 streams from states of zero."""
    x, targets = mine.bptt_windows(ids, 40, (len(ids) - 1) // 40)
    return np.log(mine.perplexity(model.logits(model.forward(x[0])), targets[0]))


def fit(model, ids, updates, n_streams, T, lr, name, **options):
    """Truncated BPTT through a text, again and again, with states carried over."""
    x, targets = mine.bptt_windows(ids, n_streams, T)
    my_step = mine.using("train_step", loss_and_gradients=LossOf(model))
    h, c, adam = np.zeros((n_streams, model.H)), np.zeros((n_streams, model.H)), {}

    def step(update):
        nonlocal h, c, adam
        w = (update - 1) % len(x)
        h, c = mine.carry_state(h, c, reset=np.full(n_streams, w == 0))
        rate = lr * 0.5 * (1 + float(np.cos(np.pi * update / updates)))
        new, adam, loss = my_step(model.params, (x[w], targets[w], h, c), adam, T * 1.0, rate)
        load(model, new)
        h, c = model.last
        return {"nats": loss / T}

    return train(step, updates, name=name, watch="nats", **options)


# %%
small = mine.lstm(mine.init_params(np.random.default_rng(0), len(letters), 96, len(letters)))
fit(small, name_ids[:n_names], budget(1200, 60), 8, 16, 0.015, "names")
print(f"your LSTM: {mean_loss(small, name_ids[n_names:]):.3f} nats on names it has never seen, "
      f"{mean_loss(small, name_ids[:n_names]):.3f} on those it has read")  # fmt: skip

# %% [markdown]
# Better than the best of counting. By luck? Two more starts, for which the course's fast LSTM takes over
# (`utils/networks/lstm.py`; you build its main trick in unit 16). It computes what your code computes:

# %%
test_params = mine.init_params(np.random.default_rng(3), len(letters), 16, len(letters))
x, targets = mine.bptt_windows(name_ids[:2000], 8, 20)
zero = np.zeros((8, 16))
yours = mine.loss_and_gradients(test_params, np.eye(len(letters))[x[0]], targets[0], zero, zero)
fast = LSTM.from_params(test_params, np.float64).loss_and_gradients(x[0], targets[0])
gap = max(np.abs(yours[1][name] - fast[1][name]).max() for name in test_params)
print(f"loss {yours[0]:.6f} and {fast[0]:.6f}; largest difference of any gradient {gap:.1e}")

updates = budget(1200, 60)
for seed in (1, 2):
    other = LSTM(len(letters), 96, len(letters), rng=np.random.default_rng(seed))
    fit(other, name_ids[:n_names], updates, 8, 16, 0.015, "names", live=False)
    print(f"another start: {mean_loss(other, name_ids[n_names:]):.3f} nats")

# %%
write_at(
    lambda temperature: mine.generate(small.params, letters, ".", 150, temperature, rng)[
        1:
    ].replace(".", "\n")
)

# %% [markdown]
# Change the temperature. At low temperature the names are common and alike; near 1 they are fresh and can be
# pronounced; far above 1 the spelling goes.
#
# By the numbers it beats counting, by little and every time: over five starts the loss is 1.97 to 1.99 nats where
# the best of counting has 2.03 (`python benchmarks/language_model.py --names --seeds 5`). On so short a text there is
# not much to compute that cannot be looked up. And it does better on the names it has read, for part of them it
# knows by heart. Only the other number counts.
#
# ## Shakespeare
#
# The same loop, a larger network: 192 units, 16 streams, 32 steps, and the fast LSTM.

# %%
reader = LSTM(K, 192, K, rng=np.random.default_rng(0))
run = fit(reader, ids[:n_train], budget(9000, 60), 16, 32, 0.01, "Shakespeare")

# %%
weights = {name: array.astype(float) for name, array in reader.params.items()}
read = mean_loss(LSTM.from_params(weights), ids[n_train:])
print(f"{'LSTM':8} {read:.3f} nats per character, perplexity {np.exp(read):.2f}")
for n, loss in enumerate(counted, 1):
    print(f"{n}-gram   {loss:.3f}")

# %%
write_at(lambda temperature: mine.generate(weights, vocab, "PORTIA.\n", 300, temperature, rng))

# %% [markdown]
# Nobody told it about words, about lines, or that a speech begins with its speaker's name. It is nonsense, and it
# is nonsense in the right places.
#
# And the comparison? With its full budget the LSTM leaves every counter behind. One start proves little, so the
# same was done with three: 1.541 to 1.551 nats, where the best of counting, the 5-gram, has 1.610
# (`python benchmarks/language_model.py`, about 70 seconds each). The gap is about six times the spread.
#
# What made the network good enough? Not another cell: **more updates**. The windows, the size and the learning rate
# were chosen on the ninth tenth of the plays, not on the last (`benchmarks/README.md`). There a network of 128 units that
# read 32 streams in windows of 64 steps made 2,388 updates in half a minute and had 1.619 nats; with 16 streams and
# windows of 32, a quarter of the text behind each update, it made 6,841 in about the same time and had 1.563.

# %%
print(f"the LSTM holds {reader.flat.size:,} numbers")
for n in (5, 6):
    runs = Counter(plays[k : k + n] for k in range(n_train - n + 1))
    once = np.mean([times == 1 for times in runs.values()])
    print(
        f"the {n}-gram has counted {len(runs):,} different runs of characters, {once:.0%} of them came once"
    )

# %% [markdown]
# It is not the smaller of the two. The difference is in what more of either buys. The 6-gram has counted twice as many runs
# as the 5-gram and is worse, for what came once says little about what comes next. Of the networks that were tried, the larger
# ones were the better ones.

# %% [markdown]
# ## A look inside
#
# How does the network's guess change along a line? This one is from the last tenth of the text, so the network has
# never read it. Above each character: how surprised the network was by it. Below, the forget gates and the cell
# states of some units while it reads.

# %%
line = "\nPORTIA.\nThe quality of mercy is not strain'd;\n"
assert line in plays[n_train:] and line not in plays[:n_train]
x = np.array([[vocab.index(character)] for character in line])
h = reader.forward(x)
p = softmax(reader.logits(h).astype(float))
surprise = np.r_[np.nan, -np.log(p[np.arange(len(x) - 1), 0, x[1:, 0]])]
forget, cells = (a[:, 0].copy() for a in (reader.gates["f"], reader.cells))
busiest = np.argsort(forget.std(axis=0))[-12:]

show_reading(line, surprise, forget[:, busiest], cells[:, busiest], busiest)

# %% [markdown]
# One line proves little, so measure it on 20,000 characters of the test part:

# %%
read, following = (windows[0] for windows in mine.bptt_windows(ids[n_train:], 40, 500))
log_p = np.log(softmax(reader.logits(reader.forward(read)).astype(float)))
nats = -np.take_along_axis(log_p, following[..., None], axis=-1)[..., 0]
letter = np.array([character.isalpha() for character in vocab])
gap = np.isin(read, [vocab.index(character) for character in " \n"])
print(f"surprise at the first letter of a word {nats[gap & letter[following]].mean():.2f} nats, "
      f"at the letters after it {nats[letter[read] & letter[following]].mean():.2f}")  # fmt: skip
f = reader.gates["f"]
open_inside = f[letter[read]].mean(axis=0)
for name, character in (("a blank", " "), ("a line end", "\n")):
    there = f[read == vocab.index(character)].mean(axis=0)
    print(f"after {name}: forget gate {there.mean():.2f} on average, after a letter {open_inside.mean():.2f}; "
          f"lower in {(there < open_inside).sum()} units of {len(there)}")  # fmt: skip

# %% [markdown]
# The surprise sits at the beginnings of words; the letters after them come much easier. Where a word or a line
# ends, the forget gates are more closed on average: the *length* unit that you saw in unit 08, set by hand, did the same.
# But that is an average: in many units they are not.
#
# ## The surprise: a unit that counts
#
# What a unit stands for is seldom that clear. So here is a text in which we *know* what has to be remembered:
# brackets that nest, and quotation marks between which brackets do not count. Eight hidden units, and nobody
# tells them what to keep track of.

# %%
chance = np.random.default_rng(0)
symbols, _, _ = brackets_and_quotes(chance, 16, 20_001)
print("".join(BRACKETS[i] for i in symbols[:100, 0]))
counter = LSTM(len(BRACKETS), 8, len(BRACKETS), rng=chance)
one_text = np.append(symbols[:-1].T.ravel(), 0)  # the streams, one behind the other
counting = fit(counter, one_text, budget(4000, 150), 16, 50, 0.02, "brackets and quotes")

# %%
symbols, depth, quoted = brackets_and_quotes(np.random.default_rng(99), 20, 400)
h = counter.forward(symbols)
# from states of zero it has to find its feet first: the first 100 steps are left out
h, c, depth, quoted = h[100:], counter.cells[100:], depth[100:], quoted[100:]


def alike(values):
    """The unit whose cell state goes most with these values, and the correlation."""
    r = [np.corrcoef(c[:, :, unit].ravel(), values.ravel())[0, 1] for unit in range(8)]
    unit = int(np.argmax(np.abs(r)))
    return unit, r[unit]


(deep, r_depth), (marks, r_quotes) = alike(depth), alike(quoted)
print(f"unit {deep}: correlation of its cell state with the depth {abs(r_depth):.2f}")
print(f"unit {marks}: correlation of its cell state with being inside quotes {abs(r_quotes):.2f}")

shown = slice(50, 120)
living_cell(
    mine,
    params=counter.params,
    x=symbols[100:][shown, 0],
    labels=[BRACKETS[i] for i in symbols[100:][shown, 0]],
    start=(h[49, 0], c[49, 0]),
    units=list(dict.fromkeys((deep, marks, *range(8)))),
    tracks=[
        Track("c", "cell state c"),
        Track("depth", "bracket depth", "share", depth[shown, 0]),
        Track("quotes", "inside quotes", "share", quoted[shown, 0]),
    ],
    title="Seventy characters, read by the network",
)

# %% [markdown]
# The first strip is the cell state of the unit shown, computed by your own `lstm_step` from the trained weights; choose
# another unit above it. The two strips below are what we know of the text, and the network was never told.
#
# One unit has become a counter: up at an opening bracket, down at a closing one, still inside quotation marks
# (or the other way round: the sign is the network's choice). Another has become a switch. That is the cell state of unit 05, with gates that nobody set by hand.
# Karpathy, Johnson and Fei-Fei (2015, [arXiv:1506.02078](https://arxiv.org/abs/1506.02078)) found such units in
# networks that had read real code and prose.
#
# ## In your own words
#
# Two language models have a perplexity of 5.0 and 4.9 on the same test text. Name two things you would want to
# know before you call the second one better, and one thing that perplexity does not tell about the text they
# write. (2 points, read by a person.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_language_model", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# Whether both have the same vocabulary and predict every character of the text (per-word and per-character
# numbers cannot be compared), and how much the number varies with the seed and with the test text: 2 % may be
# chance. Also whether the test text, or choices made by looking at it, got into training. Perplexity says
# nothing about whether a text hangs together over a page, is true, or is just copied from the training text.

# %% [markdown]
# ## What you have now
#
# - `encode`, `sample_next`, `generate`, `perplexity`: a language model from end to end.
# - A comparison with counting, made before the network was trained.
# - A unit that counts, found and not built.
#
# **Next:** text is one kind of sequence. Unit 14 takes measurements, and asks an LSTM for next year.
