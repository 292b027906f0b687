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
# # 18 · Unequal lengths
#
# **Time** 50 minutes, of which 1 is your computer's · **You need** units 10, 11 and 13
#
# At the end of this unit you can
#
# - put sequences of unequal length into one batch, and prove that nobody learns from the filling,
# - say what a loss is worth that was averaged over padding,
# - find the last *real* state of each sequence, and read a padded batch backwards,
# - choose batches so that little work is wasted, and say what that costs.

# %% [markdown]
# ## Before you start
#
# Three quick questions about earlier units, chosen by what went wrong before and how long ago that was. Nothing is
# graded and nothing leaves your computer; `forget_answers()` from `utils.learner.memory` deletes what is remembered.

# %%
from utils.learner.recall import three_questions

three_questions("18")

# %% [markdown]
# ## Ann and Christopher
#
# So far all sequences of a batch had the same length. You cut them that way. Names, sentences and recordings come as
# they are: *ann* has three letters, *christopher* has eleven. But an array is a rectangle.
#
# ![The LSTM cell with its input and its hidden state lit up: what goes in may be filling, and then what comes out means nothing.](cell.svg)
#
# The usual answer is to fill up the short ones, which is called *padding*. Does the network then learn to predict
# the filling? Is `h[-1]` still the end of a name? You will see what goes wrong when nobody asks, and it raises no error.

# %%
from utils.threads import blas_threads

blas_threads()

# %%
import numpy as np

from utils.check import check
from utils.gradient_check import check_gradients
from utils.learner.quiz import ask
from utils.learner.workbook import workbook
from utils.pictures.plots import course_style
from utils.pictures.rectangle import rectangle, reported_and_true, waste
from utils.training.padded import WAYS, Names, dealt, fit, nats, pass_seconds, sentences, wasted
from utils.training.train import budget

from earlier import cross_entropy, init_params, lstm_backward, lstm_forward, output_layer_backward

course_style()
mine = workbook(lstm_forward, lstm_backward, cross_entropy, output_layer_backward, init_params)
print(mine.summary())

# %% [markdown]
# ## Exercise 18.1: fill up
#
# *Difficulty ●○○ · about 6 minutes · about five lines*
#
# | array | shape | here |
# |---|---|---|
# | `sequences` | list of N arrays $(T_n, D)$ | each as long as it is |
# | `x` | (T, N, D) | T is the longest $T_n$; behind each end stand zeros |
# | `lengths` | (N,) integers | $T_n$: without them nobody can tell a zero from a zero |


# %% nbgrader={"grade": false, "grade_id": "pad", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pad(sequences):
    """One batch of sequences of unequal length.

    sequences: list of N >= 1 float64 arrays (T_n, D), each of at least one step.
    Returns x (T, N, D), a new array, where T is the longest T_n: x[:T_n, n] is sequence n and what
    comes after it is 0; and lengths (N,), the T_n as integers.
    """
    ### BEGIN SOLUTION
    lengths = np.array([len(sequence) for sequence in sequences])
    x = np.zeros((lengths.max(), len(sequences), sequences[0].shape[1]))
    for n, sequence in enumerate(sequences):
        x[: len(sequence), n] = sequence
    return x, lengths
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_pad", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(pad)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("pad", pad)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 18.2: what is real
#
# *Difficulty ●○○ · about 4 minutes · one line*
#
# $$m_{tn} = \begin{cases}\text{True} & t < T_n\\ \text{False} & \text{else}\end{cases}$$
#
# Steps are counted from 0, as in the arrays: a name of three letters is real at t = 0, 1, 2. For lengths (3, 1) and T = 4 the mask
# has the rows (True, True), (True, False), (True, False), (False, False).


# %% nbgrader={"grade": false, "grade_id": "sequence_mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sequence_mask(lengths, T):
    """Which steps of a padded batch are real.

    lengths: (N,) integers between 0 and T. T: number of steps, at least max(lengths).
    Returns (T, N) of bool: True at [t, n] where step t of sequence n is real.
    """
    ### BEGIN SOLUTION
    return np.arange(T)[:, None] < lengths
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_sequence_mask", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(sequence_mask)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("sequence_mask", sequence_mask)
### END HIDDEN TESTS

# %% [markdown]
# From here on `ours` has your functions of this unit, and the course's where one is not right yet.

# %%
ours = workbook(here=(pad, sequence_mask))
words = ["ann", "christopher", "eve", "maria", "al", "susan"]
lengths = np.array([len(word) for word in words])
rectangle(words, ours.sequence_mask(lengths, lengths.max()))

# %% [markdown]
# ## Exercise 18.3: the loss of what is real
#
# *Difficulty ●●○ · about 8 minutes · about five lines*
#
# The loss of unit 07, summed over real steps only and averaged over the batch:
#
# $$L = \frac1N \sum_{n}\, \sum_{t} m_{tn}\, \big(-\log \hat y_{tn}[y_{tn}]\big)$$
#
# It divides by N, not by the number of real steps: so the loss of a batch is the mean of what its sequences would
# have had alone, whoever is in a batch with whom.


# %% nbgrader={"grade": false, "grade_id": "masked_cross_entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def masked_cross_entropy(logits, targets, mask):
    """Cross-entropy of the real steps, summed over time and averaged over the batch.

    logits: (T, N, K), of any size up to ±1000, in the filling too. targets: (T, N) integers below K;
    in the filling they are any of these. mask: (T, N) of bool, True where a step is real; it need
    not be a prefix.
    Returns one number: the sum over all real steps, divided by N.
    """
    ### BEGIN SOLUTION
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    return -(chosen * mask).sum() / mask.shape[1]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_masked_cross_entropy", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(masked_cross_entropy)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("masked_cross_entropy", masked_cross_entropy)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 18.4: and backwards
#
# *Difficulty ●●○ · about 8 minutes · about five lines*
#
# A filled step adds nothing to the loss, whatever its logits are. So its gradient is exactly 0:
#
# $$\frac{\partial L}{\partial z_{tn}} = \frac{m_{tn}}{N}\,(\hat y_{tn} - \mathbf 1_{y_{tn}})$$


# %% nbgrader={"grade": false, "grade_id": "masked_cross_entropy_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def masked_cross_entropy_backward(logits, targets, mask):
    """The gradient of masked_cross_entropy for its logits.

    logits: (T, N, K). targets: (T, N) integers below K. mask: (T, N) of bool.
    Returns dlogits (T, N, K), exactly 0 where the mask is False.
    """
    ### BEGIN SOLUTION
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    d = p - np.eye(logits.shape[-1])[targets]
    return d * mask[..., None] / mask.shape[1]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_masked_cross_entropy_backward", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(masked_cross_entropy_backward)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("masked_cross_entropy_backward", masked_cross_entropy_backward)
### END HIDDEN TESTS

# %%
ours = workbook(here=(pad, sequence_mask, masked_cross_entropy, masked_cross_entropy_backward))
print(ours.summary())
rng = np.random.default_rng(18)
mask = ours.sequence_mask(np.array([4, 2, 1]), 4)
targets, logits = rng.integers(5, size=(4, 3)), rng.normal(size=(4, 3, 5))
print(check_gradients(
    lambda at: ours.masked_cross_entropy(at["logits"], targets, mask),
    {"logits": logits},
    {"logits": ours.masked_cross_entropy_backward(logits, targets, mask)},
    route="central",
).headline)  # fmt: skip

# %% [markdown]
# ## The proof: as if each were alone
#
# Six names in one padded batch, through your own LSTM, forwards and backwards. Then the same six names, one after the
# other, unpadded. If padding is harmless, loss and gradients agree to the last digits.

# %%
data = Names()
K = len(data.vocab)
params = mine.init_params(np.random.default_rng(0), K, 16, K)


def loss_and_gradients(chosen):
    """The masked loss of these names as one batch, and every gradient."""
    x, targets, lengths = data.batch(ours, chosen)
    mask, zero = ours.sequence_mask(lengths, len(x)), np.zeros((len(chosen), 16))
    h, _, caches = mine.lstm_forward(np.eye(K)[x], zero, zero, params)
    logits = h @ params["V"] + params["b_y"]
    d = ours.masked_cross_entropy_backward(logits, targets, mask)
    grads = mine.lstm_backward(d @ params["V"].T, caches, params)[3]
    grads |= {"V": np.einsum("tnh,tnk->hk", h, d), "b_y": d.sum(axis=(0, 1))}
    return ours.masked_cross_entropy(logits, targets, mask), grads


six = data.train[:6]
print("lengths:", [len(name) for name in six])
together, grads = loss_and_gradients(six)
alone = [loss_and_gradients([name]) for name in six]
mean = {name: np.mean([g[name] for _, g in alone], axis=0) for name in grads}
print(
    f"loss of the batch {together:.12f}, mean of the six alone {np.mean([one for one, _ in alone]):.12f}"
)
print(
    "largest difference of any gradient:",
    f"{max(np.abs(grads[n] - mean[n]).max() for n in grads):.1e}",
)

# %% [markdown]
# **Why is this so?** The network does read the filling, and its states after the end of a name are nonsense. But forwards,
# time has one direction: a nonsense state comes after all real ones and cannot touch them. Backwards, gradients start at
# losses: none starts in the filling, and none comes from behind it. So filling at the *end* costs time, and
# nothing else. (In front it would cost more: the network would have read zeros before the first letter.)
#
# ## The surprise: the best loss is the worst
#
# Now somebody forgets the mask. Names are short, so a third of a random batch is filling; and somebody else pads all
# names to 40 steps, "to be on the safe side". Each of three networks has the same data, the same start and the same order of batches,
# five seeds each. What will they report as their loss per step? And how good are they on 500 new names,
# counted over real characters?

# %%
epochs, seeds = budget(3, 1, "epochs"), range(budget(5, 1, "seeds"))
kinds = {
    "masked": {},
    "mask forgotten": {"masked": False},
    "forgotten, padded to 40": {"masked": False, "longest": 40},
}
runs = {kind: [] for kind in kinds}
for kind, how in kinds.items():
    for seed in seeds:
        net, reported = fit(ours, data, seed, epochs=epochs, **how)
        runs[kind].append((reported, nats(ours, data, net)))
reported_and_true(runs)
for kind, pairs in runs.items():
    reported, true = np.array(pairs).T
    print(f"{kind:24} reported {reported.min():.3f} to {reported.max():.3f}, "
          f"true {true.min():.3f} to {true.max():.3f}, median {np.median(true):.3f}")  # fmt: skip

# %% [markdown]
# With the full budget: forgetting the mask brings the reported loss from 2.15 down to 1.51, and with more filling
# to 0.38. Most of what is counted is "after a full stop comes a full stop", and that is learned at once. The names
# themselves are predicted a little *worse*, in every seed: medians of 2.149 and 2.151 nats against 2.130, and no seed of
# the masked runs (2.125 to 2.137) is as bad as the best of the others (2.139). The damage to the network is
# small, because filling is easy to learn. The damage to the number is large: the best loss is the worst network.

# %%
ask("reported_loss")

# %% [markdown]
# And padding with the mask in place? Padded to 40, nothing changes but float32's last digits:

# %%
few = budget(1, 1, "epoch")
here = [nats(ours, data, fit(ours, data, 0, epochs=few, longest=T)[0]) for T in (0, 40)]
print("padded to the longest of its batch:", here[0], "  to 40:", here[1])

# %% [markdown]
# ## Exercise 18.5: the last state that means something
#
# *Difficulty ●○○ · about 5 minutes · one line*
#
# To answer a question about a whole sequence (is this a review that praises? which language is this?), one reads the last
# hidden state. In a padded batch `h[-1]` is that of the longest sequence alone.


# %% nbgrader={"grade": false, "grade_id": "last_states", "locked": false, "schema_version": 3, "solution": true, "task": false}
def last_states(h, lengths):
    """Each sequence's hidden state after its last real step.

    h: (T, N, H). lengths: (N,) integers from 1 to T.
    Returns (N, H), a new array: row n is h[lengths[n] - 1, n].
    """
    ### BEGIN SOLUTION
    return h[lengths - 1, np.arange(h.shape[1])]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_last_states", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(last_states)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("last_states", last_states)
### END HIDDEN TESTS

# %% [markdown]
# The first name of our batch, read alone and in company. Its company is no business of its own:

# %%
ends = workbook(here=(last_states,)).last_states
states = {}
for company in ([six[0]], six):
    x, _, lengths = data.batch(ours, company)
    zero = np.zeros((len(company), 16))
    states[len(company)] = mine.lstm_forward(np.eye(K)[x], zero, zero, params)[0], lengths
(h_alone, _), (h_batch, lengths) = states[1], states[6]
print("h[-1]:       apart by", f"{np.abs(h_alone[-1, 0] - h_batch[-1, 0]).max():.2f}")
print("last_states: apart by", f"{np.abs(h_alone[-1, 0] - ends(h_batch, lengths)[0]).max():.0e}")

# %% [markdown]
# A model that reads `h[-1]` gives the same name another answer in another batch. That is how such a mistake is found: **shuffle
# the batches, and see whether answers change.**
#
# ## Exercise 18.6: backwards, each for itself
#
# *Difficulty ●●○ · about 8 minutes · about four lines*
#
# The second half of a bidirectional LSTM (unit 16) reads from the end. `x[::-1]` turns the whole rectangle round, filling
# first. Each sequence has to be turned round within its own length; what is filling stays at the end.


# %% nbgrader={"grade": false, "grade_id": "reverse_padded", "locked": false, "schema_version": 3, "solution": true, "task": false}
def reverse_padded(x, lengths):
    """Each sequence of a padded batch, turned round.

    x: (T, N, D). lengths: (N,) integers from 1 to T.
    Returns a new array like x: entry [t, n] is x[lengths[n] - 1 - t, n] for t < lengths[n]; what
    stands in the filling is as it was in x.
    """
    ### BEGIN SOLUTION
    turned = x.copy()
    for n, length in enumerate(lengths):
        turned[:length, n] = x[:length, n][::-1]
    return turned
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_reverse_padded", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils.check import check

check(reverse_padded)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("reverse_padded", reverse_padded)
### END HIDDEN TESTS

# %% [markdown]
# Turned round twice, everything is back in its place: so the same function brings the states of the backward half
# into the order of the forward half. Is each name's reading from the end the same as if it were alone?

# %%
turn = workbook(here=(reverse_padded,)).reverse_padded
x, _, lengths = data.batch(ours, six)
one_hot, zero = np.eye(K)[x], np.zeros((6, 16))
ways = {
    "x[::-1]": lambda a: a[::-1],
    "reverse_padded": lambda a: turn(a, lengths),
}
for name, way in ways.items():
    h = way(mine.lstm_forward(way(one_hot), zero, zero, params)[0])
    apart = 0.0
    for n, length in enumerate(lengths):
        own = mine.lstm_forward(one_hot[:length, n : n + 1][::-1], zero[:1], zero[:1], params)[0][
            ::-1
        ]
        apart = max(apart, np.abs(own[:, 0] - h[:length, n]).max())
    print(f"{name:15} states apart from those of each name alone by at most {apart:.0e}")

# %% [markdown]
# ## Work for nothing
#
# A filled step costs as much as a real one. How many are there? Three ways to choose batches of 32:
#
# - **shuffled**: at random,
# - **pools sorted**: at random into pools of 16 batches; each pool is sorted by length and cut into batches (*bucketing*),
# - **all sorted**: the whole of the data sorted by length, cut into batches.
#
# In all three the batches come in random order. Two kinds of data: 4,663 first names, and the 23,157 sentences of eight plays
# by Shakespeare, of 1 to 862 characters, half of them shorter than 20 (the
# speakers' names count as sentences, too).

# %%
rng = np.random.default_rng(0)
spoken = np.array([len(sentence) for sentence in sentences()])
kinds = {"names": data.lengths, "sentences": spoken}
shares = {
    kind: {way: wasted(lengths, dealt(lengths, 32, way, rng)) for way in WAYS}
    for kind, lengths in kinds.items()
}
waste(shares)
print("padded to the longest of all:",
      ", ".join(f"{kind} {1 - lengths.mean() / lengths.max():.0%}" for kind, lengths in kinds.items()))  # fmt: skip

# %% [markdown]
# Does that show on the clock? 2,048 of the sentences, once through a small LSTM, forwards and backwards:

# %%
part = rng.permutation(spoken)[: budget(2048, 256, "sentences")]
for way in WAYS:
    print(f"{way:14}{pass_seconds(part, dealt(part, 32, way, rng)):6.1f} s")

# %% [markdown]
# So everybody should sort? Sorted batches are less random: in one all names are short, in the next all are long. The names
# again, the same number of updates, five seeds for each way:

# %%
by_way = {"shuffled": [true for _, true in runs["masked"]]}
for way in WAYS[1:]:
    by_way[way] = [nats(ours, data, fit(ours, data, s, epochs=epochs, way=way)[0]) for s in seeds]
for way, true in by_way.items():
    print(
        f"{way:14}{np.median(true):.3f} nats per character, from {min(true):.3f} to {max(true):.3f}"
    )

# %% [markdown]
# With the full budget the sentences show what bucketing pays: 84 % of all steps were filling, with pools 36 %, and a pass took
# about a quarter of the time, or less. The names show what it costs. For them it saves a third of the steps, and after as many
# updates every seed is worse: 2.151 nats at best with pools, 2.165 at best with everything sorted, where the worst shuffled
# seed has 2.137. A likely reason: in a sorted batch all names end at the same step, so each update pulls
# the full stop to another place. The mask makes padding harmless; it does not make batches random. Measure both before you sort.
#
# ## In PyTorch
#
# | here | PyTorch |
# |---|---|
# | `pad` | `nn.utils.rnn.pad_sequence` |
# | mask in the loss, sum / N | `CrossEntropyLoss(ignore_index=-100)`: targets of -100 do not count; its mean is over the **real steps** of the batch |
# | `last_states`, `reverse_padded` | `pack_padded_sequence`: the LSTM stops each sequence at its end, so h_n is the last real state, and the backward half begins there |
#
# Packing does not compute the filled steps at all. Nothing else about it is different.
#
# ## In your own words
#
# PyTorch's mean is over the real steps of a batch, ours divides by the number of sequences. For which of the two
# does a letter of a long name weigh as much as a letter of a short one, within a batch, and between two batches? When would you prefer
# which? (2 points, read by a person.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_unequal_lengths", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# Within a batch every real letter weighs the same in both: 1 over the number of real steps, or 1/N. Between batches, ours
# gives every letter 1/N whatever the lengths, so a batch of long names makes a larger gradient; with the mean over real
# steps each batch has a gradient of the same size, and a letter in a batch of short names weighs more. Ours is the
# gradient of the likelihood of all data, and does not depend on who is in a batch with whom. The mean over steps keeps
# the size of steps even where lengths differ a lot, which matters with plain SGD and with bucketing.

# %% [markdown]
# ## What you have now
#
# - `pad`, `sequence_mask`, `masked_cross_entropy` and its backward: batches of whatever comes, with the gradients that each
#   sequence would have had alone.
# - `last_states`, `reverse_padded`: the two places where filling gets in unnoticed.
# - Two questions for every reported loss: per what, and over which steps?
#
# **Next:** with names of all lengths you can train on whatever you have, and often that is little. Unit 19 asks what a network
# learns when there is not enough to learn from.
