"""What `cross_entropy` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import HOME, softmax
from notes import section


def cross_entropy(logits, targets):
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)
    return -chosen.sum() / targets.shape[1]


def _loss(rng: np.random.Generator, T: int, N: int, K: int, scale: float = 1.0) -> Args:
    return {
        "logits": scale * rng.normal(size=(T, N, K)),
        "targets": rng.integers(K, size=(T, N)),
    }


def loss_groups(rng: np.random.Generator) -> list[Group]:
    one = [_loss(rng, 1, 1, 5), _loss(rng, 1, 1, 4)]
    time = [_loss(rng, 4, 1, 5), _loss(rng, 6, 1, 5)]
    batch = [_loss(rng, 1, 3, 5), _loss(rng, 1, 4, 5)]
    sizes = [(5, 3, 6), (4, 4, 4), (1, 1, 1), (3, 5, 2), (2, 6, 3)]
    sure = _loss(rng, *HOME)
    sure["logits"] = 1000 * (np.arange(5) == sure["targets"][..., None])
    wrong = _loss(rng, *HOME)
    wrong["logits"] = 1000.0 * (np.arange(5) == (wrong["targets"][..., None] + 1) % 5)
    sure["logits"] = sure["logits"].astype(float)
    far = [_loss(rng, *HOME, scale=500), sure, wrong]
    return [
        Group("one number", [_loss(rng, *HOME)], kind="shape"),
        Group("minus the logarithm of the target's probability", one),
        Group("summed over time", time),
        Group("averaged over the batch", batch),
        Group("right for every T, N and K", [_loss(rng, *HOME), *(_loss(rng, *s) for s in sizes)]),
        Group(
            "calm and exact at logits of ±1000",
            far,
            kind="quiet",
            says="The logarithm of a probability that underflowed is -inf. Compute log p directly: "
            "z - log(sum(exp(z))), with the row's maximum subtracted from z first.",
        ),
        pure(),
    ]


def _log_p(logits):
    z = logits - logits.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def _chosen(log_p, targets):
    return np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]


EXTREME = "calm and exact at logits of ±1000"


LOSS_WRONG = (
    Wrong(
        "logarithm of the softmax",
        lambda logits, targets: -np.log(_chosen(softmax(logits), targets)).sum() / targets.shape[1],
        "Right for tame logits, but a probability that underflows to 0 has the logarithm -inf. Never "
        "compute p only to take its logarithm: log p = z - log(sum(exp(z))).",
        costs=EXTREME,
        hints=(
            "log(a / b) = log a - log b, and log(exp(z)) is z. What is left to compute?",
            "log p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True)), with each row's maximum taken off z first.",
        ),
    ),
    Wrong(
        "naive log-sum-exp",
        lambda logits, targets: (
            (np.log(np.exp(logits).sum(axis=-1)) - _chosen(logits, targets)).sum()
            / targets.shape[1]
        ),
        "The formula is right, but exp(1000) overflows. Subtract each row's maximum from the logits "
        "first.",
        costs=EXTREME,
    ),
    Wrong(
        "probabilities clipped",
        lambda logits, targets: (
            -np.log(np.clip(_chosen(softmax(logits), targets), 1e-12, 1)).sum() / targets.shape[1]
        ),
        "Clipping the probability hides how wrong a sure answer is: a loss of 1000 shows as 27.6, and "
        "its gradient as 0. Compute log p from the logits instead.",
        costs=EXTREME,
    ),
    Wrong(
        "mean over time too",
        lambda logits, targets: -_chosen(_log_p(logits), targets).mean(),
        "You average over time as well. The notes sum the losses of all steps; only the batch is "
        "averaged. Yours is T times too small.",
        costs="summed over time",
        hints=(
            "How many numbers does .mean() divide by, and which of them is the batch?",
            "Sum over everything, then divide by N = targets.shape[1].",
        ),
    ),
    Wrong(
        "sum over the batch",
        lambda logits, targets: -_chosen(_log_p(logits), targets).sum(),
        "You sum over the batch as well. Divide by N: then the size of the batch does not change the "
        "size of a step.",
        costs="averaged over the batch",
    ),
    Wrong(
        "mean over the whole sum's axes swapped",
        lambda logits, targets: -_chosen(_log_p(logits), targets).sum() / len(targets),
        "You divide by T. The first axis is time, which is summed; the batch is the second axis.",
    ),
    Wrong(
        "only the last step",
        lambda logits, targets: -_chosen(_log_p(logits), targets)[-1].mean(),
        "Only the last step counts in your loss. Every step has a target; sum over all of them.",
        costs="summed over time",
    ),
    Wrong(
        "one loss per step",
        lambda logits, targets: -_chosen(_log_p(logits), targets).mean(axis=1),
        "You return one loss per step. Sum them: the loss is a single number.",
    ),
    Wrong(
        "one loss per example",
        lambda logits, targets: -_chosen(_log_p(logits), targets).sum(axis=0),
        "You return one loss per example. Average them: the loss is a single number.",
    ),
    Wrong(
        "sign missing",
        lambda logits, targets: -cross_entropy(logits, targets),
        "Your loss is negative: logarithms of probabilities are below 0, so the minus sign belongs in "
        "front.",
    ),
    Wrong(
        "softmax applied twice",
        lambda logits, targets: cross_entropy(softmax(logits), targets),
        "The argument is logits, and you treat their softmax as logits again: the softmax is applied "
        "twice.",
    ),
    Wrong(
        "no softmax at all",
        lambda logits, targets: -_chosen(logits, targets).sum() / targets.shape[1],
        "You pick the target's logit but do not normalise: subtract log(sum(exp(z))) of its row.",
    ),
    Wrong(
        "the likeliest class instead of the target",
        lambda logits, targets: -_log_p(logits).max(axis=-1).sum() / targets.shape[1],
        "You take the logarithm of the largest probability. The loss asks for the target's.",
    ),
    Wrong(
        "targets as an index of time",
        lambda logits, targets: -np.log(softmax(logits)[targets]).sum() / targets.shape[1],
        "p[targets] picks along the first axis, which is time: for every target a whole (N, K) block. "
        "Asked for is one entry of every row, the target's: np.take_along_axis(log_p, targets[..., "
        "None], axis=-1).",
        hints=(
            "Print the shape of p[targets]. Which shape should it have?",
            "np.take_along_axis(log_p, targets[..., None], axis=-1) has shape (T, N, 1): one number for each target.",
        ),
    ),
    Wrong(
        "targets as an index of every row",
        lambda logits, targets: -_log_p(logits)[:, :, targets].sum() / targets.shape[1],
        "log_p[:, :, targets] takes all T * N targets from each of the T * N rows. Every row has one "
        "target of its own: np.take_along_axis(log_p, targets[..., None], axis=-1).",
    ),
    Wrong(
        "bits",
        lambda logits, targets: cross_entropy(logits, targets) / np.log(2),
        "You use the logarithm to base 2. The loss here is in nats: np.log.",
    ),
    Wrong(
        "1 - p",
        lambda logits, targets: (1 - _chosen(softmax(logits), targets)).sum() / targets.shape[1],
        "You measure 1 - p. Cross-entropy is -log p: it grows without bound for a sure mistake.",
    ),
    Wrong(
        "divided by K",
        lambda logits, targets: cross_entropy(logits, targets) / logits.shape[-1],
        "You average over the classes as well. Only the target's class is picked; K divides nothing.",
    ),
    Wrong(
        "changes the logits in place",
        writes_into(cross_entropy, "logits"),
        "Your value is right, but the caller's logits are shifted by `-=`. Write `z = logits - …`.",
        costs=PURE,
    ),
)


EXERCISE = Exercise(
    reference=cross_entropy,
    groups=loss_groups,
    wrong=LOSS_WRONG,
    hints=(
        "Write log p as z_k - log(sum_j exp(z_j)), after each row's maximum has been subtracted "
        "from z.",
        "Picking one entry per row: np.take_along_axis(log_p, targets[..., None], axis=-1), or "
        "index with np.arange for T and N.",
        "Sum over everything that was picked, divide by the batch size N = targets.shape[1], and "
        "mind the minus sign.",
    ),
    notes=section("Backpropagation"),
)
