"""What `masked_cross_entropy` is judged by."""

import numpy as np

from autograder.authoring import PURE, Exercise, Group, Wrong, composable, pure, writes_into

from .losses import case, chosen, high, holes, loud
from .shared import LENGTHS
from notes import section

ALL, FILLING = (
    "with nothing filled it is the loss of unit 07",
    "what stands in the filling does not count",
)
EXTREME = "calm and exact at logits of ±1000"


def masked_cross_entropy(logits, targets, mask):
    return masked_loss()(logits, targets, mask)


@composable
def masked_loss(**mistake):
    """masked_cross_entropy; each keyword replaces one piece of it by a wrong one."""

    def function(logits, targets, mask):
        m = mistake
        nll = m.get("nll", chosen)(m.get("logits", lambda z, mask: z)(logits, mask), targets)
        counted = m.get("mask", lambda mask: mask)(mask)
        total = m.get("total", lambda nll, mask: nll[mask].sum())(nll, counted)
        return m.get("mean", lambda total, mask: total / mask.shape[1])(total, mask)

    return function


def loss_groups(rng: np.random.Generator) -> list[Group]:
    home, full = case(rng, LENGTHS[0], 5), case(rng, (4, 4, 4), 5)
    one = case(rng, (3,), 4, T=5)
    return [
        Group("one number", [home], kind="shape"),
        Group(ALL, [full, case(rng, (1, 1), 3)]),
        Group(FILLING, [one, case(rng, (1,), 3, T=4)]),
        Group("summed over real steps, averaged over the batch",
              [home, case(rng, LENGTHS[2], 4), case(rng, LENGTHS[3], 6)]),
        Group("real steps may lie anywhere", [holes(rng)]),
        Group(EXTREME, [loud(rng), high(rng)], kind="quiet",
              says="Compute log p as in unit 07, with each row's maximum subtracted first."),
        pure(),
    ]  # fmt: skip


def _naive(logits, targets):
    rows = np.log(np.exp(logits).sum(axis=-1))
    return rows - np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]


def _of_softmax(logits, targets):
    p = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return -np.log(np.take_along_axis(p, targets[..., None], axis=-1)[..., 0])


def _bits(logits, targets):
    return chosen(logits, targets) / np.log(2)


LOSS_WRONG = (
    Wrong("mask not used", masked_loss(mask=lambda mask: np.ones_like(mask)),
          "The filling counts in your loss: the mask is not used."),
    Wrong("the filling alone", masked_loss(mask=lambda mask: ~mask),
          "You count the filling and leave out what is real. True is for real steps."),
    Wrong("logits set to 0", masked_loss(logits=lambda z, mask: z * mask[..., None],
                                         mask=lambda mask: np.ones_like(mask)),
          "You set the logits of the filling to 0. Softmax makes 1/K of them, so each filled step adds "
          "log K. Mask the losses, not the logits."),
    Wrong("mean over real steps", masked_loss(mean=lambda total, mask: total / mask.sum()),
          "You divide by the number of real steps: then a word in a short batch weighs more than one in a "
          "long batch. Here the sum over steps is averaged over the batch: divide by N."),
    Wrong("mean over all places", masked_loss(mean=lambda total, mask: total / mask.size),
          "You divide by T·N, so the same sequences have a smaller loss the more is filled up. Divide by "
          "N."),
    Wrong("each sequence's own mean", masked_loss(
              total=lambda nll, mask: ((nll * mask).sum(axis=0) / mask.sum(axis=0)).sum()),
          "You average each sequence over its own steps first. Steps are summed, and only the batch is "
          "averaged."),
    Wrong("summed over the batch", masked_loss(mean=lambda total, mask: total),
          "You sum over the batch. Divide by N."),
    Wrong("divided by T", masked_loss(mean=lambda total, mask: total / len(mask)),
          "You divide by T. The batch is the second axis: mask.shape[1]."),
    Wrong("batch counted at the last step", masked_loss(
              mean=lambda total, mask: total / max(1, mask[-1].sum())),
          "You divide by the number of sequences that are real at the last step. All N count."),
    Wrong("last real step alone", masked_loss(
              mask=lambda mask: mask & ~np.concatenate([mask[1:], 0 * mask[:1]]).astype(bool)),
          "Only the last step before the filling counts in your loss. All real steps do."),
    Wrong("one step too many", masked_loss(
              mask=lambda mask: mask | np.concatenate([mask[:1], mask[:-1]])),
          "The first filled step of each sequence counts as well. Use the mask as it is."),
    Wrong("one loss for each sequence", masked_loss(
              total=lambda nll, mask: (nll * mask).sum(axis=0), mean=lambda total, mask: total),
          "You return one loss for each sequence. Average them: the loss is one number."),
    Wrong("losses of all places", masked_loss(total=lambda nll, mask: nll * mask,
                                              mean=lambda total, mask: total),
          "You return the masked losses themselves. Sum them, and divide by N."),
    Wrong("sign missing", masked_loss(mean=lambda total, mask: -total / mask.shape[1]),
          "Your loss is negative: the minus sign of -log p is missing."),
    Wrong("bits", masked_loss(nll=_bits),
          "You use the logarithm to base 2. The loss here is in nats: np.log."),
    Wrong("naive log-sum-exp", masked_loss(nll=_naive),
          "The formula is right, but exp(1000) overflows. Subtract each row's maximum first.",
          costs=EXTREME),
    Wrong("logarithm of the softmax", masked_loss(nll=_of_softmax),
          "Right for tame logits, but a probability that underflows to 0 has the logarithm -inf, in the "
          "filling too. Compute log p = z - log(sum(exp(z))).", costs=EXTREME),
    Wrong("clears the logits of the filling", writes_into(masked_cross_entropy, "logits"),
          "Your value is right, but the caller's logits are overwritten.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=masked_cross_entropy,
    groups=loss_groups,
    wrong=LOSS_WRONG,
    hints=(
        "First -log p of each target, for all places: (T, N), as in unit 07.",
        "Of these only the real ones count: nll[mask] picks them, or nll * mask.",
        "Their sum divided by N = mask.shape[1].",
    ),
    notes=section("Backpropagation"),
)
